"""Every client that can be rendered for, and how what is there differs from it."""

import difflib
import json
import tomllib
from collections.abc import Callable
from typing import Any

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


def compare(wanted: File, text: str) -> list[str]:
    """Say in lines how a text differs from what is wanted; nothing, if it means that.

    Comments and spaces are of no account where both are TOML or JSON; keys of a
    daemon.json that are not rendered belong to somebody else.
    """
    mine, theirs = _mean(wanted.path, wanted.text), _mean(wanted.path, text)
    if mine is not None and isinstance(theirs, dict):
        if wanted.path.endswith("daemon.json"):
            theirs = {key: theirs[key] for key in mine if key in theirs}
        if _spell(mine) == _spell(theirs):
            return []
    elif wanted.text == text:
        return []
    return list(
        difflib.unified_diff(
            text.splitlines(), wanted.text.splitlines(), "is", "should be", lineterm=""
        )
    )


def _spell(tree: dict[str, Any]) -> str:
    """Spell a tree so that two of them are equal if they mean the same.

    The order of hosts counts: they are tried as they stand in the file.
    """
    order = list(tree.get("host") or ())
    return json.dumps([order, tree], sort_keys=True, default=str)


def _mean(path: str, text: str) -> dict[str, Any] | None:
    try:
        if path.endswith(".json"):
            tree = json.loads(text)
        elif path.endswith((".toml", ".conf")):
            tree = tomllib.loads(text)
        else:
            return None
    except ValueError:
        return None
    return tree if isinstance(tree, dict) else None
