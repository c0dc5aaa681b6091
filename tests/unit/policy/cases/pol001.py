"""POL001: an image that cannot change, and that is asked for at each start."""

from tests.unit.policy.casebook import Case, Mend

from seawall.policy.fix import FixKind

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
_TASK = f"""\
apiVersion: tekton.dev/v1
kind: Task
metadata: {{name: build}}
spec:
  params:
    - name: tool
      default: quay.io/shop/tool@{_DIGEST}
  steps:
    - name: build
      image: $(params.tool)
      imagePullPolicy: Always
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
    "not a word that another image shares": Mend(
        {
            "web.yaml": f"""\
            apiVersion: v1
            kind: Pod
            metadata: {{name: web}}
            spec:
              containers:
                - name: a
                  image: quay.io/shop/a@{_DIGEST}
                  imagePullPolicy: &always Always
                - name: b
                  image: quay.io/shop/b:1
                  imagePullPolicy: *always
            """
        },
        {},
        leaves=1,
    ),
    "in quotes, with a comment": Mend(
        {"web.yaml": _POD}, {"web.yaml": _POD.replace("Always", "IfNotPresent")}
    ),
    "a default, which may be a tag for others": Mend(
        {"task.yaml": _TASK}, {}, FixKind.SAFE, leaves=1
    ),
    "a default, with a look": Mend(
        {"task.yaml": _TASK},
        {"task.yaml": _TASK.replace("Always", "IfNotPresent")},
        FixKind.UNSAFE,
    ),
    "values": Mend(
        {"chart/values.yaml": _VALUES},
        {"chart/values.yaml": _VALUES.replace("Always", "IfNotPresent")},
    ),
}
