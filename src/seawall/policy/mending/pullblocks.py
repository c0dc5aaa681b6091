"""Edits that put the lines that emit pull secrets into another template."""

import re
from collections import Counter
from collections.abc import Iterable

from seawall.policy.facts.charts import AccountTemplate, PodTemplate
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


def add_to_account(
    path: str, account: AccountTemplate, siblings: Iterable[AccountTemplate]
) -> tuple[Edit, ...]:
    """Give a service account the lines that most of its siblings have.

    Args:
        path: Its file.
        account: The account.
        siblings: Other accounts of the chart.
    """
    if account.room is None or account.is_shifted or account.helper:
        return ()
    blocks = Counter(
        one.secrets.value
        for one in siblings
        if one.secrets is not None and not (one.is_shifted or one.helper)
        if not _VARIABLE.search(one.secrets.value)
    )
    if not blocks:
        return ()
    lines = blocks.most_common(1)[0][0].splitlines()
    at = account.room.at
    return (Edit(path, at, at, account.room.lines(*lines)),)


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
