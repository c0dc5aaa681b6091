"""BLD012: a toolchain that is fetched again whenever a source changes."""

from tests.unit.policy.casebook import Case, Mend

from seawall.policy.fix import FixKind

_GET = "RUN curl -fsSL https://dl.example/go1.26.linux-amd64.tar.gz | tar -xz -C /usr\n"

MUST_FIRE = {
    "an archive": Case(
        {"Dockerfile": f"FROM debian:12\nCOPY . /src\n{_GET}RUN make\n"},
        ("Dockerfile:3",),
    ),
    "an installer": Case(
        {
            "Dockerfile": "FROM debian:12\nWORKDIR /src\nADD ./ ./\n"
            "RUN curl -sSf https://sh.rustup.rs | sh -s -- -y\n"
        },
        ("Dockerfile:4",),
        "behind its sources",
    ),
    "with what fetches it": Case(
        {
            "Dockerfile": "FROM debian:12\nCOPY cmd/ ./cmd\nCOPY *.go ./\n"
            "RUN apt-get update && apt-get install -y curl && \\\n"
            "    curl -fsSL https://dl.example/go1.26.linux-amd64.tar.gz | tar -xz\n"
        },
        ("Dockerfile:4",),
    ),
    "in the RUN that builds": Case(
        {
            "Dockerfile": "FROM debian:12\nCOPY . /src\n"
            "RUN curl -fsSL https://dl.example/node-v22.1-linux-x64.tar.xz \\\n"
            "    | tar -xJ \\\n"
            "    && node-v22.1/bin/npm ci\n"
        },
        ("Dockerfile:3",),
    ),
}

MUST_NOT_FIRE = {
    "before": Case({"Dockerfile": f"FROM debian:12\n{_GET}COPY . /src\n"}),
    "in a stage of its own": Case(
        {"Dockerfile": f"FROM debian:12 AS go\n{_GET}FROM debian:12\nCOPY . /src\n"}
    ),
    "a file that it needs": Case(
        {"Dockerfile": f"FROM debian:12\nCOPY versions.txt /\n{_GET}"}
    ),
    "the build itself": Case(
        {
            "Dockerfile": "FROM debian:12\nCOPY . /src\n"
            "RUN curl -fsSLO https://dl.example/data.tar.gz && make\n"
        }
    ),
}

FIXES = {
    "what it fetches first is parted from the build": Mend(
        {
            "Dockerfile": "FROM debian:12\nCOPY . /src\n"
            "RUN curl -fsSL https://dl.example/go1.26.linux-amd64.tar.gz \\\n"
            "    | tar -xz -C /usr && \\\n"
            "    make -C /src && \\\n    make install\n"
        },
        {
            "Dockerfile": "FROM debian:12\n"
            "RUN curl -fsSL https://dl.example/go1.26.linux-amd64.tar.gz \\\n"
            "    | tar -xz -C /usr\n"
            "COPY . /src\n"
            "RUN make -C /src && \\\n    make install\n"
        },
        FixKind.UNSAFE,
    ),
    "a script of the sources stays behind them": Mend(
        {
            "Dockerfile": "FROM debian:12\nCOPY src /src\n"
            "RUN wget -qO- https://dl.example/go1.26.linux-amd64.tar.gz | tar -xz \\\n"
            "    && \\\n"
            "    sh /src/build.sh\n"
        },
        {
            "Dockerfile": "FROM debian:12\n"
            "RUN wget -qO- https://dl.example/go1.26.linux-amd64.tar.gz | tar -xz\n"
            "COPY src /src\nRUN sh /src/build.sh\n"
        },
        FixKind.UNSAFE,
    ),
    "not past sources that it unpacks into": Mend(
        {
            "Dockerfile": "FROM debian:12\nCOPY . /src\n"
            "RUN curl -fsSL https://dl.example/go1.26.linux-amd64.tar.gz \\\n"
            "    | tar -xz -C /src/tools && make -C /src\n"
        },
        {},
        FixKind.UNSAFE,
        leaves=1,
    ),
    "not where the build runs in what was set before it": Mend(
        {
            "Dockerfile": "FROM debian:12\nCOPY . /src\n"
            "RUN cd /usr && curl -fsSL https://dl.example/go1.26.linux-amd64.tar.gz"
            " | tar -xz && make\n"
        },
        {},
        FixKind.UNSAFE,
        leaves=1,
    ),
    "it moves": Mend(
        {"Dockerfile": f"FROM debian:12\n# sources\nCOPY . /src\n{_GET}RUN make\n"},
        {"Dockerfile": f"FROM debian:12\n# sources\n{_GET}COPY . /src\nRUN make\n"},
        FixKind.UNSAFE,
    ),
    "not past what says how it runs": Mend(
        {"Dockerfile": f"FROM debian:12\nCOPY . /src\nWORKDIR /src\n{_GET}"},
        {},
        FixKind.UNSAFE,
        leaves=1,
    ),
}
