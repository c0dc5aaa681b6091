"""PUL007: a mirror that needs a credential, and a pod that has another one only."""

from tests.unit.policy.casebook import Case, Mend

from seawall.policy.fix import FixKind
from seawall.policy.options import Mirror, PolicyOptions

_MIRRORS = PolicyOptions(
    mirrors=(Mirror("docker.io", "mirror.example/hub", "mirror-pull"),)
)
EXAMPLE_OPTIONS = PolicyOptions(
    mirrors=(Mirror("docker.io", "mirror.example/dockerhub", "mirror-pull"),)
)
_OPEN = PolicyOptions(mirrors=(Mirror("docker.io", "mirror.example/hub"),))
_POD = """\
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  imagePullSecrets:
    - name: hub-pull
  containers:
    - name: web
      image: %s
"""
_LIST = "    - name: hub-pull\n"
_HERE = _POD % "mirror.example/hub/library/nginx:1.29.3"
_BOTH = _HERE.replace(_LIST, f"{_LIST}    - name: mirror-pull\n")
_NONE = _HERE.replace(f"  imagePullSecrets:\n{_LIST}", "")

MUST_FIRE = {
    "an image of the mirror": Case(
        {"web.yaml": _HERE}, ("web.yaml:9",), "mirror.example/hub", options=_MIRRORS
    ),
    "an image that it stands for": Case(
        {"web.yaml": _POD % "nginx:1.29.3"}, ("web.yaml:9",), options=_MIRRORS
    ),
}

MUST_NOT_FIRE = {
    "it has both": Case({"web.yaml": _BOTH}, options=_MIRRORS),
    "a mirror without a secret": Case({"web.yaml": _HERE}, options=_OPEN),
    "another registry": Case({"web.yaml": _POD % "quay.io/x/y:1"}, options=_MIRRORS),
    "no mirror": Case({"web.yaml": _HERE}),
    "what is built here comes from no mirror": Case(
        {"web.yaml": _POD % "web:1", "up.sh": "docker build -t web:1 .\n"},
        options=_MIRRORS,
    ),
}

FIXES = {
    "added to its list": Mend(
        {"web.yaml": _HERE}, {"web.yaml": _BOTH}, options=_MIRRORS
    ),
    "an account that nobody knows": Mend(
        {"web.yaml": _NONE},
        {"web.yaml": _BOTH.replace(_LIST, "")},
        FixKind.UNSAFE,
        options=_MIRRORS,
    ),
}
