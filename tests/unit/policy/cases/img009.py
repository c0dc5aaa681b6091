"""IMG009: one application, several versions of one image."""

from tests.unit.policy.casebook import Case

_TWO = """\
apiVersion: v1
kind: Pod
metadata: {{name: one, labels: {{app.kubernetes.io/part-of: shop}}}}
spec:
  containers:
    - {{name: a, image: "{}"}}
    - {{name: b, image: "{}"}}
---
apiVersion: v1
kind: Pod
metadata: {{name: two, labels: {{app.kubernetes.io/part-of: shop}}}}
spec:
  containers:
    - {{name: c, image: "{}"}}
"""

MUST_FIRE = {
    "another tag": Case(
        {
            "p.yaml": _TWO.format(
                "busybox:1.37", "docker.io/busybox:1.37", "busybox:1.36"
            )
        },
        ("p.yaml:14",),
        "beside 1.37",
    ),
    "a tag and none": Case(
        {"p.yaml": _TWO.format("busybox:1.37", "busybox:1.37", "busybox")},
        ("p.yaml:14",),
    ),
}

MUST_FIRE["another tag in an alternative, beside what both go with"] = Case(
    {
        "a.yaml": _TWO.format("x.example/a:1", "x.example/a:1", "x.example/a:1"),
        "b.yaml": _TWO.format("x.example/a:2", "x.example/a:2", "x.example/a:2"),
        "c.yaml": _TWO.format(
            "x.example/b:1", "x.example/b:1", "x.example/a:1"
        ).replace("name: ", "name: more-"),
    },
    ("b.yaml:6",),
    "beside 1",
)

MUST_NOT_FIRE = {
    "each release's whole installation": Case(
        {
            f"install/v{one}.yaml": _TWO.format(
                f"x.example/a:{one}", f"x.example/a:{one}", "x.example/b:1"
            )
            for one in (1, 2, 3)
        }
    ),
    "the same": Case(
        {
            "p.yaml": _TWO.format(
                "busybox:1.37", "nginx:1.29", "docker.io/library/nginx:1.29"
            )
        }
    ),
    "another flavour": Case(
        {"p.yaml": _TWO.format("a:1.3-alpine", "a:3.0-ad", "docker.io/library/a:1.2")}
    ),
    "not known": Case(
        {"p.yaml": _TWO.format("busybox:1.37", "busybox:${TAG}", "busybox:1.37")}
    ),
    "another application": Case(
        {
            "a/p.yaml": _TWO.format("busybox:1.37", "x.example/a:1", "x.example/b:1"),
            "b/p.yaml": _TWO.replace("shop", "bank").format(
                "busybox:1.36", "x.example/a:1", "x.example/b:1"
            ),
        }
    ),
}
