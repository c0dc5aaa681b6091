"""Whoever hangs is ended by its watcher, and nobody else is (invariant 12)."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from threading import Thread

import pytest
from tests.e2e.processes import wait_until
from tests.e2e.service import Seawall

from seawall.app.watcher import watch

LIMIT_S = 0.8

PROGRAM = f"""
import asyncio, ctypes, os, signal, sys, time
from seawall.app.watchdog import keep_watched

async def main(way):
    async with keep_watched({LIMIT_S}):
        await asyncio.sleep(0.2)
        print("ready", flush=True)
        if way == "loop":
            time.sleep(60)
        if way == "lock":  # held: a thread of this process could not do a thing
            ctypes.PyDLL(None).read(os.pipe()[0], bytes(1), 1)
        if way == "stopped":
            os.kill(os.getpid(), signal.SIGSTOP)
        if way == "idle":
            await asyncio.sleep(60)

asyncio.run(main(sys.argv[1]))
"""

Start = Callable[[str], subprocess.Popen[bytes]]


@pytest.fixture
def start() -> Iterator[Start]:
    """Start a watched program, and wait until it is; all are ended afterwards."""
    with ExitStack() as stack:

        def begin(way: str) -> subprocess.Popen[bytes]:
            process = stack.enter_context(
                subprocess.Popen(
                    [sys.executable, "-c", PROGRAM, way],
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                )
            )
            stack.callback(process.kill)
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            return process

        yield begin


def children(pid: int) -> list[int]:
    """List the processes that one has started."""
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(word) for word in text.split()]


def is_there(pid: int) -> bool:
    """Whether a process runs, and is not merely unburied."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


@pytest.mark.parametrize("way", ["loop", "lock", "stopped"])
def test_a_process_that_hangs_is_ended(start: Start, way: str) -> None:
    """A blocked event loop, a lock that is never given back, a stopped process."""
    _, error = start(way).communicate(timeout=20)

    assert b"so that clients can fall back" in error
    if way != "stopped":
        assert b"in main" in error  # where it hung


def test_a_process_that_lives_is_let_live(start: Start) -> None:
    """Nothing happens to a process that turns."""
    process = start("idle")

    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(4 * LIMIT_S)


def test_a_machine_that_is_paused_ends_nothing(start: Start) -> None:
    """Who was paused together with its watcher goes on, as a laptop that slept."""
    process = start("idle")
    (watcher,) = children(process.pid)
    for pid in (process.pid, watcher):
        os.kill(pid, signal.SIGSTOP)
    time.sleep(3 * LIMIT_S)
    # The watcher wakes first, and has not heard anything for long.
    os.kill(watcher, signal.SIGCONT)
    time.sleep(LIMIT_S / 2)
    os.kill(process.pid, signal.SIGCONT)

    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(3 * LIMIT_S)


def test_a_watcher_ends_with_whom_it_watches(start: Start) -> None:
    """A process that is killed leaves nobody behind."""
    process = start("idle")
    (watcher,) = children(process.pid)
    process.kill()

    wait_until(lambda: not is_there(watcher), "the watcher's end")


@pytest.mark.long
def test_a_watcher_that_is_killed_is_replaced(start: Start) -> None:
    """A second one is started, and ends the process when it hangs."""
    process = start("idle")
    (watcher,) = children(process.pid)
    os.kill(watcher, signal.SIGKILL)
    wait_until(lambda: not is_there(watcher), "the watcher's end")
    wait_until(
        lambda: any(map(is_there, children(process.pid))), "another watcher", wait_s=20
    )
    time.sleep(LIMIT_S)  # a sign or two
    os.kill(process.pid, signal.SIGSTOP)

    assert -signal.SIGKILL == process.wait(20)


def test_a_watcher_minds_no_signal_for_all(start: Start) -> None:
    """Whoever tells all processes to stop does not end the watcher before the end."""
    process = start("idle")
    (watcher,) = children(process.pid)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        os.kill(watcher, number)
    os.kill(process.pid, signal.SIGSTOP)

    assert -signal.SIGKILL == process.wait(20)


@pytest.mark.parametrize("end", ["silence", "hanging up"])
def test_silence_is_told_from_an_end(end: str) -> None:
    """Only silence means that the other side hangs."""
    beats, sign = os.pipe()
    found: list[bool] = []
    watching = Thread(target=lambda: found.append(watch(beats, LIMIT_S)))
    watching.start()
    for _ in range(4):
        os.write(sign, b".")
        time.sleep(LIMIT_S / 3)
    if end == "hanging up":
        os.close(sign)
    watching.join()
    if end == "silence":
        os.close(sign)
    os.close(beats)

    assert [end == "silence"] == found


def test_a_hung_service_refuses_connections_soon(tmp_path: Path) -> None:
    """Stopped, it would take connections for ever; ended, it refuses them at once."""
    seawall = Seawall(tmp_path / "s", {}, known_registries=False, watchdog_s=1.0)
    seawall.start()
    try:
        seawall.daemon.signal(signal.SIGSTOP)
        socket.create_connection(("127.0.0.1", seawall.port), timeout=5).close()

        wait_until(lambda: not seawall.daemon.runs, "its end")
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", seawall.port), timeout=5)
        assert "so that clients can fall back" in seawall.daemon.text()
    finally:
        seawall.kill()


def test_nobody_watches_what_is_debugged(tmp_path: Path) -> None:
    """With `watchdog_s = 0` a service may be stopped for as long as one likes."""
    seawall = Seawall(tmp_path / "s", {}, known_registries=False, watchdog_s=0)
    seawall.start()
    try:
        assert [] == children(seawall.daemon.pid)
    finally:
        seawall.finish()


FIRST = """
import os, signal, sys, time
from seawall.app.firstprocess import leave_first_place

leave_first_place(first=os.getpid())
signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))
print(os.getpid(), os.getppid(), flush=True)
if os.fork() == 0:
    os._exit(3)  # somebody whom nobody here buries
time.sleep(60)
"""


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 7), (signal.SIGKILL, 128 + signal.SIGKILL)]
)
def test_the_first_process_of_a_container_stands_for_its_child(
    number: signal.Signals, code: int
) -> None:
    """It passes signals on and ends as its child ends; the child can be killed."""
    with subprocess.Popen(
        [sys.executable, "-c", FIRST], stdout=subprocess.PIPE
    ) as first:
        assert first.stdout is not None
        child, parent = map(int, first.stdout.readline().split())
        os.kill(child if number == signal.SIGKILL else first.pid, number)

        assert (first.pid, code) == (parent, first.wait(20))
