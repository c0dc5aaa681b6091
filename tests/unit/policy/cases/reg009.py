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

_INSIDE = PolicyOptions(mirrors=(Mirror("docker.io", "cache.registry.svc:5000/hub"),))
_OTHER = """\
apiVersion: apps/v1
kind: DaemonSet
metadata: {{name: node, namespace: {}}}
spec: {{template: {{spec: {{containers: [{{name: a, image: "{}"}}]}}}}}}
"""
MUST_FIRE |= {
    "a registry behind a service of another name": Case(
        {"d.yaml": _OTHER.format("registry", "registry:2")},
        ("d.yaml:4",),
        "itself",
        options=_INSIDE,
    ),
    "the network that its service needs": Case(
        {"d.yaml": _OTHER.format("kube-system", "docker.io/calico/node:v3.30.1")},
        ("d.yaml:4",),
        "before it runs",
        options=_INSIDE,
    ),
}

MUST_NOT_FIRE = {
    "a registry of another namespace": Case(
        {"d.yaml": _OTHER.format("shop", "registry:2")}, options=_INSIDE
    ),
    "no part of the network": Case(
        {"d.yaml": _OTHER.format("kube-system", "docker.io/team/logs:1")},
        options=_INSIDE,
    ),
    "the network, by a mirror outside": Case(
        {"d.yaml": _OTHER.format("kube-system", "docker.io/calico/node:v3.30.1")},
        options=PolicyOptions(mirrors=(Mirror("docker.io", "mirror.example/hub"),)),
    ),
    "from elsewhere": Case({"z.yaml": _ZOT.format("ghcr.io")}),
    "its name abroad": Case({"z.yaml": _ZOT.format("zot.example.com")}),
    "another namespace's": Case({"z.yaml": _ZOT.format("zot.backup.svc:5000")}),
}
