"""CFG002: a last resort for Docker Hub that is Docker's website."""

from collections.abc import Iterator

from seawall.policy.facts.configs import Client, ClientConfig
from seawall.policy.facts.text import Text
from seawall.policy.finding import Finding, Severity
from seawall.policy.fix import Edit, Fix, FixKind
from seawall.policy.knowledge.mirrorhosts import HUB_API, host_of
from seawall.policy.lookups.mirroring import list_mirrors
from seawall.policy.options import PolicyOptions
from seawall.policy.repository import Repository
from seawall.policy.rule import Rule

RULE = Rule(
    id="CFG002",
    title="docker.io as a server of Docker Hub",
    severity=Severity.ERROR,
    fixes=(FixKind.SAFE,),
    what="`docker.io` as `server` or as a host of a `hosts.toml`.",
    why="`docker.io` is the first part of names and a website; the registry answers at"
    " `registry-1.docker.io`. containerd puts that in only where `server` is empty:"
    " with this line nothing is left when the mirrors fail. Many guides have it.",
    remedy="Write `https://registry-1.docker.io`, or leave the line out.",
    bad='server = "https://docker.io"\n',
    good='server = "https://registry-1.docker.io"\n',
    sample="docker.io/hosts.toml",
    links=("https://github.com/containerd/containerd/blob/main/docs/hosts.md",),
)


def check(
    config: ClientConfig, repository: Repository, options: PolicyOptions
) -> Iterator[Finding]:
    """Find the website among the servers."""
    del repository, options
    if config.client is not Client.HOSTS_TOML:
        return
    server = config.tree.get("server")
    found = [server.word] if server is not None and server.type == "string" else []
    for text in [*found, *(mirror.text for mirror in list_mirrors(config))]:
        if text is not None and host_of(text.value) == "docker.io":
            said = f"{text.value} is a website: the last resort fails; write {HUB_API}"
            fix = _mend(config.path, text)
            yield RULE.finding(config, said, at=text, fix=fix, subject="docker.io")


def _mend(path: str, text: Text) -> Fix | None:
    at = text.value.lower().find("docker.io")
    if not text.exact:
        return None
    host = text.cut(at, at + len("docker.io"))
    edit = Edit(path, host.start, host.stop, HUB_API.encode())
    return Fix(FixKind.SAFE, (edit,), "the host that answers as Docker Hub's registry")
