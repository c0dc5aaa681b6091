"""Edits that give a pod or a service account more pull secrets, and take none away."""

import re
from collections.abc import Sequence

from seawall.policy.facts.text import Style
from seawall.policy.facts.workloads import ServiceAccount, Workload
from seawall.policy.fix import Edit

LIST = "imagePullSecrets"

_PLAIN = re.compile(r"[a-z]([a-z0-9.-]*[a-z0-9])?")
_NO_WORDS = {"y", "n", "yes", "no", "on", "off", "true", "false", "null"}
"""What YAML takes for something else than a word."""


def add_secrets(
    holder: Workload | ServiceAccount, names: Sequence[str]
) -> tuple[Edit, ...]:
    """Add names to a list of pull secrets, or put such a list in.

    Args:
        holder: Whose list it is.
        names: The names that it shall have, too; those it has are left alone.

    Returns:
        No edit if there is nothing to add, no place that can be edited safely, or a
        name that nobody can write.
    """
    listed = holder.secrets
    has = set(listed.names) if listed else set()
    more = [name for name in dict.fromkeys(names) if name not in has]
    wanted = [word for word in map(_quote, more) if word is not None]
    if not wanted or len(wanted) < len(more):
        return ()
    if listed and any(not one.name for one in listed.entries):
        return ()
    if listed is None:
        if holder.room is None:
            return ()
        lines = [f"{LIST}:", *(f"  - name: {name}" for name in wanted)]
        at = holder.room.at
        return (Edit(holder.path, at, at, holder.room.lines(*lines)),)
    if listed.end is not None:
        at = listed.end.at
        new = listed.end.lines(*(f"- name: {name}" for name in wanted))
        return (Edit(holder.path, at, at, new),)
    return _add_in_brackets(holder, wanted)


def _quote(name: str) -> str | None:
    """Write a name as YAML; `None` if it is none that anybody means.

    >>> _quote("regcred"), _quote("2024"), _quote("${SECRET}")
    ('regcred', '"2024"', '"${SECRET}"')
    """
    if _PLAIN.fullmatch(name) and name not in _NO_WORDS:
        return name
    if not name or not name.isprintable() or any(sign in name for sign in '"\\'):
        return None
    return f'"{name}"'


def _add_in_brackets(
    holder: Workload | ServiceAccount, names: Sequence[str]
) -> tuple[Edit, ...]:
    listed = holder.secrets
    if listed is None or not listed.flow:
        return ()
    last = listed.entries[-1].name if listed.entries else None
    quoted = last is not None and last.style is Style.DOUBLE
    if quoted or holder.path.lower().endswith(".json"):  # JSON takes nothing else
        words = ", ".join(f'{{"name": "{name}"}}' for name in names)
    else:
        words = ", ".join(f"{{name: {name}}}" for name in names)
    if not listed.entries:
        return (Edit(holder.path, listed.start, listed.stop, f"[{words}]".encode()),)
    at = listed.entries[-1].stop
    return (Edit(holder.path, at, at, f", {words}".encode()),)
