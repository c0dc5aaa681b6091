"""REG010: a mirror without any promise as the only source."""

from tests.unit.policy.casebook import Case

_POD = """\
apiVersion: v1
kind: Pod
metadata:
  name: tool
spec:
  containers:
    - name: tool
      image: {}
"""


MUST_FIRE = {
    "Google's": Case(
        {"p.yaml": _POD.format("mirror.gcr.io/library/nginx:1.29.3")},
        ("p.yaml:8",),
        "drop",
    ),
    "a community's": Case(
        {"Dockerfile": "FROM docker.m.daocloud.io/library/debian:12\n"},
        ("Dockerfile:1",),
    ),
}

MUST_NOT_FIRE = {
    "the origin": Case({"p.yaml": _POD.format("docker.io/library/nginx:1.29.3")}),
    "one's own": Case({"p.yaml": _POD.format("mirror.example/library/nginx:1.29.3")}),
}
