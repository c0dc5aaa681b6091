"""BuildKit: the mirrors of buildkitd.toml, and a policy that rewrites sources."""

from collections.abc import Iterator
from typing import Any

from seawall.policy.mirrors import Route
from seawall.policy.rendering.rendered import (
    MADE,
    Ask,
    File,
    Rendered,
    list_hosts,
    write_json,
    write_toml,
)

_SCHEME = "docker-image://"


def render_buildkit(ask: Ask) -> Rendered:
    """Render what buildkitd is told, and what a build can be told instead.

    The daemon reads its file at its start; the policy goes with one build
    (`buildctl build --source-policy-file`).
    """
    if not ask.routes:
        return Rendered((), ())
    files = []
    registries = _say(ask)
    if registries:
        text = write_toml({"registry": registries}, MADE.format("buildkit"))
        files.append(File("etc/buildkit/buildkitd.toml", text))
    rules = [_convert(route) for route in _by_length(ask) if _first(route)]
    if rules:
        text = write_json({"rules": rules})
        files.append(File("etc/buildkit/source-policy.json", text))
    return Rendered(tuple(files), tuple(_warn(ask)))


def _say(ask: Ask) -> dict[str, dict[str, Any]]:
    said: dict[str, dict[str, Any]] = {}
    whole = [route for route in ask.routes if not route.path]
    for route in whole:
        places = [target.place for target in route.targets]
        said.setdefault(route.registry, {})["mirrors"] = places
    for route in whole:
        for target in route.targets:
            own = said.setdefault(target.host, {})
            if target.mirror.plain:
                own["http"] = True
            elif target.mirror.ca:
                own["ca"] = [target.mirror.ca]
    return {name: keys for name, keys in said.items() if keys}


def _by_length(ask: Ask) -> list[Route]:
    """Put parts of a registry before all of it: what the first one rewrote is done.

    A rewritten name is looked at again, and fits no rule then: it is a mirror's.
    """
    return sorted(ask.routes, key=lambda route: -len(route.source))


def _first(route: Route) -> str:
    return next((target.place for target in route.targets if target.resolves), "")


def _convert(route: Route) -> dict[str, Any]:
    return {
        "action": "CONVERT",
        "selector": {
            "identifier": f"{_SCHEME}{route.source}/*",
            "matchType": "WILDCARD",
        },
        "updates": {"identifier": f"{_SCHEME}{_first(route)}/${{1}}"},
    }


def _warn(ask: Ask) -> Iterator[str]:
    for route in ask.routes:
        if route.path:
            yield (
                "buildkitd.toml has mirrors for whole registries: there"
                f" {route.source} is left out"
            )
        for target in route.targets:
            if not target.resolves and not route.path:
                yield f"BuildKit asks mirrors for tags, too: {target.host} is trusted"
    if ask.closed:
        yield (
            "buildkitd.toml always goes on to upstream; the source policy does not: it"
            " names one mirror"
        )
    yield (
        "BuildKit has no bounds: a mirror that is gone costs 30 s for each request, one"
        " that hangs is waited for until it ends"
    )
    for host in list_hosts(ask.routes, "secret"):
        yield f"the client's config.json needs a credential for {host}: `docker login`"
