"""What could not be read or understood: counted and told, never passed in silence."""

from enum import StrEnum

from seawall.policy.facts.text import Fact


class Obstacle(StrEnum):
    """Why a file, or a part of it, was not understood."""

    UNREADABLE = "unreadable"  # the disk, or the rights on it
    BOUNDED = "too large"  # beyond a bound on size, depth, number or time
    BROKEN = "broken"  # not what its format allows
    VANISHED = "gone"  # or changed while it was looked at
    UNRENDERED = "not rendered"  # by the program that was asked to
    LAPSED = "not accepted"  # what should have accepted a finding does not
    CRASHED = "a bug of Seawall's own"  # a reader or rule failed on it


class Trouble(Fact, frozen=True, kw_only=True):
    """Something in the way of reading a file.

    Attributes:
        obstacle: What kind of trouble it is.
        message: What is wrong, in one line, without secrets.
    """

    obstacle: Obstacle
    message: str
