"""Docker Engine: the mirrors of daemon.json, which are for Docker Hub alone."""

from collections.abc import Iterator

from seawall.oci.reference import DOCKER_HUB
from seawall.policy.knowledge.mirrorhosts import is_other
from seawall.policy.mirrors import Route, Target
from seawall.policy.rendering.rendered import (
    Ask,
    File,
    Rendered,
    list_hosts,
    write_json,
)


def render_docker(ask: Ask) -> Rendered:
    """Render what Docker's daemon is told; it reads mirrors again on SIGHUP."""
    usable = [
        target
        for route in ask.routes
        if _is_hub(route)
        for target in route.targets
        if not target.path and not is_other(target.host)
    ]
    warnings = tuple(_warn(ask, usable))
    if not usable:
        return Rendered((), warnings)
    said = {"registry-mirrors": [_address(target) for target in usable]}
    plain = [_address(target) for target in usable if target.mirror.plain]
    # `docker build` of 20.10 asks a plain mirror for TLS, in vain, unless it stands
    # here, with its scheme; `docker pull` takes the scheme of the mirror.
    if plain:
        said["insecure-registries"] = plain
    text = write_json(said)
    return Rendered((File("etc/docker/daemon.json", text),), warnings)


def _is_hub(route: Route) -> bool:
    return route.registry == DOCKER_HUB and not route.path


def _address(target: Target) -> str:
    return f"{'http' if target.mirror.plain else 'https'}://{target.host}"


def _warn(ask: Ask, usable: list[Target]) -> Iterator[str]:
    for route in ask.routes:
        if _is_hub(route):
            yield from filter(None, map(_doubt, route.targets))
        else:
            yield f"Docker has mirrors of Docker Hub alone: {route.source} is left out"
    if not usable:
        return
    yield "daemon.json may have other keys: join this with yours"
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
