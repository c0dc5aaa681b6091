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
    "a patch leaves out another one": Case(
        {
            "base/w.yaml": _FAIL,
            "base/kustomization.yaml": "resources: [w.yaml]\n",
            "prod/p.yaml": _HOOK[: _HOOK.index("    rules")] + _SELECT.format("mirror"),
            "prod/kustomization.yaml": "resources: [../base]\n"
            "patches: [path: p.yaml]\n",
        },
        ("base/w.yaml:12",),
        "of kustomization prod stops pods of kube-system when",
    ),
}

_SYSTEM = _FAIL.replace("namespace: mirror", "namespace: system")
_OVERLAY = {
    "base/w.yaml": _SYSTEM,
    "base/kustomization.yaml": "resources: [w.yaml]\n",
    "prod/p.yaml": _HOOK[: _HOOK.index("    rules")]
    + _SELECT.format("kube-system, shop-system"),
}
_TAKEN = "resources: [../base]\npatches: [path: p.yaml]\nnamespace: {}\n"

_FILLED = """\
resources: [w.yaml]
replacements:
  - source: {{kind: ConfigMap, name: spared, fieldPath: data.selector}}
    targets:
      - select: {{kind: MutatingWebhookConfiguration}}
        fieldPaths: ["{}"]
        options: {{create: true}}
"""
_TRANSFORMED = "resources: [w.yaml]\ntransformers: [t.yaml]\n"
_TRANSFORMER = """\
apiVersion: builtin
kind: PatchTransformer
metadata: {{name: spare}}
patch: '[{{"op": "remove", "path": "/metadata/labels"}}]'
target: {{kind: {}}}
"""
MUST_FIRE |= {
    "a replacement fills in another field": Case(
        {
            "w.yaml": _FAIL,
            "kustomization.yaml": _FILLED.format(
                "webhooks.[name=images.mirror.example].clientConfig.caBundle"
            ),
        },
        ("w.yaml:12",),
    ),
    "a replacement is for another webhook": Case(
        {
            "w.yaml": _FAIL,
            "kustomization.yaml": _FILLED.format(
                "webhooks.[name=other.mirror.example].namespaceSelector"
            ),
        },
        ("w.yaml:12",),
    ),
    "a transformer is for others": Case(
        {
            "w.yaml": _FAIL,
            "t.yaml": _TRANSFORMER.format("RoleBinding"),
            "kustomization.yaml": _TRANSFORMED,
        },
        ("w.yaml:12",),
    ),
}

MUST_NOT_FIRE = {
    **{
        f"a replacement fills in {path}": Case(
            {"w.yaml": _FAIL, "kustomization.yaml": _FILLED.format(path)}
        )
        for path in (
            "webhooks.[name=images.mirror.example].namespaceSelector",
            "webhooks.0.failurePolicy",
            "webhooks.*.objectSelector.matchLabels",
        )
    },
    "replacements of a file": Case(
        {
            "w.yaml": _FAIL,
            "kustomization.yaml": "resources: [w.yaml]\nreplacements: [path: r.yaml]\n",
        }
    ),
    "a transformer for it": Case(
        {
            "w.yaml": _FAIL,
            "t.yaml": _TRANSFORMER.format("MutatingWebhook.*"),
            "kustomization.yaml": _TRANSFORMED,
        }
    ),
    "a plugin": Case(
        {
            "w.yaml": _FAIL,
            "t.yaml": "apiVersion: shop.example/v1\nkind: Sparer\n"
            "metadata: {name: x}\n",
            "kustomization.yaml": _TRANSFORMED,
        }
    ),
    "a patch leaves them out, and a transformer is for others": Case(
        {
            **_OVERLAY,
            "prod/t.yaml": _TRANSFORMER.format("RoleBinding"),
            "prod/kustomization.yaml": _TAKEN.format("shop-system")
            + "transformers: [t.yaml]\n",
        }
    ),
    "a patch leaves them out, where it comes to stand": Case(
        {**_OVERLAY, "prod/kustomization.yaml": _TAKEN.format("shop-system")}
    ),
    "a patch lets pods through": Case(
        {
            **_OVERLAY,
            "prod/p.yaml": "[{op: replace, path: /webhooks/0/failurePolicy, "
            "value: Ignore}]",
            "prod/kustomization.yaml": "resources: [../base]\npatches:\n"
            "  - {path: p.yaml, target: {kind: MutatingWebhookConfiguration}}\n",
        }
    ),
    "its own pods have a label": Case(
        {
            "w.yaml": _FAIL
            + _SELECT.format("kube-system")
            + "    objectSelector:\n      matchExpressions:\n"
            "        - {key: app, operator: NotIn, values: [mirror]}\n"
        }
    ),
    "by default, as the API before had it": Case(
        {
            "w.yaml": _HOOK.replace("    failurePolicy: Ignore\n", "").replace(
                "k8s.io/v1", "k8s.io/v1beta1"
            )
        }
    ),
    "for pods that go": Case({"w.yaml": _FAIL.replace("[CREATE]", "[DELETE]")}),
    "it lets pods through": Case({"w.yaml": _HOOK}),
    "both left out": Case({"w.yaml": _FAIL + _SELECT.format("kube-system, mirror")}),
    "where it is asked for": Case(
        {"w.yaml": _FAIL + "    namespaceSelector: {matchLabels: {mirror: enabled}}\n"}
    ),
    "not for pods": Case({"w.yaml": _FAIL.replace("[pods]", "[secrets]")}),
}
