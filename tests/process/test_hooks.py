"""The hook and the action of this tree, run as pre-commit and a runner run them."""

import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.unit.policy.casebook import encode
from tests.unit.policy.cases import pul002

ROOT = Path(__file__).parents[2]
MEND = pul002.FIXES["a list of its own"]
CHOSEN = """
[policy]
severities = { "*" = "off", PUL002 = "error" }
"""
HOOKS = {
    hook["id"]: hook
    for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
}
ACTION = yaml.safe_load((ROOT / "action.yml").read_text())


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A repository with one error that can be mended."""
    tree = tmp_path / "a repository"
    tree.mkdir()
    subprocess.run(["git", "init", "-q", str(tree)], check=True)
    for name, data in encode(MEND.before).items():
        (tree / name).write_bytes(data)
    (tree / "seawall.toml").write_text(CHOSEN)
    return tree


def _run(words: list[str], tree: Path, **more: str) -> subprocess.CompletedProcess[str]:
    binaries = str(Path(sys.executable).parent)
    known = {**os.environ, "PATH": f"{binaries}:{os.environ['PATH']}", **more}
    return subprocess.run(
        words, cwd=tree, env=known, capture_output=True, text=True, check=False
    )


def _run_hook(name: str, tree: Path) -> int:
    """Run a hook: its entry and arguments, without names of files, from the top."""
    hook = HOOKS[name]
    assert ("python", False) == (hook["language"], hook["pass_filenames"])
    return _run([*shlex.split(hook["entry"]), *hook.get("args", [])], tree).returncode


def _run_action(tree: Path, **chosen: str) -> list[subprocess.CompletedProcess[str]]:
    """Run the action's steps one after the other, as long as they succeed."""
    inputs = {name: one["default"] for name, one in ACTION["inputs"].items()}
    inputs |= {name.replace("_", "-"): value for name, value in chosen.items()}
    done: list[subprocess.CompletedProcess[str]] = []
    for step in ACTION["runs"]["steps"]:
        known = {
            name: _fill(text, inputs) for name, text in step.get("env", {}).items()
        }
        script = tree.parent / "step.sh"
        script.write_text(step["run"])  # a runner writes it down, and runs it so
        known |= {
            "GITHUB_ACTION_PATH": str(ROOT),
            "GITHUB_WORKSPACE": str(tree),
            "GITHUB_STEP_SUMMARY": str(tree.parent / "summary.md"),
        }
        bash = ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)]
        done.append(_run(bash, tree, **known))
        if done[-1].returncode:
            break
    return done


def _fill(text: str, inputs: dict[str, Any]) -> str:
    for name, value in inputs.items():
        text = text.replace(f"${{{{ inputs.{name} }}}}", value)
    assert "${{" not in text
    return text


def test_the_hook_stops_a_commit_and_the_other_one_mends_it(tree: Path) -> None:
    """A finding fails it; once the files are mended, it passes."""
    assert 1 == _run_hook("seawall-check", tree)
    assert 0 == _run_hook("seawall-fix", tree)
    assert encode(MEND.after)["job.yaml"] == (tree / "job.yaml").read_bytes()
    assert 0 == _run_hook("seawall-check", tree)


def test_the_action_annotates_and_fails(tree: Path) -> None:
    """Annotations, a summary, SARIF where it is wanted, and the job's outcome."""
    done = _run_action(tree, sarif="out.sarif")

    assert [0, 1] == [one.returncode for one in done], done[-1].stderr
    assert done[-1].stdout.startswith("::error file=job.yaml,line=13,")
    assert "| error | PUL002 |" in (tree.parent / "summary.md").read_text()
    assert '"2.1.0"' in (tree / "out.sarif").read_text()


def test_the_action_does_what_its_inputs_say(tree: Path) -> None:
    """Paths, one on each line, and what fails the job."""
    assert 0 == _run_action(tree, fail_on="never")[-1].returncode
    assert 0 == _run_action(tree, paths="web.yaml\nseawall.toml\n")[-1].returncode
    assert 2 == _run_action(tree, since="none")[-1].returncode
    assert 2 == _run_action(tree, profile="none")[-1].returncode
    assert 2 == _run_action(tree, baseline="none")[-1].returncode


@pytest.mark.parametrize("name", sorted(ACTION["inputs"]))
def test_no_input_becomes_a_part_of_the_script(tree: Path, name: str) -> None:
    """Who chooses a branch's name does not choose what runs."""
    _run_action(tree, **{name: '"; touch pwned; $(touch pwned) `touch pwned`'})

    assert not (tree / "pwned").exists()
    assert all("${{" not in step["run"] for step in ACTION["runs"]["steps"])
