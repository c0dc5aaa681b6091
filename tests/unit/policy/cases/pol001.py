"""POL001: an image that cannot change, and that is asked for at each start."""

from tests.unit.policy.casebook import Case, Mend

_DIGEST = "sha256:" + "0123456789abcdef" * 4
_POD = f"""\
apiVersion: v1
kind: Pod
metadata: {{name: web}}
spec:
  containers:
    - name: web
      image: quay.io/shop/web@{_DIGEST}
      imagePullPolicy: "Always"  # to be sure
"""
_VALUES = f"""\
image:
  repository: quay.io/shop/web
  digest: {_DIGEST}
  pullPolicy: Always
"""

MUST_FIRE = {
    "a digest": Case({"web.yaml": _POD}, ("web.yaml:8",), "at each start"),
    "a tag beside it": Case(
        {"web.yaml": _POD.replace("web@", "web:1@")}, ("web.yaml:8",)
    ),
    "a chart's values": Case({"chart/values.yaml": _VALUES}, ("chart/values.yaml:4",)),
}

MUST_NOT_FIRE = {
    "kept": Case({"web.yaml": _POD.replace("Always", "IfNotPresent")}),
    "a tag alone": Case({"web.yaml": _POD.replace(f"@{_DIGEST}", ":1.4.2")}),
    "unsaid": Case({"web.yaml": _POD.partition("      imagePullPolicy")[0]}),
}

FIXES = {
    "in quotes, with a comment": Mend(
        {"web.yaml": _POD}, {"web.yaml": _POD.replace("Always", "IfNotPresent")}
    ),
    "values": Mend(
        {"chart/values.yaml": _VALUES},
        {"chart/values.yaml": _VALUES.replace("Always", "IfNotPresent")},
    ),
}
