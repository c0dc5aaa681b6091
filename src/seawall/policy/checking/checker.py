"""A check from end to end: files found, read, judged, and their findings located."""

import gc
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from seawall.policy import rulebook
from seawall.policy.accepting.accepting import Acceptance
from seawall.policy.checking import judging, locating, walking, workers
from seawall.policy.checking.filebytes import Contents
from seawall.policy.facts.images import ImageUse
from seawall.policy.facts.text import Fact
from seawall.policy.facts.troubles import Trouble
from seawall.policy.finding import Finding
from seawall.policy.options import PolicyOptions
from seawall.policy.outcome import Coverage, Outcome
from seawall.policy.reading import formats
from seawall.policy.repository import Repository

Progress = Callable[[int, int], None]
"""Is told how many files have been read, and of how many."""


Sieve = Callable[[Iterable[Finding], Repository], Iterable[Finding]]
"""Takes findings out, or says why they do not count."""

Addition = Callable[
    [list[Finding], Repository], tuple[Iterable[Finding], Iterable[Trouble]]
]
"""Finds more than the files say, such as by rendering them, and tells what failed."""


class Checker:
    """One check: its files and their facts, judged as often as they change.

    Args:
        paths: Files and folders.
        options: What was chosen.
        progress: Is told how far reading is.
        processes: How many processes read; by default what fits the machine.

    Attributes:
        additions: What finds more, each time they are judged.
        sieves: What findings go through, each time they are judged.
    """

    def __init__(
        self,
        paths: Iterable[Path],
        options: PolicyOptions | None = None,
        progress: Progress | None = None,
        processes: int | None = None,
    ) -> None:
        self.options = options or PolicyOptions()
        self.additions: list[Addition] = []
        self.sieves: list[Sieve] = []
        self._began = time.monotonic()
        places = list(paths)
        self._found = walking.find_files(
            walking.find_root(places), places, self.options
        )
        self.contents = Contents(self._found.root, self.options.limits.file_bytes)
        self._facts = dict[str, tuple[Fact, ...]]()
        self._read(progress, processes)

    @property
    def root(self) -> Path:
        """The folder that paths are relative to."""
        return self._found.root

    def _read(self, progress: Progress | None, processes: int | None) -> None:
        wanted, limits = self._found.wanted, self.options.limits
        readings = workers.read_all(self.root, wanted, limits, processes)
        with _keep_garbage():
            for count, reading in enumerate(readings, start=1):
                self._facts[reading.path] = reading.facts
                if reading.proof is not None:
                    self.contents.note(reading.path, reading.proof)
                if progress is not None:
                    progress(count, len(wanted))

    def change(self, path: str, data: bytes) -> None:
        """Let a file have other bytes, in memory only, and read it again."""
        self.contents.change(path, data)
        self._facts[path] = tuple(formats.read_file(path, data, self.options.limits))

    def repository(self) -> Repository:
        """Gather all facts as they are now."""
        facts = [fact for found in self._facts.values() for fact in found]
        return Repository(facts, self.options, self.contents.read)

    def judge(self, repository: Repository | None = None) -> Outcome:
        """Judge all facts as they are now."""
        with _set_aside():
            return self._judge(repository or self.repository())

    def _judge(self, repository: Repository) -> Outcome:
        entries = rulebook.list_rules()
        findings, crashes = judging.judge(repository, entries)
        for add in self.additions:
            found, failed = add(findings, repository)
            findings += found
            crashes += failed
        acceptance = Acceptance(repository, datetime.now(UTC).date())
        located = locating.locate(findings, self.contents.read)
        sifted: Iterable[Finding] = acceptance.apply(located)
        for sieve in self.sieves:
            sifted = sieve(sifted, repository)
        images = repository.all(ImageUse)
        findings = list(sifted)
        return Outcome(
            findings=tuple(findings),
            troubles=(
                *self._found.troubles,
                *repository.all(Trouble),
                *crashes,
                *acceptance.troubles.values(),
                *acceptance.find_mistakes([entry.rule.id for entry in entries]),
            ),
            coverage=Coverage(
                files=self._found.count,
                read=len(self._found.wanted),
                images=len(images),
                unresolved=sum(map(repository.is_open, images)),
                seconds=time.monotonic() - self._began,
            ),
            profile=self.options.profile,
        )


def check(
    paths: Iterable[Path],
    options: PolicyOptions | None = None,
    progress: Progress | None = None,
) -> Outcome:
    """Check files and folders, and change nothing."""
    return Checker(paths, options, progress).judge()


@contextmanager
def _set_aside() -> Iterator[None]:
    """Look for garbage among what is made from now on: facts are kept to the end."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


@contextmanager
def _keep_garbage() -> Iterator[None]:
    """Look for no cycles while facts come in: they have none, and are all kept."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
