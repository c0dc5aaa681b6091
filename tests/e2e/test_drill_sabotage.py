"""The drill notices what is missing: resume, digest check, stale answers."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from tests.sabotage import SABOTAGES, Sabotage, copy_broken

from seawall.drill.playing.managed import SEAWALL, Managed
from seawall.drill.playing.play import OwnClient, Way
from seawall.drill.playing.score import Outcome
from seawall.drill.playing.series import Series
from seawall.drill.scenarios.pace import Pace
from seawall.drill.scenarios.playbill import choose


@pytest.mark.parametrize("sabotage", SABOTAGES, ids=str)
def test_a_part_taken_out_fails_five_rows(sabotage: Sabotage, tmp_path: Path) -> None:
    """Rows fail that a whole Seawall passes, and the fault-free pull still works."""
    broken = replace(SEAWALL, label="broken", env=copy_broken(sabotage, tmp_path))
    kinds = (SEAWALL, broken)
    ways = [Way(Managed(kind), OwnClient(), kind.label) for kind in kinds]
    scenarios = choose(sabotage.scenarios)
    # What is broken may ask for ever: an attempt is ended sooner than a real one.
    pace = Pace(20, attempt_s=20)
    rows = asyncio.run(Series(pace, at_once=8).play(scenarios, ways))
    failed = {
        way.label: {
            row.scenario
            for row in rows
            if row.way == way.label and row.outcome is not Outcome.PASSED
        }
        for way in ways
    }

    assert set() == failed["Seawall"]
    assert len(failed["broken"]) >= 5
    assert "calm" not in failed["broken"]
