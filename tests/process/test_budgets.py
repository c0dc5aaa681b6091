"""What is left of a quota, as the running service tells it, and over a restart."""

import json
import sqlite3

import pytest
from tests.process.conftest import REGISTRY, MakeWall

from seawall.drill import faults


def test_quotas_are_told_and_outlive_a_restart(make_wall: MakeWall) -> None:
    """In /readyz, which stays good, and in /metrics; also after a restart."""
    wall = make_wall()
    left = faults.header("RateLimit-Remaining", "0;w=3600")
    wall.upstream.fail("*/manifests/*", left)
    assert 200 == wall.seawall.ask(wall.manifest()).status
    wall.seawall.stop()
    wall.seawall.start()
    ready = wall.seawall.ask("/readyz")
    refused = wall.seawall.ask(wall.manifest("none"))
    metrics = wall.seawall.ask("/metrics").body.decode()

    [budget] = json.loads(ready.body)["budgets"]
    assert (200, REGISTRY, "anonymous", 0) == (
        ready.status,
        budget["registry"],
        budget["account"],
        budget["remaining"],
    )
    assert 429 == refused.status
    assert int(refused.headers["retry-after"]) >= 1
    assert b"its quota is spent" in refused.body
    assert "seawall_quota_remaining{" in metrics
    assert 'purpose="waiting"' in metrics


@pytest.mark.long
def test_what_sources_taught_outlives_a_restart(make_wall: MakeWall) -> None:
    """How long each is usually waited for is in the catalog, under its name."""
    wall = make_wall()
    wall.pull()
    wall.seawall.stop()
    with sqlite3.connect(wall.seawall.data / "catalog.db") as catalog:
        rows = catalog.execute("SELECT key, length(body) FROM experience").fetchall()
    catalog.close()
    wall.seawall.start()

    assert [wall.upstream.url.rpartition("/")[2]] == [key for key, _ in rows]
    assert all(length > 10 for _, length in rows)
    assert 200 == wall.seawall.ask(wall.manifest()).status
