"""Ports of loopback at which nobody answers but whoever they were reserved for."""

import contextlib
import fcntl
import functools
import itertools
import os
import random
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

_PORTS = range(20000, 32000)  # below those that Linux, BSD and macOS give out
_FIRST = random.randrange(len(_PORTS))  # noqa: S311  any will do
_ports: Iterator[int] = itertools.cycle([*_PORTS[_FIRST:], *_PORTS[:_FIRST]])


def reserve_port() -> int:
    """Find a port of loopback that is free, and that nobody else is given meanwhile.

    Whoever asks the kernel for any port gets another one, this process goes through all
    of them before one comes again, and other drills of this machine leave them alone:
    where somebody is gone or has not begun yet, nobody else answers.
    """
    while True:
        port = next(_ports)
        if not claim(port):
            continue
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


@functools.cache
def _open_claims() -> int:
    """Open the file in which drills of one user claim ports, a byte for each.

    Without a place for it there is none, and claims are good for this process only.
    """
    path = Path(tempfile.gettempdir()) / f"seawall-drill-{os.getuid()}.ports"
    with contextlib.suppress(OSError):
        return os.open(
            path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600
        )
    return -1


def claim(port: int) -> bool:
    """Claim a port until this process ends; the kernel forgets the claim with it."""
    claims = _open_claims()
    if claims < 0:
        return True
    try:
        fcntl.lockf(claims, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, port)
    except OSError:
        return False
    return True
