"""The process itself: start, stop, reload, TLS, bounds on clients, plain errors."""

import http.client
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest
import trustme
from tests.e2e.processes import clean_environment, free_port
from tests.e2e.scripted import Scripted
from tests.e2e.service import Seawall, ask
from tests.process.conftest import MakeWall, Wall

from seawall.drill import faults
from seawall.testing.samples import random_image


def _serve(
    tmp_path: Path, *words: str, settings: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run `seawall serve` where it is expected to give up by itself."""
    config = tmp_path / "s.toml"
    config.write_text(settings)
    command = [sys.executable, "-m", "seawall", "serve", "--config", str(config)]
    return subprocess.run(
        [*command, "--data", str(tmp_path / "d"), *words],
        env=clean_environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )


def test_a_taken_port_is_said_plainly(tmp_path: Path) -> None:
    """Exit code 2, the address, and what to do; no trace."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"

        done = _serve(tmp_path, "--listen", address)

    assert 2 == done.returncode
    assert f"{address} is in use by another process" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ('lissen = "x"', "did you mean 'listen'"),
        ('listen = "0.0.0.0:5000"', 'trust = "network"'),
        ("version = 7", "settings of version 1"),
        ('[tls]\ncertificate = "no.pem"\nkey = "no.pem"', "no.pem"),
    ],
)
def test_settings_that_make_no_sense_end_with_2(
    tmp_path: Path, settings: str, says: str
) -> None:
    """A mistake in the file is told in one line, before anything is touched."""
    done = _serve(tmp_path, settings=settings)

    assert 2 == done.returncode
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_two_servers_on_one_data_directory(make_wall: MakeWall, tmp_path: Path) -> None:
    """The second says who has it, and harms nothing."""
    wall = make_wall()
    done = _serve(
        tmp_path,
        "--data",
        str(wall.seawall.data),
        "--listen",
        f"127.0.0.1:{free_port()}",
    )

    assert 2 == done.returncode
    assert str(wall.seawall.daemon.pid) in done.stderr
    wall.pull()


def test_a_data_directory_of_another_version_is_left_alone(tmp_path: Path) -> None:
    """Nothing in it is changed."""
    data = tmp_path / "d"
    data.mkdir()
    (data / "version").write_text("99\n")

    done = _serve(tmp_path, "--listen", f"127.0.0.1:{free_port()}")

    assert 2 == done.returncode
    assert "99" in done.stderr
    assert "99\n" == (data / "version").read_text()


def test_settings_are_read_again_without_a_restart(make_wall: MakeWall) -> None:
    """SIGHUP takes over other registries; a mistake changes nothing."""
    wall = make_wall()
    config = wall.seawall.config
    text = config.read_text()
    process = wall.seawall.daemon.pid
    assert 404 == wall.seawall.ask("/v2/new.example/app/manifests/1").status

    config.write_text(text.replace("up.example", "new.example"))
    wall.seawall.daemon.signal(signal.SIGHUP)
    _until(lambda: wall.seawall.ask("/v2/new.example/app/manifests/1").status == 200)
    config.write_text("nonsense = 1")
    wall.seawall.daemon.signal(signal.SIGHUP)
    _until(lambda: "unknown key 'nonsense'" in wall.seawall.daemon.text())

    assert 200 == wall.seawall.ask("/v2/new.example/app/manifests/1").status
    assert process == wall.seawall.daemon.pid


def test_offline_asks_nobody(make_wall: MakeWall) -> None:
    """What is held is answered, by tag too; what is not is refused at once."""
    wall = make_wall(random_image(3))
    wall.pull()
    wall.seawall.stop()
    wall.seawall.env["SEAWALL__OFFLINE"] = "true"
    wall.seawall.start()
    asked = len(wall.upstream.requests())

    wall.pull()
    other = wall.seawall.ask(wall.manifest("2"))

    assert 503 == other.status
    assert "policy.offline" in other.body.decode()
    assert asked == len(wall.upstream.requests())


def test_the_mirror_port_serves_bare_paths_only(make_wall: MakeWall) -> None:
    """Docker's registry-mirrors reach the default registry there, and no other."""
    port = free_port()
    wall = make_wall(
        random_image(4), registry={"default": True}, mirror_listen=f"127.0.0.1:{port}"
    )

    assert 200 == ask(port, "/v2/app/manifests/1").status
    assert 404 == ask(port, "/v2/quay.io/app/manifests/1").status
    assert 200 == wall.seawall.ask(wall.manifest()).status


def _issue(authority: trustme.CA, tmp_path: Path) -> dict[str, str]:
    issued = authority.issue_cert("127.0.0.1")
    places = {"certificate": tmp_path / "c.pem", "key": tmp_path / "k.pem"}
    chain = b"".join(blob.bytes() for blob in issued.cert_chain_pems)
    places["certificate"].write_bytes(chain)
    issued.private_key_pem.write_to_path(places["key"])
    return {name: str(path) for name, path in places.items()}


def test_a_certificate_is_replaced_without_a_restart(tmp_path: Path) -> None:
    """New connections see the new one as soon as SIGHUP was sent."""
    old, new = trustme.CA(), trustme.CA()
    wall = Seawall(tmp_path / "s", {}, tls=_issue(old, tmp_path))
    wall.daemon.start(lambda: _greets(wall.port, old))
    try:
        assert not _greets(wall.port, new)
        _issue(new, tmp_path)
        wall.daemon.signal(signal.SIGHUP)
        _until(lambda: _greets(wall.port, new))
    finally:
        wall.kill()


def test_a_mistake_in_a_certificate_changes_nothing(tmp_path: Path) -> None:
    """A certificate without its key is told, and the old one stays."""
    authority = trustme.CA()
    places = _issue(authority, tmp_path)
    wall = Seawall(tmp_path / "s", {}, tls=places)
    wall.daemon.start(lambda: _greets(wall.port, authority))
    try:
        other = trustme.CA().issue_cert("127.0.0.1").cert_chain_pems[0]
        other.write_to_path(places["certificate"])
        wall.daemon.signal(signal.SIGHUP)
        _until(lambda: "settings not reloaded" in wall.daemon.text())
        assert _greets(wall.port, authority)
    finally:
        wall.kill()


@pytest.mark.parametrize("layer_bytes", [1000, 300_000, 9_000_000])
def test_blobs_come_whole_through_tls(tmp_path: Path, layer_bytes: int) -> None:
    """Cold and warm, small and large."""
    authority = trustme.CA()
    context = ssl.create_default_context()
    authority.configure_trust(context)
    image = random_image(7, layers=1, layer_bytes=layer_bytes).tagged("1")
    upstream = Scripted({"app": image})
    wall = Seawall(
        tmp_path / "s",
        {"up.example": {"sources": [upstream.url]}},
        tls=_issue(authority, tmp_path),
    )
    wall.daemon.start(lambda: _greets(wall.port, authority))
    try:
        for _ in ("cold", "warm"):
            for digest in image.blobs:
                url = f"https://127.0.0.1:{wall.port}/v2/up.example/app/blobs/{digest}"
                with urllib.request.urlopen(url, context=context, timeout=20) as reply:
                    assert image.contents[digest] == reply.read()
    finally:
        wall.kill()
        upstream.close()


def _greets(port: int, authority: trustme.CA) -> bool:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    connection = http.client.HTTPSConnection(
        "127.0.0.1", port, timeout=5, context=context
    )
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def _talk(port: int, text: bytes, *, wait_s: float = 10) -> bytes:
    """Send bytes as they are, and read until the server closes."""
    with socket.create_connection(("127.0.0.1", port), timeout=wait_s) as talk:
        answer = b""
        try:
            talk.sendall(text)
            while piece := talk.recv(65536):
                answer += piece
        except ConnectionError:
            return answer
        return answer


def test_a_head_without_end_is_refused(shared_wall: Wall) -> None:
    """64 KiB of headers are enough for anybody."""
    wall = shared_wall
    lines = b"".join(b"x-%d: %s\r\n" % (n, b"y" * 1000) for n in range(200))

    answer = _talk(wall.seawall.port, b"GET /v2/ HTTP/1.1\r\nhost: a\r\n" + lines)

    assert answer.startswith(b"HTTP/1.1 400") or answer == b""
    assert 200 == wall.seawall.ask("/v2/").status


def test_a_head_that_comes_too_slowly_is_cut(make_wall: MakeWall) -> None:
    """Whoever sends half a request does not hold a place for ever."""
    wall = make_wall(limits={"header_s": 0.3})

    answer = _talk(wall.seawall.port, b"GET /v2/ HTTP/1.1\r\nhost: a\r\n")

    assert answer == b""


def test_a_reader_that_takes_nothing_is_cut(make_wall: MakeWall) -> None:
    """And its place, file and memory are given back; others read on."""
    wall = make_wall(
        random_image(5, layers=1, layer_bytes=40_000_000), limits={"slow_s": 0.5}
    )
    wall.pull()
    with socket.create_connection(("127.0.0.1", wall.seawall.port)) as idle:
        idle.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        idle.sendall(f"GET {wall.layer()} HTTP/1.1\r\nhost: a\r\n\r\n".encode())
        _until(lambda: "the client took nothing for long" in wall.seawall.daemon.text())

    assert wall.layer_bytes == wall.seawall.ask(wall.layer()).body


@pytest.mark.parametrize(
    "text",
    [
        b"\x00\x01\x02\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET /v2/ HTTP/9.9\r\n\r\n",
        b"GET /v2/ HTTP/1.1\r\ncontent-length: x\r\n\r\n",
        b"GET /v2/ HTTP/1.1\r\ntransfer-encoding: chunked\r\ncontent-length: 5\r\n\r\n",
    ],
)
def test_what_is_no_http_is_refused(shared_wall: Wall, text: bytes) -> None:
    """With a 400 in JSON, and nobody else notices."""
    wall = shared_wall

    answer = _talk(wall.seawall.port, text)

    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400")
    assert "UNSUPPORTED" == json.loads(body)["errors"][0]["code"]
    assert 200 == wall.seawall.ask("/v2/").status


def test_a_stop_lets_answers_end(make_wall: MakeWall) -> None:
    """SIGTERM in the middle of a blob: the blob comes whole, then the process ends."""
    wall = make_wall(bytes_per_s=20_000_000)
    connection = http.client.HTTPConnection("127.0.0.1", wall.seawall.port, timeout=20)
    connection.request("GET", wall.layer())
    reply = connection.getresponse()
    first = reply.read(1000)
    os.kill(wall.seawall.daemon.pid, signal.SIGTERM)

    rest = reply.read()
    connection.close()

    assert wall.layer_bytes == first + rest
    _until(lambda: not wall.seawall.daemon.runs)


def test_a_manifest_of_100_mb_is_not_read(make_wall: MakeWall) -> None:
    """An upstream that sends without end is cut off at the limit."""
    wall = make_wall(random_image(6))
    wall.upstream.fail(
        "*/manifests/*",
        faults.body(b"{" + b" " * 100_000_000, content_type=wall.image.media_type),
    )

    answer = wall.seawall.ask(wall.manifest())

    assert 503 == answer.status
    sent = wall.upstream.requests("/manifests/")[0].sent_bytes
    assert sent == 0  # broken off


def _until(true: Callable[[], bool]) -> None:
    for _ in range(1000):
        if true():
            return
        time.sleep(0.01)
    pytest.fail("it did not come to that")
