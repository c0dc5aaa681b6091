"""Mistakes in what is chosen for a check, which make it other than somebody means."""

import difflib
from collections.abc import Collection, Iterable, Iterator
from datetime import date

from seawall.policy.accepting.remarks import Remark
from seawall.policy.options import PolicyOptions


def find_mistakes(
    options: PolicyOptions, known: Collection[str], today: date
) -> Iterator[str]:
    """Say what of the settings does not do what it says.

    Args:
        options: What was chosen.
        known: The ids of all rules.
        today: The day on which it is asked.
    """
    said = [*options.severities, *(r for one in options.exceptions for r in one.rules)]
    for rule in dict.fromkeys(said):
        if not is_known(rule, known):
            yield f"settings: {name_unknown(rule, known)}"
    for one in options.exceptions:
        if one.expires is not None and one.expires < today:
            rules = ", ".join(one.rules)
            yield f"settings: the exception of {rules} ended on {one.expires}"
    for mirror in options.mirrors:
        for other in options.mirrors:
            if f"{mirror.target}/".startswith(f"{other.source}/"):
                yield (
                    f"settings: the mirror of {mirror.source} is on {other.source},"
                    f" which has {other.target} for one: clients do not go on from one"
                    " mirror to another one's"
                )


def find_unknown(remarks: Iterable[Remark], known: Collection[str]) -> Iterator[str]:
    """Say which remarks in a file name rules that there are not."""
    for remark in remarks:
        for rule in remark.rules:
            if not is_known(rule, known):
                yield f"line {remark.line}: {name_unknown(rule, known)}"


def is_known(rule: str, known: Collection[str]) -> bool:
    """Whether it is a rule, a family of rules, or all."""
    return rule == "*" or any(rule in (one, one.rstrip("0123456789")) for one in known)


def name_unknown(rule: str, known: Collection[str]) -> str:
    """Say that there is no such rule, and which one may be meant."""
    likely = difflib.get_close_matches(rule, known, n=1, cutoff=0.7)
    family = rule.rstrip("0123456789")
    full = family + rule.removeprefix(family).zfill(3)
    likely = [full] if full in known else likely  # IMG2 is IMG002, not IMG012
    return f"there is no rule {rule}" + (f"; is it {likely[0]}?" if likely else "")
