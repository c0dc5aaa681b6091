"""Reads the settings file and the environment; a mistake gets a "did you mean"."""

import difflib
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from seawall.errors import SettingsError
from seawall.settings.keys import File
from seawall.settings.known import KNOWN

PREFIX = "SEAWALL__"
_FILE_BYTES = 1024 * 1024
_UNKNOWN = re.compile(r"unknown field `(?P<key>[^`]*)`(?: - at `\$(?P<at>.*)`)?")
_NAMED = re.compile(r"(?:policy\.)?\w+\[\.\.\.\](?:\[\d+\])?")
"""A place right below a name that somebody chose: there, TOML cuts one at its dots."""


def read_settings(
    path: Path | None, *, environment: Mapping[str, str] | None = None
) -> File:
    """Read the file, if one is given, and then what the environment overrides.

    Args:
        path: A TOML file; `None` for the defaults.
        environment: Variables such as `SEAWALL__REGISTRIES__DOCKER_IO__FRESH_S=60`.

    Raises:
        SettingsError: It cannot be read, or says something that makes no sense.
    """
    where = str(path) if path else "the environment"
    tree = read_toml(path) if path else {}
    for _, table in _named_tables(tree.get("registries")):
        _spread_sources(table)
    for _, table in _named_tables(tree.get("archives")):
        _spread_mirrors(table)
    if tree.get("known_registries", True) is not False:
        _add_known(tree)
    variables = os.environ if environment is None else environment
    for name in sorted(variables):
        if name.startswith(PREFIX):
            _override(tree, name, variables[name])
    for name, table in _named_tables(tree.get("registries")):
        table.setdefault("sources", [{"url": f"https://{name}"}])
        if isinstance(table.get("credentials"), dict):
            table["credentials"] = [table["credentials"]]  # most have one account
    try:
        return msgspec.convert(tree, File)
    except msgspec.ValidationError as exc:
        raise explain(exc, where) from exc


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file as it is.

    Raises:
        SettingsError: It cannot be read, is too large, or is not TOML.
    """
    try:
        with path.open("rb") as file:
            text = file.read(_FILE_BYTES + 1)
    except OSError as exc:
        raise SettingsError(f"cannot read {path}: {exc.strerror}") from exc
    if len(text) > _FILE_BYTES:
        raise SettingsError(f"{path} is larger than 1 MiB: is it a settings file?")
    try:
        return tomllib.loads(text.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as exc:
        raise SettingsError(f"{path} is not TOML: {exc}") from exc


def _named_tables(value: object) -> list[tuple[str, dict[str, Any]]]:
    if not isinstance(value, dict):
        return []
    return [(name, table) for name, table in value.items() if isinstance(table, dict)]


def _spread_sources(table: dict[str, Any]) -> None:
    """Let a plain string be a source."""
    sources = table.get("sources")
    if isinstance(sources, list):
        table["sources"] = [
            {"url": source} if isinstance(source, str) else source for source in sources
        ]


def _spread_mirrors(table: dict[str, Any]) -> None:
    """Let a plain string be a list of one: most archives have one mirror."""
    for key in ("mirrors", "aliases", "keyring", "keys", "signers"):
        if isinstance(table.get(key), str):
            table[key] = [table[key]]


def _add_known(tree: dict[str, Any]) -> None:
    """Put the built-in registries under those of the file, key by key."""
    own = tree.get("registries", {})
    if not isinstance(own, dict):
        return
    chosen = any(table.get("default") is True for _, table in _named_tables(own))
    merged: dict[str, Any] = {}
    for name, table in KNOWN.items():
        merged[name] = dict(table)
        if chosen:
            merged[name].pop("default", None)
    for name, table in own.items():
        merged[name] = (
            {**merged.get(name, {}), **table} if isinstance(table, dict) else table
        )
    tree["registries"] = merged


def _override(tree: dict[str, Any], name: str, text: str) -> None:
    """Set one key from one variable; table names match in any spelling.

    `__` separates tables, and a registry is written with `_` for what a variable's
    name cannot have.
    """
    parts = name.removeprefix(PREFIX).split("__")
    table = tree
    for part in parts[:-1]:
        key = _find_key(table, part)
        inner = table.setdefault(key, {})
        if not isinstance(inner, dict):
            raise SettingsError(f"{name}: {key} is not a table")
        inner = table[key] = dict(inner)
        table = inner
    table[_find_key(table, parts[-1])] = _read_value(text)


def _find_key(table: Mapping[str, Any], part: str) -> str:
    for key in table:
        if _spell(key) == part.upper():
            return key
    return part.lower()


def _spell(key: str) -> str:
    return re.sub(r"[^A-Za-z0-9]", "_", key).upper()


def _read_value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def explain(
    error: msgspec.ValidationError, where: str, shape: Any = File
) -> SettingsError:
    """Say what is wrong in a file, and of an unknown key, which one may be meant.

    Args:
        error: What was found.
        where: The file, or the part of it.
        shape: The shape that it should have.
    """
    text = str(error)
    match = _UNKNOWN.search(text)
    if match is None:
        return SettingsError(f"{where}: {text.replace('`$', '`').replace('`.', '`')}")
    at = (match["at"] or "").lstrip(".")
    key = match["key"]
    likely = difflib.get_close_matches(key, _known_keys(at, shape), n=1)
    hint = f"; did you mean {likely[0]!r}?" if likely else ""
    if not likely and _NAMED.fullmatch(at):
        hint = '; a name with dots is quoted, such as "docker.io"'
    place = f" in [{at}]" if at else ""
    return SettingsError(f"{where}: unknown key {key!r}{place}{hint}")


def _known_keys(at: str, shape: Any) -> list[str]:
    """List the keys that may stand at a place such as ``registries[...].patience``."""
    kind: Any = msgspec.inspect.type_info(shape)
    for part in re.findall(r"[a-z_]+|\[\.*[0-9]*\.*\]", at):
        if isinstance(kind, msgspec.inspect.StructType):
            found = [f.type for f in kind.fields if f.encode_name == part]
            if not found:
                return []
            kind = found[0]
        elif isinstance(kind, msgspec.inspect.DictType):
            kind = kind.value_type
        else:
            kind = getattr(kind, "item_type", None)
    if isinstance(kind, msgspec.inspect.DictType):
        return []
    return [f.encode_name for f in getattr(kind, "fields", ())]
