"""What one source has taught so far, and how its convictions turned out."""

from collections.abc import Mapping
from enum import StrEnum

from seawall.transfer.waits.phases import BELIEFS, Phase
from seawall.transfer.waits.segment import Segment
from seawall.transfer.waits.sketch import LONG_HALF_LIFE, RARE, Sketch
from seawall.transfer.waits.speed import Rival, Speeds

WATCHES = 8
"""So many abandoned connections of one source are watched at a time."""

GAMMA_MAX = 4.0
_GAMMA_UP = 1.25
_GAMMA_DOWN = 1 - RARE / 4  # in balance at about one false alarm in a thousand
_SETUP_SHARE = 0.05
_SPEED_SHARE = 0.25
_FADE = 0.5 ** (1 / LONG_HALF_LIFE)


class Label(StrEnum):
    """How a wait that was abandoned turned out."""

    FALSE = "false"
    """Bytes came after all: it should not have been given up."""
    STALL = "stall"
    """Nothing came as long as it was watched."""
    LATE = "late"
    """Another source had been faster, but this one was within its patience."""
    UNKNOWN = "unknown"
    """Nobody watched it, or not long enough."""


class Lesson:
    """What one source taught about one phase.

    Only waits that ended with something are learnt. Stalls must not be: they have no
    length, and any that were made up would let patience run away or shrink. Those
    given up are watched instead, and patience grows by `gamma` when they come back.

    Attributes:
        phase: The phase.
        sketch: The waits that ended well.
        gamma: What patience is multiplied with: 1 to 4.
        stalls: How many waits never ended; fades like the sketch.
    """

    __slots__ = ("gamma", "phase", "sketch", "stalls")

    def __init__(self, phase: Phase) -> None:
        self.phase = phase
        self.sketch = Sketch(BELIEFS[phase])
        self.gamma = 1.0
        self.stalls = 0.0

    @property
    def stall_share(self) -> float:
        """How much of what was begun never came, among what is remembered."""
        return self.stalls / (self.stalls + self.sketch.count) if self.stalls else 0.0

    def rare_s(self) -> float:
        """Tell the wait that one in a thousand exceeds, as far as was found out."""
        return self.gamma * self.sketch.find_rare()

    def learn(self, wait_s: float) -> None:
        """Take in a wait that ended well."""
        self.sketch.add(wait_s)
        self.gamma = max(self.gamma * _GAMMA_DOWN, 1.0)
        self.stalls *= _FADE

    def settle(self, label: Label, waited_s: float, *, gamma: float) -> None:
        """Take in how an abandoned wait turned out.

        Args:
            label: How.
            waited_s: Its full length, if it ended.
            gamma: What it was when the wait was abandoned: of many that were given
                up at once for the same reason, only one raises it.
        """
        if label is Label.STALL:
            self.stalls += 1
        if label is Label.FALSE:
            self.gamma = max(self.gamma, min(gamma * _GAMMA_UP, GAMMA_MAX))
        if label in (Label.FALSE, Label.LATE):
            self.learn(waited_s)


class Experience:
    """Everything that one source taught, and how many of its connections are watched.

    Attributes:
        speeds: How fast its connections were.
        watched: How many abandoned connections are watched now.
    """

    __slots__ = ("_leftover", "_lessons", "speeds", "watched")

    def __init__(self) -> None:
        self._lessons: dict[Phase, Lesson] = {}
        self._leftover = Segment()
        self.speeds = Speeds()
        self.watched = 0

    @property
    def lessons(self) -> Mapping[Phase, Lesson]:
        """The phases of which anything is known."""
        return self._lessons

    def lesson(self, phase: Phase) -> Lesson:
        """Give what is known of a phase; at first that is what is believed of it."""
        lesson = self._lessons.get(phase)
        if lesson is None:
            lesson = self._lessons[phase] = Lesson(phase)
        return lesson

    def learn_segment(self, segment: Segment) -> None:
        """Take in a segment; small ones are joined until they are large enough."""
        if not segment.full:
            self._leftover.join(segment)
            segment = self._leftover
        if not segment.full:
            return
        self.lesson(Phase.GAP).learn(segment.longest_s)
        self.speeds.learn(segment.bytes_per_s)
        if segment is self._leftover:
            self._leftover = Segment()

    def describe(self) -> Rival:
        """Describe the source as it would be if it had to go on for another."""
        setup_s = sum(
            self.lesson(phase).sketch.find_usual(_SETUP_SHARE)
            for phase in (Phase.CONNECT, Phase.FIRST_BYTE)
        )
        return Rival(setup_s, self.speeds.find(_SPEED_SHARE))

    def fade(self, share: float, *, at_most: float) -> None:
        """Keep this share of what was learnt, and no more than so many observations."""
        for lesson in self._lessons.values():
            lesson.sketch.fade(share, at_most=at_most)
            lesson.stalls *= share
        self.speeds.fade(share, at_most=at_most)

    def lend(self, *, at_most: float) -> "Experience":
        """Give a copy for a source of the same kind that nothing is known of yet."""
        copy = Experience()
        for phase, lesson in self._lessons.items():
            copy.lesson(phase).sketch.copy_from(lesson.sketch)
        copy.speeds.copy_from(self.speeds)
        copy.fade(1.0, at_most=at_most)
        return copy
