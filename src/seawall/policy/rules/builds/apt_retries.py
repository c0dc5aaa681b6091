"""BLD003: apt in a build, without being told to try again."""

import re
from collections.abc import Iterator

from seawall.policy.facts.builds import Dockerfile, Instruction, Stage
from seawall.policy.facts.commands import Command
from seawall.policy.finding import Confidence, Finding, Severity
from seawall.policy.fix import Edit, Fix, FixKind
from seawall.policy.knowledge.aptuse import sets_retries, uses_network
from seawall.policy.knowledge.distributions import Distribution, find_distribution
from seawall.policy.mending.aptsettings import LINE, add_settings
from seawall.policy.options import PolicyOptions
from seawall.policy.repository import Repository
from seawall.policy.rule import Rule

RULE = Rule(
    id="BLD003",
    title="apt without retries",
    severity=Severity.WARNING,
    fixes=(FixKind.SAFE,),
    what="A stage that runs `apt-get` or `apt` over the network, without"
    " `Acquire::Retries` in its configuration or on the command line, and without a"
    " loop around it; scripts that it copies and runs count, and so does an apt.conf"
    " that it copies. One finding for each stage, at its first such command; a stage"
    " that begins with one that is told gets its setting, and is not told. The group is"
    " `Acquire`: `APT::Acquire::Retries` means nothing to apt.",
    why="apt before 2.3.2 (Debian 11, Ubuntu 20.04 and older) tries each file once: one"
    " dropped connection among hundreds of files fails the build. Later ones try three"
    " times by themselves; there this is a note.",
    remedy="Tell apt once for each stage, before its first use:\n\n"
    f"```dockerfile\n{LINE}\n```\n\n"
    "It tries each file again; if an index itself is corrupt, the whole update has to"
    " be run again, by a loop that fails in the end.",
    bad="FROM debian:11\nRUN apt-get update && apt-get install -y curl\n",
    good=f"FROM debian:11\n{LINE}\nRUN apt-get update && apt-get install -y curl\n",
    sample="Dockerfile",
    links=("https://manpages.debian.org/apt.conf.5",),
)

_WRONG = re.compile(rb"\b(APT::)Acquire::(?:\w+::)?Retries\b", re.IGNORECASE)
"""What many write, and apt passes over without a word."""
_LOOPS = {"for", "while", "until"}


def check(
    dockerfile: Dockerfile, repository: Repository, options: PolicyOptions
) -> Iterator[Finding]:
    """Find each stage's first use of apt that is tried only once."""
    del options
    told: set[int] = set()
    for stage in dockerfile.stages:
        line = dockerfile.ancestry(stage)
        if any(one.number in told for one in line[1:]):
            told.add(stage.number)
            continue
        said = _Said(dockerfile, repository)
        if any(said.retries(at) for one in line[1:] for at in one.instructions):
            continue
        found = _find_use(stage, said)
        if found is not None:
            told.add(stage.number)
            content = repository.content(dockerfile.path) or b""
            wrong = list(_WRONG.finditer(content, stage.start, stage.stop))
            yield _report(dockerfile, stage, found, _base(line[-1]), wrong)


def _report(
    dockerfile: Dockerfile,
    stage: Stage,
    found: tuple[Instruction, Command],
    base: Distribution | None,
    wrong: list[re.Match[bytes]],
) -> Finding:
    instruction, command = found
    severity, confidence = Severity.WARNING, Confidence.HIGH
    why = "its apt tries each file once, and a lost connection fails the build"
    if base is None:
        severity, confidence = Severity.NOTE, Confidence.MEDIUM
        why = "an apt before 2.3.2 tries each file once, and then fails the build"
    elif base.apt_retries:
        severity, why = Severity.NOTE, "its apt gives up after three short tries"
    edits: tuple[Edit, ...] = ()
    if wrong:
        why = f"the group APT does not have it, so {why}"
        edits = tuple(Edit(dockerfile.path, *one.span(1), b"") for one in wrong)
    elif not any(word.value == "sudo" for word in command.words):
        edits = add_settings(dockerfile, stage, instruction)
    reason = "apt tries each file five times more, in all of this stage"
    return RULE.finding(
        command,
        f"{stage.owner} runs {command.program} without Acquire::Retries: {why}; set"
        " it before the first use",
        owner=stage.owner,
        subject=command.program,
        severity=severity,
        confidence=confidence,
        fix=Fix(FixKind.SAFE, edits, reason) if edits else None,
    )


class _Said:
    """What instructions tell apt, with what they copy and run.

    Args:
        dockerfile: Where they stand.
        repository: All facts.
    """

    def __init__(self, dockerfile: Dockerfile, repository: Repository) -> None:
        self._dockerfile = dockerfile
        self._repository = repository

    def retries(self, instruction: Instruction) -> bool:
        """Whether an instruction tells apt how often to try."""
        bodies = (heredoc.text.value for heredoc in instruction.heredocs)
        text = "\n".join([instruction.value.value, *bodies])
        copied = self._repository.copied.apt_settings(self._dockerfile, instruction)
        brings = instruction.keyword in ("COPY", "ADD")
        return sets_retries(copied) or (not brings and sets_retries(text))

    def commands(self, stage: Stage, instruction: Instruction) -> Iterator[Command]:
        """Yield what it runs, and what the scripts do that it runs."""
        if instruction.onbuild:
            return
        yield from instruction.commands
        copied = self._repository.copied
        for path in copied.scripts(self._dockerfile, stage, instruction):
            found = list(self._repository.in_file(path, Command))
            texts = (" ".join(word.value for word in one.words) for one in found)
            if not any(sets_retries(text) for text in texts):
                yield from found


def _find_use(stage: Stage, said: _Said) -> tuple[Instruction, Command] | None:
    """Find the first use of apt that nothing before it in the stage makes patient."""
    for instruction in stage.instructions:
        for command in said.commands(stage, instruction):
            if uses_network(command):
                if said.retries(instruction) or set(command.within) & _LOOPS:
                    return None
                return instruction, command
        if said.retries(instruction):
            return None
    return None


def _base(stage: Stage) -> Distribution | None:
    image = stage.base.reference if stage.base else None
    return find_distribution(image) if image else None
