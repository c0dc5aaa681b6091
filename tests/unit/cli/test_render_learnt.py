"""`seawall render` takes what was learnt from a file, and does without if it must."""

import json
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from click.testing import CliRunner, Result

from seawall.cli.clients import learning
from seawall.cli.main import main

SETTINGS = """
version = 1
data = "{data}"
[policy.mirrors]
"docker.io" = ["wall.example:5000/docker.io", "wall.example:5001"]
[clients]
hold_max = "{hold}"
cri_o_s = {cri_o_s}
"""
HUB = {"registry": "docker.io", "state": "learnt", "silence_s": 240.0, "waits": 812}

_HEARD = '{"version": 1, "registries": [%s]}'


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    """Write settings with a mirror, whose data are not there."""
    return _write(tmp_path)


def _write(place: Path, hold: str = "2m", cri_o_s: float = 10) -> Path:
    path = place / "settings.toml"
    path.write_text(SETTINGS.format(data=place / "data", hold=hold, cri_o_s=cri_o_s))
    return path


def _run(settings: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["render", *words, "-c", str(settings)])


def _save(place: Path, **changes: Any) -> str:
    """Save what a Seawall elsewhere printed."""
    told = {"version": 1, "hold_s": 120.0, "registries": [HUB], **changes}
    path = place / "learnt.json"
    path.write_text(json.dumps(told))
    return str(path)


@pytest.mark.parametrize(
    ("client", "value"),
    [("crio", '"7m30s"'), ("containerd", '"7m30s"'), ("docker", "deadline=7m30s")],
)
def test_a_file_says_what_was_learnt(
    settings: Path, tmp_path: Path, client: str, value: str
) -> None:
    """Its figures are written, with where they come from."""
    result = _run(settings, client, "--learnt", _save(tmp_path))

    assert value in result.output
    if client != "docker":
        line = "# - docker.io: 240 s, as was learnt from 812 waits\n"
        assert line in result.stdout


@pytest.mark.parametrize(
    ("hold", "cri_o_s", "value"),
    [
        ("2m", 10, "3m0s"),
        ("10m", 10, "15m0s"),
        ("2m", 400, "7m30s"),
        ("10s", 0, "1m0s"),
    ],
)
def test_settings_bound_what_nobody_learnt(
    tmp_path: Path, hold: str, cri_o_s: float, value: str
) -> None:
    """The longest silence that is held, and what clients were told beside."""
    settings = _write(tmp_path, hold, cri_o_s)
    told = json.loads(_run(settings, "crio", "--json").stdout)

    assert value == told["watchdog"]["value"]
    assert "pull_progress_timeout" == told["watchdog"]["key"]
    assert None is json.loads(_run(settings, "podman", "--json").stdout)["watchdog"]


def test_a_time_that_is_long_enough_is_no_difference(
    settings: Path, tmp_path: Path
) -> None:
    """What was written for other waits is right until it is too short for these."""
    out = tmp_path / "out"
    _run(settings, "crio", "--output", str(out))
    (file,) = out.rglob("10-crio-mirrors.conf")
    check = ("crio", "--check", str(file))
    codes = []
    for silence_s in (5.0, 180.0, 181.0):
        learnt = _save(tmp_path, registries=[{**HUB, "silence_s": silence_s}])
        codes.append(_run(settings, *check, "--learnt", learnt).exit_code)

    assert [0, 0, 1] == codes
    assert 0 == _run(settings, *check, "--no-learnt").exit_code
    file.write_text(file.read_text().replace("3m0s", "50s"))
    assert 1 == _run(settings, *check).exit_code


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[" * 100_000,
        "{}[]",
        "[]",
        "{}",
        '{"version": 1, "findings": []}',
        '{"registries": []}',
        '{"version": 2, "registries": []}',
        '{"version": 1, "registries": [], "hold_s": -1}',
        '{"version": 1, "registries": [], "hold_s": 1e9}',
        _HEARD % '{"registry": "docker.io"}',
        _HEARD % '{"registry": "a.b", "state": "x", "silence_s": 1}',
        _HEARD % '{"registry": "a.b", "state": "learnt", "silence_s": NaN}',
    ],
)
def test_what_is_no_such_file_is_refused(
    settings: Path, tmp_path: Path, text: str
) -> None:
    """Nothing is rendered from half of what was meant."""
    path = tmp_path / "broken.json"
    path.write_text(text)
    result = _run(settings, "crio", "--learnt", str(path))

    assert (2, "") == (result.exit_code, result.stdout)
    assert str(path) in result.stderr


def test_options_fit_together(settings: Path, tmp_path: Path) -> None:
    """What contradicts itself, or is for nobody, is refused."""
    learnt = ("--learnt", _save(tmp_path))

    assert 2 == _run(settings, "crio", *learnt, "--no-learnt").exit_code
    assert 2 == _run(settings, "podman", *learnt).exit_code
    assert 2 == _run(settings, "kubernetes", "--no-learnt").exit_code
    assert 2 == _run(_write(tmp_path, "soon"), "crio").exit_code


def test_data_that_cannot_be_read_cost_a_warning(
    settings: Path, tmp_path: Path
) -> None:
    """Bounds are known without them; and nothing is asked that nobody wants."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "version").write_text("999\n")
    result = _run(settings, "crio")

    assert (0, True) == (result.exit_code, 'timeout = "3m0s"' in result.stdout)
    assert "warning: what Seawall has learnt could not be asked: " in result.stderr
    unseen = _run(settings, "crio", "--data", "x" * 300)
    assert (0, True) == (unseen.exit_code, "too long" in unseen.stderr)
    assert "could not be asked" not in _run(settings, "crio", "--no-learnt").stderr
    assert "could not be asked" not in _run(settings, "podman").stderr


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[socket.socket]:
    """Listen where a server would."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "version").write_text("1\n")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "data" / "seawall.sock"))
        listener.listen()
        yield listener


@pytest.mark.parametrize(
    "body", [b"<html>", b"[" * 100_000, b"[1]", b'{"error": 5}', b"\xff{}"]
)
def test_a_server_that_says_anything_costs_a_warning(
    settings: Path, listener: socket.socket, body: bytes
) -> None:
    """It need be no Seawall at all."""
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode()

    def answer() -> None:
        while True:
            with suppress(OSError):
                connection, _ = listener.accept()
                with connection:
                    if connection.recv(65536):
                        connection.sendall(head + body)
                        return

    thread = Thread(target=answer)
    thread.start()
    result = _run(settings, "crio")
    thread.join()

    assert (0, True) == (result.exit_code, 'timeout = "3m0s"' in result.stdout)
    assert "could not be asked: " in result.stderr


def test_a_server_that_hangs_costs_a_warning(
    settings: Path, listener: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits for it as long as for what takes its time."""
    del listener
    monkeypatch.setattr(learning, "PATIENCE_S", 0.1)
    result = _run(settings, "crio")

    assert (0, True) == (result.exit_code, 'timeout = "3m0s"' in result.stdout)
    assert "could not be asked: the server has not answered for 0.1 s" in result.stderr
    assert 3 == _run(settings, "learnt").exit_code


def test_nothing_is_learnt_where_no_data_are(settings: Path) -> None:
    """Then there is nothing to print for others."""
    result = _run(settings, "learnt")

    assert (1, "") == (result.exit_code, result.stdout)
    assert "no data of Seawall" in result.stderr
