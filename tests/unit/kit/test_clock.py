"""The machine's clock keeps the role."""

import time

from seawall.kit.clock import Clock, SystemClock


async def test_the_system_clock_tells_the_time() -> None:
    """The clock agrees with the machine, and a wait of nothing returns."""
    clock: Clock = SystemClock()
    before = clock.monotonic()
    await clock.sleep(0)

    assert before <= clock.monotonic()
    assert abs(clock.now() - time.time()) < 60
