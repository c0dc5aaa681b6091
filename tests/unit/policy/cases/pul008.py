"""PUL008: a registry's password in a file that everybody can read."""

import base64

from tests.unit.policy.casebook import Case

_CONFIG = '{"auths": {"registry.example": {"auth": "%s"}}}'
_SAMPLE = "cm9ib3Q6c2FtcGxlLW9ubHk="
_OBJECT = """\
apiVersion: v1
kind: Secret
metadata: {name: pull}
type: kubernetes.io/dockerconfigjson
%s:
  .dockerconfigjson: '%s'
"""


def _encoded(text: str) -> dict[str, str]:
    said = base64.b64encode(text.encode()).decode()
    return {"secret.yaml": _OBJECT % ("data", said)}


def _clear(text: str) -> dict[str, str]:
    return {"secret.yaml": _OBJECT % ("stringData", text)}


_CI = """\
variables:
  DOCKER_AUTH_CONFIG: '{"auths": {"registry.example": {"auth": "%s"}}}'
build:
  image: registry.example/shop/build:1
  script: [make]
"""
MUST_FIRE = {
    "a pipeline": Case(
        {".gitlab-ci.yml": _CI % "cm9ib3Q6aHVudGVyMg=="}, (".gitlab-ci.yml:2",)
    ),
    "in base64": Case(
        _encoded(_CONFIG % _SAMPLE),
        ("secret.yaml:4",),
        "a password for registry.example",
    ),
    "in the clear": Case(_clear(_CONFIG % _SAMPLE), ("secret.yaml:4",)),
    "a login": Case(
        {"login.sh": "docker login -u robot -p hunter2-and-more registry.example\n"},
        ("login.sh:1",),
        "docker login has its password as a word",
    ),
}

MUST_NOT_FIRE = {
    "a pipeline with a variable": Case({".gitlab-ci.yml": _CI % "$PULL_AUTH"}),
    "a pipeline with a dummy": Case({".gitlab-ci.yml": _CI % "dXNlcjpwYXNzd29yZA=="}),
    "filled in": Case(_clear(_CONFIG % "${REGISTRY_AUTH}")),
    "all of it filled in": Case(_clear("{{ .Values.dockerConfig }}")),
    "empty": Case(_encoded(_CONFIG % "")),
    "from a variable": Case(
        {"login.sh": 'docker login -u robot -p "$PASSWORD" registry.example\n'}
    ),
    "from standard input": Case(
        {"login.sh": "docker login -u robot --password-stdin registry.example\n"}
    ),
    "sealed": Case(
        {"secret.yaml": (_OBJECT % ("data", "x")).replace("kind: ", "kind: Sealed")}
    ),
}
