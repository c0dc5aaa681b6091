"""Background work: told when it fails, stopped when the house closes."""

import asyncio

import pytest

from seawall.errors import SeawallError, UnreachableError
from seawall.kit.chores import Chores


async def test_work_goes_on_alone() -> None:
    """What is begun ends without anybody waiting for it."""
    done: list[int] = []

    async def work() -> None:
        done.append(1)

    chores = Chores(lambda _: None)
    chores.start(work())
    assert chores.busy
    await asyncio.sleep(0)
    await asyncio.sleep(0)

    assert [1] == done
    assert not chores.busy


async def test_failures_are_told() -> None:
    """A deliberate error reaches whoever wants to know, and ends nothing else."""
    told: list[SeawallError] = []
    error = UnreachableError("nobody there")

    async def work() -> None:
        raise error

    chores = Chores(told.append)
    chores.start(work())
    for _ in range(3):
        await asyncio.sleep(0)

    assert [error] == told


@pytest.mark.parametrize("begun", [False, True])
async def test_closing_stops_all_work(*, begun: bool) -> None:
    """Nothing goes on after the end, be it waiting or not even begun."""
    told: list[SeawallError] = []

    async def work() -> None:
        await asyncio.Event().wait()

    chores = Chores(told.append)
    chores.start(work())
    if begun:
        await asyncio.sleep(0)
    await chores.close()

    assert not chores.busy
    assert [] == told
