"""CFG008: mirrors of daemon.json that Docker refuses, or that mirror nothing."""

from collections.abc import Iterator

from seawall.policy.facts.configs import Client, ClientConfig
from seawall.policy.finding import Finding, Severity
from seawall.policy.knowledge.mirrorhosts import host_of, is_other, path_of
from seawall.policy.knowledge.retirements import find_closed
from seawall.policy.lookups.mirroring import list_mirrors
from seawall.policy.options import PolicyOptions
from seawall.policy.repository import Repository
from seawall.policy.rule import Rule

RULE = Rule(
    id="CFG008",
    title="Mirror that Docker cannot use",
    severity=Severity.ERROR,
    what="An entry of `registry-mirrors` in `daemon.json` with a path, without a"
    " scheme, that was shut down, or that is a registry with images of its own, such as"
    " quay.io.",
    why="Docker asks these mirrors for images of Docker Hub alone. It does not start"
    " with an address that it refuses, such as one with a path before 25; later ones"
    " ask for `PATH/v2/…`, which registries do not have. Another registry answers that"
    " it has no such image. Each pull goes to Docker Hub then, and nobody is told.",
    remedy="Give a mirror of Docker Hub a name of its own, without a path. For other"
    " registries, use the containerd image store with a `hosts.toml` below"
    " `/etc/docker/certs.d`.",
    bad='{"registry-mirrors": ["https://mirror.example/dockerhub"]}\n',
    good='{"registry-mirrors": ["https://mirror.example"]}\n',
    sample="daemon.json",
    links=("https://docs.docker.com/docker-hub/image-library/mirror/",),
)


def check(
    config: ClientConfig, repository: Repository, options: PolicyOptions
) -> Iterator[Finding]:
    """Find entries that are no mirrors of Docker Hub."""
    del repository, options
    if config.client is not Client.DOCKER:
        return
    for mirror in list_mirrors(config):
        address = mirror.text.value
        said = ""
        if not address.lower().startswith(("https://", "http://")):
            said = "Docker refuses a mirror without a scheme, and does not start"
        elif path_of(address):
            said = "before 25, Docker does not start with a path; later it asks PATH/v2"
        elif (closed := find_closed(host_of(address))) is not None:
            said = f"{closed.said} ({closed.since}): each pull waits for it in vain"
        elif is_other(address):
            said = f"{host_of(address)} has no images of Docker Hub, and Docker asks"
            said += " mirrors for no others"
        if said:
            yield RULE.finding(
                config, f"{address}: {said}", at=mirror.text, subject="docker.io"
            )
