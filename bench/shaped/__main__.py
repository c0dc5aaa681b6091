"""Serves files at so many bytes a second for each connection, and for all together.

``python -m bench.shaped PORT FILES --each BYTES_PER_S --all BYTES_PER_S``: one thread,
`sendfile` every few milliseconds, so that 120 MB/s cost it a few percent of one core
and are evenly spread. Answers as a registry does where files lie at a registry's paths;
writes down what it sent like nginx, into ``access.log`` of its working directory.
"""

import argparse
import json
import os
import re
import selectors
import socket
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, TextIO

_TICK_S = 0.005
_LATE_S = 0.25  # what this process was held up for, no longer, is made up for
_UNUSED_S = 0.01  # what a line or all of them did not take is lost beyond that
_HEAD_BYTES = 64 * 1024
_RANGE = re.compile(r"\r\nrange: bytes=(\d+)-(\d*)", re.IGNORECASE)
_NOTHING = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"


@dataclass(eq=False)
class _Line:
    """One connection, and what is left of the answer that it gives."""

    socket: socket.socket
    heard: bytes = b""
    file: BinaryIO | None = None
    path: str = ""
    status: int = 200
    position: int = 0
    stop: int = 0
    sent: int = 0
    credit: float = 0.0
    told: bytes = field(default=b"", repr=False)


class _Upstream:
    def __init__(self, listener: socket.socket, files: Path, log: TextIO) -> None:
        self._listener = listener
        self._files = files
        self._log = log
        self._selector = selectors.DefaultSelector()
        self._selector.register(listener, selectors.EVENT_READ)
        self._lines: set[_Line] = set()

    def serve(self, each: float, whole: float) -> None:
        """Serve for ever: hear what is asked, then let each line send its share."""
        last, shared = time.monotonic(), 0.0
        while True:
            busy = [line for line in self._lines if line.file or line.told]
            for key, _ in self._selector.select(_TICK_S if not busy else 0):
                if key.data is None:
                    self._admit()
                else:
                    self._hear(key.data)
            now = time.monotonic()
            passed_s, last = min(now - last, _LATE_S), now
            shared = min(shared, whole * _UNUSED_S) + whole * passed_s
            busy = [line for line in self._lines if line.file or line.told]
            for done, line in enumerate(busy):
                line.credit = min(line.credit, each * _UNUSED_S) + each * passed_s
                shared -= self._send(
                    line, int(min(line.credit, shared / (len(busy) - done)))
                )
            if busy:
                time.sleep(_TICK_S)

    def _admit(self) -> None:
        one, _ = self._listener.accept()
        one.setblocking(False)  # noqa: FBT003  its only argument
        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        line = _Line(one)
        self._lines.add(line)
        self._selector.register(one, selectors.EVENT_READ, line)

    def _hear(self, line: _Line) -> None:
        try:
            data = line.socket.recv(_HEAD_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        line.heard += data
        if not data:
            self._drop(line)
        elif line.file is None and b"\r\n\r\n" in line.heard:
            head, _, line.heard = line.heard.partition(b"\r\n\r\n")
            self._answer(line, head.decode("latin-1"))

    def _answer(self, line: _Line, head: str) -> None:
        method, path, _ = head.split(" ", 2)
        file = self._files / path.lstrip("/")
        if path.rstrip("/") == "/v2":
            line.told = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
            return
        if not file.is_file():
            line.told = _NOTHING
            return
        size = file.stat().st_size
        line.path, line.position, line.stop, line.status = path, 0, size, 200
        lines = ["HTTP/1.1 200 OK"]
        wanted = _RANGE.search(head)
        if wanted and int(wanted[1]) < size:
            line.position = int(wanted[1])
            line.stop = min(int(wanted[2] or size) + 1, size)
            line.status = 206
            lines = ["HTTP/1.1 206 Partial Content"]
            lines += [f"Content-Range: bytes {line.position}-{line.stop - 1}/{size}"]
        lines += [f"Content-Length: {line.stop - line.position}"]
        lines += [f"Content-Type: {_tell_type(file)}", "Accept-Ranges: bytes"]
        line.told = ("\r\n".join(lines) + "\r\n\r\n").encode()
        if method == "GET":
            line.file, line.sent, line.credit = file.open("rb"), 0, 0.0

    def _send(self, line: _Line, most: int) -> int:
        """Send up to so many bytes; give how many."""
        try:
            if line.told:
                line.told = line.told[line.socket.send(line.told) :]
                return 0
            if line.file is None or most <= 0:
                return 0
            count = os.sendfile(
                line.socket.fileno(),
                line.file.fileno(),
                line.position,
                min(most, line.stop - line.position),
            )
        except BlockingIOError:
            return 0
        except OSError:
            self._drop(line)
            return 0
        line.position += count
        line.sent += count
        line.credit -= count
        if line.position >= line.stop:
            self._end(line)
        return count

    def _end(self, line: _Line) -> None:
        if line.file is None:
            return
        line.file.close()
        line.file = None
        self._log.write(f'"GET {line.path} HTTP/1.1" {line.status} {line.sent}\n')
        self._log.flush()

    def _drop(self, line: _Line) -> None:
        self._end(line)
        self._lines.discard(line)
        self._selector.unregister(line.socket)
        line.socket.close()


def _tell_type(file: Path) -> str:
    if file.parent.name != "manifests":
        return "application/octet-stream"
    return str(json.loads(file.read_text())["mediaType"])


def main() -> None:
    """Serve until a signal ends it."""
    parser = argparse.ArgumentParser(prog="bench.shaped")
    parser.add_argument("port", type=int)
    parser.add_argument("files", type=Path)
    parser.add_argument("--each", type=float, required=True)
    parser.add_argument("--all", type=float, required=True)
    parser.add_argument("--log", type=Path, required=True)
    arguments = parser.parse_args()
    with (
        socket.create_server(("127.0.0.1", arguments.port)) as listener,
        arguments.log.open("a") as log,
    ):
        _Upstream(listener, arguments.files, log).serve(arguments.each, arguments.all)


if __name__ == "__main__":
    main()
