"""REG009: a registry that is pulled from itself."""

from tests.unit.policy.casebook import Case

from seawall.policy.options import Mirror, PolicyOptions

_ZOT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: zot, namespace: registry}}
spec:
  template:
    spec:
      containers:
        - {{name: zot, image: "{}/project-zot/zot:v2.1.8"}}
"""
_MAP = PolicyOptions(mirrors=(Mirror("ghcr.io", "zot.registry.svc/ghcr"),))

MUST_FIRE = {
    "by its service": Case(
        {"z.yaml": _ZOT.format("zot.registry.svc:5000")}, ("z.yaml:8",)
    ),
    "by a short name": Case(
        {"z.yaml": _ZOT.format("zot:5000")}, ("z.yaml:8",), "itself"
    ),
    "by a mirror": Case(
        {"z.yaml": _ZOT.format("ghcr.io")}, ("z.yaml:8",), options=_MAP
    ),
}

MUST_NOT_FIRE = {
    "from elsewhere": Case({"z.yaml": _ZOT.format("ghcr.io")}),
    "its name abroad": Case({"z.yaml": _ZOT.format("zot.example.com")}),
    "another namespace's": Case({"z.yaml": _ZOT.format("zot.backup.svc:5000")}),
}
