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
    "values of one file": Case(
        {
            "values.yaml": "a: {image: {repository: team/a, tag: 1.0}}\n"
            "b: {image: {repository: quay.io/team/a, tag: 1.0}}\n"
        },
        ("values.yaml:1",),
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
    "a default registry beside the name": Case(
        {
            "values.yaml": "image:\n  registry: ~\n  defaultRegistry: quay.io\n"
            "  repository: team/a\n  tag: 1.2\n",
            "pod.yaml": "kind: Pod\nspec: {containers: [{image: quay.io/team/a:1}]}\n",
        }
    ),
    "values to choose from": Case(
        {
            "values.yaml": "image: {repository: team/a, tag: 1.0}\n",
            "values.openshift.yaml": "image: {repository: quay.io/team/a, tag: 1.0}\n",
        }
    ),
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
