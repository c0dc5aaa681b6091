"""WHK007: a webhook that speaks a version which is gone."""

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


MUST_FIRE = {
    "alone": Case(
        {"w.yaml": _HOOK.replace("s: [v1]\n    t", "s: [v1beta1]\n    t")},
        ("w.yaml:5",),
    ),
    "as a list": Case(
        {
            "w.yaml": _HOOK.replace(
                "admissionReviewVersions: [v1]",
                'admissionReviewVersions:\n      - "v1beta1"',
            )
        },
        ("w.yaml:5",),
    ),
}

MUST_NOT_FIRE = {
    "v1": Case({"w.yaml": _HOOK}),
    "both": Case(
        {"w.yaml": _HOOK.replace("Versions: [v1]", "Versions: [v1, v1beta1]")}
    ),
}
