"""WHK003: a webhook for images that debugging goes around."""

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
_BOTH = _HOOK.replace("[CREATE]", "[CREATE, UPDATE]")

MUST_FIRE = {
    "pods alone": Case({"w.yaml": _HOOK}, ("w.yaml:5",), "ephemeralcontainers"),
    "all, but not their parts": Case(
        {"w.yaml": _BOTH.replace("[pods]", "['*']")}, ("w.yaml:5",)
    ),
    "not when pods are changed, which this is": Case(
        {"w.yaml": _HOOK.replace("[pods]", "[pods, pods/ephemeralcontainers]")},
        ("w.yaml:5",),
    ),
    "by the configuration's name": Case(
        {
            "w.yaml": _HOOK.replace("images.mirror", "a.b").replace(
                "{name: mirror}", "{name: image-swap}"
            )
        },
        ("w.yaml:5",),
    ),
}

MUST_NOT_FIRE = {
    "images are looked at, and stay": Case(
        {"w.yaml": _HOOK.replace("images.mirror", "check-signed-images.guard")}
    ),
    "both": Case(
        {"w.yaml": _BOTH.replace("[pods]", "[pods, pods/ephemeralcontainers]")}
    ),
    "all of pods": Case({"w.yaml": _BOTH.replace("[pods]", "['pods/*', pods]")}),
    "all of that name": Case(
        {"w.yaml": _BOTH.replace("[pods]", "['*/ephemeralcontainers', pods]")}
    ),
    "it is about something else": Case(
        {
            "w.yaml": _HOOK.replace("images.mirror", "mesh").replace(
                "name: mirror", "name: mesh"
            )
        }
    ),
    "it only looks": Case({"w.yaml": _HOOK.replace("Mutating", "Validating")}),
}
