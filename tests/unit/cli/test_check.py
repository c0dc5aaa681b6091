"""`check` and `rules` as they are typed, and what they answer."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tests.unit.policy.casebook import encode
from tests.unit.policy.cases import pul002

from seawall.cli.main import main
from seawall.policy import writing
from seawall.policy.facts.troubles import Trouble
from seawall.policy.reports.unifieddiff import write_diff
from seawall.policy.rulebook import list_rules

CHOSEN = """
[policy]
severities = { "*" = "off", PUL002 = "error", IMG002 = "warning", BLD003 = "warning" }
"""
"""The rules that are looked at here, whichever others there are."""
MEND = pul002.FIXES["a list of its own"]


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with an error that can be mended; the tests stand in it."""
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    for name, data in encode(MEND.before).items():
        (tmp_path / name).write_bytes(data)
    (tmp_path / "seawall.toml").write_text(CHOSEN)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _run(*words: str) -> Result:
    return CliRunner().invoke(main, words, prog_name="seawall")


def test_a_finding_is_told_with_its_line_and_its_fix(tree: Path) -> None:
    """The line, what is wrong in it, and what would mend it."""
    result = _run("check")

    assert 1 == result.exit_code
    assert (
        "job.yaml:13:18: error PUL002 Job/migrate pulls from registry.example with no"
        " pull secret, and fails on a node without the image; Deployment/web has"
        " registry-pull\n"
        "   13 |           image: registry.example/shop/migrate:1.4.2\n"
        f"      |                  {'^' * 35}\n"
        "      --fix: the pull secret that Deployment/web has\n"
        "      +       imagePullSecrets:\n"
        "      +         - name: registry-pull\n"
    ) in result.stdout
    assert "1 finding (1 error, 0 warnings, 0 notes)" in result.stdout
    assert "\nfixes: 1 safe (--fix)\n" in result.stdout
    assert "" == result.stderr
    assert tree.is_dir()


def test_a_kind_of_fix_behind_a_blank_is_told_apart_from_a_path(tree: Path) -> None:
    """`--fix online` looks right: say what to type, unless there is such a file."""
    refused = _run("check", "--fix", "online")
    (tree / "online").write_text("")
    taken = _run("check", "--fix", "--diff", "online")

    assert (2, True) == (refused.exit_code, "write --fix=online" in refused.stderr)
    assert 0 == taken.exit_code


def test_a_fix_is_written_where_it_is_asked_for(tree: Path) -> None:
    """The files are mended, the exit code says so, and once more does nothing."""
    result = _run("check", "--fix", "job.yaml", "web.yaml")

    assert (0, "mended 1 finding in 1 file\n") == (result.exit_code, result.stderr)
    after = encode(MEND.after)
    assert after == {name: (tree / name).read_bytes() for name in after}
    assert "mended 0 findings in 0 files\n" == _run("check", "--fix").stderr


@pytest.mark.parametrize("report", ["text", "json"])
def test_what_could_not_be_written_is_left_and_told(tree: Path, report: str) -> None:
    """Without the rights nothing is mended: findings stay, and the exit code is 4."""
    before = {path: path.read_bytes() for path in tree.glob("*.yaml")}
    tree.chmod(0o555)
    words = [sys.executable, "-m", "seawall", "check", "--fix", "--format", report]
    if os.geteuid() == 0:  # root may write anywhere, but for what it gives away
        words = ["setpriv", "--bounding-set=-dac_override", *words]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    tree.chmod(0o755)

    assert 4 == done.returncode, done.stderr
    assert done.stderr.startswith("mended 0 findings in 0 files\n")
    assert "unreadable: cannot be written: Permission denied" in done.stderr
    assert "PUL002" in done.stdout
    assert before == {path: path.read_bytes() for path in before}


def test_what_another_program_changes_meanwhile_is_left_and_told(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was read is what is told: nothing was mended."""
    real = writing.write_files

    def write(root: Path, *files: Mapping[str, bytes]) -> list[Trouble]:
        (tree / "job.yaml").write_text("kind: List\n")
        return real(root, *files)

    monkeypatch.setattr(writing, "write_files", write)
    result = _run("check", "--fix")

    assert 1 == result.exit_code
    assert result.stderr.startswith("mended 0 findings in 0 files\n")
    assert "job.yaml: gone: was changed meanwhile: left as it is" in result.stderr
    assert "PUL002" in result.stdout


def test_a_diff_can_be_applied_by_git(tree: Path) -> None:
    """What would change is printed, and is what `--fix` does."""
    result = _run("check", "--diff")

    assert encode(MEND.before)["job.yaml"] == (tree / "job.yaml").read_bytes()
    subprocess.run(["git", "apply"], input=result.stdout_bytes, cwd=tree, check=True)
    assert encode(MEND.after)["job.yaml"] == (tree / "job.yaml").read_bytes()
    assert b"" == _run("check", "--diff").stdout_bytes


def test_reports_beside_a_diff_tell_of_files_as_they_are(tree: Path) -> None:
    """They go to files; two things on standard output would be neither."""
    result = _run("check", "--diff", "--format", "json", "--output", "found.json")
    found = json.loads((tree / "found.json").read_text())

    assert result.stdout_bytes.startswith(b"--- a/job.yaml\n")
    assert ["PUL002"] == [finding["rule"] for finding in found["findings"]]
    for words in (["--json"], ["--format", "sarif"]):
        refused = _run("check", "--diff", *words)
        assert (2, "") == (refused.exit_code, refused.stdout)
        assert "--diff goes to standard output" in refused.stderr


@pytest.mark.parametrize("text", ["a\nb\nc", "", "a\r\nb\r\n", "x\n" * 20, "é\n"])
@pytest.mark.parametrize("new", ["a\nB\nc", "a\nb\nc\nd\n", "q", "\ny\r\n"])
def test_any_change_can_be_applied(tmp_path: Path, text: str, new: str) -> None:
    """With any line ends, and with none at the end of the file."""
    (tmp_path / "x").write_bytes(text.encode())
    diff, _ = write_diff("x", text.encode(), new.encode())
    subprocess.run(["git", "apply"], input=diff, cwd=tmp_path, check=True)

    assert new.encode() == (tmp_path / "x").read_bytes()


@pytest.mark.parametrize(
    "name",
    [
        "a b/c d",
        "é",
        'a"b',
        "a\\b",
        "a\tb",
        "x\n--- a/y\n+++ b/y",
        os.fsdecode(b"\xff b"),
    ],
    ids=ascii,
)
def test_a_name_in_a_diff_is_a_name(tmp_path: Path, name: str) -> None:
    """Whatever a file is called, that one is changed, and no other."""
    place, other = tmp_path / name, tmp_path / "y"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(b"old\n")
    other.write_bytes(b"old\n")
    diff, _ = write_diff(name, b"old\n", b"new\n")
    subprocess.run(["git", "apply"], input=diff, cwd=tmp_path, check=True)

    assert (b"new\n", b"old\n") == (place.read_bytes(), other.read_bytes())


def test_the_answer_in_json(tree: Path) -> None:
    """Programs get all of it, with places in bytes and in lines."""
    result = _run("check", "--json", str(tree))
    answer = json.loads(result.stdout)

    assert 1 == answer["version"]
    (finding,) = answer["findings"]
    assert ("PUL002", "error", "job.yaml", 13, 18) == tuple(
        finding[key] for key in ("rule", "severity", "path", "line", "column")
    )
    assert "safe" == finding["fix"]["kind"]
    assert ["web.yaml"] == [place["path"] for place in finding["related"]]
    assert 2 == answer["coverage"]["images"]


def test_a_broken_file_is_told_and_ends_nothing(tree: Path) -> None:
    """A line on standard error, and the others are checked."""
    (tree / "broken.yaml").write_text("kind: [\n")
    result = _run("check", "-q")

    assert 1 == result.exit_code
    assert "seawall: broken.yaml: broken: did not find" in result.stderr
    assert "PUL002" in result.stdout


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("--fail-on=error", "web.yaml"), 0, ""),
        (("nothing.yaml",), 2, "there is no such file"),
        (("--fix=never",), 2, "Invalid value"),
        (("--profile=none",), 2, "Invalid value"),
    ],
)
def test_exit_codes(tree: Path, words: tuple[str, ...], code: int, says: str) -> None:
    """Nothing found, something found, asked in a way that makes no sense."""
    result = _run("check", *words)

    assert code == result.exit_code
    assert says in result.stderr
    assert tree.is_dir()


def test_the_threshold_counts(tree: Path) -> None:
    """A warning fails a check unless only errors count."""
    (tree / "job.yaml").unlink()
    (tree / "Dockerfile").write_text("FROM alpine\n")

    assert [1, 0, 1] == [
        _run("check", f"--fail-on={word}").exit_code
        for word in ("warning", "error", "note")
    ]


def test_no_secret_and_no_control_character_is_printed(tree: Path) -> None:
    """A line is shown without what looks like a secret, or moves the cursor."""
    (tree / "Dockerfile").write_text(
        "FROM debian:11\nRUN PASSWORD=hunter2 apt-get update \x1b[2J\n"
    )
    result = _run("check")

    assert "BLD003" in result.stdout
    assert "hunter2" not in result.stdout
    assert "\x1b" not in result.stdout


def test_rules_are_listed_and_explained() -> None:
    """All of them in a table, some of them as their pages, any of them in JSON."""
    listed = _run("rules").stdout
    page = _run("rules", "pul002").stdout
    plain = json.loads(_run("rules", "--json", "IMG002").stdout)

    assert all(entry.rule.id in listed for entry in list_rules())
    assert page.startswith("# PUL002: Workload without the pull secret")
    assert ["IMG002"] == [rule["id"] for rule in plain]
    assert 2 == _run("rules", "XXX999").exit_code
    assert "there is no rule PUL02; is it PUL002?" in _run("rules", "pul02").stderr
    family = _run("rules", "cmp").stdout.splitlines()
    assert ["RULE", "CMP002"] == [line.split()[0] for line in family]


def test_ids_are_completed() -> None:
    """A shell offers the rules that begin so."""
    result = CliRunner().invoke(
        main,
        prog_name="seawall",
        env={
            "_SEAWALL_COMPLETE": "bash_complete",
            "COMP_WORDS": "seawall rules pul",
            "COMP_CWORD": "2",
        },
    )

    assert "plain,PUL002" in result.output
