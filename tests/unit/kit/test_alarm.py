"""An alarm that is put off again and again."""

import asyncio
import math

import pytest

from seawall.kit.alarm import Alarm


@pytest.mark.parametrize(
    ("dues", "rings"),
    [
        ((0.01,), True),
        ((100.0, 0.01), True),
        ((0.01, 0.03), True),
        ((0.01, 100.0), False),
        ((0.01, math.inf), False),
        ((math.inf,), False),
    ],
    ids=str,
)
async def test_the_last_time_counts(
    dues: tuple[float, ...],
    rings: bool,  # noqa: FBT001  a cell of the table
) -> None:
    """It rings at the time that was set last, be it earlier or later."""
    loop = asyncio.get_running_loop()
    alarm = Alarm(loop)
    alarm.waiter = loop.create_future()
    now = loop.time()
    for due in dues:
        alarm.set(now + due)
    ends = await asyncio.wait({alarm.waiter}, timeout=0.5)
    alarm.cancel()

    assert rings is bool(ends[0])


async def test_an_alarm_without_a_waiter_is_no_harm() -> None:
    """It may ring when nobody waits any more."""
    loop = asyncio.get_running_loop()
    alarm = Alarm(loop)
    alarm.set(loop.time())
    await asyncio.sleep(0.01)
    alarm.waiter = loop.create_future()
    alarm.set(loop.time())
    await alarm.waiter

    assert alarm.waiter.done()
