"""The phases of a request that are waited for, and what is believed of each beforehand.

Where a figure is not that of the first design, ADR 12 has the evidence.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Phase(StrEnum):
    """What is awaited; one observation is one such wait that ended well."""

    CONNECT = "connect"
    """TCP and TLS."""
    TOKEN = "token"  # noqa: S105  the name of a phase
    """A token asked for, until it is there."""
    MANIFEST = "manifest"
    """A question about a name or manifest, until its headers are there."""
    FIRST_BYTE = "first_byte"
    """A content asked for, redirects included, until its first byte is there."""
    GAP = "gap"
    """The longest wait for a read within one segment of a body."""


@dataclass(frozen=True, slots=True)
class Belief:
    """What holds for a phase before a source has taught anything.

    Attributes:
        median_s: The middle of the waits to expect.
        sigma: Their spread: the standard deviation of their logarithm.
        cold_s: The first patience with an unknown source; fades as it becomes known.
        floor_s: No source at all is given up earlier.
        ceiling_s: No source is waited for longer; infinite if the settings alone say.
    """

    median_s: float
    sigma: float
    cold_s: float
    floor_s: float
    ceiling_s: float


BELIEFS: Mapping[Phase, Belief] = {
    Phase.CONNECT: Belief(0.08, 0.9, cold_s=5, floor_s=1, ceiling_s=10),
    Phase.TOKEN: Belief(0.2, 0.9, cold_s=10, floor_s=2, ceiling_s=15),
    # containerd 2.3 gives up after 30 s without headers: one failover must fit in.
    Phase.MANIFEST: Belief(0.25, 1.0, cold_s=10, floor_s=2, ceiling_s=20),
    # Virus scanners hold a body back for minutes, at its start or in the middle.
    Phase.FIRST_BYTE: Belief(0.3, 1.1, cold_s=15, floor_s=3, ceiling_s=float("inf")),
    Phase.GAP: Belief(0.25, 1.2, cold_s=12, floor_s=2, ceiling_s=float("inf")),
}
