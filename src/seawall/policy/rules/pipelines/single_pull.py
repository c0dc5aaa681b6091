"""CI006: a pull that is tried once."""

import re
from collections.abc import Iterator

from seawall.policy.examples import SCRIPT
from seawall.policy.facts.commands import Command, Setting
from seawall.policy.facts.images import ImageUse, Role
from seawall.policy.facts.pipelines import Job, System, Workflow
from seawall.policy.finding import Finding, Severity
from seawall.policy.fix import Edit, Fix, FixKind
from seawall.policy.knowledge.downloads import is_tried_again
from seawall.policy.knowledge.pulling import VARIABLE, find_pulled
from seawall.policy.mending.behindwords import put_behind
from seawall.policy.options import PolicyOptions
from seawall.policy.repository import Repository
from seawall.policy.rule import Rule

RULE = Rule(
    id="CI006",
    title="Pull that is tried once",
    severity=Severity.NOTE,
    fixes=(FixKind.SAFE,),
    what="`docker pull`, `podman pull`, `crictl pull`, `ctr images pull`, `nerdctl"
    " pull`"
    " or `skopeo copy` in a script or a pipeline, outside of a loop, without a retry of"
    " its own, and without another way behind `||` or `if`; and `docker run` of an"
    " image that nothing in the same file pulls or builds before.",
    why="One reset connection, or one 429, ends the job, and somebody starts it"
    " again by"
    " hand, from the beginning.",
    remedy="Try again, with a pause in between: a loop that fails in the end, or the"
    " option that the tool has (`podman pull --retry 5`, `skopeo --retry-times 5`)."
    " The fix writes a loop where the command begins a line of a script, or of a"
    " pipeline of GitHub, GitLab or CircleCI; there is none for a `run`, which may do"
    " its work twice, nor where a runner for Windows may have another shell.",
    bad=SCRIPT.format("docker pull quay.io/team/tool:1"),
    good=SCRIPT.format(
        "for i in 1 2 3; do docker pull quay.io/team/tool:1 && break;"
        ' [ "$i" = 3 ] && exit 1; sleep 5; done'
    ),
    sample="pull.sh",
)

_BEFORE = b"for try in 1 2 3; do "
_BEHIND = b" && break; if test $try = 3; then false; else sleep 5; fi; done"
"""`false` by itself ends what `set -e` holds for; without that, the loop has failed."""
_VARIABLE = re.compile(rb"\btry\b")
_GIVES_UP = re.compile(
    r"exit|return|die|fail|fatal|err|abort|false|echo|printf|log|sleep|kill|^$"
)
"""Names of what says that a command failed, and leaves."""
_SCRIPTS = (".sh", ".bash", ".bats")
_OTHER_SHELL = "windows"
"""What labels have in them of runners whose own shell is PowerShell."""
_SYSTEMS = {System.GITHUB, System.GITLAB, System.CIRCLECI}
"""Whose shells get `$try` as it is written."""
_RUNNERS = {"docker", "podman", "nerdctl"}
_RUNS = {"run", "create"}
_ASKS = re.compile(rb"(?:^|[\s;&|])(?:if|elif)\s+(!\s+)?(?:\w+=\S*\s+)*$")
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
    del options
    if command.setting not in (Setting.PIPELINE, Setting.SCRIPT):
        return
    verbs = _PULLS.get(command.program, ())
    said = _find_verb(command.operands, verbs)
    if is_tried_again(command):
        return
    if not said and command.program in _RUNNERS:
        yield from _check_run(command, repository)
    if not said or _is_caught(command, repository):
        return
    if command.has_option("--retry", "--retry-times"):
        return
    if command.argv != command.words and command.words[0].value == "retry":
        return
    composed = command.operands[:1] == ("compose",)
    what = f"{command.program} {'compose ' * composed}{' '.join(said)}"
    use = next(_own_images(command, repository), None)
    word = use.text if use else find_pulled(command, said[-1])
    image = word.value if word and not composed else ""
    subject = use.subject if use else image or what
    message = f"{what} {image}".rstrip()
    message += " is tried once: one reset or 429 ends the job; try again"
    message += " in a loop that fails in the end"
    fix = _mend(command, said[-1], repository)
    yield RULE.finding(command, message, subject=subject, fix=fix)


def _is_caught(command: Command, repository: Repository) -> bool:
    """Whether something else is done where it fails: another way, or nothing."""
    before = (repository.content(command.path) or b"")[: command.start]
    asks = _ASKS.search(before.rpartition(b"\n")[2])
    if asks and not asks[1]:
        return True  # that it fails is an answer
    if command.after != "||" and not asks:
        return False
    behind = (
        one
        for one in repository.in_file(command.path, Command)
        if one.start >= command.stop
    )
    following = next(behind, None)
    return following is None or not _GIVES_UP.search(following.program)


def _mend(command: Command, verb: str, repository: Repository) -> Fix | None:
    """Put a loop around a pull that fails as the pull does; skopeo has an option."""
    content = repository.content(command.path)
    edits: tuple[Edit, ...] = ()
    if command.program == "skopeo":
        word = next(word for word in command.argv if word.value == verb)
        edit = put_behind(word, command.path, content, "--retry-times 5")
        edits = (edit,) if edit else ()
    elif (
        content is not None
        and _begins_a_line(command, repository)
        and not _VARIABLE.search(content)
    ):
        edits = (
            Edit(command.path, command.start, command.start, _BEFORE),
            Edit(command.path, command.stop, command.stop, _BEHIND),
        )
    return Fix(FixKind.SAFE, edits, "it is tried three times") if edits else None


def _begins_a_line(command: Command, repository: Repository) -> bool:
    """Whether it is a statement of a shell, in which `$try` is nobody else's."""
    flow = repository.parent(command, Workflow)
    known = flow.system in _SYSTEMS if flow else command.path.endswith(_SCRIPTS)
    job = repository.parent(command, Job)
    if job is not None and _OTHER_SHELL in job.runner:
        return False
    is_plain = not command.assignments and "substitution" not in command.within
    reads = any(one.operator.startswith("<") for one in command.redirects)
    is_exact = command.words[0].exact and command.line is not None
    return known and is_plain and is_exact and not reads


def _check_run(command: Command, repository: Repository) -> Iterator[Finding]:
    """Tell a run that pulls first, unless it comes after another use of its image."""
    if not set(command.operands[:2]) & _RUNS:
        return
    for use in _own_images(command, repository):
        if _is_offline(command, use):
            return
        before = (
            one
            for one in repository.in_file(command.path, ImageUse)
            if one.role is Role.COMMAND and one.start < command.start
        )
        if use.is_never_pulled or any(one.subject == use.subject for one in before):
            return
        if VARIABLE.fullmatch(use.label):
            return  # whoever gave it the value may have brought the image in
        said = (
            f"{command.program} run pulls {use.label}, and is tried once: one reset or"
            " 429 ends the job; pull it before, in a loop that fails in the end"
        )
        yield RULE.finding(command, said, subject=use.subject)


def _own_images(command: Command, repository: Repository) -> Iterator[ImageUse]:
    """Yield the images that a command names."""
    for use in repository.in_file(command.path, ImageUse):
        if use.role is Role.COMMAND and command.start <= use.start < command.stop:
            yield use


def _is_offline(command: Command, use: ImageUse) -> bool:
    """Whether options say so; what is behind the image is the command that it runs."""
    options = [word.value for word in command.argv[1:] if word.start < use.start]
    words = " ".join(options)
    return "--pull=never" in words or "--pull never" in words


def _find_verb(
    operands: tuple[str, ...], verbs: tuple[tuple[str, ...], ...]
) -> tuple[str, ...]:
    """Find the verb; options before it may have taken words (`ctr -n k8s.io …`)."""
    for at in range(min(3, len(operands))):
        for verb in verbs:
            if operands[at : at + len(verb)] == verb:
                return verb
    return ()
