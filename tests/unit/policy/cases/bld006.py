"""BLD006: a download that is tried once, or takes an error page."""

from tests.unit.policy.casebook import Case, Mend

MUST_FIRE = {
    "neither": Case(
        {"Dockerfile": "FROM debian:12\nRUN curl -sSLO https://dl.example/a.tgz\n"},
        ("Dockerfile:2",),
        "--retry and --fail: a lost connection ends the build, and an error page gets",
    ),
    "an error page": Case(
        {
            "Dockerfile": "FROM debian:12\nRUN curl --retry 3 -LO https://dl.example/a.tgz\n"
        },
        ("Dockerfile:2",),
        "without --fail: an error page gets into the image; add it",
    ),
    "a variable": Case(
        {"Dockerfile": 'FROM debian:12\nRUN curl -fsSL "${URL}" | tar xz\n'},
        ("Dockerfile:2",),
    ),
    "a placeholder": Case(
        {
            "Dockerfile": "FROM debian:12\n"
            'RUN curl -o tool.tgz "%%DOWNLOAD_URL%%" && tar xf tool.tgz\n'
            "RUN curl -sSL @TOOL_SITE@/tool.tgz | tar xz\n"
            'RUN curl -sSL "{{ tool_url }}" | tar xz\n'
        },
        ("Dockerfile:2", "Dockerfile:3", "Dockerfile:4"),
        "curl fetches %%DOWNLOAD_URL%% without",
    ),
    "no retry": Case(
        {"Dockerfile": "FROM debian:12\nRUN curl -fsSLO https://dl.example/a.tgz\n"},
        ("Dockerfile:2",),
        "without --retry: a lost connection ends the build; add it",
    ),
}

MUST_NOT_FIRE = {
    "a placeholder that is a file's name, or sent": Case(
        {
            "Dockerfile": "FROM debian:12\nRUN curl -o %%FILE%%\n"
            "RUN curl --data @BODY@ %%API%%\n"
        }
    ),
    "both": Case(
        {
            "Dockerfile": "FROM debian:12\nRUN curl --retry 3 -fsSLO https://dl.example/a\n"
        }
    ),
    "a loop": Case(
        {
            "Dockerfile": "FROM debian:12\n"
            "RUN until curl -fsSLO https://dl.example/a; do sleep 1; done\n"
        }
    ),
    "it sends": Case(
        {"Dockerfile": "FROM debian:12\nRUN curl -X POST -d a=b https://api.example/\n"}
    ),
    "wget": Case({"Dockerfile": "FROM debian:12\nRUN wget https://dl.example/a.tgz\n"}),
}

FIXES = {
    "not into a word of JSON, nor within quotes": Mend(
        {
            "Dockerfile": 'FROM debian:12\nRUN ["curl", "-o", "a", "https://a.example/b"]\n'
            'RUN "curl" -o a https://a.example/c\n'
        },
        {},
        leaves=2,
    ),
    "neither": Mend(
        {"Dockerfile": "FROM debian:12\nRUN curl -sSLO https://dl.example/a.tgz\n"},
        {
            "Dockerfile": "FROM debian:12\nRUN curl --retry 5 --retry-connrefused"
            " --fail"
            " -sSLO https://dl.example/a.tgz\n"
        },
    ),
    "a curl that is older than the option, or may be": Mend(
        {
            "Dockerfile": "FROM ubuntu:16.04\nRUN curl -f https://a.example/b\n"
            "FROM debian:jessie\nRUN curl -f https://a.example/c\n"
            "FROM node:0.10 AS old\nRUN curl -f https://a.example/d\n"
            "FROM old\nRUN curl -f https://a.example/e\n"
            "FROM ubuntu:17.04\nRUN curl -f https://a.example/f\n"
        },
        {
            "Dockerfile": "FROM ubuntu:16.04\nRUN curl --retry 5 -f https://a.example/b\n"
            "FROM debian:jessie\nRUN curl --retry 5 -f https://a.example/c\n"
            "FROM node:0.10 AS old\nRUN curl --retry 5 -f https://a.example/d\n"
            "FROM old\nRUN curl --retry 5 -f https://a.example/e\n"
            "FROM ubuntu:17.04\n"
            "RUN curl --retry 5 --retry-connrefused -f https://a.example/f\n"
        },
    ),
    "no fail, over lines": Mend(
        {
            "Dockerfile": "FROM debian:12\nRUN cd /tmp && \\\n  curl --retry 2 https://a.example/b\n"
        },
        {
            "Dockerfile": "FROM debian:12\nRUN cd /tmp && \\\n"
            "  curl --fail --retry 2 https://a.example/b\n"
        },
    ),
}
