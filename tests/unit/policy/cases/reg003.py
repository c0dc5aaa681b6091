"""REG003: a registry that forgets."""

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
    "for an hour": Case(
        {"p.yaml": _POD.format("ttl.sh/web:1h")}, ("p.yaml:8",), "last"
    ),
    "a tunnel": Case(
        {"Dockerfile": "FROM 5b3c-198-51-100-7.ngrok-free.app/web:1\n"},
        ("Dockerfile:1",),
    ),
}

MUST_NOT_FIRE = {
    "another": Case({"p.yaml": _POD.format("registry.example/ttl.sh/web:1")}),
    "the tunnel's own image": Case({"p.yaml": _POD.format("docker.io/ngrok/ngrok:3")}),
}
