"""Files read by several processes: a file that hangs or kills one costs that file."""

import gc
import math
import multiprocessing
import os
import resource
import signal
import time
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path

from seawall.errors import InputError
from seawall.policy.checking.filebytes import fingerprint, is_binary, read_bytes
from seawall.policy.facts.text import Fact
from seawall.policy.facts.troubles import Obstacle, Trouble
from seawall.policy.options import LimitOptions
from seawall.policy.reading import formats

ALONE_BYTES = 1024 * 1024
"""Less is read by one process: several would be no faster.

It costs a few milliseconds, and a file of a small repository may hang, too.
"""

_DATA_BYTES = 1024 * 1024 * 1024
"""A process that reads gets no more memory: a file that wants more is left out."""
_STATUS = Path("/proc/self/statm")

_BATCH = 16
_START_S = 120.0
"""So long may a process take until it is ready; imports are slow on a busy machine."""
_AT_ONCE = 2
"""Batches that a worker has at a time, so that it never waits for the next."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of reading a file.

    Attributes:
        path: The file.
        proof: What it was then; `None` if it could not be read.
        facts: What was found in it.
    """

    path: str
    proof: bytes | None
    facts: tuple[Fact, ...]


def read_all(
    root: Path,
    sizes: Mapping[str, int],
    limits: LimitOptions,
    processes: int | None = None,
) -> Iterator[Reading]:
    """Read files, and yield what is in them, in no particular order.

    Args:
        root: The folder that paths are relative to.
        sizes: The files, with their sizes.
        limits: Bounds on each of them.
        processes: How many read; by default as many as there are processors, up to
            four, and one if there is little to read; 0: this one, without a bound.
    """
    if processes is None:
        small = sum(sizes.values()) < ALONE_BYTES
        processes = 1 if small else min(4, len(os.sched_getaffinity(0)))
    if not processes or not sizes:
        for path in sizes:
            yield read_one(root, path, limits)
        return
    yield from _Crew(root, limits, processes).read(sizes)


def read_one(root: Path, path: str, limits: LimitOptions) -> Reading:
    """Read one file; whatever is wrong with it is a trouble of its own."""
    try:
        data = read_bytes(root, path, limits.file_bytes)
    except FileNotFoundError:
        return _failed(path, Obstacle.VANISHED, "is gone")
    except OSError as exc:
        return _failed(path, Obstacle.UNREADABLE, f"cannot be read: {exc.strerror}")
    except InputError as exc:
        return _failed(path, Obstacle.BOUNDED, str(exc))
    facts: tuple[Fact, ...] = ()
    if not is_binary(data) or formats.is_packed(path):
        facts = tuple(formats.read_file(path, data, limits))
    elif formats.sniffs(path, data):
        facts = (_trouble(path, Obstacle.BROKEN, "binary: it has a byte 0"),)
    return Reading(path, fingerprint(data), facts)


def _failed(path: str, obstacle: Obstacle, message: str) -> Reading:
    return Reading(path, None, (_trouble(path, obstacle, message),))


def _trouble(path: str, obstacle: Obstacle, message: str) -> Trouble:
    return Trouble(path=path, start=0, stop=0, obstacle=obstacle, message=message)


def _serve(pipe: Connection, root: Path, limits: LimitOptions) -> None:
    """Read what is asked for, until nobody asks any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever asks ends this process
    _bound_memory()
    gc.disable()  # trees of values refer to nothing above them, and are gone at once
    pipe.send(None)
    with suppress(EOFError, ConnectionError):
        while True:
            for path in pipe.recv():
                _bound_time(limits.file_s)
                pipe.send(read_one(root, path, limits))


def _bound_memory() -> None:
    """Let this process take so much, besides what it has from the one it came from."""
    *_, pages, _ = _STATUS.read_text().split()
    has = int(pages) * resource.getpagesize()
    _, most = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (has + _DATA_BYTES, most))


def _bound_time(file_s: float) -> None:
    """Let the kernel end this process, should nobody be left to do so."""
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    until = math.ceil(time.process_time() + 2 * file_s)
    resource.setrlimit(resource.RLIMIT_CPU, (until, most))


@dataclass(slots=True)
class _Worker:
    """One process, how long it may be at what it does, and what it was asked for."""

    process: BaseProcess
    pipe: Connection
    until: float
    asked: deque[str] = field(default_factory=deque)
    ready: bool = False
    lost: bool = False


class _Crew:
    """Hands files out to processes, and replaces those that are lost."""

    def __init__(
        self,
        root: Path,
        limits: LimitOptions,
        size: int,
        serve: Callable[[Connection, Path, LimitOptions], None] = _serve,
    ) -> None:
        self._root = root
        self._limits = limits
        self._size = size
        self._serve = serve
        # They do nothing but read, so no lock of another thread can hold them up; and
        # they have the readers already, which a new interpreter would have to import.
        formats.list_readers()
        self._context = multiprocessing.get_context("fork")
        self._left: deque[str] = deque()
        self._crew: list[_Worker] = []

    def read(self, paths: Iterable[str]) -> Iterator[Reading]:
        """Yield what comes, until all are read."""
        self._left = deque(paths)
        try:
            for _ in range(self._size):
                self._crew.append(self._hire())
            while any(worker.asked for worker in self._crew):
                if self._strands():
                    break
                ready = wait([w.pipe for w in self._crew if w.asked], timeout=0.5)
                for worker in list(self._crew):
                    if worker.pipe in ready:
                        yield from self._receive(worker)
                    elif self._is_late(worker) and worker.ready:
                        message = f"took more than {self._limits.file_s:g} s"
                        yield self._replace(worker, Obstacle.BOUNDED, message)
            for path in self._left:  # where processes cannot start, this one reads
                yield read_one(self._root, path, self._limits)
        finally:
            for worker in self._crew:
                self._dismiss(worker)

    def _hire(self) -> _Worker:
        ours, theirs = self._context.Pipe()
        held = [ours, *(worker.pipe for worker in self._crew)]
        process = self._context.Process(
            target=self._work, args=(theirs, held), daemon=True
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of forks with threads
            process.start()
        theirs.close()
        worker = _Worker(process, ours, time.monotonic() + _START_S)
        for _ in range(_AT_ONCE):
            self._ask(worker)
        return worker

    def _work(self, pipe: Connection, held: Iterable[Connection]) -> None:
        """Be a process that reads; once nobody holds the other end, it ends, too."""
        for one in held:
            one.close()
        self._serve(pipe, self._root, self._limits)

    def _ask(self, worker: _Worker) -> None:
        batch = [self._left.popleft() for _ in range(min(_BATCH, len(self._left)))]
        if batch:
            worker.asked += batch
            with suppress(ConnectionError):  # it is gone: nothing more will come of it
                worker.pipe.send(batch)

    def _receive(self, worker: _Worker) -> Iterator[Reading]:
        """Take what a process says: that it is ready, or what it read."""
        try:
            reading: Reading | None = worker.pipe.recv()
        except (EOFError, ConnectionError):
            worker.lost = True
            if not worker.ready:
                return
            yield self._replace(worker, Obstacle.CRASHED, "reading it ended a process")
            return
        worker.until = time.monotonic() + self._limits.file_s
        if reading is None:
            worker.ready = True
            return
        worker.asked.popleft()
        if len(worker.asked) <= _BATCH * (_AT_ONCE - 1):
            self._ask(worker)
        yield reading

    def _strands(self) -> bool:
        """Whether a process did not even start: then others will not, either.

        All that was asked for and has not come is left to whoever can read it.
        """
        if not any(
            not worker.ready and (worker.lost or self._is_late(worker))
            for worker in self._crew
        ):
            return False
        for worker in self._crew:
            self._left += worker.asked
            worker.asked.clear()
        return True

    def _is_late(self, worker: _Worker) -> bool:
        return bool(worker.asked) and time.monotonic() > worker.until

    def _replace(self, worker: _Worker, obstacle: Obstacle, message: str) -> Reading:
        """Let a process go, with the file that it is at; another one does the rest."""
        lost = worker.asked.popleft()
        self._left.extendleft(reversed(worker.asked))
        self._crew.remove(worker)
        self._dismiss(worker)
        self._crew.append(self._hire())
        return _failed(lost, obstacle, message)

    def _dismiss(self, worker: _Worker) -> None:
        worker.pipe.close()
        worker.process.kill()
        worker.process.join()
