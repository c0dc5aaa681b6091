"""Answers at hand: bounded, never older than what was put."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from seawall.errors import StoreError
from seawall.store.shelf import UNKNOWN, Shelf


class Disk:
    """What is durable, and how far."""

    def __init__(self) -> None:
        self.written = 0
        self.asked = 0
        self.go = Event()
        self.go.set()

    def answer(self) -> str:
        """Answer once it may."""
        self.asked += 1
        self.go.wait(10)
        return "disk"


@pytest.fixture
def disk() -> Disk:
    """A disk that answers at once."""
    return Disk()


@pytest.fixture
def shelf(disk: Disk) -> Shelf[str, str]:
    """A shelf for two answers."""
    return Shelf(2, lambda: disk.written)


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    """Threads to ask the disk on."""
    with ThreadPoolExecutor(2) as executor:
        yield executor


def test_the_least_recently_used_answer_leaves(
    shelf: Shelf[str, str], disk: Disk
) -> None:
    """There are never more answers at hand than the limit."""
    for number, key in enumerate("abc", 1):
        shelf.put(key, key, number)
        disk.written = number
        shelf.peek("a")

    assert ["a", UNKNOWN, "c"] == [shelf.peek(key) for key in "abc"]


def test_what_is_not_durable_never_leaves(shelf: Shelf[str, str]) -> None:
    """However many others come, an unwritten change is still read."""
    for number in range(100):
        shelf.put(str(number), "new", number + 1)

    assert shelf.peek("0") == "new"


def test_what_became_durable_makes_room(shelf: Shelf[str, str], disk: Disk) -> None:
    """Once the disk has it, it may be asked instead."""
    for number in range(100):
        shelf.put(str(number), "new", number + 1)
    disk.written = 100

    assert shelf.peek("0") is UNKNOWN


async def test_all_who_want_it_ask_once(
    shelf: Shelf[str, str], disk: Disk, threads: ThreadPoolExecutor
) -> None:
    """Many readers of one missing answer make one question."""
    disk.go.clear()
    asking = [
        asyncio.ensure_future(shelf.load("a", disk.answer, threads)) for _ in range(9)
    ]
    await asyncio.sleep(0)
    disk.go.set()

    assert ["disk"] * 9 == await asyncio.gather(*asking)
    assert disk.asked == 1
    assert shelf.peek("a") == "disk"


async def test_a_change_overtakes_a_running_question(
    shelf: Shelf[str, str], disk: Disk, threads: ThreadPoolExecutor
) -> None:
    """An answer read before a change is never held after it."""
    disk.go.clear()
    asking = asyncio.ensure_future(shelf.load("a", disk.answer, threads))
    await asyncio.sleep(0)
    shelf.put("a", "new", 1)
    disk.go.set()
    await asking

    assert shelf.peek("a") == "new"


async def test_a_failed_question_is_asked_again(
    shelf: Shelf[str, str], disk: Disk, threads: ThreadPoolExecutor
) -> None:
    """A failure is told to whoever asked, and not remembered."""

    def fail() -> str:
        raise StoreError("no")

    with pytest.raises(StoreError):
        await shelf.load("a", fail, threads)

    assert await shelf.load("a", disk.answer, threads) == "disk"


async def test_who_stops_waiting_stops_nobody_else(
    shelf: Shelf[str, str], disk: Disk, threads: ThreadPoolExecutor
) -> None:
    """A cancelled reader leaves the question to the others."""
    disk.go.clear()
    first = asyncio.ensure_future(shelf.load("a", disk.answer, threads))
    second = asyncio.ensure_future(shelf.load("a", disk.answer, threads))
    await asyncio.sleep(0)
    first.cancel()
    disk.go.set()

    assert await second == "disk"
    assert first.cancelled()
