"""Ends a process whose event loop hangs, so that its clients can fall back."""

import asyncio
import faulthandler
import os
import sys
import threading
import time

EXIT_HUNG = 70  # EX_SOFTWARE: systemd and containers restart it


class Watchdog:
    """A thread that sees whether the event loop still turns (invariant 12).

    A hung server is worse than a dead one: clients wait for it instead of moving on.
    """

    def __init__(self, limit_s: float) -> None:
        self._limit_s = limit_s
        self._seen_s = time.monotonic()
        self._stop = threading.Event()

    async def run(self) -> None:
        """Show signs of life until cancelled."""
        self._seen_s = time.monotonic()
        thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)
        thread.start()
        try:
            while True:
                self._seen_s = time.monotonic()
                await asyncio.sleep(self._limit_s / 8)
        finally:
            self._stop.set()

    def _watch(self) -> None:
        step_s = self._limit_s / 8
        looked_s = time.monotonic()
        while not self._stop.wait(step_s):
            now_s = time.monotonic()
            if now_s - looked_s > 4 * step_s:
                # this thread did not run either: the whole process was paused
                self._seen_s = max(self._seen_s, now_s - step_s)
            looked_s = now_s
            if now_s - self._seen_s > self._limit_s:
                sys.stderr.write(
                    f"seawall: the event loop has hung for {self._limit_s:.0f} s;"
                    " ending the process so that clients can fall back\n"
                )
                faulthandler.dump_traceback(all_threads=True)
                os._exit(EXIT_HUNG)
