"""IMG010: a name that files do not say."""

from collections.abc import Iterator

from seawall.policy.examples import POD
from seawall.policy.facts.builds import BuildArgument
from seawall.policy.facts.images import (
    INJECTED,
    KO,
    ImageUse,
    Role,
    Unresolved,
    is_word_for_it,
)
from seawall.policy.facts.injections import HereDocument
from seawall.policy.finding import Finding, Severity
from seawall.policy.options import PolicyOptions
from seawall.policy.repository import Repository
from seawall.policy.rule import Rule

RULE = Rule(
    id="IMG010",
    title="Image that the files do not name",
    severity=Severity.NOTE,
    what="A name with a placeholder that nothing in the files fills in: `${IMAGE}`,"
    " `<YOUR-IMAGE>`, `$(params.image)` without a default. Templates of charts are left"
    " out: their values are looked at instead. So are variables of scripts and programs"
    " (`docker pull $IMAGE`), and arguments that some build of the repository gives"
    " (`--build-arg BASE=`). Each check counts all of them.",
    why="Nothing can be said of what is pulled there, and nobody can bring it in"
    " beforehand.",
    remedy="Give the variable a default, or name the image in the settings of whoever"
    " fills it in.",
    bad=POD.format('"${NGINX_IMAGE}"'),
    good=POD.format("nginx:1.29.3"),
    sample="web.yaml",
)


def check(
    use: ImageUse, repository: Repository, options: PolicyOptions
) -> Iterator[Finding]:
    """Find names that nothing fills in."""
    del options
    if use.unresolved is not Unresolved.PLACEHOLDER or "{{" in use.text.value:
        return
    known = use.label == INJECTED or use.label.startswith(KO)
    if known or (is_word_for_it(use.label) and not use.label.isupper()):
        return  # whoever writes it knows who fills it in
    if repository.callings.is_given(use) or repository.is_moot(use, by_name=True):
        return  # it is told where callers, or kustomizations, say it
    if use.role is Role.FROM and _is_argued(use, repository):
        return
    if use.role in (Role.CODE, Role.COMMAND) or repository.parent(use, HereDocument):
        return  # programs put names together while they run: that is no placeholder
    message = f"{use.label} is filled in by something else: what is pulled there can"
    message += " neither be checked nor brought in beforehand; give it a default"
    yield RULE.finding(use, message)


def _is_argued(use: ImageUse, repository: Repository) -> bool:
    """Whether builds here give all the arguments that a base's name is made of."""
    given = {one.name for one in repository.all(BuildArgument)}
    return bool(use.blanks) and given.issuperset(blank.name for blank in use.blanks)
