"""Edits that give a pod or a service account more pull secrets, and take none away."""

from collections.abc import Sequence

from seawall.policy.facts.text import Style
from seawall.policy.facts.workloads import ServiceAccount, Workload
from seawall.policy.fix import Edit

LIST = "imagePullSecrets"


def add_secrets(
    holder: Workload | ServiceAccount, names: Sequence[str]
) -> tuple[Edit, ...]:
    """Add names to a list of pull secrets, or put such a list in.

    Args:
        holder: Whose list it is.
        names: The names that it shall have, too; those it has are left alone.

    Returns:
        No edit if there is nothing to add, or no place that can be edited safely.
    """
    listed = holder.secrets
    has = set(listed.names) if listed else set()
    wanted = [name for name in dict.fromkeys(names) if name not in has]
    if not wanted or (listed and any(not one.name for one in listed.entries)):
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
