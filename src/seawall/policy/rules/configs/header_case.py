"""CFG013: a header of a mirror whose name is written in lower case."""

from collections.abc import Iterator

from seawall.policy.facts.configs import Client, ClientConfig, Value
from seawall.policy.facts.text import Text
from seawall.policy.finding import Finding, Severity
from seawall.policy.fix import Edit, Fix, FixKind
from seawall.policy.lookups.mirroring import list_tables
from seawall.policy.options import PolicyOptions
from seawall.policy.repository import Repository
from seawall.policy.rule import Rule

_HEADER = """[host."https://mirror.example"]
  capabilities = ["pull", "resolve"]
  [host."https://mirror.example".header]
    {} = "Basic ${{MIRROR_TOKEN}}"
"""

RULE = Rule(
    id="CFG013",
    title="Header in lower case",
    severity=Severity.WARNING,
    fixes=(FixKind.SAFE,),
    what="A header named `authorization` in a `hosts.toml`, in any case but"
    " `Authorization`.",
    why="containerd puts the name into its table of headers as it is written, and sets"
    " its own under the usual name: the request has both, and which one counts is up to"
    " the server.",
    remedy="Write `Authorization`.",
    bad=_HEADER.format("authorization"),
    good=_HEADER.format("Authorization"),
    sample="quay.io/hosts.toml",
    links=("https://github.com/containerd/containerd/blob/main/docs/hosts.md",),
)

_NAME = "Authorization"


def check(
    config: ClientConfig, repository: Repository, options: PolicyOptions
) -> Iterator[Finding]:
    """Find headers that containerd would have twice."""
    del repository, options
    if config.client is not Client.HOSTS_TOML:
        return
    tables = [config.tree, *(t for _, t in list_tables(config.tree.get("host")))]
    for table in tables:
        for key in _list_names(table):
            if key.value.lower() == _NAME.lower() and key.value != _NAME:
                said = (
                    f"the header {key.value} is not the one that containerd sets: both"
                )
                said += " are sent, and the mirror may refuse; write Authorization"
                fix = _mend(config.path, key)
                yield RULE.finding(
                    config, said, at=key, fix=fix, subject=config.registry
                )


def _list_names(table: Value) -> Iterator[Text]:
    header = table.get("header")
    yield from (key for key, _ in (header.entries if header else ()))


def _mend(path: str, key: Text) -> Fix | None:
    if not key.exact:
        return None
    edit = Edit(path, key.start, key.stop, _NAME.encode())
    return Fix(FixKind.SAFE, (edit,), "the name as containerd sets it itself")
