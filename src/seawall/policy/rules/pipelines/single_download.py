"""CI007: a download of a pipeline that is tried once."""

import re
from collections.abc import Iterator

from seawall.policy.examples import SCRIPT
from seawall.policy.facts.commands import Command, Setting
from seawall.policy.finding import Finding, Severity
from seawall.policy.fix import Fix, FixKind
from seawall.policy.knowledge.aptuse import RETRIES, sets_retries, uses_network
from seawall.policy.knowledge.downloads import fetched, is_single_try
from seawall.policy.mending.behindwords import put_behind
from seawall.policy.options import PolicyOptions
from seawall.policy.repository import Repository
from seawall.policy.rule import Rule

RULE = Rule(
    id="CI007",
    title="Download of a pipeline that is tried once",
    severity=Severity.NOTE,
    fixes=(FixKind.SAFE,),
    what="curl without `--retry` in a script or a pipeline, outside of a loop, to fetch"
    " from https; or `apt-get` and `apt` that fetch in a job, or in a script, without"
    " `Acquire::Retries` there (one finding for each, at the first). Requests that send"
    " something, look at a status, or may fail (`|| true`) are left out, as are this"
    " machine's own addresses.",
    why="curl tries once: a connection that breaks ends the job. apt before 2.3.2"
    " (Debian 11, Ubuntu 20.04 and older) tries each file once, later ones three times"
    " at most, without a pause worth the name.",
    remedy="`curl --retry 5 …`, with curl 7.52 or newer also `--retry-connrefused` (an"
    " older one stops at it, so the fix leaves it out); and `apt-get -o"
    " Acquire::Retries=5 …`.",
    bad=SCRIPT.format("curl -fsSLO https://dl.example/tool-1.2.tgz"),
    good=SCRIPT.format(
        "curl --retry 5 --retry-connrefused -fsSLO https://dl.example/tool-1.2.tgz"
    ),
    sample="fetch.sh",
    links=("https://curl.se/docs/manpage.html#--retry",),
)


_FORGIVEN = re.compile(
    rb"[^\n;|]*\|\|\s*(?:\\\r?\n\s*)?(?:true|:|echo\b[^\n;|&{}()]*)[ \t]*(?:\r?\n|;|\Z)"
)
"""What follows a command that may fail: a word about it at most."""
_FOR = re.compile(
    rb"\bfor[ \t]+(?:\w+[ \t]+in[ \t]+)?"
    rb"(\$\(seq\b|`seq\b|\(\(|\{?\d[\d. \t}]*(?:[;\r\n]|$))?"
)
"""A loop, and what it goes through if that counts."""
_DONE = re.compile(rb"\bdone\b")
_ENDS = re.compile(rb"\b(?:break|return|exit[ \t]+0)\b")


def check(
    command: Command, repository: Repository, options: PolicyOptions
) -> Iterator[Finding]:
    """Find downloads that nothing tries again."""
    del options
    content = repository.content(command.path)
    if command.setting not in (Setting.PIPELINE, Setting.SCRIPT):
        return
    if uses_network(command):
        yield from _check_apt(command, repository)
        return
    url = fetched(command)
    if not url.startswith(("https://", "$")) or not is_single_try(command):
        return
    if command.has_option("--retry") or _FORGIVEN.match(content or b"", command.stop):
        return
    edit = put_behind(command.argv[0], command.path, content, "--retry 5")
    fix = Fix(FixKind.SAFE, (edit,), "it tries again") if edit else None
    said = f"curl fetches {url} in one try: a lost connection ends the job; add --retry"
    yield RULE.finding(command, said, subject=url, fix=fix)


def _check_apt(command: Command, repository: Repository) -> Iterator[Finding]:
    """Tell a job's, or a script's, first use of apt, and mend all of them."""
    if command.path in repository.built_scripts:
        return  # that is told of the stage that runs it
    together = [
        one
        for one in repository.in_file(command.path, Command)
        if one.owner == command.owner and one.setting is command.setting
    ]
    if any(sets_retries(_words(one)) for one in together):
        return
    content = repository.content(command.path)
    hasty = [
        one
        for one in together
        if uses_network(one) and not _is_patient(one, content or b"")
    ]
    if not hasty or hasty[0] is not command:
        return
    found = (
        put_behind(one.argv[0], one.path, content, f"-o {RETRIES}=5") for one in hasty
    )
    edits = tuple(edit for edit in found if edit)
    yield RULE.finding(
        command,
        f"{command.program} fetches without {RETRIES}: an apt before 2.3.2 tries each"
        f" file once; add -o {RETRIES}=5",
        subject=command.program,
        fix=Fix(FixKind.SAFE, edits, "apt tries each file five times more")
        if len(edits) == len(hasty)
        else None,
    )


def _words(command: Command) -> str:
    """All that a command says, where it writes to included."""
    bodies = (redirect.target.value for redirect in command.redirects)
    return " ".join((*(word.value for word in command.words), *bodies))


def _is_patient(command: Command, content: bytes) -> bool:
    """Whether something around a use of apt tries it again.

    A `for` loop that nothing ends goes through a list, unless that counts.
    """
    if command.words[0].value == "retry" or {"while", "until"} & set(command.within):
        return True
    if "for" not in command.within:
        return False
    heads = list(_FOR.finditer(content, 0, command.start))
    done = _DONE.search(content, command.stop)
    rest = content[command.stop : done.start() if done else len(content)]
    return _ENDS.search(rest) is not None or bool(heads and heads[-1][1])
