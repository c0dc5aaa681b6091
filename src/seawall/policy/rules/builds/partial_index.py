"""BLD007: an index of packages that may be missing without anybody noticing."""

import re
from collections.abc import Iterator

from seawall.policy.facts.builds import Dockerfile, Instruction, Stage
from seawall.policy.facts.commands import Command
from seawall.policy.finding import Finding, Severity
from seawall.policy.fix import Fix, FixKind
from seawall.policy.knowledge.distributions import find_distribution, find_named
from seawall.policy.mending.aptsettings import LINE, add_settings
from seawall.policy.options import PolicyOptions
from seawall.policy.repository import Repository
from seawall.policy.rule import Rule

RULE = Rule(
    id="BLD007",
    title="Partial package index accepted",
    severity=Severity.NOTE,
    fixes=(FixKind.SAFE,),
    what="A stage that runs `apt-get update`, without `APT::Update::Error-Mode` in its"
    " configuration, or `--error-on=any` on the command line. One finding for each"
    " stage.",
    why="`apt-get update` ends with 0 when some of the indexes could not be fetched: it"
    " says so and uses old ones. The install that follows fails with `Unable to locate"
    " package`, or takes an old version.",
    remedy="Tell apt once for each stage, before its first use:\n\n"
    f"```dockerfile\n{LINE}\n```\n\n"
    "apt knows it from 2.1.16 on (Debian 11, Ubuntu 21.04). Older ones pass over it:"
    " there is no fix where the base is one of those, or what it adds to its sources"
    " is for one.",
    bad="FROM debian:12\nRUN apt-get update && apt-get install -y curl\n",
    good=f"FROM debian:12\n{LINE}\nRUN apt-get update && apt-get install -y curl\n",
    sample="Dockerfile",
    links=("https://manpages.debian.org/apt-get.8",),
)

_SOURCES = re.compile(r"sources\.list|\bdeb(?:-src)?\s")
_SET = re.compile(r"Error-Mode|--error-on[= ]any|\s-e[= ]?any\b")


def check(
    dockerfile: Dockerfile, repository: Repository, options: PolicyOptions
) -> Iterator[Finding]:
    """Find each stage's first update that may be partial."""
    del options
    told: set[int] = set()
    for stage in dockerfile.stages:
        line = dockerfile.ancestry(stage)
        if any(one.number in told for one in line[1:]):
            told.add(stage.number)
            continue
        if any(_is_set(dockerfile, one, repository) for one in line):
            continue
        found = _find_update(stage)
        if found is None:
            continue
        told.add(stage.number)
        instruction, command = found
        base = line[-1].base.reference if line[-1].base else None
        sources = " ".join(
            one.value.value
            for one in (*line[-1].instructions, *stage.instructions)
            if _SOURCES.search(one.value.value)
        )
        release = (find_distribution(base) if base else None) or find_named(sources)
        can = release is None or release.apt_error_mode
        edits = add_settings(dockerfile, stage, instruction) if can else ()
        reason = "an index that is missing fails the update"
        how = 'set APT::Update::Error-Mode "any"' if can else "its apt cannot be told"
        yield RULE.finding(
            command,
            f"{stage.owner} takes an update for good though an index may be missing,"
            f" and fails later for a package that is not found: {how}",
            owner=stage.owner,
            subject=command.program,
            fix=Fix(FixKind.SAFE, edits, reason) if edits else None,
        )


def _find_update(stage: Stage) -> tuple[Instruction, Command] | None:
    for instruction in stage.instructions:
        for command in instruction.commands if not instruction.onbuild else ():
            apt = command.program in ("apt-get", "apt")
            if apt and "update" in command.operands:
                return instruction, command
    return None


def _is_set(dockerfile: Dockerfile, stage: Stage, repository: Repository) -> bool:
    """Whether a stage says it, or copies a configuration that does."""
    for instruction in stage.instructions:
        bodies = (heredoc.text.value for heredoc in instruction.heredocs)
        text = "\n".join([instruction.value.value, *bodies])
        copied = repository.copied.apt_settings(dockerfile, instruction)
        if _SET.search(text) or _SET.search(copied):
            return True
    return False
