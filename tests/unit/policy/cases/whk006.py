"""WHK006: a webhook that changes a template, and then its pods again."""

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
    "in one rule": Case(
        {
            "w.yaml": _HOOK.replace('[""]', '["", apps]').replace(
                "[pods]", "[pods, deployments]"
            )
        },
        ("w.yaml:5",),
        "deployments",
    ),
    "by a star": Case(
        {
            "w.yaml": _HOOK.replace(
                "    clientConfig",
                "      - {apiGroups: [apps], resources: ['*'], operations: ['*']}\n"
                "    clientConfig",
            )
        },
        ("w.yaml:5",),
        "their templates",
    ),
    "in two": Case(
        {
            "w.yaml": _HOOK.replace(
                "    clientConfig",
                "      - {apiGroups: [batch], resources: [jobs], operations: ['*']}\n"
                "    clientConfig",
            )
        },
        ("w.yaml:5",),
        "jobs",
    ),
}

MUST_NOT_FIRE = {
    "all of a group without templates": Case(
        {
            "w.yaml": _HOOK.replace(
                "    clientConfig",
                "      - {apiGroups: [rbac], resources: ['*'], operations: ['*']}\n"
                "    clientConfig",
            )
        }
    ),
    "pods": Case({"w.yaml": _HOOK}),
    "templates": Case(
        {"w.yaml": _HOOK.replace('[""]', "[apps]").replace("[pods]", "[deployments]")}
    ),
    "it only looks": Case(
        {
            "w.yaml": _HOOK.replace("Mutating", "Validating").replace(
                "[pods]", "[pods, deployments]"
            )
        }
    ),
}
