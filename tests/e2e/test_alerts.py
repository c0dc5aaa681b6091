"""Prometheus takes the alert rules and the figures, and fires when it should."""

import re
import subprocess
from pathlib import Path

from tests.e2e.service import Seawall

RULES = Path(__file__).parents[2] / "deploy" / "prometheus"


def _promtool(*words: str, text: bytes = b"") -> str:
    done = subprocess.run(
        ["promtool", *words],
        cwd=RULES,
        input=text,
        capture_output=True,
        timeout=60,
        check=False,
    )
    said = (done.stdout + done.stderr).decode()
    assert 0 == done.returncode, said
    return said


def test_the_rules_are_rules() -> None:
    """Prometheus reads all of them."""
    assert "SUCCESS: 10 rules found" in _promtool("check", "rules", "seawall.rules.yml")


def test_alerts_fire_when_they_should() -> None:
    """On series that go wrong, and not on those that do not."""
    assert "SUCCESS" in _promtool("test", "rules", "seawall.rules.test.yml")


def test_the_figures_can_be_read(tmp_path: Path) -> None:
    """What the service tells is what Prometheus reads."""
    seawall = Seawall(tmp_path / "seawall", {}, known_registries=False)
    seawall.start()
    try:
        text = seawall.ask("/metrics").body
    finally:
        seawall.finish()
    assert re.search(rb"^seawall_store_bytes ", text, re.MULTILINE)
    _promtool("check", "metrics", text=text)
