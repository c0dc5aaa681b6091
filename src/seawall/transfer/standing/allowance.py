"""How many second sources may be asked: a share of what is carried at all."""

_MOST = 20.0
_SHARE = 0.05


class Allowance:
    """Lets one in twenty segments have a second source, and a few at any time.

    >>> allowance = Allowance()
    >>> sum(allowance.take() for _ in range(30))
    20
    """

    def __init__(self) -> None:
        self._left = _MOST

    def earn(self) -> None:
        """Note a segment that was carried."""
        self._left = min(self._left + _SHARE, _MOST)

    def take(self, *, first: bool = False) -> bool:
        """Ask for a second source; False if too many were asked already.

        Args:
            first: Nobody else was asked for this content yet: no client is to wait
                since others had bad luck. It is let pass, and counts.
        """
        if self._left < 1 and not first:
            return False
        self._left = max(self._left - 1, 0.0)
        return True
