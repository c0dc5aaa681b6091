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

_IN_SHOP = {
    "secret": _OPAQUE.replace("{name: pull}", "{name: pull, namespace: shop}"),
    "web": _WEB.replace("{name: web}", "{name: web, namespace: shop}", 1),
}
_RUN = """\
apiVersion: chainsaw.kyverno.io/v1alpha1
kind: Test
metadata: {name: web}
spec:
  steps: [{try: [{apply: {file: secret.yaml}}, {assert: {file: web.yaml}}]}]
"""
MUST_FIRE |= {
    "another folder of one namespace": Case(
        {"a/secret.yaml": _IN_SHOP["secret"], "b/web.yaml": _IN_SHOP["web"]},
        ("a/secret.yaml:4",),
    ),
    "a folder below": Case(
        {"k8s/secret.yaml": _OPAQUE, "k8s/web/web.yaml": _WEB}, ("k8s/secret.yaml:4",)
    ),
    "one kustomization": Case(
        {
            "a/secret.yaml": _OPAQUE,
            "b/web.yaml": _WEB,
            "all/kustomization.yaml": "resources: [../a/secret.yaml, ../b/web.yaml]\n",
        },
        ("a/secret.yaml:4",),
    ),
    "a test's own": Case(
        {"tests/a/secret.yaml": _OPAQUE, "tests/a/web.yaml": _WEB},
        ("tests/a/secret.yaml:4",),
    ),
}

MUST_NOT_FIRE = {
    "a pod of another test": Case(
        {
            "tests/a/secret.yaml": _IN_SHOP["secret"],
            "tests/b/web.yaml": _IN_SHOP["web"],
        }
    ),
    "a pod of an example": Case(
        {"secret.yaml": _IN_SHOP["secret"], "examples/b/web.yaml": _IN_SHOP["web"]}
    ),
    "a pod elsewhere, of no known namespace": Case(
        {"a/secret.yaml": _OPAQUE, "b/web.yaml": _WEB}
    ),
    "another file of a test run": Case(
        {"a/chainsaw-test.yaml": _RUN, "a/secret.yaml": _OPAQUE, "a/web.yaml": _WEB}
    ),
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
