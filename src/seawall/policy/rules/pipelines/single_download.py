"""CI007: a download of a pipeline that is tried once."""

from collections.abc import Iterator

from seawall.policy.examples import SCRIPT
from seawall.policy.facts.commands import Command, Setting
from seawall.policy.finding import Finding, Severity
from seawall.policy.fix import Edit, Fix, FixKind
from seawall.policy.knowledge.downloads import fetched, is_single_try
from seawall.policy.options import PolicyOptions
from seawall.policy.repository import Repository
from seawall.policy.rule import Rule

RULE = Rule(
    id="CI007",
    title="Download of a pipeline that is tried once",
    severity=Severity.NOTE,
    fixes=(FixKind.SAFE,),
    what="curl without `--retry` in a script or a pipeline, outside of a loop, to fetch"
    " from https. Requests that send something, or look at a status, are left out, as"
    " are this machine's own addresses.",
    why="curl tries once: a connection that breaks ends the job.",
    remedy="`curl --retry 5 --retry-connrefused …`.",
    bad=SCRIPT.format("curl -fsSLO https://dl.example/tool-1.2.tgz"),
    good=SCRIPT.format(
        "curl --retry 5 --retry-connrefused -fsSLO https://dl.example/tool-1.2.tgz"
    ),
    sample="fetch.sh",
    links=("https://curl.se/docs/manpage.html#--retry",),
)


def check(
    command: Command, repository: Repository, options: PolicyOptions
) -> Iterator[Finding]:
    """Find downloads that nothing tries again."""
    del repository, options
    if command.setting not in (Setting.PIPELINE, Setting.SCRIPT):
        return
    url = fetched(command)
    if not url.startswith(("https://", "$")) or not is_single_try(command):
        return
    if command.has_option("--retry"):
        return
    name = command.argv[0]
    fix = None
    if name.exact:
        edit = Edit(
            command.path, name.stop, name.stop, b" --retry 5 --retry-connrefused"
        )
        fix = Fix(FixKind.SAFE, (edit,), "it tries again")
    said = f"curl fetches {url} in one try: a lost connection ends the job; add --retry"
    yield RULE.finding(command, said, subject=url, fix=fix)
