"""CI006: a pull that is tried once."""

from collections.abc import Iterator

from seawall.policy.examples import SCRIPT
from seawall.policy.facts.commands import Command, Setting
from seawall.policy.finding import Finding, Severity
from seawall.policy.knowledge.downloads import is_tried_again
from seawall.policy.options import PolicyOptions
from seawall.policy.repository import Repository
from seawall.policy.rule import Rule

RULE = Rule(
    id="CI006",
    title="Pull that is tried once",
    severity=Severity.NOTE,
    what="`docker pull`, `podman pull`, `crictl pull`, `ctr images pull`, `nerdctl"
    " pull`"
    " or `skopeo copy` in a script or a pipeline, outside of a loop, without a retry of"
    " its own.",
    why="One reset connection, or one 429, ends the job, and somebody starts it"
    " again by"
    " hand, from the beginning.",
    remedy="Try again, with a pause in between: a loop that fails in the end, or the"
    " option that the tool has (`podman pull --retry 5`, `skopeo --retry-times 5`).",
    bad=SCRIPT.format("docker pull quay.io/team/tool:1"),
    good=SCRIPT.format(
        "for i in 1 2 3; do docker pull quay.io/team/tool:1 && break;"
        ' [ "$i" = 3 ] && exit 1; sleep 5; done'
    ),
    sample="pull.sh",
)

_PULLS = {
    "docker": (("pull",), ("image", "pull")),
    "podman": (("pull",), ("image", "pull")),
    "nerdctl": (("pull",), ("image", "pull")),
    "crictl": (("pull",),),
    "ctr": (("image", "pull"), ("images", "pull"), ("i", "pull")),
    "skopeo": (("copy",), ("sync",)),
}


def check(
    command: Command, repository: Repository, options: PolicyOptions
) -> Iterator[Finding]:
    """Find pulls that nothing tries again."""
    del repository, options
    if command.setting not in (Setting.PIPELINE, Setting.SCRIPT):
        return
    verbs = _PULLS.get(command.program, ())
    said = _find_verb(command.operands, verbs)
    if not said or is_tried_again(command):
        return
    if command.has_option("--retry", "--retry-times"):
        return
    if command.argv != command.words and command.words[0].value == "retry":
        return
    what = f"{command.program} {' '.join(said)}"
    image = command.operands[-1] if len(command.operands) > len(said) else ""
    message = f"{what} {image} is tried once: one reset or 429 ends the job; try again"
    message += " in a loop that fails in the end"
    yield RULE.finding(command, message, subject=image or what)


def _find_verb(
    operands: tuple[str, ...], verbs: tuple[tuple[str, ...], ...]
) -> tuple[str, ...]:
    """Find the verb; options before it may have taken words (`ctr -n k8s.io …`)."""
    for at in range(min(3, len(operands))):
        for verb in verbs:
            if operands[at : at + len(verb)] == verb:
                return verb
    return ()
