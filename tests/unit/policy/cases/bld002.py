"""BLD002: images that a build pulls outside FROM."""

from tests.unit.policy.casebook import DIGEST, Case, Mend

from seawall.policy.fix import FixKind

MUST_FIRE = {
    "copied from": Case(
        {"Dockerfile": "FROM scratch\nCOPY --from=quay.io/team/tool:1 /a /a\n"},
        ("Dockerfile:2",),
        "COPY --from",
    ),
    "mounted from": Case(
        {
            "Dockerfile": "FROM scratch\n"
            "RUN --mount=type=bind,from=team/tool:1,target=/t /t/run\n"
        },
        ("Dockerfile:2",),
        "RUN --mount",
    ),
    "the syntax": Case(
        {"Dockerfile": "# syntax=docker/dockerfile:1\nFROM scratch\n"},
        ("Dockerfile:1",),
        "# syntax",
    ),
}

MUST_NOT_FIRE = {
    "a digest": Case(
        {"Dockerfile": f"FROM scratch\nCOPY --from=team/tool@{DIGEST} /a /a\n"}
    ),
    "a stage": Case(
        {
            "Dockerfile": "FROM quay.io/team/a:1 AS build\nFROM scratch\n"
            "COPY --from=build /a /a\nCOPY --from=0 /b /b\n"
        }
    ),
    "from the context": Case({"Dockerfile": "FROM scratch\nCOPY a /a\n"}),
}

FIXES = {
    "copied from": Mend(
        {"Dockerfile": "FROM scratch\nCOPY --from=quay.io/team/tool:1 /a /a\n"},
        {
            "Dockerfile": f"FROM scratch\nCOPY --from=quay.io/team/tool:1@{DIGEST}"
            " /a /a\n"
        },
        FixKind.ONLINE,
    ),
    "the syntax": Mend(
        {"Dockerfile": "# syntax=docker/dockerfile:1\nFROM scratch\n"},
        {"Dockerfile": f"# syntax=docker/dockerfile:1@{DIGEST}\nFROM scratch\n"},
        FixKind.ONLINE,
    ),
}
