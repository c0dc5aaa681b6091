"""POL004: a pod that nodes need, and that cannot start without the registry."""

from tests.unit.policy.casebook import Case, Mend

from seawall.policy.fix import FixKind

_SET = """\
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: net, namespace: net}
spec:
  template:
    spec:
      containers:
        - name: net
          image: quay.io/shop/net:1.4.2
          imagePullPolicy: Always
"""
_DIGEST = "@sha256:" + "0123456789abcdef" * 4

_CHART = {
    "net/Chart.yaml": "apiVersion: v2\nname: net\nversion: 1.0.0\n",
    "net/values.yaml": "image:\n  repository: a.example/net\n  pullPolicy: Always\n",
    "net/templates/net.yaml": _SET.replace(
        "imagePullPolicy: Always", "imagePullPolicy: {{ .Values.image.pullPolicy }}"
    ),
}


def _chart(old: str, new: str) -> dict[str, str]:
    """Write the chart with something else in it."""
    return {name: text.replace(old, new) for name, text in _CHART.items()}


MUST_FIRE = {
    "it is said, whoever builds the image": Case(
        {
            "up.sh": "docker build -t shop-net:1 .\n",
            "net.yaml": _SET.replace("quay.io/shop/net:1.4.2", "shop-net:1"),
        },
        ("net.yaml:10",),
    ),
    "a value that a DaemonSet consumes": Case(
        _CHART, ("net/values.yaml:3",), "DaemonSet/net needs the registry"
    ),
    "a value for all": Case(
        _chart("image:", "imagePullPolicy: Always\nimage:")
        | {
            "net/templates/net.yaml": _SET.replace(
                "imagePullPolicy: Always",
                "imagePullPolicy: {{ $.Values.imagePullPolicy | quote }}",
            )
        },
        ("net/values.yaml:1",),
    ),
    "a DaemonSet": Case(
        {"net.yaml": _SET}, ("net.yaml:10",), "DaemonSet/net needs the registry"
    ),
    "a pod of the system": Case(
        {
            "net.yaml": _SET.replace("DaemonSet", "Deployment").replace(
                "namespace: net", "namespace: kube-system"
            )
        },
        ("net.yaml:10",),
    ),
}

MUST_NOT_FIRE = {
    "a value that a Deployment consumes": Case(_chart("DaemonSet", "Deployment")),
    "a value that nobody consumes": Case(
        _chart("{{ .Values.image", "{{ .Values.other")
    ),
    "a value beside a digest": Case(
        _chart("  pullPolicy", f"  digest: {_DIGEST[1:]}\n  pullPolicy")
    ),
    "kept": Case({"net.yaml": _SET.replace("Always", "IfNotPresent")}),
    "a Deployment of somebody": Case(
        {"net.yaml": _SET.replace("DaemonSet", "Deployment")}
    ),
    "a digest is another rule's": Case({"net.yaml": _SET.replace(":1.4.2", _DIGEST)}),
}

FIXES = {
    "a chart's value": Mend(
        _CHART,
        {
            "net/values.yaml": _CHART["net/values.yaml"].replace(
                "Always", "IfNotPresent"
            )
        },
        FixKind.UNSAFE,
    ),
    "kept": Mend(
        {"net.yaml": _SET},
        {"net.yaml": _SET.replace("Always", "IfNotPresent")},
        FixKind.UNSAFE,
    ),
    "in quotes": Mend(
        {"net.yaml": _SET.replace("Always", "'Always'")},
        {"net.yaml": _SET.replace("Always", "'IfNotPresent'")},
        FixKind.UNSAFE,
    ),
}
