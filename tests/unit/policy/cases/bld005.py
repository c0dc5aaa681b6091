"""BLD005: a toolchain that is fetched while building, moving or unverified."""

from tests.unit.policy.casebook import Case

from seawall.policy.finding import Severity

MUST_FIRE = {
    "go get in a build": Case(
        {"Dockerfile": "FROM golang:1.17\nRUN go get a.example/c@latest\n"},
        ("Dockerfile:2",),
    ),
    "a place that variables say": Case(
        {
            "Dockerfile": """\
            FROM debian:12
            ENV TOOL_VERSION=v1.2
            RUN URL=https://dl.example/tool/${TOOL_VERSION} \\
              && curl -fLO ${URL}/tool_linux_amd64 \\
              && chmod +x tool_linux_amd64
            """
        },
        ("Dockerfile:4",),
        "https://dl.example/tool/v1.2/tool_linux_amd64 is",
    ),
    "a platform that a command prints": Case(
        {
            "Dockerfile": "FROM debian:12\nENV V=6.5.0\n"
            "RUN if test $A != s390x; then curl -L -o /usr/bin/t"
            " https://dl.example/releases/${V}/t-${V}-linux-$(sh /arch.sh)"
            " && chmod +x /usr/bin/t; fi\n"
            "RUN curl -LO https://dl.example/t-$(uname -m)-1.2.tgz\n"
        },
        ("Dockerfile:3", "Dockerfile:4"),
        "no sum",
    ),
    "a version that is none": Case(
        {
            "Dockerfile": "FROM debian:12\nARG V=latest\n"
            "RUN curl -fLo /bin/t https://dl.example/releases/$V/t && /bin/t\n"
        },
        ("Dockerfile:3",),
        "another day",
    ),
    "the newest, in a makefile, a script and a pipeline": Case(
        {
            "Makefile": "gen:\n\ttest -s $(B)/c || GOBIN=$(B) go install"
            " a.example/c@latest\n",
            "hack/up.sh": "go install a.example/c@main && curl -LO https://a.example/b\n",
            ".gitlab-ci.yml": "a:\n  script:\n    - npm install -g yarn@latest\n",
        },
        (".gitlab-ci.yml:3", "Makefile:2", "hack/up.sh:1"),
        severity=Severity.NOTE,
    ),
    "one of two has a sum": Case(
        {
            "Dockerfile": "FROM debian:12\nRUN curl -LO https://dl.example/a-1.tgz \\\n"
            " && echo '5b3c  a-1.tgz' | sha256sum -c - \\\n"
            " && curl -LO https://dl.example/b-1.tgz && tar xf b-1.tgz\n"
        },
        ("Dockerfile:4",),
        "compared with no sum",
        Severity.NOTE,
    ),
    "unpacked on its way, beside one with a sum": Case(
        {
            "Dockerfile": "FROM debian:12\nRUN curl -L https://dl.example/a-1.tgz | tar"
            " xz \\\n && curl -LO https://dl.example/b-1.tgz && sha256sum -c b.sum\n"
        },
        ("Dockerfile:2",),
    ),
    "the newest of a tool": Case(
        {
            "Dockerfile": "FROM golang:1.26\nRUN go install a.example/b/cmd/c@latest\n"
            "RUN npm i -g yarn@latest\n"
        },
        ("Dockerfile:2", "Dockerfile:3"),
        "name a version",
    ),
    "straight to a shell": Case(
        {
            "Dockerfile": "FROM debian:12\nRUN curl -fsSL https://sh.rustup.rs | sh"
            " -s -- -y\n"
        },
        ("Dockerfile:2",),
        "is run as it comes",
        Severity.WARNING,
    ),
    "a word that moves": Case(
        {
            "Dockerfile": "FROM debian:12\nRUN curl -LO"
            " https://dl.example/release/$(curl -Ls"
            " https://dl.example/release/stable.txt)/bin/linux/amd64/kubectl\n"
        },
        ("Dockerfile:2",),
        "another day",
    ),
    "the newest release": Case(
        {
            "Dockerfile": "FROM debian:12\n"
            "RUN wget -q https://git.example/a/b/releases/latest/download/b.tar.gz\n"
        },
        ("Dockerfile:2",),
        severity=Severity.WARNING,
    ),
    "no sum": Case(
        {
            "Dockerfile": "FROM debian:12\n"
            "RUN curl -fsSL https://dl.example/go1.26.linux-amd64.tar.gz | tar xz\n"
        },
        ("Dockerfile:2",),
        "no sum and no signature, and half of it passes",
        Severity.NOTE,
    ),
}

MUST_NOT_FIRE = {
    "what takes a version over into go.mod": Case(
        {"Makefile": "update:\n\tgo get -u a.example/c@latest\n\tgo mod tidy\n"}
    ),
    "a version that another download says, told there; and no program": Case(
        {
            "Dockerfile": "FROM debian:12\n"
            "RUN curl -LO https://dl.example/$(curl -s https://dl.example/v)/t.tgz\n"
            "RUN curl -LO https://dl.example/$(dpkg --print-architecture).gpg\n"
        }
    ),
    "a version that the step finds out itself": Case(
        {
            "Dockerfile": "FROM debian:12\nARG V=latest\n"
            "RUN V=$(cat v) && curl -fLo /t.txt https://dl.example/releases/$V/t\n"
        }
    ),
    "versions in a makefile": Case(
        {
            "Makefile": "V = v1.2.3\ngen:\n\tgo install a.example/c@$(V)\n"
            "\tgo install a.example/d@$(W)\n\tgo build ./cmd/latest\n"
        }
    ),
    "both have sums, compared at the end, or by a function above": Case(
        {
            "Dockerfile": "FROM debian:12\nRUN curl -LO https://dl.example/a-1.tgz"
            " && curl -LO https://dl.example/b-1.tgz && sha256sum -c sums\n"
            "RUN is() { sha256sum -c $1.sum; }; curl -LO https://dl.example/a-1.tgz;"
            " is a\n"
        }
    ),
    "a tool by its version": Case(
        {
            "Dockerfile": "FROM golang:1.26\nRUN go install a.example/b/cmd/c@v1.2.3\n"
            "RUN go build ./... && npm install && npm i -g yarn@1.22.22\n"
        }
    ),
    "a named version from where installers are, too, with its sum": Case(
        {
            "Dockerfile": "FROM debian:12\nRUN curl -fsSLO"
            " https://get.helm.sh/helm-v3.19.0-linux-amd64.tar.gz && sha256sum -c s\n"
        }
    ),
    "compared": Case(
        {
            "Dockerfile": "FROM debian:12\nRUN curl -fLO https://dl.example/a-1.tgz"
            " && echo '5b3c  a-1.tgz' | sha256sum -c -\n"
        }
    ),
    "a key": Case(
        {
            "Dockerfile": "FROM debian:12\nRUN curl -fsSL https://dl.example/key.asc"
            " | gpg --dearmor -o /usr/share/keyrings/a.gpg\n"
        }
    ),
    "a question": Case(
        {"Dockerfile": "FROM debian:12\nRUN curl -f https://api.example/v1/status\n"}
    ),
    "signed": Case(
        {
            "Dockerfile": "FROM debian:12\nRUN wget https://dl.example/a-1.tar.xz"
            " https://dl.example/a-1.tar.xz.asc && gpg --verify a-1.tar.xz.asc\n"
        }
    ),
}
