"""Findings that do not count: remarks, settings, a baseline, and older lines."""

import json
import subprocess
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner, Result
from tests.unit.policy.reports.sarifschema import SARIF

from seawall.cli.main import main

CHOSEN = """
[policy]
severities = { "*" = "off", IMG002 = "warning", BLD003 = "warning" }
"""
POD = """apiVersion: v1
kind: Pod
metadata:
  name: web
  annotations:
    team: shop
spec:
  containers:
    - name: web
      image: registry.example/shop/web:latest
"""
LONG = """FROM debian:12
RUN set -e; \\
    apt-get update && \\
    apt-get install -y git
"""
Tree = Path


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with one pod whose image floats; the tests stand in it."""
    _git(tmp_path, "init", "-q")
    (tmp_path / "pod.yaml").write_text(POD)
    (tmp_path / "seawall.toml").write_text(CHOSEN)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _git(tree: Path, *words: str) -> None:
    names = ("-c", "user.name=a", "-c", "user.email=a@example")
    subprocess.run(["git", "-C", str(tree), *names, *words], check=True)


def _run(*words: str) -> Result:
    return CliRunner().invoke(main, ["check", *words], prog_name="seawall")


def _commit(tree: Path) -> None:
    _git(tree, "add", "-A")
    _git(tree, "commit", "-qm", "one")


def _accept(tree: Path, how: str, text: str) -> None:
    """Say that the pod's finding does not count."""
    pod, settings = tree / "pod.yaml", tree / "seawall.toml"
    if how == "comment":
        pod.write_text(POD.rstrip() + f" # seawall: ignore[IMG002] {text}\n")
    elif how == "annotation":
        note = f'    seawall.dev/ignore.IMG002: "{text}"\n'
        pod.write_text(POD.replace("spec:", f"{note}spec:"))
    else:
        until, _, rest = text.rpartition("until=")[2].partition(" ")
        day = f"expires = {until}" if "until=" in text else ""
        reason = rest if day else text
        settings.write_text(
            f"{CHOSEN}[[policy.exceptions]]\nrules = ['IMG']\npaths = ['*.yaml']\n"
            f"subjects = ['registry.example/shop/*']\nreason = '{reason}'\n{day}\n"
        )


WAYS = ("comment", "annotation", "settings")


@pytest.mark.parametrize("how", WAYS)
def test_what_is_accepted_does_not_count_and_is_not_lost(tree: Tree, how: str) -> None:
    """It is counted, shown to those who ask, and told to programs with its reason."""
    _accept(tree, how, "until=2999-01-01 it moves soon")
    result = _run()

    assert 0 == result.exit_code, result.output
    assert "0 findings (0 errors, 0 warnings, 0 notes, 1 accepted)" in result.stdout
    shown = _run("--show-suppressed")
    assert f"accepted in {how}: it moves soon" in shown.stdout
    assert 0 == shown.exit_code
    (told,) = json.loads(_run("--json").stdout)["findings"]
    assert ("it moves soon", how) == (told["suppressed"], told["suppressed_in"])
    log = json.loads(_run("--format", "sarif").stdout)
    jsonschema.validate(log, SARIF)
    (where,) = log["runs"][0]["results"][0]["suppressions"]
    assert ("external" if how == "settings" else "inSource") == where["kind"]
    assert "" == _run("--format", "github").stdout


@pytest.mark.parametrize("how", WAYS)
def test_what_has_ended_counts_again(tree: Tree, how: str) -> None:
    """And somebody is told why, who would wonder otherwise."""
    _accept(tree, how, "until=2020-01-01 it moves soon")
    result = _run()

    assert 1 == result.exit_code
    assert "IMG002 counts in spite of the" in result.stderr
    assert "it ended on 2020-01-01" in result.stderr


@pytest.mark.parametrize("how", WAYS)
def test_strict_wants_a_reason(tree: Tree, how: str) -> None:
    """Elsewhere an empty one will do."""
    _accept(tree, how, "")

    assert 0 == _run().exit_code
    result = _run("--profile=strict")
    assert (1, True) == (result.exit_code, "wants a reason" in result.stderr)


@pytest.mark.parametrize("how", WAYS)
def test_nothing_in_a_repository_can_accept_where_that_is_said(
    tree: Tree, how: str
) -> None:
    """Who checks files of others need not believe them."""
    _accept(tree, how, "trust me")

    assert 1 == _run("--no-ignore").exit_code


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("seawall.toml", '[policy.severities]\n"*" = "off"\n'),
        ("seawall.toml", '[policy]\nexclude = ["**"]\n'),
        ("seawall.toml", '[policy.contexts]\n"**" = "example"\n'),
        (".gitignore", "*\n"),
    ],
)
def test_nothing_in_a_repository_can_keep_findings_away_where_that_is_said(
    tree: Tree, name: str, text: str
) -> None:
    """Neither severities nor places that are left out."""
    (tree / name).write_text(text)

    assert 0 == _run().exit_code
    assert 1 == _run("--no-ignore").exit_code


def test_settings_of_ours_accept_where_the_files_must_not(tree: Tree) -> None:
    """What somebody chose for the check itself stands."""
    _accept(tree, "settings", "we know")
    ours = tree.parent / "ours.toml"
    (tree / "seawall.toml").rename(ours)

    assert 0 == _run("--no-ignore", "--config", str(ours)).exit_code


def test_another_rule_is_not_accepted(tree: Tree) -> None:
    """A remark speaks of the rules that it names."""
    (tree / "pod.yaml").write_text(POD.rstrip() + " # seawall: ignore[REG001] x\n")

    assert 1 == _run().exit_code


@pytest.mark.parametrize("at", ["RUN", "    apt-get update"])
def test_a_remark_above_a_long_command(tree: Tree, at: str) -> None:
    """Above the instruction, or above the line itself."""
    (tree / "pod.yaml").unlink()
    before = _write_dockerfile(tree, LONG)
    after = _write_dockerfile(
        tree, LONG.replace(at, f"# seawall: ignore[BLD003] reason\n{at}")
    )

    assert 1 <= before
    assert after < before


def _write_dockerfile(tree: Path, text: str) -> int:
    (tree / "Dockerfile").write_text(text)
    found = json.loads(_run("--json").stdout)["findings"]
    return sum(one["suppressed"] is None for one in found)


def test_a_fix_leaves_alone_what_is_accepted(tree: Tree) -> None:
    """Nobody changes what somebody said is right."""
    docker = tree / "Dockerfile"
    docker.write_text(LONG)
    _run("--fix")
    assert LONG != docker.read_text()
    known = f"{LONG.partition('RUN')[0]}# seawall: ignore[BLD003] ours\n"
    known += LONG[LONG.index("RUN") :]
    docker.write_text(known)
    _run("--fix")

    assert known == docker.read_text()


def test_a_baseline_lets_only_new_findings_count(tree: Tree) -> None:
    """Those that were there do not, wherever they move; one more of a kind does."""
    two = POD.replace("    - name", "    - name: a\n      image: a:latest\n    - name")
    (tree / "pod.yaml").write_text(two)
    quiet = _run("--write-baseline", "b.json", "-q")
    written = _run("--write-baseline", "b.json")
    moved = "# moved\n" + two
    (tree / "pod.yaml").write_text(moved)
    same = _run("--baseline", "b.json")
    (tree / "pod.yaml").write_text(f"{moved}---\n{POD}")
    more = _run("--baseline", "b.json")

    assert (0, "", "") == (quiet.exit_code, quiet.stdout, quiet.stderr)
    said = "2 findings written to b.json: 0 errors, 2 warnings, 0 notes\nIMG002 (2)\n"
    assert (0, "", said) == (written.exit_code, written.stdout, written.stderr)
    assert (0, True) == (same.exit_code, "2 accepted" in same.stdout)
    assert (1, True) == (more.exit_code, "1 finding (" in more.stdout)


def test_a_baseline_comes_with_a_report_if_one_is_asked_for(tree: Tree) -> None:
    """Findings are told where a format, or a place for it, is named."""
    (tree / "pod.yaml").write_text(POD)
    named = _run("--write-baseline", "b.json", "--format", "text")
    placed = _run(
        *["--write-baseline", "b.json", "--format", "text", "--output", "found.txt"]
    )

    assert (True, "") == ("pod.yaml:" in named.stdout, placed.stdout)
    assert "pod.yaml:" in (tree / "found.txt").read_text()


@pytest.mark.parametrize("text", ["", "[]", '{"version": 2, "findings": []}', "{", "["])
def test_a_broken_baseline_is_told(tree: Tree, text: str) -> None:
    """It is never taken for one that knows everything, or nothing."""
    (tree / "b.json").write_text(text)
    result = _run("--baseline", "b.json")

    assert (2, True) == (result.exit_code, "b.json" in result.stderr)
    assert 2 == _run("--baseline", "none.json").exit_code
    assert 2 == _run("--write-baseline", "x.json", "--since", "HEAD").exit_code


def test_only_lines_that_changed_since_a_commit(tree: Tree) -> None:
    """Older findings are left out, also those below new lines; new files are new."""
    _commit(tree)
    (tree / "pod.yaml").write_text("# moved\n" + POD)
    assert 0 == _run("--since", "HEAD").exit_code
    (tree / "Dockerfile").write_text("FROM alpine:latest\n")
    result = _run("--since", "HEAD")

    assert 1 == result.exit_code
    assert "Dockerfile:1:" in result.stdout
    assert "pod.yaml" not in result.stdout


def test_a_line_that_is_gone_makes_findings_new(tree: Tree) -> None:
    """An object that lost something has no new line, and may be worse than before."""
    _commit(tree)
    (tree / "pod.yaml").write_text(POD.replace("    team: shop\n", ""))

    assert 1 == _run("--since", "HEAD").exit_code


def test_what_others_did_meanwhile_is_no_change_of_ours(tree: Tree) -> None:
    """What counts is where the two histories parted."""
    _commit(tree)
    _git(tree, "branch", "work")
    (tree / "pod.yaml").write_text(POD.replace("web:latest", "web:1.2.3"))
    _commit(tree)
    _git(tree, "branch", "ahead")
    _git(tree, "checkout", "-q", "work")

    assert 0 == _run("--since", "ahead").exit_code


@pytest.mark.parametrize(
    "ref", ["none", "--output=pwned", "-x", "HEAD\n", "HEAD:pod.yaml", "$(touch pwned)"]
)
def test_refs_that_are_none(tree: Tree, ref: str) -> None:
    """They are refused, and nothing is made of them."""
    _commit(tree)
    result = _run(f"--since={ref}")

    assert (2, True) == (result.exit_code, "--since" in result.stderr)
    assert not (tree / "pwned").exists()


def test_nothing_that_a_repository_configures_is_run(tree: Tree) -> None:
    """No filter, no text conversion, no differ, no hook, no monitor."""
    (tree / ".gitattributes").write_text("* filter=evil diff=evil\n")
    _commit(tree)
    run = f"touch {tree}/pwned"
    for key in (
        "filter.evil.clean",
        "filter.evil.smudge",
        "filter.evil.process",
        "diff.evil.textconv",
        "diff.evil.command",
        "diff.external",
        "core.fsmonitor",
        "core.pager",
        "core.sshCommand",
    ):
        _git(tree, "config", key, run)
    (tree / "pod.yaml").write_text("# new\n" + POD.replace("shop/web", "shop/new"))

    assert 1 == _run("--since", "HEAD").exit_code
    assert not (tree / "pwned").exists()


def test_a_file_that_was_renamed_is_compared_with_what_it_was(tree: Tree) -> None:
    """Findings move with it: neither the name nor the place is their cause."""
    _commit(tree)
    _git(tree, "mv", "pod.yaml", "moved.yaml")

    assert 0 == _run("--since", "HEAD").exit_code
    _commit(tree)
    assert 0 == _run("--since", "HEAD~1").exit_code
    (tree / "moved.yaml").write_text(POD.replace("shop/web", "shop/new"))
    assert 1 == _run("--since", "HEAD~1").exit_code


def test_a_submodule_is_compared_with_its_own_commit(tree: Tree) -> None:
    """What the commit has of it is old, and what changed in it is new."""
    _commit(tree)
    outer = tree / "outer"
    outer.mkdir()
    _git(outer, "init", "-q")
    inner = ("-c", "protocol.file.allow=always", "submodule", "add", "-q")
    _git(outer, *inner, str(tree), "inner")
    _commit(outer)

    assert 0 == _run("--since", "HEAD", "outer").exit_code
    (outer / "inner/pod.yaml").write_text(POD.replace("shop/web", "shop/new"))
    assert 1 == _run("--since", "HEAD", "outer").exit_code


def test_a_hook_of_another_repository_does_not_choose_this_one(
    tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Git tells its hooks where they are, in the environment."""
    _commit(tree)
    _git(tree, "init", "-q", "other")
    monkeypatch.setenv("GIT_DIR", str(tree / "other/.git"))

    assert 0 == _run("--since", "HEAD", "pod.yaml").exit_code


def test_it_is_said_why_a_commit_is_not_there(tree: Tree) -> None:
    """A clone that was cut short, and what git itself does not like."""
    _commit(tree)
    _git(tree, "commit", "-q", "--allow-empty", "-m", "x")
    _git(tree, "clone", "-q", "--depth=1", f"file://{tree}", "short")
    result = _run("--since", "HEAD~1", "short")

    assert (2, True) == (result.exit_code, "fetch-depth: 0" in result.stderr)
    (tree / "short/.git/config").write_text("[core\n")
    result = _run("--since", "HEAD", "short")
    assert (2, True) == (result.exit_code, "git says: bad config" in result.stderr)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ('severities = { IMG902 = "off" }', "no rule IMG902; is it IMG002?"),
        (
            '[[policy.exceptions]]\nrules = ["XYZ"]\nreason = "x"',
            "there is no rule XYZ",
        ),
        (
            (
                '[[policy.exceptions]]\nrules = ["CFG"]\nreason = "x"\n'
                "expires = 2020-01-01"
            ),
            "the exception of CFG ended on 2020-01-01",
        ),
        (
            '[policy.mirrors]\n"docker.io" = "quay.io/hub"\n"quay.io" = "m.example/q"',
            "the mirror of docker.io is on quay.io, which has m.example/q for one",
        ),
        ('[policy.mirrors]\n"docker.io" = "docker.io/a"', "is on docker.io, which has"),
    ],
)
def test_settings_that_do_not_do_what_they_say(
    tree: Tree, said: str, told: str
) -> None:
    """They are told, whether or not there is a finding for them; the check goes on."""
    (tree / "seawall.toml").write_text(f"[policy]\n{said}\n")
    result = _run("--fail-on", "never")

    assert (0, True) == (result.exit_code, told in result.stderr)


def test_a_remark_about_no_rule_is_told(tree: Tree) -> None:
    """A slip of the finger accepts nothing, and says nothing, by itself."""
    (tree / "Dockerfile").write_text("FROM a:latest # seawall: ignore[IMG02] why\n")
    told = _run().stderr

    assert "Dockerfile: not accepted: line 1: there is no rule IMG02; is it IMG" in told
