"""PUL001: an image that needs a credential, and a pod that has none."""

from tests.unit.policy.casebook import Case, Mend

from seawall.policy.finding import Severity
from seawall.policy.fix import FixKind
from seawall.policy.options import PolicyOptions

_POD = """\
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: web
      image: %s
"""
_OBJECT = """\
apiVersion: v1
kind: Secret
metadata: {name: pull}
type: kubernetes.io/dockerconfigjson
stringData:
  .dockerconfigjson: '{"auths": {"nvcr.io": {}}}'
"""
_NIM = _POD % "nvcr.io/nim/meta/llama:1.0.3"
_OWN = _POD % "registry.example/shop/web:1.4.2"
_LIST = "spec:\n  imagePullSecrets:\n    - name: pull\n"

MUST_FIRE = {
    "known": Case(
        {"web.yaml": _NIM}, ("web.yaml:7",), "need an API key of NGC", Severity.ERROR
    ),
    "a cloud's": Case(
        {"web.yaml": _POD % "shop.azurecr.io/web:1.4.2"},
        ("web.yaml:7",),
        "private by default",
        Severity.WARNING,
    ),
    "settings say so": Case(
        {"web.yaml": _OWN},
        ("web.yaml:7",),
        "the settings say",
        Severity.ERROR,
        PolicyOptions(private=("registry.example/shop",)),
    ),
}

MUST_NOT_FIRE = {
    "it has one": Case({"web.yaml": _NIM.replace("spec:\n", _LIST)}),
    "its account has one": Case(
        {
            "web.yaml": _NIM,
            "account.yaml": "apiVersion: v1\nkind: ServiceAccount\n"
            "metadata: {name: default}\nimagePullSecrets: [{name: pull}]\n",
        }
    ),
    "open to all": Case({"web.yaml": _POD % "nvcr.io/nvidia/cuda:12.4.1-base"}),
    "nodes have one": Case(
        {"web.yaml": _NIM}, options=PolicyOptions(providers=("nvcr.io",))
    ),
    "nobody says that it is private": Case({"web.yaml": _OWN}),
}

FIXES = {
    "the secret for it": Mend(
        {"web.yaml": _NIM, "secret.yaml": _OBJECT},
        {"web.yaml": _NIM.replace("spec:\n", _LIST)},
        FixKind.UNSAFE,
    ),
    "none for it": Mend(
        {"web.yaml": _NIM, "secret.yaml": _OBJECT.replace("nvcr", "quay")},
        {},
        FixKind.UNSAFE,
        leaves=1,
    ),
}
