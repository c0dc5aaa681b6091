"""BLD014: a setting for apt that apt does not know."""

import re
from collections.abc import Iterator

from seawall.policy.facts.configs import Client, ClientConfig
from seawall.policy.facts.text import Text
from seawall.policy.finding import Finding, Severity
from seawall.policy.fix import Edit, Fix, FixKind
from seawall.policy.options import PolicyOptions
from seawall.policy.repository import Repository
from seawall.policy.rule import Rule

RULE = Rule(
    id="BLD014",
    title="Setting that apt does not know",
    severity=Severity.WARNING,
    fixes=(FixKind.SAFE,),
    what="A file of apt's configuration with a group that apt does not have, such as"
    " `APT::Acquire::Retries`, or with `Acquire::Retry`.",
    why="apt takes any name, and says nothing of one that nobody asks for: it tries as"
    " often as it did before, and whoever wrote the file believes otherwise.",
    remedy='The group is `Acquire`: `Acquire::Retries "5";`. `apt-config dump` shows'
    " all that apt has read, whether anybody asks for it or not.",
    bad='APT::Acquire::Retries "5";\n',
    good='Acquire::Retries "5";\n',
    sample="apt.conf.d/80-retries",
    links=(
        "https://manpages.debian.org/apt.conf.5",
        "https://gitlab.torproject.org/tpo/core/tor/-/merge_requests/705",
    ),
)

_GROUP = re.compile(r"APT::(?=Acquire::)", re.IGNORECASE)
_ODD = re.compile(r"Acquire::(?:https?::)?(Retry|Retrys|Retires|Retrie)", re.IGNORECASE)


def check(
    config: ClientConfig, repository: Repository, options: PolicyOptions
) -> Iterator[Finding]:
    """Find names that nobody asks for."""
    del repository, options
    if config.client is not Client.APT:
        return
    for name, _ in config.tree.entries:
        group, odd = _GROUP.match(name.value), _ODD.fullmatch(name.value)
        if group is None and odd is None:
            continue
        right = _GROUP.sub("", name.value) if group else "Acquire::Retries"
        yield RULE.finding(
            config,
            f"apt passes over {name.value} without a word, and nothing is tried again:"
            f" write {right}",
            at=name,
            subject=name.value,
            fix=_mend(config, name, right),
        )


def _mend(config: ClientConfig, name: Text, right: str) -> Fix | None:
    """Write the name that apt knows, where all of it stands in one place."""
    if not name.exact:
        return None
    edit = Edit(config.path, name.start, name.stop, right.encode())
    return Fix(FixKind.SAFE, (edit,), "the name that apt knows")
