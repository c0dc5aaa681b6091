"""BLD003: apt in a build, without being told to try again."""

from tests.unit.policy.casebook import Case, Mend

from seawall.policy.finding import Severity
from seawall.policy.mending.aptsettings import LINE

_USE = "RUN apt-get update && apt-get install -y curl\n"

MUST_FIRE = {
    "in a script that a shell is given": Case(
        {
            "Dockerfile": "FROM debian:11\nRUN bash -ec 'apt-get update'\n"
            'FROM debian:11\nRUN ["/bin/sh", "-c", "apt-get update && true"]\n'
        },
        ("Dockerfile:2", "Dockerfile:4"),
    ),
    "an old apt": Case(
        {"Dockerfile": f"FROM ubuntu:20.04\n{_USE}"},
        ("Dockerfile:2",),
        "tries each file once",
        Severity.WARNING,
    ),
    "a newer one": Case(
        {"Dockerfile": f"FROM debian:bookworm-slim\n{_USE}"},
        ("Dockerfile:2",),
        severity=Severity.NOTE,
    ),
    "nobody knows which": Case(
        {"Dockerfile": f"FROM quay.io/team/base:3\n{_USE}"},
        ("Dockerfile:2",),
        severity=Severity.NOTE,
    ),
    "once for each stage": Case(
        {
            "Containerfile": "FROM python:3.9-buster AS build\n"
            "RUN pip install build\n"
            "RUN set -eux; \\\n"
            "    # what the build needs\n"
            "    apt-get update; \\\n"
            "    apt-get install -y gcc\n"
            f"{_USE}"
            "FROM debian:11\n"
            "RUN <<EOF\n"
            "apt update\n"
            "EOF\n"
        },
        ("Containerfile:5", "Containerfile:10"),
    ),
    "a group that apt does not know": Case(
        {
            "Dockerfile": "FROM debian:10\n"
            "RUN echo 'APT::Acquire::Retries \"3\";' > /etc/apt/apt.conf.d/80-retries\n"
            f"{_USE}"
        },
        ("Dockerfile:3",),
    ),
    "a file of the tree that says something else": Case(
        {
            "Dockerfile": f"FROM debian:11\nCOPY docker/apt.conf /etc/apt/\n{_USE}",
            "docker/apt.conf": 'Acquire::http::Timeout "20";\n',
        },
        ("Dockerfile:3",),
        severity=Severity.WARNING,
    ),
    "a file of the tree with a group that apt does not know": Case(
        {
            "build/Dockerfile": f"FROM debian:11\nCOPY root/ /\n{_USE}",
            "build/root/etc/apt/apt.conf.d/80": 'APT::Acquire::Retries "5";\n',
        },
        ("build/Dockerfile:3",),
    ),
    "a script that is copied and run": Case(
        {
            "Dockerfile": "FROM debian:11\nCOPY scripts /tmp/scripts\n"
            "RUN /tmp/scripts/install.sh\n",
            "scripts/install.sh": f"set -e\n{_USE[4:]}",
        },
        ("scripts/install.sh:2",),
        severity=Severity.WARNING,
    ),
    "a script that is mounted": Case(
        {
            "Dockerfile": "FROM debian:12\n"
            "RUN --mount=type=bind,target=/src bash /src/install.sh\n",
            "install.sh": _USE[4:],
        },
        ("install.sh:1",),
        severity=Severity.NOTE,
    ),
}

MUST_NOT_FIRE = {
    "a file of the tree that says so": Case(
        {
            "build/Dockerfile": "FROM debian:11\n"
            f'COPY ["build/80-x", "/etc/apt/apt.conf.d/80-x"]\n{_USE}',
            "build/80-x": "",
            "build/apt.conf.d/80-y": 'Acquire { Retries "5"; };\n',
        }
    ),
    "a folder of the tree that says so": Case(
        {
            "build/Dockerfile": f"FROM debian:11\nCOPY root /\n{_USE}",
            "build/root/etc/apt/apt.conf.d/80": 'Acquire { Retries "5"; };\n',
        }
    ),
    "a file that the build puts there": Case(
        {
            "Dockerfile": "FROM debian:11\nCOPY . /src\n"
            f"RUN cp /src/80-retries /etc/apt/apt.conf.d/\n{_USE}"
        }
    ),
    "a script in a stage that is told": Case(
        {
            "Dockerfile": f"FROM debian:11\nCOPY a.sh /\n{LINE}\nRUN sh /a.sh\n",
            "a.sh": _USE[4:],
        }
    ),
    "a script that tells apt itself": Case(
        {
            "Dockerfile": "FROM debian:11\nADD a.sh /tmp/\nRUN /tmp/a.sh\n",
            "a.sh": "apt-get -o Acquire::Retries=5 update\n",
        }
    ),
    "a script of that name that is not there": Case(
        {
            "Dockerfile": "FROM debian:11\nCOPY --from=x /a.sh /\nRUN /a.sh\n",
            "other/a.sh": _USE[4:],
        }
    ),
    "configured": Case({"Dockerfile": f"FROM debian:10\n{LINE}\n{_USE}"}),
    "configured by the stage before": Case(
        {
            "Dockerfile": f"FROM debian:10 AS base\n{LINE}\nFROM base\n{_USE}",
        }
    ),
    "on the command line": Case(
        {
            "Dockerfile": "FROM debian:10\nRUN apt-get -o Acquire::Retries=3 update"
            " && apt-get -o Acquire::Retries=3 install -y curl\n"
        }
    ),
    "configured by a file": Case(
        {
            "Dockerfile": f"FROM debian:10\nCOPY apt.conf /etc/apt/apt.conf.d/\n{_USE}",
        }
    ),
    "a loop": Case(
        {
            "Dockerfile": "FROM debian:10\n"
            "RUN for i in 1 2 3; do apt-get update && break; sleep 5; done\n"
        }
    ),
    "without the network": Case(
        {"Dockerfile": "FROM debian:10\nRUN apt-get clean && apt-get remove -y curl\n"}
    ),
    "no apt": Case({"Dockerfile": "FROM alpine:3.22\nRUN apk add curl\n"}),
    "words only": Case({"Dockerfile": 'FROM debian:10\nRUN echo "apt-get update"\n'}),
}

FIXES = {
    "for a script that it runs": Mend(
        {
            "Dockerfile": "FROM debian:11\nCOPY a.sh /\nRUN /a.sh\n",
            "a.sh": _USE[4:],
        },
        {"Dockerfile": f"FROM debian:11\nCOPY a.sh /\n{LINE}\nRUN /a.sh\n"},
    ),
    "a group that apt does not know": Mend(
        {
            "Dockerfile": "FROM debian:11\n"
            "RUN echo 'APT::Acquire::Retries \"3\";' > /etc/apt/apt.conf.d/80-r \\\n"
            "  && apt-get -o APT::Acquire::http::Retries=3 update\n"
        },
        {
            "Dockerfile": "FROM debian:11\n"
            "RUN echo 'Acquire::Retries \"3\";' > /etc/apt/apt.conf.d/80-r \\\n"
            "  && apt-get -o Acquire::http::Retries=3 update\n"
        },
    ),
    "before the first use": Mend(
        {"Dockerfile": f"FROM debian:11\n# tools\n{_USE}{_USE}"},
        {"Dockerfile": f"FROM debian:11\n# tools\n{LINE}\n{_USE}{_USE}"},
    ),
    "in each stage": Mend(
        {"Dockerfile": f"FROM debian:11 AS a\n{_USE}FROM debian:10\n{_USE}"},
        {
            "Dockerfile": f"FROM debian:11 AS a\n{LINE}\n{_USE}"
            f"FROM debian:10\n{LINE}\n{_USE}"
        },
    ),
    "lines end as they did": Mend(
        {"Dockerfile": f"FROM debian:11\n{_USE}".replace("\n", "\r\n")},
        {"Dockerfile": f"FROM debian:11\n{LINE}\n{_USE}".replace("\n", "\r\n")},
    ),
    "not as somebody else": Mend(
        {"Dockerfile": "FROM debian:11\nUSER app\nRUN sudo apt-get update\n"},
        {},
        leaves=1,
    ),
}
