"""containerd: a hosts.toml for each registry, and what its CRI plugin is told."""

from collections.abc import Iterator
from typing import Any

from seawall.policy.knowledge.mirrorhosts import HUB_API
from seawall.policy.lookups.mirroring import CRI_PLUGINS, DIAL_TIMEOUT
from seawall.policy.lookups.versioning import is_older, split_version
from seawall.policy.mirrors import Route, Target
from seawall.policy.rendering.advising import CONTAINERD, Advice
from seawall.policy.rendering.rendered import (
    MADE,
    Ask,
    File,
    Loose,
    Rendered,
    find_basic,
    list_hosts,
    write_toml,
)

FOLDER = "etc/containerd/certs.d"
_FIRST, _TIMES, _DIALS, _REFERS, _NEW = "1.5", "1.7", "2.1", "2.2", "2.0"


def render_containerd(ask: Ask) -> Rendered:
    """Render what containerd is told.

    hosts.toml is read again at each pull; what the plugin is told, at a restart.
    """
    if is_older(ask.version, _FIRST):
        said = f"containerd {ask.version} reads no hosts.toml: that begins with 1.5"
        return Rendered((), (said,))
    whole = [route for route in ask.routes if not route.path]
    which = f"containerd {ask.version}" if ask.version else "containerd, any version"
    made = (MADE.format("containerd"), f"For {which}.")
    files = [make_hosts(route, ask, FOLDER, made) for route in whole]
    if not files:
        return Rendered((), tuple(_warn(ask)))
    advice = None if is_older(ask.version, _TIMES) else ask.advise(CONTAINERD)
    files.append(_write_plugin(ask, advice))
    return Rendered(tuple(files), tuple(_warn(ask)), advice)


def make_hosts(route: Route, ask: Ask, folder: str, head: tuple[str, ...]) -> File:
    """Make a registry's hosts.toml, with comments at its head."""
    secret = any(find_basic(ask.auths, target) for target in route.targets)
    # A colon is allowed on Linux alone; this form is looked for first.
    host, _, port = route.registry.partition(":")
    path = f"{folder}/{f'{host}_{port}_' if port else host}/hosts.toml"
    return File(path, write_toml(_tell(route, ask), *head), 0o600 if secret else 0o644)


def _tell(route: Route, ask: Ask) -> dict[str, Any]:
    targets = list(route.targets)
    tree: dict[str, Any] = {}
    if ask.closed:
        # The server is what is tried last: where upstream is not, that is a mirror.
        resolving = [target for target in targets if target.resolves]
        last = (resolving or targets)[-1]
        if len(targets) > 1 or _is_new(ask):
            targets.remove(last)  # else it stands there twice: see `_is_new`
        tree = {"server": _address(last), **_say(last, ask)}
    else:
        own = HUB_API if route.registry == "docker.io" else route.registry
        tree = {"server": f"https://{own}"}
    if targets:
        tree["host"] = {_address(target): _say(target, ask) for target in targets}
    return tree


def _is_new(ask: Ask) -> bool:
    """Whether the version is known to read a hosts.toml without a host.

    1.x passes over the whole file then, and asks upstream ("invalid `host` tree").
    """
    return split_version(ask.version) >= split_version(_NEW)


def _address(target: Target) -> str:
    scheme = "http" if target.mirror.plain else "https"
    path = f"/v2/{target.path}" if target.path else ""
    return f"{scheme}://{target.host}{path}"


def _say(target: Target, ask: Ask) -> dict[str, Any]:
    can = ["pull", "resolve"] if target.resolves else ["pull"]
    if ask.version and not is_older(ask.version, _REFERS):
        can.append("referrers")
    said: dict[str, Any] = {"capabilities": can}
    if target.path:
        said["override_path"] = True
    if target.mirror.ca:
        said["ca"] = target.mirror.ca
    if not is_older(ask.version, _DIALS):
        said["dial_timeout"] = DIAL_TIMEOUT
    if credential := find_basic(ask.auths, target):
        said["header"] = {"Authorization": f"Basic {credential}"}
    return said


def _write_plugin(ask: Ask, advice: Advice | None) -> File:
    new = _is_new(ask)
    timer = {} if advice is None else {advice.key: advice.value}
    plugin = {**timer, "registry": {"config_path": f"/{FOLDER}"}}
    tree = {"version": 3 if new else 2, "plugins": {CRI_PLUGINS[new]: plugin}}
    path = "etc/containerd/conf.d/10-containerd-mirrors.toml"
    note = 'Read if config.toml has: imports = ["/etc/containerd/conf.d/*.toml"]'
    head = [MADE.format("containerd"), note]
    if advice is None:
        return File(path, write_toml(tree, *head))
    keys = ("plugins", CRI_PLUGINS[new], advice.key)
    text = write_toml(tree, *head, *advice.why)
    return File(path, text, loose=Loose(keys, advice))


def _warn(ask: Ask) -> Iterator[str]:
    for route in ask.routes:
        if route.path:
            yield (
                f"containerd has mirrors for whole registries: {route.source} is left"
                " out"
            )
        elif ask.closed and not any(target.resolves for target in route.targets):
            yield (
                f"no mirror of {route.registry} may say what tags mean: only digests"
                " can be pulled"
            )
    if is_older(ask.version, _DIALS):
        yield (
            f"containerd {ask.version} has no dial_timeout: a mirror that does not"
            " answer costs 30 s for each request"
        )
    yield from _warn_of_credentials(ask)


def _warn_of_credentials(ask: Ask) -> Iterator[str]:
    told = {
        target.host
        for route in ask.routes
        for target in route.targets
        if find_basic(ask.auths, target)
    }
    wanted = [host for host in list_hosts(ask.routes, "secret") if host not in told]
    if wanted:
        yield (
            "the kubelet's credentials are looked up by the image's own registry, not"
            f" by the mirror: {', '.join(wanted)} must let nodes read without one, or"
            " say with --auths FILE where it is: hosts.toml gets a header (mode 0600)"
        )
    if told and is_older(ask.version, _DIALS):
        yield (
            f"containerd {ask.version} sends a credential to the mirror itself alone,"
            f" and not to a server of tokens: {', '.join(sorted(told))}"
        )
