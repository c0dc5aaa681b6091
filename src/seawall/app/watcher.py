"""A program by itself: ends the process that started it once its signs of life stop.

It is run as a file by a second, bare interpreter and imports nothing of Seawall, so
that it costs little. A process that is stopped, or whose interpreter's lock is held for
ever, can be helped by nobody inside; the kernel takes connections for it meanwhile.
"""

import os
import select
import signal
import sys
import time

_TRACE_S = 0.3  # for the other side's stack to be written, if it can do that


def watch(beats: int, limit_s: float) -> bool:
    """Wait for signs of life to stop.

    Args:
        beats: Where they come from: a pipe, each byte one sign.
        limit_s: How long there may be none.

    Returns:
        Whether the other side hangs; False if it has ended, which closes the pipe.
    """
    step_s = limit_s / 16
    looked_s = seen_s = time.monotonic()
    while True:
        ready, _, _ = select.select([beats], [], [], step_s)
        now_s = time.monotonic()
        if ready:
            if not os.read(beats, 4096):
                return False
            seen_s = now_s
        elif now_s - looked_s > 8 * step_s:
            # This process did not run either: the machine or the container was paused.
            seen_s = now_s
        elif now_s - seen_s > limit_s:
            return True
        looked_s = now_s


def main() -> None:
    """Watch the parent by standard input; end it if it hangs."""
    # It ends when the other side does, and not before: not by a signal to all either.
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    os.chdir("/")
    watched, limit_s = int(sys.argv[1]), float(sys.argv[2])
    if not watch(0, limit_s) or os.getppid() != watched:
        return
    os.kill(watched, signal.SIGUSR1)
    time.sleep(_TRACE_S)
    os.kill(watched, signal.SIGKILL)
    # Only now: standard error may be what it hangs on.
    text = (
        f"seawall: process {watched} hung for {limit_s:g} s (its event loop, or all of"
        " it); it was ended so that clients can fall back\n"
    )
    os.write(2, text.encode())


if __name__ == "__main__":
    main()
