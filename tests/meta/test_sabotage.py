"""What is taken out of a copy to try the drill stands where the list says."""

import pytest
from tests.sabotage import ROOT, SABOTAGES, Sabotage

from seawall.drill.scenarios.playbill import SCENARIOS


@pytest.mark.parametrize("sabotage", SABOTAGES, ids=str)
def test_what_is_taken_out_is_there(sabotage: Sabotage) -> None:
    """A line that moved or changed would be left in."""
    for cut in sabotage.cuts:
        text = (ROOT / "src" / "seawall" / cut.file).read_text()

        assert 1 == text.count(cut.line)


@pytest.mark.parametrize("sabotage", SABOTAGES, ids=str)
def test_it_is_tried_with_scenarios_that_are_there(sabotage: Sabotage) -> None:
    """At least five of them have to fail, and one that must not."""
    names = {one.name for one in SCENARIOS}

    assert set(sabotage.scenarios) <= names
    assert len(sabotage.scenarios) > 5
    assert "calm" in sabotage.scenarios
