"""BLD010: sources that a build fetches by ADD or git."""

from tests.unit.policy.casebook import DIGEST, Case

MUST_FIRE = {
    "ADD": Case(
        {"Dockerfile": "FROM scratch\nADD https://dl.example/a.tgz /a\n"},
        ("Dockerfile:2",),
        "without a checksum",
    ),
    "git": Case(
        {
            "Dockerfile": "FROM debian:12\nRUN git clone --depth 1"
            " https://git.example/a /a\n"
        },
        ("Dockerfile:2",),
        "https://git.example/a",
    ),
    "submodules": Case(
        {"Dockerfile": "FROM debian:12\nRUN git submodule update --init\n"},
        ("Dockerfile:2",),
    ),
}

MUST_NOT_FIRE = {
    "a checksum": Case(
        {
            "Dockerfile": f"FROM scratch\nADD --checksum={DIGEST}"
            " https://dl.example/a /a\n"
        }
    ),
    "of the context": Case({"Dockerfile": "FROM scratch\nADD a.tgz /a\n"}),
    "what is here": Case(
        {"Dockerfile": "FROM debian:12\nRUN git -C /a checkout 1.2\n"}
    ),
}
