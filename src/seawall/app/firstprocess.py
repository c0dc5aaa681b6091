"""A container's first process: waits for the service, its child; passes signals on."""

import os
import signal
import sys
from types import FrameType

_FIRST = 1
_PASSED_ON = frozenset(
    {
        *(signal.SIGTERM, signal.SIGINT, signal.SIGHUP),
        *(signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2),
    }
)


def leave_first_place(first: int = _FIRST) -> None:
    """Go on in a child, if this is the first process of a container.

    The kernel lets nobody in a container kill its first process, so that a service in
    that place could not be ended when it hangs. Returns in the child only; the first
    process ends with its exit code.

    Args:
        first: The id of a first process.
    """
    if os.getpid() != first:
        return
    # Held back until it is known who they are for.
    signal.pthread_sigmask(signal.SIG_BLOCK, _PASSED_ON)
    child = os.fork()
    if child:
        _see_through(child)
    # A group of its own: a terminal's Ctrl-C comes by way of the first process alone.
    os.setpgid(0, 0)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _PASSED_ON)


def _see_through(child: int) -> None:
    """Pass signals on until the child ends, and end as it did."""

    def pass_on(number: int, _: FrameType | None) -> None:
        os.kill(child, number)

    for number in _PASSED_ON:
        signal.signal(number, pass_on)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _PASSED_ON)
    while True:
        # Of anybody: orphans in a container are the first process's to bury.
        ended, status = os.wait()
        if ended == child:
            code = os.waitstatus_to_exitcode(status)
            sys.stderr.flush()
            os._exit(code if code >= 0 else 128 - code)
