"""PUL013: code that puts its own pull secrets in the place of those that are there."""

from collections.abc import Iterator

from seawall.policy.facts.injections import Language, SecretsCode
from seawall.policy.finding import Confidence, Finding, Severity
from seawall.policy.fix import Edit, Fix, FixKind
from seawall.policy.lookups.contexts import is_test_program
from seawall.policy.options import PolicyOptions
from seawall.policy.repository import Repository
from seawall.policy.rule import Rule

_UNIONS = {
    Language.GO: ("append({}, ", "...)"),
    Language.TYPESCRIPT: ("[...({} ?? []), ...", "]"),
    Language.PYTHON: ("[*({} or []), *", "]"),
}
_CODE = """package inject

func addSecrets(pod *corev1.Pod, secrets []corev1.LocalObjectReference) {
	pod.Spec.ImagePullSecrets = %s
}
"""
RULE = Rule(
    id="PUL013",
    title="Code overwrites a list of pull secrets",
    severity=Severity.ERROR,
    confidence=Confidence.MEDIUM,
    fixes=(FixKind.UNSAFE,),
    what="Go, TypeScript or Python that assigns `imagePullSecrets` of a pod that was"
    " made elsewhere, without the entries it has; or a JSON patch that replaces the"
    " list. A list of a pod that the same function makes, and one that is asked about"
    " before, are left alone, and so are tests, which make up the pods that they need.",
    why="Whatever the pod's author, its service account or another webhook had put"
    " there is gone: images that were pulled with it fail with 401, 403 or 429.",
    remedy="Add to the list, and take each name once.",
    bad=_CODE % "secrets",
    good=_CODE % "append(pod.Spec.ImagePullSecrets, secrets...)",
    sample="inject.go",
    links=(
        "https://kubernetes.io/docs/concepts/cluster-administration/admission-webhooks-good-practices/",
    ),
)


def check(
    code: SecretsCode, repository: Repository, options: PolicyOptions
) -> Iterator[Finding]:
    """Find lists that lose what they had."""
    del repository, options
    if not code.overwrites or is_test_program(code.path):
        return
    if code.patch:
        yield RULE.finding(
            code,
            f"the patch replaces all of {code.target}; what was in it is lost, and its"
            " images are refused: add to the list",
            subject=code.target,
        )
        return
    yield RULE.finding(
        code,
        f"{code.target} is overwritten: entries that it has already are lost, and their"
        " images are refused; add to the list",
        subject=code.target,
        fix=_unite(code),
    )


def _unite(code: SecretsCode) -> Fix | None:
    """Write the list as the old one and the new one."""
    if code.value is None or not code.value.exact:
        return None
    head, tail = _UNIONS[code.language]
    start, stop = code.value.start, code.value.stop
    edits = (
        Edit(code.path, start, start, head.format(code.target).encode()),
        Edit(code.path, stop, stop, tail.encode()),
    )
    return Fix(FixKind.UNSAFE, edits, "the entries that are there, and the new ones")
