"""Docker Engine: daemon.json's mirrors of Docker Hub, and hosts.toml from 28 on."""

from collections.abc import Iterator

import msgspec

from seawall.oci.reference import DOCKER_HUB
from seawall.policy.knowledge.mirrorhosts import is_other
from seawall.policy.lookups.versioning import is_older
from seawall.policy.mirrors import Route, Target
from seawall.policy.rendering.advising import CRI_DOCKERD
from seawall.policy.rendering.certsd import make_hosts
from seawall.policy.rendering.rendered import (
    MADE,
    Ask,
    File,
    Rendered,
    list_hosts,
    write_json,
)

FOLDER = "etc/docker/certs.d"
_STORES = "28"
"""From then on the containerd image store reads a hosts.toml for any registry.

moby 8b4cb6f58c, daemon/hosts.go: with more than one host in it, `registry-mirrors` do
not count for that store; without that store, they alone do.
"""
_STORE = "the containerd image store (`docker info`: io.containerd.snapshotter.v1)"


def render_docker(ask: Ask) -> Rendered:
    """Render what Docker's daemon is told.

    It reads daemon.json again on SIGHUP, and a hosts.toml at each pull.
    """
    usable = [
        target
        for route in ask.routes
        if _is_hub(route)
        for target in route.targets
        if not target.path and not is_other(target.host)
    ]
    files = [_write(usable)] if usable else []
    if _has_stores(ask):
        made = (MADE.format("docker"), "For Docker 28 and later.")
        # Its own versions are not containerd's: what any of those reads.
        told = msgspec.structs.replace(ask, version="")
        whole = [route for route in ask.routes if not route.path]
        files += [make_hosts(route, told, FOLDER, made) for route in whole]
    if not files:
        return Rendered((), tuple(_warn(ask, usable)))
    advice = ask.advise(CRI_DOCKERD)
    warnings = list(_warn(ask, usable))
    if advice.seconds > CRI_DOCKERD.least_s:
        warnings.append(
            "Docker itself waits for ever for a silent mirror; cri-dockerd, where the"
            f" kubelet pulls by it, a minute: start it with {advice.key}={advice.value}"
        )
    return Rendered(tuple(files), tuple(warnings), advice)


def _has_stores(ask: Ask) -> bool:
    return bool(ask.version) and not is_older(ask.version, _STORES)


def _write(usable: list[Target]) -> File:
    said = {"registry-mirrors": [_address(target) for target in usable]}
    plain = [_address(target) for target in usable if target.mirror.plain]
    # `docker build` of 20.10 asks a plain mirror for TLS, in vain, unless it stands
    # here, with its scheme; `docker pull` takes the scheme of the mirror.
    if plain:
        said["insecure-registries"] = plain
    return File("etc/docker/daemon.json", write_json(said))


def _is_hub(route: Route) -> bool:
    return route.registry == DOCKER_HUB and not route.path


def _address(target: Target) -> str:
    return f"{'http' if target.mirror.plain else 'https'}://{target.host}"


def _warn(ask: Ask, usable: list[Target]) -> Iterator[str]:
    doubts = list(_doubt_all(ask, usable))
    if _has_stores(ask):
        yield f"hosts.toml counts with {_STORE}; without it, what follows holds"
    yield from doubts
    if not ask.version and any("left out" in one for one in doubts):
        yield (
            "Docker 28 and later has mirrors of any registry, and paths: say --for 28"
        )


def _doubt_all(ask: Ask, usable: list[Target]) -> Iterator[str]:
    for route in ask.routes:
        if _is_hub(route):
            yield from filter(None, map(_doubt, route.targets))
        else:
            yield f"Docker has mirrors of Docker Hub alone: {route.source} is left out"
    if not usable:
        return
    yield "daemon.json may have other keys: --output keeps them"
    if ask.closed:
        yield "Docker always goes on to Docker Hub when its mirrors fail"
    hosts = [target.host for target in usable]
    for host in set(hosts).intersection(list_hosts(ask.routes, "ca")):
        yield f"put the certificate of {host} at /etc/docker/certs.d/{host}/ca.crt"
    for host in set(hosts).intersection(list_hosts(ask.routes, "secret")):
        yield f"Docker sends no credential to a mirror: {host} must let it read"


def _doubt(target: Target) -> str:
    """Say why a mirror is left out, or what it is trusted with."""
    if target.path:
        return f"Docker's mirrors have no path: {target.place} is left out"
    if is_other(target.host):
        return f"{target.host} has no images of Docker Hub: it is left out"
    if not target.resolves:
        return f"Docker asks its mirrors for tags, too: {target.host} is trusted"
    return ""
