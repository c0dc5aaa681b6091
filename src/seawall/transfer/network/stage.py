"""How far a request has come: name, connection, TLS or answer."""

import ssl
from collections.abc import Callable
from contextvars import ContextVar
from functools import cache
from typing import Any


class Stage:
    """How far a request has come.

    Attributes:
        name: What is awaited now.
        on_connected: Told once the connection stands, and whether it is a new one.
    """

    __slots__ = ("name", "on_connected")

    def __init__(self, on_connected: Callable[[bool], None]) -> None:
        self.name = "connect"
        self.on_connected = on_connected

    def note(self, name: str) -> None:
        """Note that it has come so far; `reused` skips the connecting."""
        self.name = "answer" if name == "reused" else name
        if self.name == "answer":
            self.on_connected(name == "answer")


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


def open_trust(ca_file: str) -> NotingContext:
    """Trust whom this machine trusts, and whom a file names besides."""
    return _read_trust(ca_file) if ca_file else _trust_machine()


@cache
def _trust_machine() -> NotingContext:
    return _read_trust("")  # some hundred certificates, 20 ms: once a process


def _read_trust(ca_file: str) -> NotingContext:
    context = NotingContext(ssl.PROTOCOL_TLS_CLIENT)
    context.set_alpn_protocols(["http/1.1"])
    context.load_default_certs()
    if ca_file:
        context.load_verify_locations(cafile=ca_file)
    return context
