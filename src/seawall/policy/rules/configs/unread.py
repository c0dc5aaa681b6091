"""CFG001: a hosts.toml that containerd cannot use, and says nothing about."""

from collections.abc import Iterator

from seawall.policy.facts.configs import Client, ClientConfig, Value
from seawall.policy.facts.text import Fact
from seawall.policy.facts.troubles import Obstacle, Trouble
from seawall.policy.finding import Confidence, Finding, Severity
from seawall.policy.knowledge.mirrorhosts import HUB_API, host_of
from seawall.policy.lookups.mirroring import list_tables
from seawall.policy.lookups.versioning import is_older
from seawall.policy.options import PolicyOptions
from seawall.policy.repository import Repository
from seawall.policy.rule import Rule

RULE = Rule(
    id="CFG001",
    title="hosts.toml that containerd cannot read",
    severity=Severity.ERROR,
    what="A `hosts.toml` that is no TOML, or whose values are of another kind than"
    " containerd expects: a text where a list belongs, a text for `true`. Or one that"
    " has no `[host]`: containerd before 2.0 reads no such file. An error where a"
    " comment at its head says that it is for such a one, a warning where none says.",
    why="containerd writes a line into its log and goes on as if only certificates lay"
    " in that folder: pulls work while upstream does, and the mirror is never asked. A"
    " network that was to be closed by `server` alone is open.",
    remedy="Mend the file; containerd reads it again at the next pull. Name a `server`"
    " that is to be asked alone as a `[host]`, too.",
    bad='server = "https://quay.io"\n\n[host."https://mirror.example"]\n'
    '  capabilities = ["pull", "resolve"\n',
    good='server = "https://quay.io"\n\n[host."https://mirror.example"]\n'
    '  capabilities = ["pull", "resolve"]\n',
    sample="quay.io/hosts.toml",
    links=("https://github.com/containerd/containerd/blob/main/docs/hosts.md",),
)

_NEW = "2.0"
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
            yield from _check_hosts(config)


def _check_hosts(config: ClientConfig) -> Iterator[Finding]:
    """Find a file without a host that says something which is lost with it."""
    known = config.target and not is_older(config.target, _NEW)
    if known or not config.tree.entries or config.tree.get("host") is not None:
        return
    server = config.tree.get("server")
    if server is not None and len(config.tree.entries) == 1 and server.said:
        own = HUB_API if config.registry == "docker.io" else config.registry
        if host_of(server.said) in (own, config.registry):
            return  # what is asked without the file, too
    at = config.tree.entries[0][0]
    yield RULE.finding(
        config,
        "before 2.0, containerd ignores this file: it names no [host]",
        at=server.word if server and server.word else at,
        severity=Severity.ERROR if config.target else Severity.WARNING,
        confidence=Confidence.HIGH if config.target else Confidence.MEDIUM,
        subject=config.registry,
    )


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
