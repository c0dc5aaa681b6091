"""BLD004: a loop of tries that succeeds when all of them failed."""

import re
from collections.abc import Iterator

from seawall.policy.facts.builds import Instruction, Stage
from seawall.policy.facts.text import Text
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

_SLEEP = r"sleep [^\s;)]+"
_LOOP = re.compile(
    r"\bfor (?P<name>\w+) in (?P<list>[^;\n]*?) ?[;\n] ?do\s(?P<body>.*?)"
    r"(?:&& break(?P<tail> ?\|\| ?| ?[;\n]\s*)|; then break ?; fi ?[;\n]\s*)"
    rf"(?P<pause>{_SLEEP}|\( ?{_SLEEP} ?\)|\{{ [^{{}}]*\b{_SLEEP} ?; ?\}})"
    r" ?[;\n]\s*(?P<done>done)\b(?P<after> ?(?:\|\||&&) ?)?",
    re.DOTALL,
)
_LAST = re.compile(
    r"\$\(seq (?:\d+ )*?(?P<seq>\d+)\)|\{\d+\.\.(?P<range>\d+)\}"
    r"|(?:\S+ )*(?P<word>[\w.-]+)"
)
_DONE = re.compile(rb"\bdone\b")
_JOINED = re.compile(r"[\s\\]*\n\s*|\s+")
_FAILS = re.compile(r"\b(?:exit|false|return|die)\b")


def check(
    instruction: Instruction, repository: Repository, options: PolicyOptions
) -> Iterator[Finding]:
    """Find loops that cannot fail."""
    del options
    if instruction.keyword != "RUN":
        return
    stage = repository.parent(instruction, Stage)
    for text in _scripts(instruction):
        # Of an inexact text only the whole place is known: lines may be joined then.
        value = text.value if text.exact else _JOINED.sub(" ", text.value)
        for found in _LOOP.finditer(value):
            if _is_heeded(found, value[found.end() :]):
                continue
            content = repository.content(instruction.path)
            yield RULE.finding(
                instruction,
                "this loop goes on when none of its tries worked, and the build without"
                " what it needs: leave with an error after the last",
                at=text.cut(found.start(), found.end()),
                owner=stage.owner if stage else "",
                subject="loop",
                fix=_mend(instruction, text, found, content),
            )


def _scripts(instruction: Instruction) -> Iterator[Text]:
    """Yield what a shell runs: the line, or the heredoc that stands in its place."""
    yield instruction.value
    if instruction.value.value.lstrip().startswith("<<"):
        yield from (heredoc.text for heredoc in instruction.heredocs)


def _is_heeded(found: re.Match[str], rest: str) -> bool:
    """Whether the loop can fail, or something behind it looks whether it worked."""
    if "||" in (found["after"] or "") or _FAILS.search(found["body"] + found["pause"]):
        return True
    return bool(re.match(r"\s*;?\s*(?:\[|test |if |\(exit )", rest))


def _mend(
    instruction: Instruction, text: Text, found: re.Match[str], content: bytes | None
) -> Fix | None:
    """Let the last try leave: before its pause, or where that is not plain, behind."""
    said = _LAST.fullmatch(found["list"])
    if said is None or text.value[: found.start()].count('"') % 2:
        return None  # quotes within quotes would end those
    name, last = found["name"], said["seq"] or said["range"] or said["word"]
    leave = f'[ "${name}" = {last} ] && exit 1; '
    start: int | None = None
    stop: int | None = None
    if text.exact and found["tail"] and "\n" not in found["tail"]:
        place, leave = text.cut(found.start("tail"), found.end("tail")), f"; {leave}"
        start, stop = place.start, place.stop
    elif text.exact:
        start = stop = text.cut(found.start("done"), found.end("done")).start
    elif content is not None:
        ends = list(_DONE.finditer(content, instruction.start, instruction.stop))
        start = stop = ends[0].start() if len(ends) == 1 else None
    if start is None or stop is None:
        return None
    edit = Edit(instruction.path, start, stop, leave.encode())
    return Fix(FixKind.SAFE, (edit,), "the last try's failure ends the build")
