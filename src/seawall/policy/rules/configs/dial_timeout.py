"""CFG005: a mirror without a bound on how long connecting to it may take."""

from collections.abc import Iterator

from seawall.policy.facts.configs import Client, ClientConfig, Value
from seawall.policy.facts.text import Style
from seawall.policy.finding import Finding, Severity
from seawall.policy.fix import Edit, Fix, FixKind
from seawall.policy.lookups.mirroring import DIAL_TIMEOUT, list_mirrors
from seawall.policy.lookups.versioning import is_older
from seawall.policy.options import PolicyOptions
from seawall.policy.repository import Repository
from seawall.policy.rule import Rule

RULE = Rule(
    id="CFG005",
    title="Mirror without dial_timeout",
    severity=Severity.WARNING,
    fixes=(FixKind.SAFE,),
    what="A host of a `hosts.toml` without `dial_timeout`. Files that a comment at"
    " their head says are for a containerd older than 2.1 are let be.",
    why="A mirror that does not answer costs 30 s for each request before the next host"
    " is tried: a pull that upstream would serve in seconds takes minutes, or is"
    " cancelled by the kubelet. containerd knows the key from 2.1 on; older ones ignore"
    " it.",
    remedy='Add `dial_timeout = "1s"`; more where a mirror is far away.',
    bad='[host."https://mirror.example"]\n  capabilities = ["pull", "resolve"]\n',
    good='[host."https://mirror.example"]\n  dial_timeout = "1s"\n'
    '  capabilities = ["pull", "resolve"]\n',
    sample="quay.io/hosts.toml",
    links=(
        "https://github.com/containerd/containerd/issues/4861",
        "https://github.com/bottlerocket-os/bottlerocket/issues/4564",
    ),
)

_LINE = f'dial_timeout = "{DIAL_TIMEOUT}"'


def check(
    config: ClientConfig, repository: Repository, options: PolicyOptions
) -> Iterator[Finding]:
    """Find hosts that may keep a pull waiting."""
    del options
    old = is_older(config.target, "2.1")
    if config.client is not Client.HOSTS_TOML or old:
        return
    for mirror in list_mirrors(config):
        if mirror.table is not None and mirror.table.get("dial_timeout") is None:
            said = f"{mirror.text.value} has no dial_timeout: if it does not answer,"
            said += " each request waits 30 s for it"
            data = repository.content(config.path)
            fix = _mend(config.path, mirror.table, data) if data else None
            yield RULE.finding(
                config, said, at=mirror.text, fix=fix, subject=mirror.source
            )


def _mend(path: str, table: Value, data: bytes) -> Fix | None:
    """Put a line before the first one that stands in the host's own table."""
    for key, _ in table.entries:
        begin = data.rfind(b"\n", 0, key.start) + 1
        indent = data[begin : key.start]
        before = data[:begin].rstrip().rpartition(b"\n")[2].strip()
        plain = key.exact and key.style is Style.PLAIN and not indent.strip()
        if (
            plain
            and before.startswith(b"[host")
            and data[key.stop :].lstrip()[:1] == b"="
        ):
            newline = b"\r\n" if data[begin - 2 : begin] == b"\r\n" else b"\n"
            new = indent + _LINE.encode() + newline
            edit = Edit(path, begin, begin, new)
            reason = "connecting may take 1 s, then the next host is tried"
            return Fix(FixKind.SAFE, (edit,), reason)
    return None
