"""CFG004: a public mirror that may say what a tag means."""

from collections.abc import Iterator

from seawall.policy.facts.configs import Client, ClientConfig, Value
from seawall.policy.facts.text import Fact, Text
from seawall.policy.finding import Finding, Severity
from seawall.policy.knowledge.mirrorhosts import host_of, is_public
from seawall.policy.lookups.mirroring import MirrorUse, list_mirrors
from seawall.policy.options import PolicyOptions
from seawall.policy.repository import Repository
from seawall.policy.rule import Rule

RULE = Rule(
    id="CFG004",
    title="Public mirror that says what tags mean",
    severity=Severity.WARNING,
    what="A mirror that somebody runs for everybody, and that may be asked for tags:"
    " with `resolve` (or no `capabilities`) in a `hosts.toml`, without"
    ' `pull-from-mirror = "digest-only"` in registries.conf.',
    why="What is asked for by digest is checked by the client. What a tag means is the"
    " mirror's word alone: an old image, or another one, and nothing shows it.",
    remedy='Take `resolve` away (`capabilities = ["pull"]`): tags are then resolved at'
    " upstream, and contents still come from the mirror.",
    bad='[host."https://mirror.gcr.io"]\n  capabilities = ["pull", "resolve"]\n',
    good='[host."https://mirror.gcr.io"]\n  capabilities = ["pull"]\n',
    sample="docker.io/hosts.toml",
    links=("https://github.com/containerd/containerd/blob/main/docs/hosts.md",),
)


def check(
    config: ClientConfig, repository: Repository, options: PolicyOptions
) -> Iterator[Finding]:
    """Find public mirrors that are trusted with tags."""
    del repository, options
    if config.client not in (Client.HOSTS_TOML, Client.REGISTRIES):
        return
    for mirror in list_mirrors(config):
        if mirror.table is None or not is_public(mirror.text.value):
            continue
        at = _find_trust(config, mirror, mirror.table)
        if at is not None:
            host = host_of(mirror.text.value)
            said = (
                f"{host} is a mirror of everybody, and may say what tags mean: old or"
            )
            said += " other images pass unseen; let it serve digests alone"
            yield RULE.finding(config, said, at=at, subject=mirror.source)


def _find_trust(
    config: ClientConfig, mirror: MirrorUse, table: Value
) -> Text | Fact | None:
    """Find what lets a mirror speak of tags; its name, if that is what is not said."""
    if config.client is Client.REGISTRIES:
        owner = mirror.owner.get("mirror-by-digest-only") if mirror.owner else None
        which = table.get("pull-from-mirror")
        narrow = owner is not None and owner.is_true
        narrow = narrow or (which is not None and which.said == "digest-only")
        return None if narrow else mirror.text
    can = table.get("capabilities")
    if can is None:
        return mirror.text
    found = (item.word for item in can.items if item.said.lower() == "resolve")
    return next(found, None)
