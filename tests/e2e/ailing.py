"""Seawalls that are stopped, full, refusing or hung, each by its name."""

import contextlib
import resource
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

from tests.e2e.fallback import Address
from tests.e2e.processes import Daemon, free_port, wait_until
from tests.e2e.scripted import Scripted
from tests.e2e.service import Seawall

from seawall.drill import faults
from seawall.drill.stock import Contents
from seawall.testing.samples import random_image

REPOSITORY = "library/app"
_MIB = 1 << 20
_PASSAGES = 16
_CONNECTIONS = 8
_QUEUE = 2048 + 256  # more than the service lets wait
_SABOTEUR = """
import ctypes, os, signal, sys, time
from seawall.cli.main import main

signal.signal(signal.SIGUSR2, lambda *_: {hang})
main(args=sys.argv[1:], prog_name="seawall")
"""

Ailment = Callable[[Path, Contents, float], AbstractContextManager[Address]]
"""Gives a Seawall that ails: its place, an image that its source has, `watchdog_s`."""


@contextmanager
def _running(
    root: Path, image: Contents, **settings: Any
) -> Iterator[tuple[Seawall, Scripted, Address]]:
    upstream = Scripted({REPOSITORY: image})
    mirror = f"127.0.0.1:{free_port()}"
    seawall = Seawall(
        root,
        {"docker.io": {"sources": [upstream.url], "default": True, "fresh_s": 0}},
        known_registries=False,
        machine_archives=False,
        mirror_listen=mirror,
        **settings,
    )
    try:
        seawall.start()
        yield seawall, upstream, Address(seawall.host, mirror)
    finally:
        seawall.kill()
        upstream.close()


@contextmanager
def _well(root: Path, image: Contents, watchdog_s: float) -> Iterator[Address]:
    with _running(root, image, watchdog_s=watchdog_s) as (_, _, address):
        yield address


@contextmanager
def _stopped(root: Path, image: Contents, watchdog_s: float) -> Iterator[Address]:
    del root, image, watchdog_s
    yield Address(f"127.0.0.1:{free_port()}", f"127.0.0.1:{free_port()}")


@contextmanager
def _full(root: Path, image: Contents, watchdog_s: float) -> Iterator[Address]:
    """Nothing fits, and as many readers as may are served straight through."""
    big = random_image("reader", layers=1, layer_bytes=48 * _MIB).tagged("1")
    layer = max(big.blobs, key=lambda digest: len(big.contents[digest]))
    settings: Any = {"max_size": 1, "watchdog_s": watchdog_s}
    with (
        _running(root, image, **settings) as (seawall, upstream, address),
        ExitStack() as stack,
    ):
        upstream.put("library/big", big)
        path = f"/v2/docker.io/library/big/blobs/{layer}"
        for _ in range(_PASSAGES):
            reader = stack.enter_context(closing(_connect(seawall.port)))
            reader.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            assert reader.recv(12) == b"HTTP/1.1 200"
        yield address


@contextmanager
def _crowded(root: Path, image: Contents, watchdog_s: float) -> Iterator[Address]:
    """As many connections as may be are there."""
    settings: Any = {"limits": {"connections": _CONNECTIONS}, "watchdog_s": watchdog_s}
    with (
        _running(root, image, **settings) as (seawall, _, address),
        ExitStack() as stack,
    ):
        for _ in range(_CONNECTIONS):
            stack.enter_context(closing(_connect(seawall.port)))
        wait_until(lambda: seawall.ask("/healthz").status == 503, "a full house")
        yield address


@contextmanager
def gone(root: Path, image: Contents, watchdog_s: float) -> Iterator[Address]:
    """Its whole machine is frozen, or away: no packet is answered, nobody is there."""
    del root, image, watchdog_s
    silent = Scripted({})
    try:
        silent.deafen()
        host = silent.url.rpartition("/")[2]
        yield Address(host, host)
    finally:
        silent.close()


def _refused(code: int) -> Ailment:
    @contextmanager
    def refused(root: Path, image: Contents, watchdog_s: float) -> Iterator[Address]:
        with _running(root, image, watchdog_s=watchdog_s) as (_, upstream, address):
            upstream.fail("*", faults.status(code, retry_after=60))
            yield address

    return refused


def _hung(hang: str, *, queue: bool = False) -> Ailment:
    """A service that does this from some moment on; perhaps with many who wait."""

    @contextmanager
    def hung(root: Path, image: Contents, watchdog_s: float) -> Iterator[Address]:
        with (
            _running(root, image, watchdog_s=watchdog_s) as (honest, _, address),
            ExitStack() as stack,
        ):
            words = honest.daemon.command[honest.daemon.command.index("serve") :]
            honest.stop()
            saboteur = Daemon(
                [sys.executable, "-c", _SABOTEUR.format(hang=hang), *words],
                env=honest.env,
                log=root / "hung.log",
            )
            stack.callback(saboteur.stop, by=signal.SIGKILL)
            saboteur.start(lambda: _is_well(honest))
            saboteur.signal(signal.SIGUSR2)
            wait_until(lambda: not _is_well(honest), "a hang")
            if queue:
                _fill_queue(honest.port, stack)
            yield address

    return hung


def _is_well(seawall: Seawall) -> bool:
    """Whether it answers, at once."""
    with contextlib.suppress(OSError), closing(_connect(seawall.port)) as one:
        one.settimeout(0.2)
        one.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        return one.recv(12) == b"HTTP/1.1 200"
    return False


def _connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=60)


def _fill_queue(port: int, stack: ExitStack) -> None:
    """Connect until nobody more may wait."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    for _ in range(_QUEUE):
        try:
            waiting = socket.create_connection(("127.0.0.1", port), timeout=0.2)
        except TimeoutError:
            return
        stack.callback(waiting.close)


AILMENTS: Mapping[str, Ailment] = {
    "well": _well,
    "stopped: nobody listens": _stopped,
    "full: the disk, and 16 readers go straight through": _full,
    "full: as many connections as may be": _crowded,
    "its own source says 429": _refused(429),
    "its own source says 503": _refused(503),
    "hung: SIGSTOP": _hung("signal.raise_signal(signal.SIGSTOP)"),
    "hung: the event loop is blocked": _hung("time.sleep(600)"),
    "hung: the interpreter's lock is held": _hung(
        "ctypes.PyDLL(None).read(os.pipe()[0], bytes(1), 1)"
    ),
    "hung, and no connection more may wait": _hung("time.sleep(600)", queue=True),
}
"""All of them, the well one first."""
