"""BLD010: sources that a build fetches by ADD or git."""

from collections.abc import Iterator

from seawall.policy.facts.builds import Instruction, Stage
from seawall.policy.finding import Finding, Severity
from seawall.policy.options import PolicyOptions
from seawall.policy.repository import Repository
from seawall.policy.rule import Rule

RULE = Rule(
    id="BLD010",
    title="Sources fetched from elsewhere while building",
    severity=Severity.NOTE,
    what="`ADD` of a URL without `--checksum`, and `git clone` or `git submodule"
    " update`"
    " in a RUN.",
    why="The build depends on a second supply of sources: it fails when that is down or"
    " limits, and without a commit it builds something else tomorrow.",
    remedy="`ADD --checksum=sha256:… https://…`, a named commit, or sources that come"
    " with the build's own context.",
    bad="FROM debian:12\nRUN git clone https://git.example/team/lib.git\n",
    good="FROM debian:12\nCOPY lib /src/lib\n",
    sample="Dockerfile",
    links=("https://docs.docker.com/reference/dockerfile/#add---checksum",),
)


def check(
    instruction: Instruction, repository: Repository, options: PolicyOptions
) -> Iterator[Finding]:
    """Find second supplies of sources."""
    del options
    stage = repository.parent(instruction, Stage)
    owner = stage.owner if stage else ""
    if instruction.keyword == "ADD" and "checksum" not in instruction.flags:
        first = instruction.value.value.split(maxsplit=1)[:1]
        if first and first[0].startswith(("http://", "https://", "git@", "git://")):
            said = f"ADD fetches {first[0]} without a checksum: the build fails with"
            said += " that server, or takes another thing; add --checksum"
            yield RULE.finding(instruction, said, owner=owner, subject=first[0])
    for command in instruction.commands:
        verbs = command.operands
        clones = command.program == "git" and "clone" in verbs
        updates = command.program == "git" and verbs[:2] == ("submodule", "update")
        if clones or updates:
            source = next((word for word in verbs if "://" in word), "")
            what = f"git {verbs[0]} {source}".strip()
            said = f"{what} needs another server for each build: copy the sources in,"
            said += " or keep a mirror"
            yield RULE.finding(command, said, owner=owner, subject=source or verbs[0])
