"""Whom an event is about: a name or a content, known to all that is done for it."""

from contextvars import ContextVar
from typing import Protocol, TypeAlias

from seawall.oci.digest import Digest
from seawall.store.records import NameKey
from seawall.transfer.history.events import Event

Subject: TypeAlias = Digest | NameKey

SUBJECT: ContextVar[Subject | None] = ContextVar("SUBJECT", default=None)
"""What this task is at work for; tasks inherit it from whoever starts them."""


class Witness(Protocol):
    """Who wants to know what happens; must be quick, and must not raise."""

    def happened(self, subject: Subject | None, event: Event) -> None:
        """Something happened to a name or a content."""
        ...
