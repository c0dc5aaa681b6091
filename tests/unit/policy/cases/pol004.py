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

MUST_FIRE = {
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
    "kept": Case({"net.yaml": _SET.replace("Always", "IfNotPresent")}),
    "a Deployment of somebody": Case(
        {"net.yaml": _SET.replace("DaemonSet", "Deployment")}
    ),
    "a digest is another rule's": Case({"net.yaml": _SET.replace(":1.4.2", _DIGEST)}),
}

FIXES = {
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
