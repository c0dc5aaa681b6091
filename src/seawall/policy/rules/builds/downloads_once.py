"""BLD006: a download that is tried once, or takes an error page for what it wants."""

from collections.abc import Iterator

from seawall.policy.facts.builds import Dockerfile
from seawall.policy.facts.commands import Command, Setting
from seawall.policy.finding import Finding, Severity
from seawall.policy.fix import Fix, FixKind
from seawall.policy.knowledge.distributions import find_distribution
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
    remedy="`curl --retry 5 --fail …`; with curl 7.52 or newer also"
    " `--retry-connrefused`, with 7.71 or newer `--retry-all-errors`: an older one"
    " stops at what it does not know. The fix writes `--retry-connrefused` where the"
    " stage's base is known to have it: Debian from 9 on, Ubuntu from 17.04 on.",
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
        message = (
            f"curl fetches {url} without {' and '.join(lacks)}: {_say_harm(lacks)};"
            " add it"
        )
        yield RULE.finding(
            command, message, subject=url, fix=_add(command, lacks, repository)
        )


def _say_harm(lacks: list[str]) -> str:
    harm = []
    if "--retry" in lacks:
        harm.append("a lost connection ends the build")
    if "--fail" in lacks:
        harm.append("an error page gets into the image")
    return ", and ".join(harm)


def _find_lacking(command: Command) -> list[str]:
    lacking = []
    if not command.has_option("--retry"):
        lacking.append("--retry")
    if not command.has_option("-f", "--fail", "--fail-with-body", "--fail-early"):
        lacking.append("--fail")
    return lacking


def _add(command: Command, lacks: list[str], repository: Repository) -> Fix | None:
    retry = "--retry 5"
    if _knows_connrefused(command, repository):
        retry += " --retry-connrefused"
    content = repository.content(command.path)
    new = " ".join(retry if one == "--retry" else one for one in lacks)
    edit = put_behind(command.argv[0], command.path, content, new)
    reason = "it tries again, and an error page is an error"
    return Fix(FixKind.SAFE, (edit,), reason) if edit else None


def _knows_connrefused(command: Command, repository: Repository) -> bool:
    """Whether a stage's base is known to have a curl that is new enough."""
    for dockerfile in repository.in_file(command.path, Dockerfile):
        for stage in dockerfile.stages:
            base = dockerfile.ancestry(stage)[-1].base
            if stage.start <= command.start < stage.stop and base and base.reference:
                release = find_distribution(base.reference)
                return release is not None and release.curl_connrefused
    return False
