"""When an answer begins although its source is still silent."""

import asyncio
from pathlib import Path

import pytest
from tests.wire.supplies import open_supply
from tests.wire.test_pullthrough import BODY, IMAGE, opened

from seawall.drill import faults
from seawall.errors import UnreachableError
from seawall.kit.ranges import Span
from seawall.supply.pullthrough import Terms

LATEST = Terms(latest_s=0.05)
DOWN = UnreachableError("refused", cause="net.conn_refused")


async def test_an_answer_begins_before_its_client_gives_up(tmp_path: Path) -> None:
    """With the size known, a silent source holds headers back only for so long."""
    async with open_supply(tmp_path, IMAGE) as supply:
        await supply.resolve()
        supply.registry.origin.healthy_at = 0.0
        supply.upstream.fail("*/blobs/*", faults.late(0.5), times=1)
        async with asyncio.timeout(5), opened(supply, terms=LATEST) as content:
            silent = not supply.engine.flights[0].source
            whole = Span(0, content.size)
            body = b"".join([bytes(chunk) async for chunk in content.read(whole)])

    assert silent
    assert BODY == body


async def test_bad_sources_make_errors_not_headers(tmp_path: Path) -> None:
    """Where all sources are known to be bad, nothing begins that could only be cut."""
    async with open_supply(tmp_path, IMAGE) as supply:
        await supply.resolve()
        supply.registry.origin.healthy_at = 0.0
        for _ in range(3):
            supply.engine.roster.note_failure(supply.registry.origin, DOWN)
        supply.upstream.fail("*/blobs/*", faults.hang())
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2), opened(supply, terms=LATEST):
                pass


async def test_an_unknown_size_begins_nothing(tmp_path: Path) -> None:
    """Without a size there is nothing that an answer could promise."""
    async with open_supply(tmp_path, IMAGE) as supply:
        supply.upstream.fail("*/blobs/*", faults.hang())
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2), opened(supply, terms=LATEST):
                pass
