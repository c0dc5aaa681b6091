"""Shows signs of life to a watcher, which ends this process once they stop."""

import asyncio
import faulthandler
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import structlog

_log = structlog.get_logger("seawall.app")

_PROGRAM = Path(__file__).with_name("watcher.py")
_AGAIN = 8  # times the limit, until another watcher is tried
_LEAVE_S = 1.0


@asynccontextmanager
async def keep_watched(limit_s: float) -> AsyncIterator[None]:
    """Be ended, within the block, by a second process once the event loop hangs.

    A hung server is worse than a dead one (invariant 12): clients wait for it instead
    of moving on. A stopped process counts as hung; one whose whole machine or container
    is paused does not. The stacks of all threads are written before, if they can be.

    Args:
        limit_s: How long it may hang; 0: nobody watches, as a debugger needs it.
    """
    if limit_s <= 0:
        yield
        return
    faulthandler.register(signal.SIGUSR1, file=2, all_threads=True)
    watcher = _Watcher(limit_s)
    beating = asyncio.create_task(watcher.beat())
    try:
        yield
    finally:
        beating.cancel()
        with suppress(asyncio.CancelledError):
            await beating
        await asyncio.to_thread(watcher.leave)


class _Watcher:
    """The second process, seen from the first."""

    def __init__(self, limit_s: float) -> None:
        self._limit_s = limit_s
        self._process: subprocess.Popen[bytes] | None = None
        self._started_s = 0.0
        self._start()

    async def beat(self) -> None:
        """Show signs of life until cancelled; start the watcher again if it is gone."""
        while True:
            alone_s = time.monotonic() - self._started_s
            if not self._show_sign() and alone_s > _AGAIN * self._limit_s:
                _log.warning("nobody watched over this process; a watcher is started")
                self._start()
            await asyncio.sleep(self._limit_s / 8)

    def leave(self) -> None:
        """Send it away. Blocking."""
        process, self._process = self._process, None
        if process is None:
            return
        _hang_up(process)
        try:
            process.wait(_LEAVE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _start(self) -> None:
        self._started_s = time.monotonic()
        if self._process is not None:
            _hang_up(self._process)
            self._process.poll()
            self._process = None
        # Bare, as it needs nothing: -I no settings from outside, -S no packages.
        command = [sys.executable, "-I", "-S", str(_PROGRAM)]
        command += [str(os.getpid()), str(self._limit_s)]
        try:
            # A session of its own: Ctrl-C and Ctrl-Z are for whom it watches.
            self._process = subprocess.Popen(  # noqa: S603  our own program
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError as exc:
            _log.warning("nobody watches over this process", reason=str(exc))
            return
        if self._process.stdin is not None:
            os.set_blocking(self._process.stdin.fileno(), False)

    def _show_sign(self) -> bool:
        """Write one byte; say whether somebody reads."""
        if self._process is None or self._process.stdin is None:
            return False
        try:
            os.write(self._process.stdin.fileno(), b".")
        except BlockingIOError:
            return True  # it is there, and slower than a day's signs
        except OSError:
            return False
        return True


def _hang_up(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        process.stdin.close()
