"""What a reader tells a watchdog, and asks it."""

from typing import Protocol


class Watchdog(Protocol):
    """Gives an image up when it sees no progress; one for all blobs of the image.

    Times are seconds of one clock that never runs backwards.

    Attributes:
        agent: What the client calls itself.
        look_s: It is to be asked at least this often.
    """

    agent: str
    look_s: float

    def begin(self, blob: str, size: int, now: float) -> None:
        """A blob is asked for."""
        ...

    def read(self, blob: str, count: int, now: float) -> None:
        """A read of a blob's body returned."""
        ...

    def finish(self, blob: str, now: float) -> None:
        """A blob is complete."""
        ...

    def is_dead(self, now: float) -> bool:
        """Whether it has given up by now."""
        ...
