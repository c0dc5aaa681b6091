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
_UNSAID = _HOOK.replace("    timeoutSeconds: 5\n", "")
_NAMED = """\
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingWebhookConfiguration
metadata: {name: mirror}
webhooks:
  - {name: images.mirror.example, timeoutSeconds: 3}
"""
_OPERATION = "- {op: add, path: /webhooks/0/timeoutSeconds, value: 3}\n"
_TARGET = "    target: {kind: MutatingWebhookConfiguration}\n"


def _kustomized(*lines: str, **files: str) -> dict[str, str]:
    """Give a base without a timeout, and what a kustomization of it says."""
    said = "namePrefix: a-\nresources: [../base]\n" + "\n".join((*lines, ""))
    return {
        "base/w.yaml": _UNSAID,
        "base/kustomization.yaml": "resources: [w.yaml]\n",
        "prod/kustomization.yaml": said,
        **{f"prod/{name}.yaml": text for name, text in files.items()},
    }


def _indent(text: str) -> str:
    return "".join(f"      {line}\n" for line in text.splitlines())


_BY_FILE = _kustomized("patches: [path: p.yaml]", p=_NAMED)

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
    "as the API before said: 30 s": Case(
        {"w.yaml": _UNSAID.replace("k8s.io/v1", "k8s.io/v1beta1")},
        ("w.yaml:5",),
        "waits 30 s",
    ),
    "the patch is of another webhook": Case(
        _kustomized("patches: [path: p.yaml]", p=_NAMED.replace("images.", "tags.")),
        ("base/w.yaml:5",),
    ),
    "the patch is of the second one": Case(
        _kustomized(
            "patches:",
            "  - path: p.yaml\n" + _TARGET,
            p=_OPERATION.replace("/0/", "/1/"),
        ),
        ("base/w.yaml:5",),
    ),
    "one of two overlays forgets it": Case(
        {**_BY_FILE, "dev/kustomization.yaml": "resources: [../base]\n"},
        ("base/w.yaml:5",),
    ),
    "a patch makes it worse": Case(
        {
            **_kustomized("patches: [path: p.yaml]", p=_NAMED.replace("3", "30")),
            "base/w.yaml": _HOOK,
        },
        ("base/w.yaml:11",),
        "of kustomization prod is waited for 30 s",
    ),
    "two overlays make it worse, and that is told once": Case(
        {
            **_kustomized("patches: [path: p.yaml]", p=_NAMED.replace("3", "30")),
            "base/w.yaml": _HOOK,
            "dev/kustomization.yaml": "resources: [../base]\n"
            "patches: [path: ../prod/p.yaml]\n",
        },
        ("base/w.yaml:11",),
        "of kustomization dev",
    ),
    "a patch takes it away": Case(
        {
            **_kustomized(
                "patches:",
                "  - path: p.yaml\n" + _TARGET,
                p="- {op: remove, path: /webhooks/0/timeoutSeconds}\n",
            ),
            "base/w.yaml": _HOOK,
        },
        ("base/w.yaml:5",),
    ),
}

MUST_NOT_FIRE = {
    "5 s": Case({"w.yaml": _HOOK}),
    "not for pods": Case(
        {"w.yaml": _HOOK.replace("[pods]", "[secrets]").replace(": 5", ": 30")}
    ),
    "for parts of pods alone": Case(
        {"w.yaml": _UNSAID.replace("[pods]", "['pods/*']")}
    ),
    "for pods that go": Case({"w.yaml": _UNSAID.replace("[CREATE]", "[DELETE]")}),
    "for what has no namespace": Case(
        {"w.yaml": _UNSAID.replace("[pods]", "['*'], scope: Cluster")}
    ),
    "a merge says it": Case(_BY_FILE),
    "a merge says it, as it was before": Case(
        _kustomized("patchesStrategicMerge: [p.yaml]", p=_NAMED)
    ),
    "a merge within says it": Case(
        _kustomized("patches:", "  - patch: |-\n" + _indent(_NAMED))
    ),
    "an operation says it": Case(
        _kustomized("patches:", "  - path: p.yaml\n" + _TARGET, p=_OPERATION)
    ),
    "an operation says it, as it was before": Case(
        _kustomized(
            "patchesJson6902:", "  - patch: |-\n" + _indent(_OPERATION) + _TARGET
        )
    ),
    "a replacement says it": Case(
        {
            "w.yaml": _UNSAID,
            "kustomization.yaml": "resources: [w.yaml]\nreplacements:\n  - targets:\n"
            "      - select: {kind: MutatingWebhookConfiguration}\n"
            "        fieldPaths: [webhooks.0.timeoutSeconds]\n",
        }
    ),
    "a patch of what stands elsewhere": Case(
        {
            "p.yaml": _UNSAID,
            "kustomization.yaml": "resources: ['https://git.example/mirror?ref=v1']\n"
            "patches: [path: p.yaml]\n",
        }
    ),
    "the patch looks like a whole one": Case(
        {
            **_kustomized("patches: [path: p.yaml]", p=_UNSAID),
            "base/w.yaml": _HOOK,
        }
    ),
}

FIXES = {
    "nothing where a patch says it": Mend(
        _kustomized("patches: [path: p.yaml]", p=_NAMED.replace("3", "30")),
        {},
        FixKind.UNSAFE,
        leaves=1,
    ),
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
