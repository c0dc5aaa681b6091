"""REG008: the same software from two registries."""

from tests.unit.policy.casebook import Case

_TWO = "services:\n  a:\n    image: {}\n  b:\n    image: {}\n  c:\n    image: {}\n"

MUST_FIRE = {
    "known twins": Case(
        {
            "compose.yaml": _TWO.format(
                "quay.io/prometheus/busybox:1",
                "quay.io/prometheus/busybox:1",
                "prom/busybox:1",
            )
        },
        ("compose.yaml:7",),
        "quay.io elsewhere",
    ),
    "equal paths": Case(
        {
            "compose.yaml": _TWO.format(
                "quay.io/team/a:1", "ghcr.io/team/a:1", "ghcr.io/team/a:2"
            )
        },
        ("compose.yaml:3",),
    ),
}

MUST_NOT_FIRE = {
    "one registry": Case(
        {"compose.yaml": _TWO.format("prom/a:1", "docker.io/prom/a:2", "prom/b:1")}
    ),
    "another team": Case(
        {
            "compose.yaml": _TWO.format(
                "quay.io/team/a:1", "quay.io/other/a:1", "ghcr.io/third/a:1"
            )
        }
    ),
}
