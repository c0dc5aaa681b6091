"""BLD006: a download that is tried once, or takes an error page for what it wants."""

from collections.abc import Iterator

from seawall.policy.facts.commands import Command, Setting
from seawall.policy.finding import Finding, Severity
from seawall.policy.fix import Fix, FixKind
from seawall.policy.knowledge.downloads import fetched, is_single_try
from seawall.policy.mending.behindwords import put_behind
from seawall.policy.options import PolicyOptions
from seawall.policy.repository import Repository
from seawall.policy.rule import Rule

RULE = Rule(
    id="BLD006",
    title="Download without retry, or without a look at the status",
    severity=Severity.NOTE,
    fixes=(FixKind.SAFE,),
    what="curl in a RUN without `--retry`, or without `--fail`, outside of a loop that"
    " tries again. wget is left out: GNU's goes on when a connection breaks, and fails"
    " for an error status, and BusyBox's has no option to try again.",
    why="curl tries once, and without `--fail` it saves a page that says 503 as if it"
    " were the file.",
    remedy="`curl --retry 5 --retry-connrefused --fail …`; with curl 7.71 or newer also"
    " `--retry-all-errors`.",
    bad="FROM debian:12\nRUN curl -sSLO https://dl.example/tool-1.2.tgz\n",
    good="FROM debian:12\n"
    "RUN curl --retry 5 --retry-connrefused --fail -sSLO https://dl.example/tool-1.2.tgz\n",
    sample="Dockerfile",
    links=("https://curl.se/docs/manpage.html#--retry",),
)


def check(
    command: Command, repository: Repository, options: PolicyOptions
) -> Iterator[Finding]:
    """Find downloads in builds that give up at once."""
    del options
    url = fetched(command)
    if command.setting is not Setting.BUILD or not url or not is_single_try(command):
        return
    lacks = _find_lacking(command)
    if lacks:
        what = " and ".join(
            option.split()[0] for option in lacks if "conn" not in option
        )
        message = f"curl fetches {url} without {what}: {_say_harm(lacks)}; add it"
        yield RULE.finding(
            command, message, subject=url, fix=_add(command, lacks, repository)
        )


def _say_harm(lacks: list[str]) -> str:
    harm = []
    if lacks[0] != "--fail":
        harm.append("a lost connection ends the build")
    if lacks[-1] == "--fail":
        harm.append("an error page gets into the image")
    return ", and ".join(harm)


def _find_lacking(command: Command) -> list[str]:
    lacking = []
    if not command.has_option("--retry"):
        lacking += ["--retry 5", "--retry-connrefused"]
    if not command.has_option("-f", "--fail", "--fail-with-body", "--fail-early"):
        lacking.append("--fail")
    return lacking


def _add(command: Command, options: list[str], repository: Repository) -> Fix | None:
    content = repository.content(command.path)
    new = " ".join(options)
    edit = put_behind(command.argv[0], command.path, content, new)
    reason = "it tries again, and an error page is an error"
    return Fix(FixKind.SAFE, (edit,), reason) if edit else None
