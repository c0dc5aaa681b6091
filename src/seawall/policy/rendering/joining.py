"""What is there already: whose it is, what stays of it, and how it differs."""

import difflib
import json
import re
import tomllib
from typing import Any

import msgspec

from seawall.kit.redact import REDACTED, redact_text
from seawall.policy.rendering.rendered import MADE, File

_MARK = MADE.partition("{")[0]
_CREDENTIALS = re.compile(r"(\.dockerconfigjson\S*\s*).+")
_SHARED = "insecure-registries"
"""What a daemon.json says of registries, be they mirrors or not."""


def is_foreign(wanted: File, text: str) -> bool:
    """Whether a file that is there was made by somebody else.

    A daemon.json belongs to several; a source policy is a file of our own.
    """
    if wanted.path.endswith("daemon.json"):
        return not isinstance(_mean(wanted.path, text), dict)
    if wanted.path.endswith("source-policy.json") or not text.strip():
        return False
    return _MARK not in text


def join(wanted: File, text: str) -> File:
    """Put what is wanted into a file that is there, as far as others have a part in it.

    >>> ours = File("etc/docker/daemon.json", '{"registry-mirrors": ["https://b"]}')
    >>> json.loads(join(ours, '{"debug": true, "registry-mirrors": []}').text)
    {'debug': True, 'registry-mirrors': ['https://b']}
    """
    if not wanted.path.endswith("daemon.json"):
        return wanted
    mine, theirs = json.loads(wanted.text), json.loads(text)
    joined = {**theirs, **mine}
    shared = [*_split_shared(mine, theirs)[1], *mine.get(_SHARED, ())]
    if shared or _SHARED in theirs:
        joined[_SHARED] = shared
    return msgspec.structs.replace(wanted, text=json.dumps(joined, indent=2) + "\n")


def _split_shared(
    mine: dict[str, Any], theirs: dict[str, Any]
) -> tuple[list[Any], ...]:
    """Split the insecure registries that are there: our mirrors, and others' hosts."""
    hosts = {_host(one) for one in mine.get("registry-mirrors", ())}
    there = theirs.get(_SHARED)
    entries = there if isinstance(there, list) else []
    ours = [one for one in entries if _host(one) in hosts]
    return ours, [one for one in entries if _host(one) not in hosts]


def _host(address: object) -> str:
    return str(address).rpartition("://")[2].rstrip("/").lower()


def compare(wanted: File, text: str) -> list[str]:
    """Say in lines how a text differs from what is wanted; nothing, if it means that.

    Comments and spaces are of no account where both are TOML or JSON; keys of a
    daemon.json that are not rendered belong to somebody else; a time that was learnt
    need only be long enough. Credentials are left out.
    """
    mine, theirs = _mean(wanted.path, wanted.text), _mean(wanted.path, text)
    if mine is not None and theirs is not None:
        _allow(wanted, mine, theirs)
        if wanted.path.endswith("daemon.json"):
            theirs = _part(mine, theirs)
        if _spell(mine) == _spell(theirs):
            return []
    elif wanted.text == text:
        return []
    lines = difflib.unified_diff(
        text.splitlines(), wanted.text.splitlines(), "is", "should be", lineterm=""
    )
    return [_CREDENTIALS.sub(rf"\1{REDACTED}", redact_text(line)) for line in lines]


def _allow(wanted: File, mine: dict[str, Any], theirs: dict[str, Any]) -> None:
    """Take a value that will do as well for the one that is rendered."""
    if wanted.loose is None:
        return
    *way, last = wanted.loose.keys
    for key in way:
        below = theirs.get(key)
        if not isinstance(below, dict):
            return
        mine, theirs = mine[key], below
    if last in theirs and wanted.loose.advice.allows(theirs[last]):
        theirs[last] = mine[last]


def _part(mine: dict[str, Any], theirs: dict[str, Any]) -> dict[str, Any]:
    """Take what is to be compared out of a file that several have a part in."""
    part = {key: theirs[key] for key in mine if key in theirs}
    ours, _ = _split_shared(mine, theirs)
    return {**part, _SHARED: ours} if ours or _SHARED in mine else part


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
