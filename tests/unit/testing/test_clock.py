"""The clock that tests move by hand."""

import asyncio
from typing import TYPE_CHECKING

import pytest

from seawall.testing.clock import FakeClock, settle

if TYPE_CHECKING:
    from seawall.kit.clock import Clock


async def test_a_wait_ends_when_time_was_moved_that_far() -> None:
    """Who waits sleeps on until the very second, and not a turn longer."""
    clock = FakeClock()
    role: Clock = clock
    task = asyncio.create_task(role.sleep(10))
    await settle()
    clock.advance(9.9)
    await settle()
    early = task.done()
    clock.advance(0.1)
    await settle()

    assert not early
    assert task.done()
    assert 0 == clock.sleepers


async def test_running_on_visits_every_wait() -> None:
    """A loop of waits runs as often as it would have in that time."""
    clock = FakeClock(now=100.0)
    seen: list[float] = []

    async def tick() -> None:
        while True:
            await clock.sleep(1)
            seen.append(clock.now())

    async with asyncio.TaskGroup() as group:
        task = group.create_task(tick())
        await clock.run_for(3.5)
        task.cancel()

    assert [101.0, 102.0, 103.0] == seen
    assert 3.5 == clock.monotonic()


async def test_a_cancelled_wait_is_forgotten() -> None:
    """Cancelling a wait ends it at once, and moving time on does not mind."""
    clock = FakeClock()
    task = asyncio.create_task(clock.sleep(10))
    await settle()
    task.cancel()
    await settle()
    clock.advance(20)

    assert task.cancelled()
    assert 0 == clock.sleepers


async def test_a_wait_of_nothing_only_yields() -> None:
    """Waiting for nothing needs nobody to move the clock."""
    await FakeClock().sleep(0)


def test_time_does_not_run_backwards() -> None:
    """A test cannot turn the clock back by mistake."""
    with pytest.raises(ValueError, match="backwards"):
        FakeClock().advance(-1)
