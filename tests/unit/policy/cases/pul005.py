"""PUL005: entries of pull secrets that Kubernetes refuses or ignores."""

from tests.unit.policy.casebook import Case, Mend

from seawall.policy.finding import Severity

_POD = """\
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  imagePullSecrets:
%s
  containers:
    - {name: web, image: "registry.example/shop/web:1.4.2"}
"""
_ACCOUNT = """\
apiVersion: v1
kind: ServiceAccount
metadata: {name: web}
imagePullSecrets:
  - registry-pull
"""
_PUSH = """\
function addUtil(podSpec: V1PodSpec) {
  podSpec.imagePullSecrets.push(%s)
}
"""
_BUILD = """\
const spec = {
  imagePullSecrets: %s,
  containers: [],
}
"""


def _pod(*lines: str) -> dict[str, str]:
    return {"web.yaml": _POD % "\n".join(f"    {line}" for line in lines)}


MUST_FIRE = {
    "a text": Case(
        _pod("- registry-pull"), ("web.yaml:6",), "not a mapping", Severity.ERROR
    ),
    "a namespace": Case(
        _pod("- name: registry-pull", "  namespace: shop"),
        ("web.yaml:6",),
        "with namespace, which is not allowed",
    ),
    "an empty name": Case(_pod('- name: ""'), ("web.yaml:6",), "without a name"),
    "twice": Case(
        _pod("- name: a", "- name: b", "- name: a"),
        ("web.yaml:8",),
        "a once more",
        Severity.WARNING,
    ),
    "a key that is the name": Case(
        _pod("- registry-pull:"),
        ("web.yaml:6",),
        "is without a name, and has registry-pull instead",
        Severity.ERROR,
    ),
    "a key in capitals that says something": Case(
        _pod("- PULL_SECRET: registry-pull"), ("web.yaml:6",), "has PULL_SECRET instead"
    ),
    "an entry of nothing": Case(_pod("-"), ("web.yaml:6",), "is empty: it means no"),
    "a list in a list": Case(
        _pod("- [a]"), ("web.yaml:6",), "is a list, not a mapping"
    ),
    "a text instead of a list": Case(
        _pod("  registry-pull"), ("web.yaml:6",), "Pod/web's pull secrets are no list"
    ),
    "a service account": Case({"account.yaml": _ACCOUNT}, ("account.yaml:5",)),
    "pushed with its namespace": Case(
        {"util.ts": _PUSH % "{ name: s.name, namespace: s.namespace }"}, ("util.ts:2",)
    ),
    "pushed as settings have them": Case(
        {"util.ts": _PUSH % "...provider.config.imagePullSecrets"},
        ("util.ts:2",),
        "taken from settings",
    ),
    "a list of texts in code": Case(
        {"pod.ts": _BUILD % '["registry-pull"]'}, ("pod.ts:2",), "a text instead"
    ),
}

MUST_NOT_FIRE = {
    "names alone": Case(_pod("- name: a", "- name: b")),
    "none": Case(_pod("[]")),
    "a mark for what is put in later": Case(_pod('- SUBST_PULL_SECRETS: ""')),
    "a mark without a value": Case(_pod("- SUBST_PULL_SECRETS:", "- name: a")),
    "a loop of another language": Case(
        _pod("- ${{ each one in parameters.pulls }}:", "  - name: ${{ one }}")
    ),
    "a placeholder as a key": Case(_pod("- '@PULL_SECRETS@':")),
    "pushed as it should be": Case(
        {
            "util.ts": _PUSH
            % "...provider.config.imagePullSecrets.map((s) => ({ name: s.name }))"
        }
    ),
    "settings with namespaces of their own": Case(
        {
            "config.ts": "provider.config.imagePullSecrets ="
            " [{ name: 'a', namespace: 'b' }]\n"
            "const config = { imagePullSecrets: [{ name: 'a', namespace: 'b' }] }\n"
        }
    ),
    "names in code": Case({"pod.ts": _BUILD % "[{ name }, { name: 'b' }]"}),
}

FIXES = {
    "a text": Mend(
        _pod("- registry-pull  # ours"), _pod("- name: registry-pull  # ours")
    ),
    "a namespace": Mend(
        _pod("- namespace: shop", "  name: registry-pull", "- name: b"),
        _pod("- name: registry-pull", "- name: b"),
    ),
    "twice": Mend(_pod("- name: a", "- name: a  # again"), _pod("- name: a")),
    "a text that is no name": Mend(_pod("- ${PULL_SECRET}"), {}, leaves=1),
}
