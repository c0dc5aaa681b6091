"""`seawall render` prints, writes and compares, and shows no credential."""

import base64
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


def test_a_closed_network_has_doors_that_nobody_named(settings: Path) -> None:
    """Registries that the map does not name stay open, and that is said."""
    settings.write_text(
        SETTINGS.replace(
            "[policy.mirrors]", '[policy]\nprofile = "airgap"\n[policy.mirrors]'
        )
    )
    said = "does not name are asked themselves"

    for client in ("containerd", "crio", "podman", "docker", "buildkit"):
        assert said in _run(settings, client).stderr
    assert said not in _run(settings, "kubernetes").stderr


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
    assert "secret-pull.yaml is not printed" in printed[0].stderr
    assert "REDACTED" not in printed[0].stderr  # no words are taken for a secret
    secret = tmp_path / "out" / "secret-pull.yaml"
    assert 0o600 == secret.stat().st_mode & 0o777
    assert SECRET in secret.read_text()


@pytest.mark.parametrize(
    ("client", "name"),
    [("kubernetes", "secret-pull.yaml"), ("containerd", "docker.io/hosts.toml")],
)
def test_a_comparison_shows_no_credential(
    settings: Path, tmp_path: Path, client: str, name: str
) -> None:
    """Neither the one that is there nor the one that should be; that they differ is."""
    old = base64.b64encode(b"old:password").decode()
    auths = tmp_path / "config.json"
    auths.write_text(json.dumps({"auths": {"mirror.example": {"auth": SECRET}}}))
    out = tmp_path / "out"
    words = (client, "--auths", str(auths))
    written = _run(settings, *words, "--json", "--output", str(out))
    (there,) = (path for path in out.rglob("*") if str(path).endswith(name))
    same = _run(settings, *words, "--check", str(there))
    there.write_text(there.read_text().replace(SECRET, old))
    asked = [
        _run(settings, *words, *more, "--check", str(there))
        for more in ((), ("--json",))
    ]

    assert (0, 0) == (written.exit_code, same.exit_code)
    assert None in [file["text"] for file in json.loads(written.stdout)["files"]]
    assert [1, 1] == [one.exit_code for one in asked]
    for one in (written, *asked):
        assert SECRET not in one.output
        assert old not in one.output
    assert "REDACTED" in asked[0].stdout


def test_what_others_wrote_is_not_lost(settings: Path, tmp_path: Path) -> None:
    """It stops everything, or stays beside what replaces it; a second time as well."""
    out = tmp_path / "out"
    hub = out / "etc/containerd/certs.d/docker.io/hosts.toml"
    hub.parent.mkdir(parents=True)
    hub.write_text("# by hand\n")
    words = ("containerd", "--output", str(out))
    refused = _run(settings, *words)

    assert (2, True) == (refused.exit_code, "--replace" in refused.stderr)
    assert [hub] == [path for path in out.rglob("*") if path.is_file()]
    for more in (("--replace",), (), ("--replace", "--for", "2.1.0")):
        assert 0 == _run(settings, *words, *more).exit_code
    assert "# by hand\n" == hub.with_name("hosts.toml.orig").read_text()
    assert "For containerd 2.1.0" in hub.read_text()


def test_a_daemon_json_is_shared(settings: Path, tmp_path: Path) -> None:
    """Other keys and others' insecure registries stay; one that is none stops all."""
    settings.write_text(
        SETTINGS.replace('"b.example"', '{ target = "b.example", plain = true }')
    )
    page = tmp_path / "etc/docker/daemon.json"
    page.parent.mkdir(parents=True)
    page.write_text('{"debug": true, "insecure-registries": ["own.example"]}')
    words = ("docker", "--output", str(tmp_path))

    assert 0 == _run(settings, *words).exit_code
    assert {
        "debug": True,
        "registry-mirrors": ["http://b.example"],
        "insecure-registries": ["own.example", "http://b.example"],
    } == json.loads(page.read_text())
    assert 0 == _run(settings, "docker", "--check", str(page)).exit_code
    page.write_text(page.read_text().replace('"http://b.example"', '"x"', 1))
    assert 1 == _run(settings, "docker", "--check", str(page)).exit_code
    settings.write_text(SETTINGS)  # the mirror has TLS now
    assert 1 == _run(settings, "docker", "--check", str(page)).exit_code
    assert 0 == _run(settings, *words).exit_code
    assert ["own.example", "x"] == json.loads(page.read_text())["insecure-registries"]
    page.write_text("[")
    assert 2 == _run(settings, *words).exit_code
    assert "[" == page.read_text()


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
    assert 2 == _run(settings, "podman", "--auths", str(broken)).exit_code
    assert 2 == _run(settings, "containerd", "--for", "latest").exit_code
    assert 2 == _run(settings, "docker", "--replace").exit_code
    both = ("--output", str(tmp_path), "--check", str(other))
    assert 2 == _run(settings, "docker", *both).exit_code
    assert 2 == _run(settings, "containerd", "--check", str(other)).exit_code
    result = _run(settings, "kubernetes", "--auths", str(broken))
    assert (2, True) == (result.exit_code, "is not JSON" in result.stderr)


def _read_page() -> tuple[str, list[tuple[str, str]]]:
    """Read the settings of docs/clients.md, and its commands with what they print."""
    page = (Path(__file__).parents[3] / "docs" / "clients.md").read_text()
    settings = page.partition("```toml\n")[2].partition("```")[0]
    blocks = [
        part.partition("```")[0] for part in page.split("```text\n$ seawall ")[1:]
    ]
    pairs = [block.partition("\n") for block in blocks]
    return settings, [(command, printed) for command, _, printed in pairs]


@pytest.mark.parametrize(
    ("command", "printed"), _read_page()[1], ids=[one for one, _ in _read_page()[1]]
)
def test_the_page_shows_what_is_printed(
    settings: Path, command: str, printed: str
) -> None:
    """Each of its commands, with its settings: the files, and then the warnings."""
    settings.write_text("version = 1\n" + _read_page()[0])
    result = _run(settings, *command.split()[1:])

    assert printed == result.stdout + result.stderr
