"""How many readers may go straight through while the disk is full, and who does."""

from seawall.errors import StoreFullError
from seawall.oci.digest import Digest

_WAIT_S = 10.0


class Seats:
    """Counts them; nobody waits for a seat, but is told to come again.

    >>> seats = Seats(1)
    >>> seats.take(Digest.of(b""))
    >>> seats.are_taken, seats.in_use
    (True, True)
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._taken = 0

    @property
    def are_taken(self) -> bool:
        """Whether nobody more may go straight through."""
        return self._taken >= self._count

    @property
    def in_use(self) -> bool:
        """Whether anybody does, which means that the disk is full."""
        return self._taken > 0

    def take(self, digest: Digest) -> None:
        """Take a seat for as long as a content is read; `give_back` it.

        Raises:
            StoreFullError: All of them are taken.
        """
        if self.are_taken:
            raise StoreFullError(
                f"the disk is full, and {self._count} readers are served straight"
                f" through already; {digest} must wait",
                cause="node.disk_full",
                wait_s=_WAIT_S,
            )
        self._taken += 1

    def give_back(self) -> None:
        """Leave a seat."""
        self._taken -= 1
