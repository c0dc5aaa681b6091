"""Writes the effective settings as TOML, each key with the line that explains it."""

import inspect
import re
from collections.abc import Iterator
from typing import Any

import msgspec
import tomli_w

from seawall.kit.redact import redact_url
from seawall.settings.keys import ArchiveTable, File, RegistryTable, Table

_ATTRIBUTE = re.compile(r"^(\w+): (.*)$")


def print_settings(file: File) -> str:
    """Write all settings in force; what might be a secret is taken out.

    Secrets never stand in the file: it names variables, not their values. A URL that
    carries one all the same is shown without it.
    """
    tree = _plain(msgspec.to_builtins(file))
    named = {
        "registries": (tree.pop("registries", {}), RegistryTable()),
        "archives": (tree.pop("archives", {}), ArchiveTable()),
    }
    policy = tree.pop("policy", {})
    lines = list(_write_table(File, {k: v for k, v in tree.items() if not _table(v)}))
    for name in [key for key, value in tree.items() if _table(value)]:
        kind = type(getattr(file, name))
        lines += ["", f"[{name}]", *_write_table(kind, tree[name])]
    for key, (tables, usual) in named.items():
        for name in sorted(tables):
            table = {key: {name: _changed(tables[name], usual)}}
            lines += ["", *tomli_w.dumps(table).splitlines()]
    if policy:
        lines += ["", *tomli_w.dumps({"policy": policy}).splitlines()]
    return "\n".join(lines) + "\n"


def explain_keys(kind: type) -> dict[str, str]:
    """Read each key's line from the docstring of its table.

    >>> explain_keys(RegistryTable)["keep_deleted"]
    "Answer a tag's last content although the origin says 404."
    """
    _, _, listed = inspect.cleandoc(kind.__doc__ or "").partition("Attributes:\n")
    found: dict[str, str] = {}
    key = ""
    for line in inspect.cleandoc("\n" + listed).splitlines():
        match = _ATTRIBUTE.match(line)
        if match:
            key, found[match[1]] = match[1], match[2]
        elif key:
            found[key] += " " + line.strip()
    return found


def _write_table(kind: type, table: dict[str, Any]) -> Iterator[str]:
    words = explain_keys(kind)
    for key, value in table.items():
        yield f"# {words.get(key, '')}".rstrip()
        yield tomli_w.dumps({key: value}).strip()


def _changed(table: dict[str, Any], usual: Table) -> dict[str, Any]:
    """Keep what differs from the defaults; the rest would hide it."""
    plain = _plain(msgspec.to_builtins(usual))
    return {k: v for k, v in table.items() if v != plain.get(k)}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items() if v is not None}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, str) and "://" in value:
        return redact_url(value)
    return value


def _table(value: object) -> bool:
    return isinstance(value, dict)
