"""PUL006: a pull secret whose credential nobody will find."""

from tests.unit.policy.casebook import Case, Mend

_OBJECT = """\
apiVersion: v1
kind: Secret
metadata: {name: pull}
type: kubernetes.io/dockerconfigjson
stringData:
  .dockerconfigjson: |
    {"auths": {"%s": {"auth": ""}}}
"""
_WEB = """\
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  imagePullSecrets: [{name: pull}]
  containers: [{name: web, image: "shop/web:1.4.2"}]
"""
_LOST = _OBJECT % "registry-1.docker.io"
_OPAQUE = _OBJECT.replace("kubernetes.io/dockerconfigjson", "Opaque") % "quay.io"

MUST_FIRE = {
    "Docker Hub's other host": Case(
        {"secret.yaml": _LOST}, ("secret.yaml:6",), "as registry-1.docker.io"
    ),
    "another type": Case(
        {"secret.yaml": _OPAQUE, "web.yaml": _WEB},
        ("secret.yaml:4",),
        "of the type Opaque",
    ),
    "another key": Case(
        {"secret.yaml": _OBJECT.replace("  .docker", "  docker") % "quay.io"},
        ("secret.yaml:4",),
        "no key .dockerconfigjson",
    ),
    "hosts outside of auths": Case(
        {
            "secret.yaml": _OBJECT.replace(
                '{"auths": {"%s": {"auth": ""}}}', '{"r.example": {}}'
            )
        },
        ("secret.yaml:6",),
        "without auths",
    ),
    "no JSON": Case(
        {"secret.yaml": (_OBJECT % "quay.io").replace("}}}", "}}")},
        ("secret.yaml:6",),
        "not JSON",
    ),
}

MUST_NOT_FIRE = {
    "Docker Hub": Case({"secret.yaml": _OBJECT % "https://index.docker.io/v1/"}),
    "its short name": Case({"secret.yaml": _OBJECT % "docker.io"}),
    "another registry": Case({"secret.yaml": _OBJECT % "quay.io"}),
    "no pull secret": Case({"secret.yaml": _OPAQUE}),
    "filled in": Case(
        {"secret.yaml": _OBJECT.partition("{")[0].replace(": |", ": ${CONFIG}")}
    ),
}

FIXES = {
    "the host": Mend(
        {"secret.yaml": _LOST},
        {"secret.yaml": _OBJECT % "https://index.docker.io/v1/"},
    ),
    "the right one is there already": Mend(
        {
            "secret.yaml": (_OBJECT % "hub.docker.com").replace(
                '"auths": {', '"auths": {"https://index.docker.io/v1/": {}, '
            )
        },
        {},
        leaves=1,
    ),
}
