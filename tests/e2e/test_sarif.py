"""Reports of every rule's own files, judged by Microsoft's validator of SARIF.

It has the schema of 2.1.0, and the rules of the format and of GitHub's code scanning.
npm installs it, pinned by its hash.
"""

import importlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.unit.policy.casebook import Case, encode

from seawall.policy.rulebook import list_rules

PINS = Path(__file__).parent / "sarif"
TOOL = "node_modules/@microsoft/sarif-multitool-linux/Sarif.Multitool"
RULES = [entry.rule.id for entry in list_rules()]
NO_PAGE = "SARIF2005"
"""It misses an address of the tool: Seawall's pages are in its own tree."""

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def tool(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the validator in a folder that is thrown away."""
    place = tmp_path_factory.mktemp("validator")
    for pin in PINS.iterdir():
        shutil.copy(pin, place)
    quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
    subprocess.run(["npm", "ci", *quiet], cwd=place, check=True)
    (place / TOOL).chmod(0o755)
    return place / TOOL


def _judge(tool: Path, report: Path) -> list[tuple[str, str, str]]:
    """Let the validator judge a report: rules, levels and what it says."""
    out = report.with_suffix(".judged.sarif")
    # .NET wants Unicode's tables otherwise, which a small machine has not
    env = {**os.environ, "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1"}
    kinds = ["--rule-kind", "Sarif;Ghas", "--output", str(out)]
    done = subprocess.run(
        [str(tool), "validate", str(report), *kinds],
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert out.exists(), done.stdout + done.stderr
    (run,) = json.loads(out.read_text())["runs"]
    told = run["invocations"][0]
    assert [] == told.get("toolConfigurationNotifications", [])
    assert [] == told.get("toolExecutionNotifications", [])
    return [
        (one["ruleId"], one.get("level", "warning"), json.dumps(one["message"]))
        for one in run.get("results", [])
    ]


def _report(tree: Path, *words: str) -> Path:
    out = tree.with_name(f"{tree.name}.sarif")
    command = [sys.executable, "-m", "seawall", "check", str(tree), *words]
    done = subprocess.run(
        [*command, "--format", "sarif", "--output", str(out)],
        cwd=tree,
        capture_output=True,
        check=False,
    )
    assert 1 == done.returncode, done.stderr
    return out


def _write_cases(tree: Path) -> None:
    """Write each rule's files, every case in a folder of its own."""
    for rule in RULES:
        module = importlib.import_module(f"tests.unit.policy.cases.{rule.lower()}")
        cases: dict[str, Case] = module.MUST_FIRE
        for number, case in enumerate(cases.values()):
            for name, data in encode(case.files).items():
                path = tree / rule / str(number) / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)


def test_reports_are_sarif(tool: Path, tmp_path: Path) -> None:
    """Findings, fixes and notifications: what the format and code scanning ask for."""
    tree = tmp_path / "tree"
    _write_cases(tree)
    strict = 'severities = { "*" = "warning" }\nprofile = "strict"\n'
    (tree / "seawall.toml").write_text(f"[policy]\n{strict}")
    report = _report(tree)
    (run,) = json.loads(report.read_text())["runs"]
    judged = _judge(tool, report)

    assert len({one["ruleId"] for one in run["results"]}) > 60
    assert any("fixes" in one for one in run["results"])
    assert [] == [one for one in judged if one[0] != NO_PAGE]


@pytest.mark.parametrize(
    "change",
    [
        {"message": {"text": 5}},
        {"ruleIndex": 99},
        {"locations": [{"physicalLocation": {"region": {"startLine": 0}}}]},
        {"unheard": "of"},
    ],
    ids=str,
)
def test_the_validator_is_awake(
    tool: Path, tmp_path: Path, change: dict[str, Any]
) -> None:
    """A report with a fault in it is no SARIF."""
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "Dockerfile").write_text("FROM busybox\n")
    report = _report(tmp_path / "tree")
    tree = json.loads(report.read_text())
    tree["runs"][0]["results"][0].update(change)
    report.write_text(json.dumps(tree))

    assert "error" in [level for _, level, _ in _judge(tool, report)]
