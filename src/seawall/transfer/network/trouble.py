"""What goes wrong on the way to a host: from the system's words to causes."""

import errno
import re
import socket
import ssl

from seawall.errors import (
    BrokenReplyError,
    ForeignHostError,
    UnreachableError,
    UpstreamError,
)
from seawall.transfer.network.redirect import Origin, RedirectRule

_ERRNO = re.compile(r"\[Errno (\d+)\]")  # several addresses give one joined text
_NO_WAY = frozenset({errno.ETIMEDOUT, errno.EHOSTUNREACH, errno.ENETUNREACH})
_NO_NAME = frozenset({socket.EAI_NONAME, socket.EAI_NODATA})


class NotPublicError(OSError):
    """A name that a redirect led to has no public address."""


def tell_address_trouble(exc: OSError, host: str) -> UpstreamError:
    """Name resolution gave nothing that may be connected to."""
    if isinstance(exc, NotPublicError):
        return ForeignHostError(
            f"A redirect led to {host}, which has no public address; it was not "
            "followed. If it is meant, list it under the registry's redirects.",
            cause="policy.foreign_host",
            host=host,
        )
    cause, text = "dns.servfail", "name resolution failed"
    if exc.errno in _NO_NAME:
        cause, text = "dns.no_such_host", "no such host name"
    return UnreachableError(f"{host} cannot be used: {text}", cause=cause, host=host)


def tell_connection_trouble(
    exc: Exception | None, host: str, who: str
) -> UnreachableError:
    """No connection came about, or it ended before the reply.

    Args:
        exc: What the system said; None if `who` says all.
        host: Who was to be asked.
        who: Who refused: the host itself, or a proxy on the way.
    """
    numbers = {int(number) for number in _ERRNO.findall(str(exc))}
    numbers.add(getattr(exc, "errno", None) or 0)
    if exc is None:
        cause, text = "net.conn_refused", who
    elif errno.ECONNREFUSED in numbers:
        cause, text = "net.conn_refused", f"{who} refuses connections"
    elif numbers & _NO_WAY:
        cause, text = "net.connect_timeout", f"no way leads to {who}"
    else:
        cause, text = "net.conn_reset", f"{who} closed the connection"
    return UnreachableError(f"{host} cannot be used: {text}", cause=cause, host=host)


def tell_tls_trouble(exc: Exception, host: str) -> UnreachableError:
    """TLS did not come about: trust, scheme or agreement."""
    words = str(exc)
    if isinstance(exc, ssl.SSLCertVerificationError):
        cause = "tls.unknown_ca"
        text = f"its certificate is not trusted: {exc.verify_message}"
    elif any(word in words for word in ("WRONG_VERSION_NUMBER", "RECORD_LAYER")):
        cause, text = "tls.http_registry", "it speaks plain HTTP, not TLS"
    else:
        cause, text = "tls.handshake_failed", "TLS could not be agreed on"
    return UnreachableError(f"{host} cannot be used: {text}", cause=cause, host=host)


def tell_slowness(host: str, stage: str, wait_s: float) -> UnreachableError:
    """Patience ran out before the headers came, at this stage."""
    if stage == "answer":
        return tell_silence(host, wait_s)
    cause, text = {
        "dns": ("dns.timeout", "name resolution did not answer"),
        "tls": ("net.tls_handshake_timeout", "connected, but TLS did not come about"),
    }.get(stage, ("net.connect_timeout", "no connection"))
    return UnreachableError(
        f"{host}: {text} within {wait_s:.3g} s", cause=cause, host=host
    )


def tell_silence(host: str, wait_s: float) -> UnreachableError:
    """Connected, and then nothing for as long as patience lasts."""
    return UnreachableError(
        f"{host} sent nothing for {wait_s:.3g} s", cause="net.silence", host=host
    )


def tell_too_far(rule: RedirectRule, here: Origin, target: Origin) -> UpstreamError:
    """Say that it redirected more often than the rule follows."""
    if rule.max_hops:
        return BrokenReplyError(
            f"{here} redirected more than {rule.max_hops} times",
            cause="registry.protocol_bug",
            host=str(here),
        )
    return ForeignHostError(
        f"{here} redirected to {target}, where no redirect is expected",
        cause="policy.foreign_host",
        host=str(here),
    )


def tell_gibberish(host: str) -> BrokenReplyError:
    """Bytes came that are not HTTP."""
    return BrokenReplyError(
        f"{host} did not answer in HTTP", cause="registry.protocol_bug", host=host
    )


def list_arrived(content: object) -> list[bytes]:
    """List what had arrived of a body when its connection broke.

    The client raises the break before it gives what it holds already, which may be
    megabytes, and has no public way to them. Without its inner names nothing is given,
    and is fetched again.
    """
    pieces = list(getattr(content, "_buffer", ()))
    if pieces:
        pieces[0] = pieces[0][getattr(content, "_buffer_offset", 0) :]
    return pieces
