"""How far a request has come: name, connection, TLS or answer, each with its wait."""

import asyncio
import ssl
from contextvars import ContextVar
from typing import Any


class Stage:
    """How far a request has come, and the deadline that counts at that stage."""

    __slots__ = ("answer_s", "deadline", "name")

    def __init__(self, name: str, answer_s: float) -> None:
        self.name = name
        self.answer_s = answer_s
        self.deadline: asyncio.Timeout | None = None

    def await_answer(self) -> None:
        """The connection stands: from now on it is the answer that is awaited."""
        self.name = "answer"
        if self.deadline is not None and not self.deadline.expired():
            now = asyncio.get_running_loop().time()
            self.deadline.reschedule(now + self.answer_s)


STAGE: ContextVar[Stage | None] = ContextVar("stage", default=None)
"""The stage of the request that this task is sending."""


class NotingContext(ssl.SSLContext):
    """Notes when TCP is up and TLS begins, which nothing else can be asked."""

    def wrap_bio(self, *args: Any, **named: Any) -> ssl.SSLObject:
        """Begin TLS, in the context of the request that asked for it."""
        stage = STAGE.get()
        if stage is not None:
            stage.name = "tls"
        return super().wrap_bio(*args, **named)
