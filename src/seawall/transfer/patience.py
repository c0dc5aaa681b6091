"""How long silence from a source is tolerated, per phase of a request."""

from dataclasses import dataclass

from seawall.transfer.waits.phases import Phase
from seawall.transfer.waits.thresholds import WaitOptions


@dataclass(frozen=True, slots=True)
class PatienceOptions:
    """One registry's bounds on patience.

    Attributes:
        floor_s: Never give up earlier than this.
        ceiling_s: Never wait longer than this. 120 s lets virus scanners that hold a
            body back finish.
        fixed_s: One wait for every phase, instead of what is learnt.
        manifest_s: The least patience with a manifest, for registries that build them
            when asked.
    """

    floor_s: float = 2.0
    ceiling_s: float = 120.0
    fixed_s: float | None = None
    manifest_s: float | None = None


@dataclass(frozen=True, slots=True)
class Patience:
    """The longest silence in each phase, in seconds: as it stands here, or learnt.

    Attributes:
        connect_s: To connect, TLS included.
        answer_s: From the request to the reply's headers, or a content's first byte.
        gap_s: Between two reads of a body that is no content.
        learnt: The bounds of what is learnt instead, from each source by itself.
    """

    connect_s: float = 10.0
    answer_s: float = 30.0
    gap_s: float = 30.0
    learnt: WaitOptions | None = None

    def bounds(self, phase: Phase) -> WaitOptions:
        """Give the bounds for the waits of a request from this phase on."""
        if self.learnt is not None:
            return self.learnt
        fixed = {Phase.CONNECT: self.connect_s, Phase.GAP: self.gap_s}
        return WaitOptions(fixed_s=fixed.get(phase, self.answer_s))


def choose_patience(options: PatienceOptions) -> Patience:
    """Give the patience with one registry's sources: learnt, unless it is fixed.

    >>> choose_patience(PatienceOptions(fixed_s=20)).gap_s
    20
    """
    if options.fixed_s is not None:
        return Patience(options.fixed_s, options.fixed_s, options.fixed_s)
    learnt = WaitOptions(
        options.floor_s, options.ceiling_s, manifest_s=options.manifest_s
    )
    return Patience(learnt=learnt)
