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

    def take(self) -> bool:
        """Ask for a second source; False if too many were asked already."""
        if self._left < 1:
            return False
        self._left -= 1
        return True
