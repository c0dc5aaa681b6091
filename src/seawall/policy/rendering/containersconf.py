"""CRI-O, Podman, Buildah and Skopeo: registries.conf, and how long CRI-O waits."""

from collections.abc import Iterator
from typing import Any

from seawall.policy.lookups.versioning import is_older
from seawall.policy.mirrors import Route, Target
from seawall.policy.rendering.rendered import (
    MADE,
    Ask,
    File,
    Rendered,
    list_hosts,
    write_toml,
)

_PROGRESS = "1m0s"
_KNOWS_PROGRESS = "1.30.11"


def render_crio(ask: Ask) -> Rendered:
    """Render what CRI-O is told; it reads both files again on SIGHUP."""
    common = _render(ask, "crio")
    warnings = list(common.warnings)
    warnings += [
        f"credentials from the kubelet are not sent to mirrors: {host} needs an entry"
        " in the node's auth.json (mode 0600)"
        for host in list_hosts(ask.routes, "secret")
    ]
    files = list(common.files)
    if is_older(ask.version, _KNOWS_PROGRESS):
        warnings.append(
            f"CRI-O {ask.version} has no pull_progress_timeout: a mirror that hangs"
            " hangs the pull"
        )
    else:
        tree = {"crio": {"image": {"pull_progress_timeout": _PROGRESS}}}
        text = write_toml(tree, MADE.format("crio"))
        files.append(File("etc/crio/crio.conf.d/10-crio-mirrors.conf", text))
    return Rendered(tuple(files), tuple(warnings))


def render_podman(ask: Ask) -> Rendered:
    """Render what Podman, Buildah and Skopeo are told; each run reads it."""
    common = _render(ask, "podman")
    more = [
        f"{host} needs an entry in auth.json of whoever pulls: `podman login {host}`"
        for host in list_hosts(ask.routes, "secret")
    ]
    return Rendered(common.files, (*common.warnings, *more))


def _render(ask: Ask, client: str) -> Rendered:
    registries = [_say(route, closed=ask.closed) for route in ask.routes]
    warnings = tuple(_warn(ask))
    if not registries:
        return Rendered((), warnings)
    text = write_toml({"registry": registries}, MADE.format(client))
    path = "etc/containers/registries.conf.d/010-mirrors.conf"
    return Rendered((File(path, text),), warnings)


def _say(route: Route, *, closed: bool) -> dict[str, Any]:
    said: dict[str, Any] = {"prefix": route.source, "location": route.source}
    if closed:
        said["blocked"] = True  # forbids this place, and not its mirrors
    return {**said, "mirror": [_say_mirror(target) for target in route.targets]}


def _say_mirror(target: Target) -> dict[str, Any]:
    said: dict[str, Any] = {"location": target.place}
    if target.mirror.plain:
        said["insecure"] = True
    if not target.resolves:
        said["pull-from-mirror"] = "digest-only"
    return said


def _warn(ask: Ask) -> Iterator[str]:
    if ask.routes:
        yield (
            "registries.conf has no bounds: a mirror that is gone costs minutes, one"
            " that says 429 five times what it asks for (Seawall's mirror_listen never"
            " does), and one that hangs is waited for until it ends"
        )
    for host in list_hosts(ask.routes, "ca"):
        yield (
            f"registries.conf names no certificates: put that of {host} at"
            f" /etc/containers/certs.d/{host}/ca.crt"
        )
