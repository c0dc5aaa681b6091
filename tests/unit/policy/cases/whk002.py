"""WHK002: a webhook that may hold up each pod for long."""

from tests.unit.policy.casebook import Case, Mend

from seawall.policy.finding import Severity
from seawall.policy.fix import FixKind

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
    "30 s": Case(
        {"w.yaml": _HOOK.replace(": 5", ": 30")},
        ("w.yaml:11",),
        "30 s",
        Severity.WARNING,
    ),
    "nothing said": Case(
        {"w.yaml": _HOOK.replace("    timeoutSeconds: 5\n", "")},
        ("w.yaml:5",),
        severity=Severity.NOTE,
    ),
}

MUST_NOT_FIRE = {
    "5 s": Case({"w.yaml": _HOOK}),
    "not for pods": Case(
        {"w.yaml": _HOOK.replace("[pods]", "[secrets]").replace(": 5", ": 30")}
    ),
}

FIXES = {
    "less": Mend(
        {"w.yaml": _HOOK.replace(": 5", ": 30 # long")},
        {"w.yaml": _HOOK.replace(": 5", ": 5 # long")},
        FixKind.UNSAFE,
    ),
    "nothing to write where nothing stands": Mend(
        {"w.yaml": _HOOK.replace("    timeoutSeconds: 5\n", "")},
        {},
        FixKind.UNSAFE,
        leaves=1,
    ),
}
