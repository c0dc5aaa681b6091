"""Reports of a check, as the programs that take them read them."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema
import pytest
from click.testing import CliRunner, Result
from tests.unit.policy.casebook import encode
from tests.unit.policy.cases import pul002
from tests.unit.policy.reports.sarifschema import SARIF

from seawall.cli.main import main

CHOSEN = """
[policy]
severities = { "*" = "off", PUL002 = "error", IMG002 = "warning" }
"""
MEND = pul002.FIXES["a list of its own"]


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with an error in YAML and a warning in a Dockerfile."""
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    for name, data in encode(MEND.before).items():
        (tmp_path / name).write_bytes(data)
    (tmp_path / "seawall.toml").write_text(CHOSEN)
    (tmp_path / "ä, b%.Dockerfile").write_text("FROM alpine:latest\n")
    monkeypatch.chdir(tmp_path)
    for name in ("GITHUB_STEP_SUMMARY", "GITHUB_WORKSPACE"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def _run(*words: str) -> Result:
    return CliRunner().invoke(main, ["check", *words], prog_name="seawall")


def _read_sarif(*words: str) -> Any:
    log = json.loads(_run("--format", "sarif", *words).stdout)
    jsonschema.validate(log, SARIF)
    return log["runs"][0]


def test_sarif_is_what_the_standard_says(tree: Path) -> None:
    """Findings, a broken file, an odd name: all of it is valid."""
    (tree / "broken.yaml").write_text("kind: [\n")
    run = _read_sarif()

    assert ["PUL002", "IMG002"] == [one["ruleId"] for one in run["results"]]
    for one in run["results"]:
        rule = run["tool"]["driver"]["rules"][one["ruleIndex"]]
        assert one["ruleId"] == rule["id"]
    (note,) = run["invocations"][0]["toolExecutionNotifications"]
    place = note["locations"][0]["physicalLocation"]["artifactLocation"]
    assert "broken.yaml" == place["uri"]
    uris = [
        one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        for one in run["results"]
    ]
    assert ["job.yaml", "%C3%A4%2C%20b%25.Dockerfile"] == uris


def test_a_fix_in_sarif_does_what_fix_does(tree: Path) -> None:
    """Whoever applies its replacements gets the same bytes."""
    (result,) = (x for x in _read_sarif()["results"] if x["ruleId"] == "PUL002")
    (change,) = result["fixes"][0]["artifactChanges"]
    content = (tree / change["artifactLocation"]["uri"]).read_text()
    starts = [0]
    for line in content.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    for one in reversed(change["replacements"]):
        region = one["deletedRegion"]
        begin = starts[region["startLine"] - 1] + region["startColumn"] - 1
        end = starts[region["endLine"] - 1] + region["endColumn"] - 1
        content = content[:begin] + one["insertedContent"]["text"] + content[end:]
    _run("--fix")

    assert (tree / "job.yaml").read_text() == content


def test_fingerprints_stay_when_lines_move(tree: Path) -> None:
    """A code host knows a finding again below other lines, and two of a kind apart."""
    docker = tree / "Dockerfile"
    docker.write_text("FROM alpine:latest AS a\nFROM alpine:latest AS a\n")
    before = [one["partialFingerprints"] for one in _read_sarif()["results"]]
    docker.write_text("# moved\n\n" + docker.read_text())
    after = [one["partialFingerprints"] for one in _read_sarif()["results"]]

    assert before == after
    assert len(after) == len({one["seawall/v1"] for one in after})


def test_annotations_cannot_be_broken_out_of(tree: Path) -> None:
    """Names of files are data: they neither end a command nor add a property."""
    lines = _run("--format", "github").stdout.splitlines()

    assert lines[0].startswith("::error file=job.yaml,line=13,endLine=13,col=18,")
    assert lines[1].startswith("::warning file=ä%2C b%25.Dockerfile,line=1,")
    assert 2 == len(lines)
    assert tree.is_dir()


def test_annotations_are_named_from_the_workspace(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where a repository is checked out below it."""
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tree.parent))

    assert f"file={tree.name}/job.yaml," in _run("--format", "github").stdout


def test_a_summary_is_added_to_that_of_the_step(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What stands there stays, and names mean nothing in Markdown."""
    page = tree / "summary.md"
    page.write_text("before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(page))
    (tree / "<b>|`x.Dockerfile").write_text("FROM alpine:latest\n")
    result = _run("--format", "summary", "--format", "text")

    assert page.read_text().startswith("before\n## seawall check\n")
    assert "| error | PUL002 | job.yaml:13 |" in page.read_text()
    assert r"&lt;b>\|\`x.Dockerfile:1 |" in page.read_text()
    assert "PUL002 Job/migrate" in result.stdout


def test_junit_fails_what_the_check_fails(tree: Path) -> None:
    """Findings below the threshold pass, and files that cannot be read are errors."""
    (tree / "broken.yaml").write_text("kind: [\n")
    result = _run("--format", "junit", "--fail-on", "error")
    suite = ET.fromstring(result.stdout)[0]  # noqa: S314  ours

    assert ["3", "1", "1", "0"] == [
        suite.get(key) for key in ("tests", "failures", "errors", "skipped")
    ]
    failed = [
        case.get("classname") for case in suite if case.find("failure") is not None
    ]
    assert ["job.yaml"] == failed


def test_junit_of_a_clean_tree_has_a_test(tree: Path) -> None:
    """A suite without any is taken for a mistake by servers."""
    suite = ET.fromstring(_run("web.yaml", "--format=junit").stdout)[0]  # noqa: S314  ours

    assert ["1", "0"] == [suite.get(key) for key in ("tests", "failures")]
    assert tree.is_dir()


def test_code_quality_has_what_gitlab_needs(tree: Path) -> None:
    """Each with a fingerprint of its own, a severity of GitLab's, a path and a line."""
    (tree / "Dockerfile").write_text("FROM alpine:latest\n" * 2)
    issues = json.loads(_run("--format", "gitlab").stdout)

    assert 4 == len({issue["fingerprint"] for issue in issues})
    assert {"critical", "major"} == {issue["severity"] for issue in issues}
    assert {"path": "job.yaml", "lines": {"begin": 13, "end": 13}} in [
        issue["location"] for issue in issues
    ]


def test_several_reports_at_once(tree: Path) -> None:
    """Each goes where the output behind its format says."""
    words = "--format text --format sarif --output s.json --format junit --output j.xml"
    result = _run(*words.split())

    assert "PUL002 Job/migrate" in result.stdout
    assert "2.1.0" == json.loads((tree / "s.json").read_text())["version"]
    assert "<testsuites" in (tree / "j.xml").read_text()
    assert 1 == result.exit_code


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("--output x", "has no --format before it"),
        ("--format json --output x --output y", "has no --format before it"),
        ("--format json --format sarif", "standard output"),
        ("--format json --output x --format sarif --output x", "go to x"),
        ("--json --format text", "choose one"),
        ("--format sarif --output no/where/x", "No such file or directory"),
        ("--format html", "Invalid value"),
    ],
)
def test_reports_that_make_no_sense(tree: Path, words: str, says: str) -> None:
    """They are refused, with a word on what to do."""
    result = _run(*words.split())

    assert (2, True) == (result.exit_code, says in result.stderr)
    assert not (tree / "x").exists()


def test_nothing_fails_where_nothing_shall(tree: Path) -> None:
    """Findings are told, and the exit code stays 0."""
    result = _run("--fail-on", "never")

    assert (0, True) == (result.exit_code, "PUL002" in result.stdout)
    assert tree.is_dir()


@pytest.mark.parametrize("option", ["--format sarif --output", "--write-baseline"])
def test_a_report_is_whole_or_the_one_before(tree: Path, option: str) -> None:
    """A full disk leaves what was there, and nothing beside it."""
    (tree / "report").write_text("before")
    (tree / "more").mkdir()
    for name in range(40):  # enough for a baseline of more than a kilobyte
        (tree / "more" / f"{name}.Dockerfile").write_text("FROM x:latest\n")
    names = sorted(path.name for path in tree.iterdir())
    seawall = "from seawall.cli.main import main; main()"
    full = f"ulimit -f 1; exec {sys.executable} -c '{seawall}' check {option} report"
    ended = subprocess.run(
        ["sh", "-c", full], cwd=tree, capture_output=True, text=True, check=False
    )

    assert (4, True) == (ended.returncode, "File too large" in ended.stderr)
    assert "before" == (tree / "report").read_text()
    assert names == sorted(path.name for path in tree.iterdir())


def test_a_report_may_go_to_what_is_no_file(tree: Path) -> None:
    """A device stays one, and a link leads where it led."""
    (tree / "link").symlink_to("there")
    _run("--format", "json", "--output", "/dev/null", "--format", "text")
    _run("--format", "json", "--output", "link")

    assert Path("/dev/null").is_char_device()
    assert (tree / "link").is_symlink()
    assert json.loads((tree / "there").read_text())["findings"]
