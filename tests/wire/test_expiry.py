"""Signed addresses and tokens that run out in the middle of a body."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from tests.wire.flights import BODY, DIGEST, REPOSITORY, HastyClock, open_hangar
from tests.wire.sources import open_bench
from tests.wire.test_engine_faults import BLOBS, PATH, stock

from seawall.drill import faults
from seawall.drill.exchange import Answer, Request
from seawall.drill.faults import Fault
from seawall.drill.gatekeeper import TokenAuth
from seawall.drill.upstream import ScriptedUpstream

STORED = f"/{PATH}/sha256:*"


def cut_and(then: Callable[[], object]) -> Fault:
    """Break off in mid-body, and let something else happen."""

    def alter(_: Request, answer: Answer) -> Answer:
        then()
        return replace(answer, cut_after=80_000)

    return Fault("cut, and more", alter)


@pytest.mark.parametrize("status", [403, 404, 400])
async def test_an_address_that_ran_out(tmp_path: Path, status: int) -> None:
    """Storage that refuses the old address is not the registry's last word."""
    async with (
        ScriptedUpstream({PATH: stock(BODY)}, storage=True) as up,
        open_bench() as bench,
        open_hangar(tmp_path, clock=HastyClock()) as hangar,
    ):
        up.fail(STORED, faults.status(status), times=1)
        up.fail(STORED, faults.cut(80_000), times=1)
        listed = up.storage_url
        source = bench.source(up, redirects=(listed,))
        body = await hangar.fetch(source.content(REPOSITORY, DIGEST))
        asked = up.count(BLOBS)
        ranges = [r.range for r in up.requests if r.place == "storage"]

    assert BODY == body
    assert 3 == asked
    assert ["", "bytes=80000-", "bytes=80000-"] == ranges


async def test_a_token_that_ran_out(tmp_path: Path) -> None:
    """A body that breaks off after its token's end goes on with a new one, once."""
    auth = TokenAuth()
    async with (
        ScriptedUpstream({PATH: stock(BODY)}, auth) as up,
        open_bench() as bench,
        open_hangar(tmp_path, clock=HastyClock()) as hangar,
    ):
        up.fail(BLOBS, cut_and(auth.revoke), times=2)
        source = bench.source(up)
        body = await hangar.fetch(source.content(REPOSITORY, DIGEST))
        tokens = up.count("/token")

    assert BODY == body
    assert 2 == tokens
    assert hangar.stored() == body
