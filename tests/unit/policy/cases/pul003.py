"""PUL003: a pod's own list of pull secrets that hides its service account's."""

from tests.unit.policy.casebook import Case, Mend

_ACCOUNT = """\
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {}
imagePullSecrets:
  - name: registry-pull
"""
_WEB = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      serviceAccountName: web
      imagePullSecrets:
        - name: hub-pull
      containers:
        - {name: web, image: "registry.example/shop/web:1.4.2"}
"""
_BOTH = _WEB.replace(
    "        - name: hub-pull\n",
    "        - name: hub-pull\n        - name: registry-pull\n",
)
_OWN = _ACCOUNT.format("web")

MUST_FIRE = {
    "another secret": Case(
        {"web.yaml": _WEB, "account.yaml": _OWN},
        ("web.yaml:8",),
        "registry-pull of the service account web do not count",
    ),
    "the default account": Case(
        {
            "web.yaml": _WEB.replace("      serviceAccountName: web\n", ""),
            "account.yaml": _ACCOUNT.format("default"),
        },
        ("web.yaml:7",),
    ),
}

MUST_NOT_FIRE = {
    "both": Case({"web.yaml": _BOTH, "account.yaml": _OWN}),
    "another account": Case({"web.yaml": _WEB, "account.yaml": _ACCOUNT.format("api")}),
    "no list of its own": Case(
        {
            "web.yaml": _WEB.replace("        - name: hub-pull\n", "").replace(
                "imagePullSecrets:", "imagePullSecrets: []"
            ),
            "account.yaml": _OWN,
        }
    ),
    "an account without a list": Case(
        {"web.yaml": _WEB, "account.yaml": _OWN.partition("imagePull")[0]}
    ),
}

FIXES = {
    "both lists": Mend({"web.yaml": _WEB, "account.yaml": _OWN}, {"web.yaml": _BOTH}),
    "in JSON": Mend(
        {
            "web.json": '{"apiVersion": "v1", "kind": "Pod", "metadata":'
            ' {"name": "web"},'
            ' "spec": {"serviceAccountName": "web", "imagePullSecrets":'
            ' [{"name": "hub-pull"}], "containers":'
            ' [{"name": "web", "image": "a/b:1"}]}}',
            "account.yaml": _OWN,
        },
        {
            "web.json": '{"apiVersion": "v1", "kind": "Pod", "metadata":'
            ' {"name": "web"},'
            ' "spec": {"serviceAccountName": "web", "imagePullSecrets":'
            ' [{"name": "hub-pull"}, {"name": "registry-pull"}], "containers":'
            ' [{"name": "web", "image": "a/b:1"}]}}',
        },
    ),
    "in brackets": Mend(
        {
            "web.yaml": _WEB.replace(
                ":\n        - name: hub-pull\n", ": [{name: hub-pull}]\n"
            ),
            "account.yaml": _OWN,
        },
        {
            "web.yaml": _WEB.replace(
                ":\n        - name: hub-pull\n",
                ": [{name: hub-pull}, {name: registry-pull}]\n",
            )
        },
    ),
}
