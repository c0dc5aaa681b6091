"""CI007: a download of a pipeline that is tried once."""

from tests.unit.policy.casebook import Case, Mend

MUST_FIRE = {
    "what ends it with a word": Case(
        {
            "a.sh": "curl -sf https://dl.example/a -o a || { echo no a; exit 1; }\n"
            "curl -sf https://dl.example/b -o b || echo no b && exit 1\n"
        },
        ("a.sh:1", "a.sh:2"),
    ),
    "in a makefile": Case(
        {"Makefile": "get:\n\t@curl -fsSL https://dl.example/a-$(V).tgz -o a\n"},
        ("Makefile:2",),
    ),
    "curl": Case(
        {"ci/get.sh": "curl -fsSLO https://dl.example/a.tgz\n"}, ("ci/get.sh:1",)
    ),
    "a variable": Case({"a.sh": 'curl --fail -L "$URL" -o a\n'}, ("a.sh:1",), "$URL"),
    "a variable behind a file's": Case(
        {"a.sh": 'curl -fsSL -o "$FILE" "$URL"\n'}, ("a.sh:1",), "fetches $URL"
    ),
    "a variable that the script gives a value": Case(
        {"a.sh": 'A=https://dl.example\ncurl -sO "$A/a.tgz"\n'},
        ("a.sh:2",),
        "curl fetches https://dl.example/a.tgz",
    ),
    "for each of a list": Case(
        {"a.sh": "for n in a b; do\n  curl -s https://api.example/$n\ndone\n"},
        ("a.sh:2",),
    ),
    "for each of a list, on a condition": Case(
        {"a.sh": "if $FAR; then\n  for u in $URLS; do\n    curl -sO $u\n  done\nfi\n"},
        ("a.sh:3",),
    ),
    "apt, for some of a list": Case(
        {
            "a.sh": "build() {\n  for bin in ${all[@]}; do\n    if $WINDOWS; then\n"
            "      sudo apt-get install -y mingw-w64\n    fi\n  done\n}\n"
            "for i in 1 2; do\n  true\ndone\n"
        },
        ("a.sh:4",),
    ),
    "apt, once for a job": Case(
        {
            ".github/workflows/a.yml": "on: push\njobs:\n  a:\n"
            "    runs-on: ubuntu-24.04\n    steps:\n"
            "      - run: sudo apt-get update\n"
            "      - run: sudo apt-get install -y jq\n"
            "  b:\n    runs-on: ubuntu-24.04\n    steps:\n"
            "      - run: sudo apt install -y jq\n"
        },
        (".github/workflows/a.yml:6", ".github/workflows/a.yml:11"),
        "apt-get fetches without Acquire::Retries",
    ),
    "apt, in a group that apt does not know": Case(
        {"a.sh": "apt-get -o APT::Acquire::Retries=3 update\n"}, ("a.sh:1",)
    ),
    "in a pipe": Case({"a.sh": "curl -sSL https://dl.example/a | bash\n"}, ("a.sh:1",)),
}

MUST_NOT_FIRE = {
    "what may fail": Case(
        {
            "a.sh": "curl -sf https://dl.example/a 2>/dev/null -o a || echo 'None.'\n"
            "curl -sf https://dl.example/b || \\\n  echo no b\n"
            "curl -sf https://dl.example/c || true\n"
        }
    ),
    "this machine, by a default": Case(
        {"a.sh": 'AT="${1:-http://localhost:9090}"\ncurl -s "$AT/metrics" -o "$FILE"\n'}
    ),
    "this machine, with a certificate": Case(
        {"a.sh": 'curl --cacert "$CA" -s http://localhost:2379/health "$MORE"\n'}
    ),
    "a word with a service": Case(
        {"a.sh": 'say() { url=$1; curl -s -H "X-Token: $TOKEN" "$url"; }\n'}
    ),
    "what is fetched is not known": Case(
        {"Makefile": "a:\n\tcurl $(curl_args)\n", "a.sh": "curl ${CURL_OPTS}\n"}
    ),
    "a form that is sent": Case(
        {"a.sh": "curl -sS --data-urlencode user=$U https://sso.example/login\n"}
    ),
    "a session": Case({"a.sh": 'curl -sS --cookie "$JAR" https://sso.example/back\n'}),
    "a file of cookies": Case({"a.sh": 'curl -c "$JAR" localhost:80/login\n'}),
    "tries that end": Case(
        {
            "a.sh": "for i in 1 2; do\n  curl -f https://a.example/ && break\n"
            "  sleep 1\ndone\n"
        }
    ),
    "tries that look at the result": Case(
        {
            "a.sh": "for i in 1 2; do\n  if curl -sO https://a.example/a; then\n"
            "    break\n  fi\ndone\n"
        }
    ),
    "an apt that a build runs, which is told of its stage": Case(
        {
            "Dockerfile": "FROM debian:12\nCOPY a.sh /\nRUN /a.sh\n",
            "a.sh": "apt-get update\n",
        }
    ),
    "an apt that was told": Case(
        {
            "a.sh": "echo 'Acquire::Retries \"5\";' | sudo tee /etc/apt/apt.conf.d/8\n"
            "sudo apt-get update\n",
            "b.sh": "cat >/etc/apt/apt.conf.d/8 <<E\nAcquire::Retries 5;\nE\n"
            "apt update\n",
            "c.sh": "apt-get -o Acquire::Retries=3 update\n",
        }
    ),
    "an apt that is tried again": Case(
        {
            "a.sh": "retry apt-get update\n",
            "b.sh": "until apt-get update; do sleep 5; done\n",
            "c.sh": "for i in 1 2; do apt-get update && break; done\n",
            "d.sh": "for i in {1..5}; do apt-get update; done\n"
            "for u in $A $B; do apt-get install -y $u && break; done\n",
            "e.sh": "for p in $A; do\n  until apt-get install $p; do :; done\ndone\n",
        }
    ),
    "an apt that fetches nothing": Case(
        {"a.sh": "apt-get clean\napt-get remove -y a\napt list --installed\n"}
    ),
    "a retry": Case({"a.sh": "curl --retry 3 -fsSLO https://dl.example/a.tgz\n"}),
    "a loop": Case(
        {"a.sh": "until curl -f https://a.example/healthz; do sleep 1; done\n"}
    ),
    "this machine, into a file": Case(
        {"a.sh": 'curl -so "$FILE" http://localhost:8080/healthz\n'}
    ),
    "this machine": Case({"a.sh": "curl https://localhost:8080/healthz\n"}),
    "this machine, by a variable": Case(
        {"a.sh": 'readonly AT="127.0.0.1:8090"\ncurl -s "${AT}/metrics" >"$FILE"\n'}
    ),
    "it sends": Case({"a.sh": "curl -X POST https://api.example/ -d a=b\n"}),
    "a status": Case(
        {"a.sh": "curl -o /dev/null -w '%{http_code}' https://a.example/\n"}
    ),
}

FIXES = {
    "in a makefile": Mend(
        {
            "Makefile": "V = 1 # ü\nget:\n\t@-curl -fsSL"
            " https://dl.example/a-$(V).tgz -o a\n"
        },
        {
            "Makefile": "V = 1 # ü\nget:\n\t@-curl --retry 5 -fsSL"
            " https://dl.example/a-$(V).tgz -o a\n"
        },
    ),
    "all of a job's apt": Mend(
        {"a.sh": "sudo apt-get update && sudo apt-get install -y \\\n  jq # a\n"},
        {
            "a.sh": "sudo apt-get -o Acquire::Retries=5 update && sudo apt-get -o"
            " Acquire::Retries=5 install -y \\\n  jq # a\n"
        },
    ),
    "a retry": Mend(
        {"a.sh": "set -e\n  curl -fsSLO https://dl.example/a.tgz # a\n"},
        {"a.sh": "set -e\n  curl --retry 5 -fsSLO https://dl.example/a.tgz # a\n"},
    ),
    "a retry, where a variable says what is fetched": Mend(
        {"a.sh": 'A=https://dl.example\ncurl -sO "$A/a.tgz"\n'},
        {"a.sh": 'A=https://dl.example\ncurl --retry 5 -sO "$A/a.tgz"\n'},
    ),
    "lines end as they did": Mend(
        {"a.sh": "curl https://dl.example/a\r\ncurl https://dl.example/b\r\n"},
        {
            "a.sh": "curl --retry 5 https://dl.example/a\r\n"
            "curl --retry 5 https://dl.example/b\r\n"
        },
    ),
}
