"""Several processes read what one would, and a file costs no more than itself."""

import multiprocessing
import os
import signal
import time
from collections.abc import Generator, Iterator
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from seawall.policy.checking import workers
from seawall.policy.checking.filebytes import Contents, fingerprint
from seawall.policy.checking.workers import Reading, read_all, read_one
from seawall.policy.facts.text import Fact
from seawall.policy.facts.troubles import Obstacle, Trouble
from seawall.policy.options import LimitOptions
from seawall.policy.reading import formats

LIMITS = LimitOptions(file_s=1.0)


def _fill(root: Path, count: int = 80) -> dict[str, int]:
    sizes = {}
    for number in range(count):
        name = f"{number}.yaml"
        spec = f"{{containers: [{{image: x:{number}}}]}}"
        text = f"apiVersion: v1\nkind: Pod\nspec: {spec}\n"
        (root / name).write_text(text)
        sizes[name] = len(text)
    return sizes


def _serve(pipe: Connection, root: Path, limits: LimitOptions) -> None:
    """Read like a worker, that hangs at one file, and is killed by another."""
    pipe.send(None)
    while True:
        try:
            paths = pipe.recv()
        except EOFError:
            return
        for path in paths:
            if path == "7.yaml":
                time.sleep(600)
            if path == "50.yaml":
                os.kill(os.getpid(), signal.SIGKILL)
            pipe.send(read_one(root, path, limits))


def _troubles(readings: list[Reading]) -> dict[str, Obstacle]:
    return {
        one.path: fact.obstacle
        for one in readings
        for fact in one.facts
        if isinstance(fact, Trouble)
    }


def test_it_makes_no_difference_who_reads(tmp_path: Path) -> None:
    """Two processes find what this one finds, and prove the same bytes."""
    sizes = _fill(tmp_path)
    alone = list(read_all(tmp_path, sizes, LIMITS, processes=0))
    together = list(read_all(tmp_path, sizes, LIMITS, processes=2))
    forked = list(read_all(tmp_path, sizes, LIMITS))

    assert sorted(alone, key=_name) == sorted(together, key=_name)
    assert sorted(alone, key=_name) == sorted(forked, key=_name)
    assert all(reading.facts for reading in alone)


def _name(reading: Reading) -> str:
    return reading.path


@pytest.mark.parametrize("processes", [1, 2])
def test_a_file_that_hangs_or_kills_costs_itself(
    tmp_path: Path, processes: int
) -> None:
    """Its process is replaced, the trouble is told, all others are read."""
    sizes = _fill(tmp_path)
    crew = workers._Crew(tmp_path, LIMITS, processes, _serve)
    readings = list(crew.read(sizes))

    assert sorted(sizes) == sorted(reading.path for reading in readings)
    assert {
        "7.yaml": Obstacle.BOUNDED,
        "50.yaml": Obstacle.CRASHED,
    } == _troubles(readings)


def _gorge(pipe: Connection, root: Path, limits: LimitOptions) -> None:
    """Read like a worker, with a reader that takes all the memory there is."""

    def swell(source: object) -> Iterator[Fact]:
        del source
        yield from (Fact(path="x", start=0, stop=len(bytes(64 << 30))),)

    reader = formats.Reader("swelling", ("*.yaml",), swell)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(formats, "_readers_of", lambda _: (reader,))
        workers._serve(pipe, root, limits)


def test_a_file_that_wants_all_memory_costs_itself(tmp_path: Path) -> None:
    """The process that reads has a bound, and the file is told."""
    sizes = _fill(tmp_path, 3)
    crew = workers._Crew(tmp_path, LIMITS, 1, _gorge)

    assert dict.fromkeys(sizes, Obstacle.CRASHED) == _troubles(list(crew.read(sizes)))


def test_a_small_repository_has_a_bound_on_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where little is to be read, too, this process does not do it itself."""

    def hang(source: object) -> Iterator[Fact]:
        while source:
            yield from ()

    reader = formats.Reader("hanging", ("*.yaml",), hang)
    monkeypatch.setattr(formats, "_readers_of", lambda _: (reader,))
    readings = list(read_all(tmp_path, _fill(tmp_path, 2), LIMITS))

    assert {"0.yaml": Obstacle.BOUNDED, "1.yaml": Obstacle.BOUNDED} == _troubles(
        readings
    )


def _spin(pipe: Connection, root: Path, limits: LimitOptions) -> None:
    """Be a worker whose file takes for ever, while nobody is left to end it."""
    del pipe, root
    workers._bound_time(limits.file_s)
    while True:
        pass


@pytest.mark.long
def test_a_process_ends_by_itself_when_nobody_is_left() -> None:
    """The kernel ends it behind its bound, also if the check itself was killed."""
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe()
    process = context.Process(target=_spin, args=(theirs, Path(), LIMITS))
    process.start()
    process.join()
    ours.close()
    theirs.close()

    assert -signal.SIGXCPU == process.exitcode


def _fail(pipe: Connection, root: Path, limits: LimitOptions) -> None:
    """Be a process that cannot even start."""
    del root, limits
    pipe.close()


def test_where_no_process_starts_this_one_reads(tmp_path: Path) -> None:
    """That is not the files' fault: all of them are read."""
    sizes = _fill(tmp_path)
    crew = workers._Crew(tmp_path, LIMITS, 2, _fail)
    readings = list(crew.read(sizes))

    assert sorted(sizes) == sorted(reading.path for reading in readings)
    assert {} == _troubles(readings)


def test_nobody_is_left_behind(tmp_path: Path) -> None:
    """Who stops listening half-way ends the processes, too."""
    sizes = _fill(tmp_path)
    crew = workers._Crew(tmp_path, LIMITS, 2)
    reading = crew.read(sizes)
    assert isinstance(reading, Generator)
    next(reading)
    processes = [worker.process for worker in crew._crew]
    reading.close()

    assert [False, False] == [process.is_alive() for process in processes]


def _check(root: Path, sizes: dict[str, int]) -> None:
    """Be a check that is killed while its processes wait for more to read."""
    crew = workers._Crew(root, LIMITS, 2)
    for _ in crew.read(sizes):
        time.sleep(0.1)
        os.kill(os.getpid(), signal.SIGKILL)


def test_nobody_outlives_a_check_that_is_killed(tmp_path: Path) -> None:
    """Processes that read hold no end of each other's pipes, nor both of their own."""
    ended, held = os.pipe()
    check = multiprocessing.get_context("fork").Process(
        target=_check, args=(tmp_path, _fill(tmp_path))
    )
    check.start()
    os.close(held)
    check.join()

    assert b"" == os.read(ended, 1)  # not before the last of them has gone
    os.close(ended)


@pytest.mark.parametrize(
    ("name", "obstacle"),
    [
        ("gone.yaml", Obstacle.VANISHED),
        ("link.yaml", Obstacle.UNREADABLE),
        ("folder.yaml", Obstacle.UNREADABLE),
        ("pipe.yaml", Obstacle.BOUNDED),
        ("large.yaml", Obstacle.BOUNDED),
        ("text.yaml", Obstacle.BROKEN),
    ],
)
def test_what_cannot_be_read_is_a_trouble(
    tmp_path: Path, name: str, obstacle: Obstacle
) -> None:
    """Files change under a check; none of that ends it, or makes it wait."""
    (tmp_path / "link.yaml").symlink_to(tmp_path / "text.yaml")
    (tmp_path / "folder.yaml").mkdir()
    os.mkfifo(tmp_path / "pipe.yaml")
    (tmp_path / "large.yaml").write_bytes(b"x" * 200)
    (tmp_path / "text.yaml").write_bytes(b"kind: \xff\n")
    reading = read_one(tmp_path, name, LimitOptions(file_bytes=100))

    assert {name: obstacle} == _troubles([reading])


@pytest.mark.parametrize(
    ("data", "told"), [(b"kind: \0", True), (b"\x7fELF\0\0x: x", False)]
)
def test_what_is_binary_is_let_be(tmp_path: Path, data: bytes, *, told: bool) -> None:
    """A file with a NUL is no text; it is told if it has the words of what is read."""
    (tmp_path / "x.yaml").write_bytes(data)
    facts = read_one(tmp_path, "x.yaml", LIMITS).facts

    assert [Trouble] * told == [type(fact) for fact in facts]


def test_bytes_are_known_again(tmp_path: Path) -> None:
    """A file that is no longer what was read is as good as gone."""
    path = tmp_path / "x"
    path.write_bytes(b"one")
    contents = Contents(tmp_path, 100)
    contents.note("x", fingerprint(b"one"))

    assert b"one" == contents.read("x")
    path.write_bytes(b"two")
    fresh = Contents(tmp_path, 100)
    fresh.note("x", fingerprint(b"one"))
    assert fresh.read("x") is None
    fresh.change("x", b"three")
    assert (b"three", None) == (fresh.read("x"), fresh.original("x"))
