"""What is rendered: files, and what a client cannot be told."""

import base64
import json
from collections.abc import Iterable
from typing import Any

import msgspec
import tomli_w

from seawall.policy.mirrors import Route, Target

MADE = "Made by `seawall render {}` from [policy.mirrors]; change it there."


class Ask(msgspec.Struct, frozen=True):
    """What is to be rendered.

    Attributes:
        routes: The rewrite map.
        version: The client's; empty: any that is in use.
        closed: Whether upstream is out of reach: the profile `airgap`.
        namespace: For objects of Kubernetes.
        auths: Credentials by host, as Docker's config.json has them.
    """

    routes: tuple[Route, ...]
    version: str = ""
    closed: bool = False
    namespace: str = ""
    auths: dict[str, Any] = {}


class File(msgspec.Struct, frozen=True):
    """A file for a client.

    Attributes:
        path: Where it belongs, without the leading slash.
        text: What it says.
        mode: Its rights: 0600 where it holds a credential.
    """

    path: str
    text: str
    mode: int = 0o644


class Rendered(msgspec.Struct, frozen=True):
    """What came of it.

    Attributes:
        files: The files; none, if there is nothing that the client can be told.
        warnings: What it cannot be told, and what somebody must do beside.
    """

    files: tuple[File, ...]
    warnings: tuple[str, ...] = ()


def write_toml(tree: dict[str, Any], *comments: str) -> str:
    """Write a file of TOML with comments at its head."""
    head = "".join(f"# {line}\n" for line in comments)
    return f"{head}\n{tomli_w.dumps(tree)}"


def write_json(tree: dict[str, Any]) -> str:
    """Write a file of JSON, which has no comments."""
    return json.dumps(tree, indent=2) + "\n"


def find_basic(auths: dict[str, Any], target: Target) -> str:
    """Find the credential of a mirror, as HTTP's basic scheme has it.

    That of its path counts before that of its host, as with Podman; a token that is
    kept instead of a password is none.
    """
    for place in (target.place, target.host):
        entry = auths.get(place)
        if not target.mirror.secret or not isinstance(entry, dict):
            continue
        if isinstance(entry.get("auth"), str) and entry["auth"]:
            return str(entry["auth"])
        name, password = entry.get("username"), entry.get("password")
        if isinstance(name, str) and isinstance(password, str):
            return base64.b64encode(f"{name}:{password}".encode()).decode()
    return ""


def list_hosts(routes: Iterable[Route], key: str) -> list[str]:
    """List the hosts of mirrors of which settings say something, each once."""
    found = {
        target.host: None
        for route in routes
        for target in route.targets
        if getattr(target.mirror, key)
    }
    return list(found)
