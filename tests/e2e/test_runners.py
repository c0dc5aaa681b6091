"""The hook and the action of this tree, run by pre-commit itself, and by a runner.

Both install Seawall from its pinned list, as for anybody who uses them: half a minute.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.unit.policy.casebook import encode
from tests.unit.policy.cases import pul002

ROOT = Path(__file__).parents[2]
MEND = pul002.FIXES["a list of its own"]
CHOSEN = """
[policy]
severities = { "*" = "off", PUL002 = "error" }
"""
HOOKS = """
repos:
  - repo: {tree}
    rev: {commit}
    hooks:
      - id: seawall-check
      - id: seawall-fix
"""
JOB = """
on: push
jobs:
  check:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: ./seawall
        continue-on-error: true
        with:
          paths: |
            web.yaml
            job.yaml
          sarif: out.sarif
      - run: grep -o '"ruleId":.*' out.sarif
      - uses: ./seawall
        with:
          fail-on: '"; touch {pwned}; $(touch {pwned}) `touch {pwned}`'
"""

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pre-commit and act, pinned by hash, in an environment that is thrown away."""
    place = tmp_path_factory.mktemp("programs")
    subprocess.run([sys.executable, "-m", "venv", str(place)], check=True)
    pins = str(ROOT / "requirements/hooks.txt")
    pip = [str(place / "bin/python"), "-m", "pip", "install", "--quiet"]
    subprocess.run([*pip, "--require-hashes", "-r", pins], check=True)
    return place / "bin"


@pytest.fixture
def user(tmp_path: Path) -> Path:
    """A repository of somebody who uses Seawall, with one error that can be mended."""
    user = tmp_path / "user"
    user.mkdir()
    for name, data in encode(MEND.before).items():
        (user / name).write_bytes(data)
    (user / "seawall.toml").write_text(CHOSEN)
    _git(user, "init", "-q")
    return user


def _git(tree: Path, *words: str) -> str:
    names = ("-c", "user.name=a", "-c", "user.email=a@example")
    command = ["git", "-C", str(tree), *names, *words]
    return subprocess.run(
        command, check=True, capture_output=True, text=True
    ).stdout.strip()


def _commit(tree: Path) -> None:
    _git(tree, "add", ".")
    _git(tree, "commit", "-q", "--no-verify", "-m", "x")


def _run(user: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a program whose caches and home are thrown away, too."""
    home = str(user.parent)
    kept = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("PYTHON", "GIT_", "GITHUB_"))
    }
    return subprocess.run(
        command,
        cwd=user,
        env={
            **kept,
            "PRE_COMMIT_HOME": f"{home}/hooks",
            "XDG_CACHE_HOME": f"{home}/cache",
            "XDG_CONFIG_HOME": f"{home}/config",
        },
        capture_output=True,
        text=True,
        check=False,
    )


def test_pre_commit_runs_the_hooks(programs: Path, user: Path) -> None:
    """The one stops a commit, the other one mends, and then both let it pass."""
    tree = user.parent / "tree"
    _git(user, "clone", "-q", str(ROOT), str(tree))
    hooks = HOOKS.format(tree=tree, commit=_git(tree, "rev-parse", "HEAD"))
    (user / ".pre-commit-config.yaml").write_text(hooks)
    _git(user, "add", ".")
    command = (str(programs / "pre-commit"), "run", "--all-files")
    first = _run(user, *command)
    _git(user, "add", ".")
    second = _run(user, *command)

    assert 1 == first.returncode, first.stdout + first.stderr
    assert "files were modified by this hook" in first.stdout
    assert encode(MEND.after)["job.yaml"] == (user / "job.yaml").read_bytes()
    assert 0 == second.returncode, second.stdout + second.stderr


def test_a_runner_runs_the_action(programs: Path, user: Path) -> None:
    """Annotations, a summary and SARIF; an input is a word, and nothing that is run."""
    tree = user / "seawall"
    tree.mkdir()
    archive = subprocess.run(
        ["git", "-C", str(ROOT), "archive", "HEAD"], check=True, capture_output=True
    )
    subprocess.run(["tar", "-x", "-C", str(tree)], input=archive.stdout, check=True)
    pwned = user.parent / "pwned"
    place = user / ".github/workflows/check.yml"
    place.parent.mkdir(parents=True)
    place.write_text(JOB.replace("{pwned}", str(pwned)))
    _commit(user)
    # The job's steps run on this machine: it needs no image.
    done = _run(user, str(programs / "act"), "push", "-P", "ubuntu-latest=-self-hosted")
    said = done.stdout + done.stderr

    assert "::error file=job.yaml,line=13," in said
    assert "| error | PUL002 | job.yaml:13 |" in said
    assert '"ruleId": "PUL002"' in said
    assert "Invalid value for '--fail-on'" in said
    assert 1 == done.returncode
    assert not pwned.exists()
