"""What is rendered: files, and what a client cannot be told."""

import base64
import json
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
import tomli_w

from seawall.policy.mirrors import Route, Target
from seawall.policy.rendering.advising import Advice, Learnt, Timer, advise

MADE = "Made by `seawall render {}` from [policy.mirrors]; change it there."


class Ask(msgspec.Struct, frozen=True):
    """What is to be rendered.

    Attributes:
        routes: The rewrite map.
        version: The client's; empty: any that is in use.
        closed: Whether upstream is out of reach: the profile `airgap`.
        namespace: For objects of Kubernetes.
        auths: Credentials by host, as Docker's config.json has them.
        learnt: What Seawall has learnt of waits.
        told_s: By the client's own word for it, the time after which settings say that
            it gives a pull up.
    """

    routes: tuple[Route, ...]
    version: str = ""
    closed: bool = False
    namespace: str = ""
    auths: dict[str, Any] = {}
    learnt: Learnt = Learnt()
    told_s: Mapping[str, float] = {}

    def advise(self, timer: Timer) -> Advice:
        """Choose how long a client should wait for progress."""
        told_s = self.told_s.get(timer.key, 0.0)
        return advise(timer, self.routes, self.learnt, told_s)


class Loose(msgspec.Struct, frozen=True):
    """A key of a file whose value need not be the one that is rendered.

    Attributes:
        keys: The way to it, from the file's root.
        advice: Which values will do.
    """

    keys: tuple[str, ...]
    advice: Advice


class File(msgspec.Struct, frozen=True):
    """A file for a client.

    Attributes:
        path: Where it belongs, without the leading slash.
        text: What it says.
        mode: Its rights: 0600 where it holds a credential.
        loose: What need not be as it is rendered.
    """

    path: str
    text: str
    mode: int = 0o644
    loose: Loose | None = None


class Rendered(msgspec.Struct, frozen=True):
    """What came of it.

    Attributes:
        files: The files; none, if there is nothing that the client can be told.
        warnings: What it cannot be told, and what somebody must do beside.
        watchdog: How long the client should wait for progress, if it has such a time.
    """

    files: tuple[File, ...]
    warnings: tuple[str, ...] = ()
    watchdog: Advice | None = None


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
