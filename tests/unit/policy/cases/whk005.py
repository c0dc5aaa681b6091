"""WHK005: a certificate that nobody renews."""

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


_BUNDLE = "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t"
_FIXED = _HOOK.replace("{service:", f"{{caBundle: {_BUNDLE}, service:")

MUST_FIRE = {
    "written down": Case({"w.yaml": _FIXED}, ("w.yaml:8",), "written into"),
    "with another annotation": Case(
        {
            "w.yaml": _FIXED.replace(
                "{name: mirror}\n", "{name: mirror, annotations: {a: b}}\n"
            )
        },
        ("w.yaml:8",),
    ),
}

MUST_NOT_FIRE = {
    "none": Case({"w.yaml": _HOOK}),
    "filled in later": Case(
        {"w.yaml": _FIXED.replace(_BUNDLE, '"${CA_BUNDLE_IN_BASE64}"')}
    ),
    **{
        f"a replacement writes {path}": Case(
            {
                "w.yaml": _FIXED,
                "kustomization.yaml": "resources: [w.yaml]\nreplacements:\n"
                "  - targets:\n"
                "      - select: {kind: MutatingWebhookConfiguration}\n"
                f"        fieldPaths: ['{path}']\n        options: {{create: true}}\n",
            }
        )
        for path in (
            "metadata.annotations.[cert-manager.io/inject-ca-from]",
            ".metadata.annotations.[cert-manager.io/inject-ca-from]",
            "webhooks.*.clientConfig.caBundle",
        )
    },
    "kept by cert-manager, as a patch says": Case(
        {
            "w.yaml": _FIXED,
            "kustomization.yaml": "resources: [w.yaml]\npatches: [path: p.yaml]\n",
            "p.yaml": _HOOK[: _HOOK.index("webhooks")].replace(
                "{name: mirror}",
                "{name: mirror, annotations: {cert-manager.io/inject-ca-from: a/b}}",
            ),
        }
    ),
    "kept by cert-manager": Case(
        {
            "w.yaml": _FIXED.replace(
                "{name: mirror}\n",
                "{name: mirror, annotations: {cert-manager.io/inject-ca-from: a/b}}\n",
            )
        }
    ),
}
