"""One run of the drill, watched: its rows, and under which circumstances they came."""

import asyncio
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from seawall.cli.drilling.ticker import Ticker

if TYPE_CHECKING:
    from seawall.drill.playing.play import Way
    from seawall.drill.playing.score import Row
    from seawall.drill.report.circumstances import Circumstances
    from seawall.drill.scenarios.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be played, and how.

    Attributes:
        scenarios: What happens.
        ways: Who is drilled.
        speed: How much faster than real time.
        at_once: How many plays at a time.
        note: Words for the page.
    """

    scenarios: Sequence["Scenario"]
    ways: Sequence["Way"]
    speed: float
    at_once: int
    note: str = ""


async def carry_out(plan: Plan) -> tuple[list["Row"], "Circumstances"]:
    """Play it all, and say on standard error how it is getting on.

    Raises:
        KeyboardInterrupt: Somebody ended it; what was started is stopped by then.
    """
    from seawall.drill.playing.lanes import has_netem
    from seawall.drill.playing.series import Series
    from seawall.drill.report.circumstances import Circumstances, list_versions
    from seawall.drill.scenarios.pace import Pace
    from seawall.drill.scenarios.scenario import Need
    from seawall.drill.strain import Strain

    networks = any(Need.NETWORK in one.needs for one in plan.scenarios)
    netem = await asyncio.to_thread(has_netem) if networks else None
    labels = [way.label for way in plan.ways]
    versions = await asyncio.to_thread(list_versions, labels)
    ticker = Ticker(len(plan.scenarios) * len(plan.ways))
    series = Series(Pace(plan.speed), plan.at_once, ticker.tell)
    began, began_s = datetime.now(UTC), time.monotonic()
    try:
        async with Strain() as strain:
            with _ended_by(signal.SIGTERM):
                rows = await series.play(plan.scenarios, plan.ways)
    finally:
        ticker.end()
    return rows, Circumstances(
        plan.speed,
        plan.at_once,
        time.monotonic() - began_s,
        strain,
        plan.note,
        netem,
        versions,
        began,
    )


@contextmanager
def _ended_by(number: signal.Signals) -> Iterator[None]:
    """Let a signal end what is within as an interrupt does, and not this process alone.

    Targets and clients were started by it, and would go on.
    """
    loop, task, told = asyncio.get_running_loop(), asyncio.current_task(), False

    def end() -> None:
        nonlocal told
        told = True
        if task:
            task.cancel()

    loop.add_signal_handler(number, end)
    try:
        yield
    except asyncio.CancelledError:
        if told:
            raise KeyboardInterrupt from None
        raise
    finally:
        loop.remove_signal_handler(number)
