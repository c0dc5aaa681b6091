"""BLD013: an image that is built although a plain download would do."""

from tests.unit.policy.casebook import Case

MUST_FIRE = {
    "kubectl": Case(
        {
            "Dockerfile": "FROM alpine:3.22\nRUN apk add --no-cache curl && \\\n"
            " curl -fLo /bin/kubectl https://dl.example/v1.34.1/bin/linux/amd64/kubectl\n"
            'ENTRYPOINT ["/bin/kubectl"]\n'
        },
        ("Dockerfile:3",),
        "kubectl",
    ),
    "with apt": Case(
        {
            "Dockerfile": "FROM debian:12\n"
            "RUN apt-get update && apt-get install -y curl ca-certificates\n"
            "RUN curl -fsSL https://dl.example/helm-v3-linux-amd64.tar.gz | tar xz\n"
        },
        ("Dockerfile:3",),
    ),
    "one that is tried, of an architecture that is found out": Case(
        {
            "Dockerfile": "FROM alpine:3.22\n"
            "RUN apk add --no-cache curl ca-certificates && \\\n"
            "    case $(uname -m) in x86_64) A=amd64 ;; *) exit 1 ;; esac && \\\n"
            "    V=$(curl -Ls https://dl.example/stable.txt) && \\\n"
            '    curl -fL -o /usr/bin/tool "https://dl.example/$V/linux/$A/t" && \\\n'
            "    chmod +x /usr/bin/tool && tool version\n"
        },
        ("Dockerfile:5",),
    ),
    "a stage fetches, another one takes it": Case(
        {
            "Dockerfile": "FROM alpine:3.22 AS get\n"
            "RUN wget -O /tool https://dl.example/a-linux-amd64 && chmod +x /tool\n"
            "FROM scratch\nCOPY --from=get /tool /tool\n"
        },
        ("Dockerfile:2",),
    ),
}

MUST_NOT_FIRE = {
    "something that another image gets in addition": Case(
        {
            "Dockerfile": "FROM alpine:3.22 AS get\n"
            "RUN wget -O /plugin https://dl.example/plugin-linux-amd64\n"
            "FROM quay.io/team/server:1\nCOPY --from=get /plugin /plugins/\n",
            "one.Dockerfile": "FROM quay.io/team/server:1\n"
            "RUN wget -O /plugin https://dl.example/plugin-linux-amd64\n",
        }
    ),
    "a stage that does more with it": Case(
        {
            "Dockerfile": "FROM alpine:3.22 AS get\n"
            "RUN wget -O /tool https://dl.example/a-linux-amd64\n"
            "FROM alpine:3.22\nCOPY --from=get /tool /tool\nRUN adduser -D me\n"
        }
    ),
    "something of its own": Case(
        {
            "Dockerfile": "FROM alpine:3.22\nCOPY run.sh /\n"
            "RUN wget https://dl.example/tool-linux-amd64.tar.gz\n"
        }
    ),
    "other packages": Case(
        {
            "Dockerfile": "FROM alpine:3.22\nRUN apk add curl python3\n"
            "RUN curl -fO https://dl.example/tool-linux-amd64.tar.gz\n"
        }
    ),
    "two of them": Case(
        {
            "Dockerfile": "FROM alpine:3.22\n"
            "RUN wget https://dl.example/a-linux-amd64 https://dl.example/b-linux-amd64\n"
        }
    ),
    "two stages": Case(
        {
            "Dockerfile": "FROM alpine:3.22 AS get\n"
            "RUN wget https://dl.example/a-linux-amd64\nFROM scratch\n"
        }
    ),
}
