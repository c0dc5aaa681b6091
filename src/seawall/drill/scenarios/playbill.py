"""Every scenario by its name, in the order in which tables show them."""

from collections.abc import Sequence

from seawall.drill.scenarios.repertoire import (
    breaks,
    changes,
    delays,
    lies,
    pairs,
    refusals,
)
from seawall.drill.scenarios.scenario import Scenario
from seawall.errors import InputError

GROUPS: dict[str, Sequence[Scenario]] = {
    "nothing": changes.CALM,
    "limits": refusals.LIMITS,
    "failures": refusals.FAILURES,
    "tokens": refusals.TOKENS,
    "hangs": delays.HANGS,
    "stalls": delays.STALLS,
    "slowness": delays.SLOWNESS,
    "breaks": breaks.BREAKS,
    "ranges": breaks.RANGES,
    "lies": lies.LIES,
    "tags": changes.TAGS,
    "outages": changes.OUTAGES,
    "pairs": pairs.PAIRS,
    "target": changes.TARGET,
    "networks": pairs.NETWORKS,
}
SCENARIOS = tuple(one for group in GROUPS.values() for one in group)
FAST_CUT = (
    *("calm", "limit-hub-spent", "limit-retry-after-seconds", "limit-quay"),
    *("5xx-burst", "token-server-down", "token-over-in-mid-blob", "hang-blob-once"),
    *("stall-once", "stall-each-2-mib", "trickle-once", "reset-each-2-mib"),
    *("early-end-once", "no-range", "redirect-expires", "wrong-byte-once"),
    *("wrong-byte-mirror", "wrong-manifest-once", "tag-moved", "tag-gone"),
    *("gone-after-warm-up", "gone-in-mid-blob", "mirror-hangs", "origin-dead"),
    *("killed-in-mid-blob", "gone-at-start-up"),
)
"""What continuous integration plays of it: each kind of trouble, and quickly."""


def choose(words: Sequence[str]) -> list[Scenario]:
    """Choose scenarios by name, by group, or by a part of a name; all without a word.

    Raises:
        InputError: A word means none of them.
    """
    if not words:
        return list(SCENARIOS)
    chosen: dict[str, Scenario] = {}
    for word in words:
        found = [one for one in SCENARIOS if one.name == word]
        found = found or list(GROUPS.get(word, ()))
        found = found or [one for one in SCENARIOS if word in one.name]
        if not found:
            raise InputError(
                f"no scenario is called {word!r}; `seawall drill --list` shows them"
            )
        chosen |= {one.name: one for one in found}
    return [one for one in SCENARIOS if one.name in chosen]
