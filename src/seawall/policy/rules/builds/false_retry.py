"""BLD004: a loop of tries that succeeds when all of them failed."""

import re
from collections.abc import Iterator

from seawall.policy.facts.builds import Instruction, Stage
from seawall.policy.finding import Finding, Severity
from seawall.policy.fix import Edit, Fix, FixKind
from seawall.policy.options import PolicyOptions
from seawall.policy.repository import Repository
from seawall.policy.rule import Rule

RULE = Rule(
    id="BLD004",
    title="Retry loop that hides failure",
    severity=Severity.WARNING,
    fixes=(FixKind.SAFE,),
    what="A RUN with a `for` loop that tries a command until it works, and goes on when"
    " no try did: `for i in 1 2 3; do apt-get update && break || sleep 5; done`.",
    why="The loop ends with the status of its last `sleep`: the build goes on without"
    " what it should have, and fails later with another error, or not at all.",
    remedy="Leave with an error after the last try:"
    ' `for i in 1 2 3; do apt-get update && break; [ "$i" = 3 ] && exit 1; sleep 5;'
    " done`.",
    bad="FROM debian:12\nRUN for i in 1 2 3; do apt-get update && break || sleep 5;"
    " done\n",
    good="FROM debian:12\nRUN for i in 1 2 3; do apt-get update && break;"
    ' [ "$i" = 3 ] && exit 1; sleep 5; done\n',
    sample="Dockerfile",
    links=("https://github.com/sei-protocol/sei-chain/pull/3264",),
)

_LOOP = re.compile(
    r"\bfor (?P<name>\w+) in (?:\S+ )*?(?P<last>[\w.-]+) ?; ?do (?P<body>.*?)"
    r"&& break(?P<tail> ?\|\| ?| ?; ?)(?P<pause>sleep \S+?|\(sleep \S+?\)) ?; ?done"
    r"(?P<after> ?(?:\|\||&&) ?)?",
    re.DOTALL,
)
_JOINED = re.compile(r"[\s\\]*\n\s*|\s+")
_FAILS = re.compile(r"\b(?:exit|false|return|die)\b")


def check(
    instruction: Instruction, repository: Repository, options: PolicyOptions
) -> Iterator[Finding]:
    """Find loops that cannot fail."""
    del options
    if instruction.keyword != "RUN":
        return
    text = instruction.value
    # Of an inexact text only the whole place is known: lines may be joined then.
    value = text.value if text.exact else _JOINED.sub(" ", text.value)
    for found in _LOOP.finditer(value):
        if found["after"] and "||" in found["after"]:
            continue
        if _FAILS.search(found["body"]) or _checked_later(value[found.end() :]):
            continue
        stage = repository.parent(instruction, Stage)
        whole = text.cut(found.start(), found.end())
        yield RULE.finding(
            instruction,
            "this loop goes on when none of its tries worked, and the build without"
            " what it needs: leave with an error after the last",
            at=whole,
            owner=stage.owner if stage else "",
            subject="loop",
            fix=_mend(instruction, found),
        )


def _checked_later(rest: str) -> bool:
    """Whether something behind the loop looks whether it worked."""
    return bool(re.match(r"\s*;?\s*(?:\[|test |if )", rest))


def _mend(instruction: Instruction, found: re.Match[str]) -> Fix | None:
    text = instruction.value
    if not text.exact:
        return None
    name, last = found["name"], found["last"]
    leave = f'; [ "${name}" = {last} ] && exit 1; '
    place = text.cut(found.start("tail"), found.end("tail"))
    edit = Edit(instruction.path, place.start, place.stop, leave.encode())
    return Fix(FixKind.SAFE, (edit,), "the last try's failure ends the build")
