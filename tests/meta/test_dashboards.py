"""What alerts and boards ask for is what the service tells."""

import json
import re
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from tests.meta.generated import ROOT, SOURCE

from seawall.app.meters import Meters

DEPLOY = ROOT / "deploy"
PLACES = [
    DEPLOY / "prometheus" / "seawall.rules.yml",
    DEPLOY / "prometheus" / "seawall.rules.test.yml",
    DEPLOY / "grafana" / "seawall.json",
]
NAMED = re.compile(r"\bseawall_[a-z_]+")
GAUGE = re.compile(r"Figure\(\s*\"([a-z_]+)\"")


def told() -> set[str]:
    """List the names of all figures: counters as declared, gauges as written."""
    registry = CollectorRegistry()
    Meters(registry)
    counters = {
        f"{family.name}_total" if family.type == "counter" else family.name
        for family in registry.collect()
    }
    sources = "".join(path.read_text() for path in (SOURCE / "app").rglob("*.py"))
    return counters | {f"seawall_{name}" for name in GAUGE.findall(sources)}


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.name)
def test_every_figure_that_is_asked_for_exists(place: Path) -> None:
    """A renamed figure does not silence its alert."""
    asked = set(NAMED.findall(place.read_text()))

    assert asked
    assert set() == asked - told()


def test_the_board_is_one() -> None:
    """Panels have titles, places of their own, and something to show."""
    board = json.loads((DEPLOY / "grafana" / "seawall.json").read_text())
    places = [(p["gridPos"]["x"], p["gridPos"]["y"]) for p in board["panels"]]

    assert len(places) == len(set(places))
    assert all(panel["title"] and panel["targets"] for panel in board["panels"])
