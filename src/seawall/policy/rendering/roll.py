"""Every client that can be rendered for, and which of its files a path means."""

from collections.abc import Callable

import msgspec

from seawall.policy.rendering.buildkitfiles import render_buildkit
from seawall.policy.rendering.certsd import render_containerd
from seawall.policy.rendering.containersconf import render_crio, render_podman
from seawall.policy.rendering.enginejson import render_docker
from seawall.policy.rendering.pullobjects import render_kubernetes
from seawall.policy.rendering.rendered import Ask, File, Rendered

CLIENTS: dict[str, Callable[[Ask], Rendered]] = {
    "containerd": render_containerd,
    "crio": render_crio,
    "podman": render_podman,
    "docker": render_docker,
    "buildkit": render_buildkit,
    "kubernetes": render_kubernetes,
}


_OPEN = (
    "registries that [policy.mirrors] does not name are asked themselves: `airgap`"
    " closes those alone that it names"
)


def render(client: str, ask: Ask) -> Rendered:
    """Render what a client is told, with what none of them can be told."""
    rendered = CLIENTS[client](ask)
    if not ask.closed or not rendered.files or client == "kubernetes":
        return rendered
    return msgspec.structs.replace(rendered, warnings=(*rendered.warnings, _OPEN))


def find_file(rendered: Rendered, path: str) -> File | None:
    """Find what a file of some path should be: the longest common end counts.

    >>> files = (File("a/docker.io/hosts.toml", ""), File("a/quay.io/hosts.toml", ""))
    >>> find_file(Rendered(files), "/etc/x/quay.io/hosts.toml").path
    'a/quay.io/hosts.toml'
    """
    best = max(rendered.files, key=lambda one: _common(one.path, path), default=None)
    if best is not None and not _common(best.path, path) and len(rendered.files) > 1:
        return None
    return best


def _common(one: str, other: str) -> int:
    """Count the parts at the end that two paths share."""
    count = 0
    for mine, yours in zip(
        reversed(one.split("/")), reversed(other.split("/")), strict=False
    ):
        if mine != yours:
            break
        count += 1
    return count
