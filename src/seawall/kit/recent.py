"""The values that were used last, up to a weight: memory that cannot grow."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Recent(Generic[K, V]):
    """Keeps values while their weights fit; what was used longest ago goes first.

    >>> recent = Recent[str, int](2)
    >>> recent.put("a", 1)
    >>> recent.put("b", 2)
    >>> recent.get("a")
    1
    >>> recent.put("c", 3)
    >>> recent.get("b") is None
    True
    """

    def __init__(self, limit: int) -> None:
        self._left = limit
        self._held: OrderedDict[K, tuple[V, int]] = OrderedDict()

    def get(self, key: K) -> V | None:
        """Give a value, and count that as a use."""
        held = self._held.get(key)
        if held is None:
            return None
        self._held.move_to_end(key)
        return held[0]

    def put(self, key: K, value: V, weight: int = 1) -> None:
        """Keep a value; one that is heavier than the limit is not kept at all."""
        self.drop(key)
        self._held[key] = value, weight
        self._left -= weight
        while self._left < 0:
            _, (_, freed) = self._held.popitem(last=False)
            self._left += freed

    def drop(self, key: K) -> None:
        """Forget a value, if it is there."""
        held = self._held.pop(key, None)
        if held is not None:
            self._left += held[1]

    def clear(self) -> None:
        """Forget everything."""
        self._left += sum(weight for _, weight in self._held.values())
        self._held.clear()

    def __len__(self) -> int:
        """How many values there are."""
        return len(self._held)
