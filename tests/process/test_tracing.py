"""Spans, as a collector gets them; and that no collector can hold anything up."""

import http.server
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, ClassVar

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
)
from tests.e2e.processes import free_port, wait_until
from tests.process.conftest import MakeWall

from seawall.drill import faults

PARENT = "00-0123456789abcdef0123456789abcdef-00f067aa0ba902b7-01"
SECRET = "hunter2-0123456789"


class Collector:
    """An OTLP/HTTP receiver on loopback, which keeps what it is sent."""

    def __init__(self, *, hangs: bool = False) -> None:
        self.spans: list[Any] = []
        self.bodies: list[bytes] = []
        self.paths: list[str] = []
        self._released = threading.Event()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                """Take what is sent, unless it is to hang."""
                body = self.rfile.read(int(self.headers["content-length"]))
                if hangs:
                    outer._released.wait(60)
                outer.take(self.path, body)
                self.send_response(200)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def take(self, path: str, body: bytes) -> None:
        """Decode what came."""
        request = ExportTraceServiceRequest.FromString(body)
        self.paths.append(path)
        self.bodies.append(body)
        for resource in request.resource_spans:
            for scope in resource.scope_spans:
                self.spans += scope.spans

    def named(self, name: str) -> list[Any]:
        """Give the spans of a name."""
        return [span for span in self.spans if span.name == name]

    def close(self) -> None:
        """Be gone."""
        self._released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def read(span: Any) -> dict[str, Any]:
    """Give a span's attributes."""
    found = {}
    for pair in span.attributes:
        kind = pair.value.WhichOneof("value")
        found[pair.key] = getattr(pair.value, kind)
    return found


@pytest.fixture
def collectors() -> Iterator[Any]:
    """Start collectors; all end with the test."""
    with ExitStack() as stack:

        def make(**how: bool) -> Collector:
            collector = Collector(**how)
            stack.callback(collector.close)
            return collector

        yield make


def test_a_pull_is_one_trace(make_wall: MakeWall, collectors: Any) -> None:
    """Request, name, flight and what was asked of sources, below the client's span."""
    collector = collectors()
    wall = make_wall(tracing={"endpoint": collector.url})
    wall.upstream.fail("*/blobs/*", faults.cut(5_000_000), 1)
    headers = {"traceparent": PARENT, "authorization": f"Bearer {SECRET}"}
    named = wall.seawall.ask(wall.manifest(), headers=headers)
    got = wall.seawall.ask(f"{wall.layer()}?token={SECRET}", headers=headers)
    wait_until(lambda: len(collector.named("source")) > 1, "spans of sources")
    wall.seawall.stop()

    assert (200, True) == (named.status, got.body == wall.layer_bytes)
    assert {"/v1/traces"} == set(collector.paths)
    trace, parent = bytes.fromhex(PARENT[3:35]), bytes.fromhex(PARENT[36:52])
    ours = [span for span in collector.spans if span.trace_id == trace]
    requests = [span for span in ours if span.name == "GET request"]
    assert {parent} == {span.parent_span_id for span in requests}
    by_id = {span.span_id: span for span in ours}
    [name], [flight] = collector.named("name"), collector.named("flight")
    assert {name.parent_span_id, flight.parent_span_id} == {r.span_id for r in requests}
    [asked] = collector.named("GET manifest")
    assert "name" == by_id[asked.parent_span_id].name
    label = wall.upstream.url.partition("//")[2]
    ends = {span.end_time_unix_nano: span for span in collector.named("source")}
    broken, whole = (ends[end] for end in sorted(ends))
    assert {flight.span_id} == {broken.parent_span_id, whole.parent_span_id}
    told = read(broken)
    assert (label, "net.conn_reset", 0) == (
        told["seawall.source"],
        told["seawall.cause"],
        told["seawall.offset"],
    )
    assert (206, "stored") == (
        read(whole)["seawall.status"],
        read(flight)["seawall.result"],
    )
    assert read(whole)["seawall.offset"] == told["seawall.gained_bytes"]
    assert {"miss"} == {read(span)["seawall.outcome"] for span in requests}
    assert not any(SECRET.encode() in body for body in collector.bodies)


class Origin(http.server.BaseHTTPRequestHandler):
    """An origin that has nothing, and keeps the heads that it was sent."""

    heads: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        """Have nothing."""
        self.heads.append(str(self.headers).lower())
        self.send_response(404)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_no_trace_reaches_a_source(make_wall: MakeWall, collectors: Any) -> None:
    """A client's identifiers, and ours, are nobody else's business."""
    collector = collectors()
    origin = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Origin)
    thread = threading.Thread(target=origin.serve_forever)
    thread.start()
    url = f"http://127.0.0.1:{origin.server_port}"
    wall = make_wall(registry={"sources": [url]}, tracing={"endpoint": collector.url})
    got = wall.seawall.ask(wall.manifest(), headers={"traceparent": PARENT})
    wait_until(lambda: bool(collector.named("name")), "a span")
    origin.shutdown()
    origin.server_close()
    thread.join()

    assert 404 == got.status
    assert Origin.heads
    assert not any("trace" in head or "baggage" in head for head in Origin.heads)


@pytest.mark.long
@pytest.mark.parametrize("fate", ["gone", "hangs"])
def test_no_collector_holds_anything_up(
    make_wall: MakeWall, collectors: Any, fate: str
) -> None:
    """Pulls go on, the stop is bounded, and what was lost is counted."""
    url = f"http://127.0.0.1:{free_port()}"
    if fate == "hangs":
        url = collectors(hangs=True).url
    wall = make_wall(tracing={"endpoint": url}, access_log=False)
    wall.pull()
    for _ in range(5000):
        wall.seawall.ask("/healthz")
    # Where the machine is slow, what hangs is given up before the queue is full.
    wait_until(
        lambda: any(
            f'seawall_spans_total{{result="{end}"}}'
            in wall.seawall.ask("/metrics").body.decode()
            for end in ("dropped", "failed")
        ),
        "spans that could not be sent",
    )
    began = time.monotonic()
    code = wall.seawall.stop()

    assert 0 == code
    assert time.monotonic() - began < 10
    assert "Traceback" not in wall.seawall.daemon.text()


def test_nothing_is_loaded_while_it_is_off(tmp_path: Path) -> None:
    """A start without tracing imports nothing that tracing needs."""
    program = (
        "import sys, seawall.app.serving, seawall.cli.main\n"
        "print([m for m in sys.modules if m.partition('.')[0] in"
        " ('opentelemetry', 'google', 'requests')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        check=True,
        text=True,
        cwd=tmp_path,
    )

    assert "[]" == done.stdout.strip()


def test_what_is_not_installed_is_named(tmp_path: Path) -> None:
    """Tracing without its packages is a mistake in the settings, told at the start."""
    fake = tmp_path / "opentelemetry"
    fake.mkdir()
    fake.joinpath("__init__.py").write_text("raise ModuleNotFoundError('none')\n")
    config = tmp_path / "seawall.toml"
    config.write_text('[tracing]\nendpoint = "http://127.0.0.1:9"\n')
    places = ["--config", str(config), "--data", str(tmp_path / "data")]
    listen = ["--listen", f"127.0.0.1:{free_port()}"]
    paths = [str(tmp_path), os.environ.get("PYTHONPATH", "")]
    done = subprocess.run(
        [sys.executable, "-m", "seawall", "serve", *places, *listen],
        capture_output=True,
        check=False,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))},
    )

    assert 2 == done.returncode
    assert "pip install 'seawall[tracing]'" in done.stderr
