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
