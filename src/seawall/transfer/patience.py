"""How long silence from a source is tolerated, per phase of a request."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PatienceOptions:
    """One registry's bounds on patience.

    Attributes:
        floor_s: Never give up earlier than this.
        ceiling_s: Never wait longer than this. 120 s lets virus scanners that hold a
            body back finish.
        fixed_s: One wait for every phase, instead of the defaults.
    """

    floor_s: float = 2.0
    ceiling_s: float = 120.0
    fixed_s: float | None = None


@dataclass(frozen=True, slots=True)
class Patience:
    """The longest silence in each phase, in seconds.

    Attributes:
        connect_s: To connect, TLS included.
        answer_s: From the request to the reply's headers.
        gap_s: Between two reads of a body.
    """

    connect_s: float = 10.0
    answer_s: float = 30.0
    gap_s: float = 30.0


def choose_patience(options: PatienceOptions) -> Patience:
    """Give the waits for one registry: the defaults, within its bounds.

    >>> choose_patience(PatienceOptions(ceiling_s=20)).gap_s
    20
    """
    usual = Patience()
    if options.fixed_s is not None:
        return Patience(options.fixed_s, options.fixed_s, options.fixed_s)

    def within(wait_s: float) -> float:
        return min(max(wait_s, options.floor_s), options.ceiling_s)

    return Patience(
        within(usual.connect_s), within(usual.answer_s), within(usual.gap_s)
    )
