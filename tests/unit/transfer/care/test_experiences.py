"""What sources taught, kept between two runs."""

from collections.abc import Sequence

from seawall.errors import StoreError
from seawall.testing.clock import FakeClock
from seawall.transfer.care.experiences import Experiences
from seawall.transfer.waits.phases import Phase


class Book:
    """A memory on no disk."""

    def __init__(self, *, broken: bool = False) -> None:
        self.pages: dict[str, bytes] = {}
        self.broken = broken

    async def read_experiences(self) -> Sequence[tuple[str, bytes]]:
        """Give every page."""
        return list(self.pages.items())

    async def keep_experiences(
        self, bodies: Sequence[tuple[str, bytes]], *, at: float
    ) -> None:
        """Write pages anew."""
        if self.broken:
            raise StoreError("the disk is gone")
        assert at
        self.pages |= dict(bodies)


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
    await taught().keep(book, clock)
    anew = Experiences()
    await anew.restore(book, clock)
    lesson = anew.find("mirror.example").lesson(Phase.GAP)

    assert ["mirror.example"] == list(book.pages)
    assert 9 < lesson.sketch.count <= 10


async def test_what_is_damaged_is_begun_anew() -> None:
    """A page that does not read makes a source an unknown one, and nothing worse."""
    clock, book = FakeClock(), Book()
    await taught().keep(book, clock)
    book.pages["mirror.example"] = b"{"
    anew = Experiences()
    await anew.restore(book, clock)

    assert {} == anew.find("mirror.example").lessons


async def test_a_store_that_cannot_is_no_trouble() -> None:
    """Where nothing can be written, all goes on."""
    book = Book(broken=True)
    await taught().keep(book, FakeClock())

    assert {} == book.pages
