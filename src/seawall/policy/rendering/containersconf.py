"""CRI-O, Podman, Buildah and Skopeo: registries.conf, and how long CRI-O waits."""

from collections.abc import Iterator
from typing import Any

from seawall.policy.lookups.versioning import is_older, split_version
from seawall.policy.mirrors import Route, Target
from seawall.policy.rendering.advising import CRIO
from seawall.policy.rendering.rendered import (
    MADE,
    Ask,
    File,
    Loose,
    Rendered,
    list_hosts,
    write_toml,
)

_TIMES = "1.30"
_TELLABLE = ("1.30.11", "1.31.3")
"""From 1.30 on CRI-O has a watchdog, and from these on it can be told how long."""


def render_crio(ask: Ask) -> Rendered:
    """Render what CRI-O is told; it reads both files again on SIGHUP."""
    common = _render(ask, "crio")
    warnings = list(common.warnings)
    warnings += [
        f"credentials from the kubelet are not sent to mirrors: {host} needs an entry"
        " in the node's auth.json (mode 0600)"
        for host in list_hosts(ask.routes, "secret")
    ]
    if problem := _doubt(ask.version):
        warnings.append(f"CRI-O {ask.version} {problem}")
        return Rendered(common.files, tuple(warnings))
    advice = ask.advise(CRIO)
    tree = {"crio": {"image": {advice.key: advice.value}}}
    text = write_toml(tree, MADE.format("crio"), *advice.why)
    path = "etc/crio/crio.conf.d/10-crio-mirrors.conf"
    file = File(path, text, loose=Loose(("crio", "image", advice.key), advice))
    return Rendered((*common.files, file), tuple(warnings), advice)


def _doubt(version: str) -> str:
    """Say why a version cannot be told how long to wait; empty if it can."""
    if is_older(version, _TIMES):
        return "has no pull_progress_timeout: a mirror that hangs hangs the pull"
    branch = split_version(version)[:2]
    told = next((one for one in _TELLABLE if split_version(one)[:2] == branch), "")
    if told and is_older(version, told):
        return (
            "gives a pull up after 10 s without a byte, and cannot be told otherwise"
            f" before {told}"
        )
    return ""


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
