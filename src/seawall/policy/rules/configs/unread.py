"""CFG001: a hosts.toml that containerd cannot use, and says nothing about."""

from collections.abc import Iterator

from seawall.policy.facts.configs import Client, ClientConfig, Value
from seawall.policy.facts.text import Fact
from seawall.policy.facts.troubles import Obstacle, Trouble
from seawall.policy.finding import Finding, Severity
from seawall.policy.lookups.mirroring import list_tables
from seawall.policy.options import PolicyOptions
from seawall.policy.repository import Repository
from seawall.policy.rule import Rule

RULE = Rule(
    id="CFG001",
    title="hosts.toml that containerd cannot read",
    severity=Severity.ERROR,
    what="A `hosts.toml` that is no TOML, or whose values are of another kind than"
    " containerd expects: a text where a list belongs, a text for `true`.",
    why="containerd writes a line into its log and goes on as if only certificates lay"
    " in that folder: pulls work while upstream does, and the mirror is never asked.",
    remedy="Mend the file; containerd reads it again at the next pull.",
    bad='server = "https://quay.io"\n\n[host."https://mirror.example"]\n'
    '  capabilities = ["pull", "resolve"\n',
    good='server = "https://quay.io"\n\n[host."https://mirror.example"]\n'
    '  capabilities = ["pull", "resolve"]\n',
    sample="quay.io/hosts.toml",
    links=("https://github.com/containerd/containerd/blob/main/docs/hosts.md",),
)

_KINDS = {
    "capabilities": ("list",),
    "skip_verify": ("boolean",),
    "override_path": ("boolean",),
    "header": ("table",),
    "dial_timeout": ("string",),
    "ca": ("string", "list"),
    "client": ("string", "list"),
}


def check(
    repository: Repository, whole: Repository, options: PolicyOptions
) -> Iterator[Finding]:
    """Find files that are not used, and values that make them so."""
    del whole, options
    for trouble in repository.all(Trouble):
        name = trouble.path.lower().rpartition("/")[2]
        if name == "hosts.toml" and trouble.obstacle is Obstacle.BROKEN:
            said = f"containerd ignores this file: it is {trouble.message}"
            yield RULE.finding(trouble, said, subject=trouble.path)
    for config in repository.all(ClientConfig):
        if config.client is Client.HOSTS_TOML:
            yield from _check_tree(config)


def _check_tree(config: ClientConfig) -> Iterator[Finding]:
    yield from _check_kinds(config, config.tree, {**_KINDS, "server": ("string",)})
    host = config.tree.get("host")
    if host is not None and host.type != "table":
        yield _finding(config, "host", host, "table")
    for _, table in list_tables(host):
        yield from _check_kinds(config, table, _KINDS)


def _check_kinds(
    config: ClientConfig, table: Value, kinds: dict[str, tuple[str, ...]]
) -> Iterator[Finding]:
    for name, expected in kinds.items():
        value = table.get(name)
        if value is None:
            continue
        if value.type not in expected:
            yield _finding(config, name, value, " or ".join(expected))
        elif name == "capabilities" and any(
            item.type != "string" for item in value.items
        ):
            yield _finding(config, name, value, "list of strings")


def _finding(config: ClientConfig, name: str, value: Value, expected: str) -> Finding:
    said = f"containerd ignores this file: {name} is a {value.type}, not a {expected}"
    at = Fact(path=config.path, start=value.start, stop=value.stop)
    return RULE.finding(config, said, at=at, subject=config.registry)
