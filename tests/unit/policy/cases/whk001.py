"""WHK001: a webhook whose failure stops the pods that would mend it."""

from tests.unit.policy.casebook import Case

_HOOK = """\
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingWebhookConfiguration
metadata: {name: mirror}
webhooks:
  - name: images.mirror.example
    rules:
      - {apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}
    clientConfig: {service: {name: mirror, namespace: mirror}}
    sideEffects: None
    admissionReviewVersions: [v1]
    timeoutSeconds: 5
    failurePolicy: Ignore
"""


_FAIL = _HOOK.replace("Ignore", "Fail")
_SELECT = """\
    namespaceSelector:
      matchExpressions:
        - {{key: kubernetes.io/metadata.name, operator: NotIn, values: [{}]}}
"""

MUST_FIRE = {
    "for all": Case({"w.yaml": _FAIL}, ("w.yaml:12",), "kube-system, mirror"),
    "by default": Case(
        {"w.yaml": _HOOK.replace("    failurePolicy: Ignore\n", "")}, ("w.yaml:5",)
    ),
    "an empty selector": Case(
        {"w.yaml": _FAIL + "    namespaceSelector: {}\n"}, ("w.yaml:12",)
    ),
    "its own namespace alone": Case(
        {"w.yaml": _FAIL + _SELECT.format("mirror")},
        ("w.yaml:12",),
        "of kube-system when",
    ),
}

MUST_NOT_FIRE = {
    "it lets pods through": Case({"w.yaml": _HOOK}),
    "both left out": Case({"w.yaml": _FAIL + _SELECT.format("kube-system, mirror")}),
    "where it is asked for": Case(
        {"w.yaml": _FAIL + "    namespaceSelector: {matchLabels: {mirror: enabled}}\n"}
    ),
    "not for pods": Case({"w.yaml": _FAIL.replace("[pods]", "[secrets]")}),
}
