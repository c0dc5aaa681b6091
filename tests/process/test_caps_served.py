"""A source's bounds hold in the running service, and a switch needs no restart."""

import signal
import time

import pytest
from tests.e2e.processes import wait_until
from tests.process.conftest import LARGE_BYTES, MakeWall


@pytest.mark.long
def test_a_slow_lane_is_slow_and_nothing_else(make_wall: MakeWall) -> None:
    """A layer at four mebibytes a second takes two seconds, and is asked for once."""
    wall = make_wall(registry={})
    text = wall.seawall.config.read_text()
    capped = f'[{{ url = "{wall.upstream.url}", bandwidth = "4MiB", connections = 2 }}]'
    wall.seawall.config.write_text(text.replace(f'["{wall.upstream.url}"]', capped))
    wall.seawall.restart()
    began = time.monotonic()
    got = wall.seawall.ask(wall.layer())
    took_s = time.monotonic() - began

    assert (200, True) == (got.status, got.body == wall.layer_bytes)
    assert took_s > LARGE_BYTES / (4 << 20) * 0.8
    assert 1 == wall.gets(wall.layer_digest)


def test_a_source_is_switched_off_without_a_restart(make_wall: MakeWall) -> None:
    """Nothing is sent to it any more; what is stored is served, and names go stale."""
    wall = make_wall()
    wall.pull()
    text = wall.seawall.config.read_text()
    off = f'[{{ url = "{wall.upstream.url}", off = true }}]'
    wall.seawall.config.write_text(text.replace(f'["{wall.upstream.url}"]', off))
    asked = len(wall.upstream.requests())
    wall.seawall.daemon.signal(signal.SIGHUP)
    wait_until(lambda: "settings reloaded" in wall.seawall.daemon.text(), "a reload")
    named = wall.seawall.ask(wall.manifest())
    missing = wall.seawall.ask(wall.manifest("none"))

    assert 200 == named.status
    assert 'fwd=stale; detail="policy.offline"' in named.headers["cache-status"]
    assert 503 == missing.status
    assert b"off = true" in missing.body
    assert asked == len(wall.upstream.requests())
