"""REG007: a registry without TLS, or known by its address alone."""

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
    "an address": Case({"p.yaml": _POD.format("10.0.0.1:5000/web:1")}, ("p.yaml:8",)),
    "an address without a port": Case(
        {"Dockerfile": "FROM 192.0.2.7/base:1\n"}, ("Dockerfile:1",), "192.0.2.7"
    ),
    "plain HTTP": Case(
        {"p.yaml": _POD.format("http://registry.example/web:1")}, ("p.yaml:8",), "plain"
    ),
}

MUST_NOT_FIRE = {
    "a name": Case({"p.yaml": _POD.format("registry.example:5000/web:1")}),
    "this machine": Case({"p.yaml": _POD.format("127.0.0.1:5000/web:1")}),
    "a version": Case({"p.yaml": _POD.format("docker.io/team/web:10.0.0.1")}),
}
