"""Trees made to do harm: their names, links and contents are data in all reports."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import jsonschema
import pytest
from click.testing import CliRunner, Result
from tests.unit.policy.reports.sarifschema import SARIF

from seawall.cli.main import main
from seawall.policy.reports import sarif

POD = b"apiVersion: v1\nkind: Pod\nspec: {containers: [{name: a, image: %s}]}\n"
NAMES = (
    b"\xff\xfe.yaml",
    b"a\n::error file=x::pwned\n.yaml",
    b"::stop-commands::x.yaml",
    b"esc\x1b]0;pwned\x07.yaml",
    b"rtl\xe2\x80\xae.yaml",
    b"##vso[task.setvariable variable=a]b.yaml",
    b"--help.yaml",
    b"|`<b>&.yaml",
)
IMAGES = (
    b'"busy\\e[31mbox\\r\\n::error::pwned\\u202e"',
    b'"##[error]pwned:latest"',
    b"'##vso[task.setvariable variable=a]b:latest'",
    b"'::error::pwned:latest'",
    b"'::warning::pwned:latest'",
)
REPORTS = ("text", "json", "sarif", "junit", "github", "summary", "gitlab")


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Files whose names and images would do harm, if they were more than data."""
    top = os.fsencode(tmp_path)
    for name in NAMES:
        Path(os.fsdecode(os.path.join(top, name))).write_bytes(POD % b"busybox")  # noqa: PTH118  bytes
    for number, image in enumerate(IMAGES):
        (tmp_path / f"{number}.yaml").write_bytes(POD % image)
        (tmp_path / f"{number}.Dockerfile").write_bytes(b"FROM busybox # " + image)
    monkeypatch.chdir(tmp_path)
    for known in ("GITHUB_STEP_SUMMARY", "GITHUB_WORKSPACE"):
        monkeypatch.delenv(known, raising=False)
    return tmp_path


def _run(*words: str) -> Result:
    result = CliRunner().invoke(main, ["check", *words], prog_name="seawall")
    assert 70 != result.exit_code, result.stderr
    return result


@pytest.mark.parametrize("report", REPORTS)
def test_no_name_is_more_than_data(tree: Path, report: str) -> None:
    """No report moves a cursor, begins a command, or is not what it should be."""
    result = _run("--format", report, "--show-suppressed")
    said = result.stdout + result.stderr

    assert tree.is_dir()
    assert all(c.isprintable() or c == "\n" for c in said)
    if report == "text":
        assert not any(line.lstrip().startswith("::") for line in said.split("\n"))
        assert "##[" not in said
        assert "##vso[" not in said
    if report == "github":
        assert all(
            line.startswith(("::warning ", "::error ", "::notice "))
            for line in result.stdout.splitlines()
        )
        assert "pwned\n" not in result.stdout
    if report == "junit":
        assert len(ET.fromstring(said)[0]) > len(NAMES)  # noqa: S314  ours
    if report in ("json", "sarif", "gitlab"):
        log = json.loads(result.stdout)
        jsonschema.validate(log, SARIF if report == "sarif" else {})


def test_such_names_are_fixed_and_remembered(tree: Path) -> None:
    """A diff, a fix, and a baseline are made of them as of any."""
    assert b"::error file=x" in _run("--diff").stdout_bytes
    baseline = str(tree / "b.json")
    assert 0 == _run("--write-baseline", baseline).exit_code
    assert 0 == _run("--baseline", baseline).exit_code
    _run("--fix")
    fixed = os.path.join(os.fsencode(tree), NAMES[0])  # noqa: PTH118  bytes

    assert b"docker.io/library/busybox" in Path(os.fsdecode(fixed)).read_bytes()


def test_what_is_no_file_is_let_be(tree: Path) -> None:
    """Links that go round, pipes, sockets, devices, and what cannot be read."""
    (tree / "loop").symlink_to(".")
    (tree / "self.yaml").symlink_to("self.yaml")
    (tree / "far.yaml").symlink_to("/etc/passwd")
    os.mkfifo(tree / "pipe.yaml")
    ear = socket.socket(socket.AF_UNIX)
    ear.bind("ear.yaml")
    result = _run("--json")
    ear.close()
    paths = {one["path"] for one in json.loads(result.stdout)["findings"]}

    assert not paths & {"self.yaml", "far.yaml", "pipe.yaml", "ear.yaml"}
    assert not any(path.startswith("loop") for path in paths)
    assert 2 == _run("--output=x", "--format=json", "pipe.yaml", "gone").exit_code


def test_a_reader_of_the_report_may_leave(tree: Path) -> None:
    """`| head` ends it without a word; a full disk is told."""
    for number in range(300):
        (tree / f"{number}.Dockerfile").write_text("FROM busybox:latest\n")
    command = [sys.executable, "-m", "seawall", "check", str(tree)]
    pipe = (
        f"{sys.executable} -m seawall check {tree} | head -1; exit ${{PIPESTATUS[0]}}"
    )
    head = subprocess.run(["bash", "-c", pipe], capture_output=True, check=False)
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, check=False)

    assert (1, b"") == (head.returncode, head.stderr)
    assert (4, True) == (done.returncode, b"No space left" in done.stderr)


def test_a_code_host_gets_as_much_as_it_takes(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worst come first, and it is told how many are left out."""
    every = json.loads(_run("--format", "sarif").stdout)["runs"][0]["results"]
    monkeypatch.setattr(sarif, "_RESULTS", 3)
    (run,) = json.loads(_run("--format", "sarif").stdout)["runs"]

    assert tree.is_dir()
    assert ["error"] * 3 == [one["level"] for one in run["results"]]
    assert {"error", "warning", "note"} == {one["level"] for one in every}
    note = run["invocations"][0]["toolExecutionNotifications"][-1]["message"]["text"]
    assert note.startswith(f"{len(every) - 3} more findings are left out")
