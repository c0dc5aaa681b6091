"""Bytes of which nobody knows how many will come: room for them, and where they end."""

from seawall.errors import (
    DigestMismatchError,
    SeawallError,
    StoreFullError,
    UpstreamError,
)
from seawall.transfer.flight import Flight, Room

CLAIM_BYTES = 64 * 1024 * 1024
_NO_SUCH_RANGE = 416


class Claim:
    """Asks for room as bytes come, where no source says how many there are."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._unclaimed = 0

    async def note(self, flight: Flight, count: int) -> None:
        """Ask for room for so many more bytes, now and then.

        Raises:
            StoreFullError: There is none.
        """
        if flight.size is not None:
            return
        self._unclaimed += count
        if self._unclaimed >= CLAIM_BYTES:
            if not await self._room(self._unclaimed):
                raise StoreFullError(
                    f"no room for more of {flight.want.digest}, whose size"
                    f" {flight.source} does not say",
                    cause="node.disk_full",
                )
            self._unclaimed = 0


def refuse_longer(flight: Flight, position: int, error: SeawallError) -> None:
    """Take a 416 for what it is where nobody knows the size.

    Raises:
        DigestMismatchError: More is here than the content has.
    """
    status = error.status if isinstance(error, UpstreamError) else None
    if status == _NO_SUCH_RANGE and flight.size is None and position:
        raise DigestMismatchError(
            f"{flight.want.digest} has no byte {position}: {error}",
            cause="content.size_mismatch",
        ) from error
