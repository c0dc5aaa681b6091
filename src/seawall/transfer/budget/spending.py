"""What is sent upstream, and for whose sake: a client, a look again, or the future."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias


class Purpose(StrEnum):
    """For whose sake a request is sent; the first may use all that is left."""

    WAITING = "waiting"  # a client waits, and nothing else can answer it
    REVALIDATION = "revalidation"  # the last answer can stand in
    WARMING = "warming"  # nobody waits yet


PURPOSE: ContextVar[Purpose] = ContextVar("PURPOSE", default=Purpose.WAITING)
"""The purpose of what is asked now; tasks inherit it from whoever starts them."""


@contextmanager
def asked_for(purpose: Purpose) -> Iterator[None]:
    """Ask for this purpose, unless a lesser one is known already."""
    mark = PURPOSE.set(purpose if PURPOSE.get() is Purpose.WAITING else PURPOSE.get())
    try:
        yield
    finally:
        PURPOSE.reset(mark)


HASTE: ContextVar[bool] = ContextVar("HASTE", default=False)
"""Whether who waits has somebody else to ask, and rather hears no than nothing."""


@contextmanager
def in_haste() -> Iterator[None]:
    """Ask now or not at all."""
    mark = HASTE.set(True)
    try:
        yield
    finally:
        HASTE.reset(mark)


@dataclass(frozen=True, slots=True)
class Spent:
    """One request that was sent upstream.

    Attributes:
        registry: The logical registry or site it was for.
        host: Who was asked first, before any redirect.
        kind: manifest, blob, tags, referrers or token; of a site, file or content.
        method: GET, HEAD or POST.
        status: The reply's status; 0 if there was none.
        cause: The cause's name if there was none.
        wait_s: Until its reply's headers were here, or it was given up.
    """

    registry: str
    host: str
    kind: str
    method: str
    status: int
    cause: str = ""
    wait_s: float = 0.0


OnSpent: TypeAlias = Callable[[Spent], None]
"""Told of every request sent upstream; must be quick and must not raise."""
