"""A piece of a body by which waits and speed are counted: 8 MiB, or 10 s of reading."""

from dataclasses import dataclass

SEGMENT_BYTES = 8 * 1024 * 1024
SEGMENT_S = 10.0
GLANCE_S = 2.5
"""How often a slow segment is looked at before it ends."""
_HELD_SHARE = 0.2


@dataclass(slots=True)
class Segment:
    """What was seen of one piece of a body.

    A body of 1 GB is read in thousands of pieces: if each of them were judged by
    itself, every large body would meet its unlikely wait. The longest wait of a
    segment is one observation.

    Attributes:
        count: Bytes.
        reading_s: Seconds in which a read was waited for.
        held_s: Seconds in which we did not read: a slow disk, a slow client.
        longest_s: The longest wait for a read.
    """

    count: int = 0
    reading_s: float = 0.0
    held_s: float = 0.0
    longest_s: float = 0.0

    @property
    def full(self) -> bool:
        """Whether it is large enough to be an observation."""
        return self.count >= SEGMENT_BYTES or self.reading_s >= SEGMENT_S

    @property
    def elapsed_s(self) -> float:
        """Seconds that it took, ours included."""
        return self.reading_s + self.held_s

    @property
    def bytes_per_s(self) -> float | None:
        """How fast the source was; `None` if it was held back too much to tell."""
        elapsed_s = self.elapsed_s
        if not self.count or not elapsed_s or self.held_s > _HELD_SHARE * elapsed_s:
            return None
        return self.count / elapsed_s

    def since(self, earlier: "Segment") -> "Segment":
        """Give what came since this was as `earlier` says; the longest wait is all's.

        >>> Segment(7, 3.0, 1.0, 2.0).since(Segment(5, 2.0, 1.0, 2.0))
        Segment(count=2, reading_s=1.0, held_s=0.0, longest_s=2.0)
        """
        return Segment(
            self.count - earlier.count,
            self.reading_s - earlier.reading_s,
            self.held_s - earlier.held_s,
            self.longest_s,
        )

    def note(self, count: int, wait_s: float) -> None:
        """Take in one read."""
        self.count += count
        self.reading_s += wait_s
        self.longest_s = max(self.longest_s, wait_s)

    def join(self, other: "Segment") -> None:
        """Take in a piece that stayed too small for itself."""
        self.count += other.count
        self.reading_s += other.reading_s
        self.held_s += other.held_s
        self.longest_s = max(self.longest_s, other.longest_s)
