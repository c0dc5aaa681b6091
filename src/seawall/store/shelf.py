"""What was read or written lately, so that a hit never touches the disk."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Executor
from enum import Enum
from typing import Final, Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Unknown(Enum):
    """Neither here nor known to be absent."""

    UNKNOWN = "unknown"


UNKNOWN: Final = Unknown.UNKNOWN


class Shelf(Generic[K, V]):
    """Answers to one kind of question, bounded, least recently used out first.

    What was put but is not durable yet is kept besides, however long that takes, so
    that nobody reads an older answer from disk. Only for the event loop's thread.

    Args:
        limit: How many answers to hold; 0 keeps only what is not durable.
        written: Gives the number of the newest durable change.
    """

    def __init__(self, limit: int, written: Callable[[], int]) -> None:
        self._limit = limit
        self._written = written
        self._held: OrderedDict[K, V] = OrderedDict()
        self._unwritten: OrderedDict[K, tuple[int, V]] = OrderedDict()
        self._loading: dict[K, asyncio.Future[V]] = {}

    def peek(self, key: K) -> V | Unknown:
        """Give the answer, if it is at hand."""
        if key in self._held:
            self._held.move_to_end(key)
            return self._held[key]
        if self._unwritten:
            self._forget_written()
            if key in self._unwritten:
                return self._unwritten[key][1]
        return UNKNOWN

    async def load(self, key: K, question: Callable[[], V], executor: Executor) -> V:
        """Ask the disk, once for all who want it now.

        Raises:
            StoreError: The disk could not answer.
        """
        answer = self._loading.get(key)
        if answer is None:
            loop = asyncio.get_running_loop()
            answer = loop.run_in_executor(executor, question)
            self._loading[key] = answer
            answer.add_done_callback(lambda done: self._arrive(key, done))
        return await asyncio.shield(answer)

    def put(self, key: K, value: V, number: int, *, hold: bool = True) -> None:
        """Take in a change.

        Args:
            key: The question.
            value: Its answer from now on.
            number: The change's number, which `written` reaches in time.
            hold: False if only the disk will know the whole answer.
        """
        self._loading.pop(key, None)
        self._forget_written()
        self._unwritten[key] = (number, value)
        self._unwritten.move_to_end(key)
        if hold:
            self._hold(key, value)
        else:
            self._held.pop(key, None)

    def forget(self, key: K) -> None:
        """Ask the disk next time."""
        self._loading.pop(key, None)
        self._held.pop(key, None)
        self._unwritten.pop(key, None)

    def clear(self) -> None:
        """Ask the disk next time, for everything that is durable."""
        self._loading.clear()
        self._held.clear()
        self._forget_written()

    def _arrive(self, key: K, answer: asyncio.Future[V]) -> None:
        failed = answer.cancelled() or answer.exception() is not None
        # If it is another one by now, a change overtook this answer.
        if self._loading.get(key) is answer:
            del self._loading[key]
            if not failed:
                self._hold(key, answer.result())

    def _hold(self, key: K, value: V) -> None:
        self._held[key] = value
        self._held.move_to_end(key)
        while len(self._held) > self._limit:
            self._held.popitem(last=False)

    def _forget_written(self) -> None:
        written = self._written()
        while self._unwritten:
            key, (number, _) = next(iter(self._unwritten.items()))
            if number > written:
                return
            del self._unwritten[key]
