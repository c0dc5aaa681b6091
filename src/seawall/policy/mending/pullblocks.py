"""Edits that put the lines that emit pull secrets into another template."""

import re
from collections import Counter
from collections.abc import Iterable

from seawall.policy.facts.charts import PodTemplate
from seawall.policy.fix import Edit

_INDENT = re.compile(r"\b(n?indent)(\s+)(\d+)")
_VARIABLE = re.compile(r"\$\w")


def add_block(pod: PodTemplate, siblings: Iterable[PodTemplate]) -> tuple[Edit, ...]:
    """Give a pod the lines that most of its siblings have, as far in as its keys are.

    Only lines that mean the same in both places are taken: of pods that stand outside
    of helpers and loops, without variables of their own.

    Returns:
        No edit if there are no such lines, or no place for them.
    """
    if pod.room is None or pod.is_shifted or pod.helper:
        return ()
    blocks = Counter(
        _move(one, pod.column)
        for one in siblings
        if one.secrets is not None and _is_plain(one)
    )
    if not blocks:
        return ()
    lines = blocks.most_common(1)[0][0].split("\n")
    at = pod.room.at
    return (Edit(pod.path, at, at, pod.room.lines(*lines)),)


def _is_plain(pod: PodTemplate) -> bool:
    if pod.secrets is None or pod.is_shifted or pod.helper:
        return False
    return not _VARIABLE.search(pod.secrets.value)


def _move(pod: PodTemplate, column: int) -> str:
    """Write the lines of a pod as they have to be in another column."""
    by = column - pod.column
    text = pod.secrets.value if pod.secrets else ""
    moved = []
    for raw in text.splitlines():
        bare = raw.lstrip(" ")
        indent = len(raw) - len(bare)
        if indent >= pod.column:
            indent = max(0, indent + by)
        said = _INDENT.sub(lambda m: f"{m[1]}{m[2]}{max(0, int(m[3]) + by)}", bare)
        moved.append(" " * indent + said if bare else "")
    return "\n".join(moved)
