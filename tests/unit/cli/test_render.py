"""`seawall render` prints, writes and compares, and shows no credential."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from seawall.cli.main import main

SETTINGS = """
version = 1
[policy.mirrors]
"docker.io" = [{ target = "mirror.example/hub", secret = "pull" }, "b.example"]
"""
SECRET = "c2VjcmV0OnNlY3JldA=="


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    """Write settings with two mirrors."""
    path = tmp_path / "settings.toml"
    path.write_text(SETTINGS)
    return path


def _run(settings: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["render", *words, "-c", str(settings)])


def test_it_is_printed_and_doubts_are_told_apart(settings: Path) -> None:
    """One file is printed as it is, and what the client cannot do goes to stderr."""
    result = _run(settings, "docker")

    assert 0 == result.exit_code
    assert {"registry-mirrors": ["https://b.example"]} == json.loads(result.stdout)
    assert "warning: Docker's mirrors have no path" in result.stderr


def test_files_are_written_and_compared(settings: Path, tmp_path: Path) -> None:
    """Each stands where it belongs; a changed one is told, and is an answer of no."""
    out = tmp_path / "out"
    result = _run(settings, "containerd", "--output", str(out))
    hosts = out / "etc/containerd/certs.d/docker.io/hosts.toml"

    assert 0 == result.exit_code
    assert str(hosts) in result.stdout
    assert 0o644 == hosts.stat().st_mode & 0o777
    assert 0 == _run(settings, "containerd", "--check", str(hosts)).exit_code
    hosts.write_text(hosts.read_text().replace("1s", "9s"))
    changed = _run(settings, "containerd", "--check", str(hosts))
    assert 1 == changed.exit_code
    assert '-dial_timeout = "9s"\n+dial_timeout = "1s"' in changed.stdout
    answer = json.loads(
        _run(settings, "containerd", "--json", "--check", str(hosts)).stdout
    )
    assert not answer["same"]


def test_a_credential_is_written_and_never_printed(
    settings: Path, tmp_path: Path
) -> None:
    """It goes into a file of its owner's alone, and onto no screen."""
    auths = tmp_path / "config.json"
    auths.write_text(json.dumps({"auths": {"mirror.example": {"auth": SECRET}}}))
    words = ("kubernetes", "--auths", str(auths))
    printed = [_run(settings, *words), _run(settings, *words, "--json")]
    written = _run(settings, *words, "--output", str(tmp_path / "out"))

    assert [2, 2] == [one.exit_code for one in printed]
    assert all(SECRET not in one.output for one in [*printed, written])
    secret = tmp_path / "out" / "secret-pull.yaml"
    assert 0o600 == secret.stat().st_mode & 0o777
    assert SECRET in secret.read_text()


def test_no_link_leads_out(settings: Path, tmp_path: Path) -> None:
    """A link in the way is refused; what it points at stays as it is."""
    out, other = tmp_path / "out", tmp_path / "other"
    out.mkdir()
    other.mkdir()
    (out / "etc").symlink_to(other)

    result = _run(settings, "docker", "--output", str(out))

    assert 2 == result.exit_code
    assert "leads out of" in result.stderr
    assert [] == [path for path in other.rglob("*") if path.is_file()]


def test_what_makes_no_sense_is_refused(settings: Path, tmp_path: Path) -> None:
    """No mirrors, options of another client, a file that nothing is rendered for."""
    empty = tmp_path / "empty.toml"
    empty.write_text("version = 1\n")
    broken = tmp_path / "config.json"
    broken.write_text("{")
    other = tmp_path / "hosts.txt"
    other.touch()

    assert 2 == _run(empty, "docker").exit_code
    assert 2 == _run(settings, "docker", "--namespace", "x").exit_code
    assert 2 == _run(settings, "containerd", "--check", str(other)).exit_code
    result = _run(settings, "kubernetes", "--auths", str(broken))
    assert (2, True) == (result.exit_code, "is not JSON" in result.stderr)
