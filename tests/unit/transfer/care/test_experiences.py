"""What sources taught, kept between two runs."""

from collections.abc import Mapping
from dataclasses import dataclass

from seawall.errors import StoreError
from seawall.testing.clock import FakeClock
from seawall.transfer.care.experiences import Experiences
from seawall.transfer.waits.phases import Phase


@dataclass
class Page:
    """What was written."""

    body: bytes


class Book:
    """A memory on no disk."""

    def __init__(self, *, broken: bool = False) -> None:
        self.pages: dict[str, Page] = {}
        self.broken = broken

    def read(self) -> Mapping[str, Page]:
        """Give every page."""
        return self.pages

    def write(self, entries: Mapping[str, bytes], at: float) -> None:
        """Write pages anew."""
        if self.broken:
            raise StoreError("the disk is gone")
        assert at
        self.pages |= {key: Page(body) for key, body in entries.items()}


def taught() -> Experiences:
    """Make experiences of one source that was asked ten times."""
    experiences = Experiences()
    experiences.find("silent.example")
    for _ in range(10):
        experiences.find("mirror.example").lesson(Phase.GAP).learn(0.5)
    return experiences


async def test_it_is_known_after_a_restart() -> None:
    """A source is judged by what it taught the process before."""
    clock, book = FakeClock(), Book()
    taught().keep(book, clock)
    anew = Experiences()
    await anew.restore(book, clock)
    lesson = anew.find("mirror.example").lesson(Phase.GAP)

    assert ["mirror.example"] == list(book.pages)
    assert 9 < lesson.sketch.count <= 10


async def test_what_is_damaged_is_begun_anew() -> None:
    """A page that does not read makes a source an unknown one, and nothing worse."""
    clock, book = FakeClock(), Book()
    taught().keep(book, clock)
    book.pages["mirror.example"] = Page(b"{")
    anew = Experiences()
    await anew.restore(book, clock)

    assert {} == anew.find("mirror.example").lessons


async def test_a_store_that_cannot_is_no_trouble() -> None:
    """Where nothing can be written, all goes on."""
    book = Book(broken=True)
    taught().keep(book, FakeClock())

    assert {} == book.pages
