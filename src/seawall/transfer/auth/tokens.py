"""Bearer tokens: fetched once per scope, kept until they are nearly over."""

import asyncio
import base64
import copy
from collections import OrderedDict
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

import msgspec

from seawall.errors import (
    BrokenReplyError,
    ForeignHostError,
    UnauthorizedError,
    UpstreamError,
)
from seawall.kit.clock import Clock
from seawall.transfer.auth.challenge import Bearer
from seawall.transfer.auth.credentials import Credential
from seawall.transfer.budget.spending import OnSpent, Spent
from seawall.transfer.care.experiences import Experiences
from seawall.transfer.care.vigil import Errand
from seawall.transfer.network.redirect import Origin, RedirectRule, matches_listed
from seawall.transfer.network.refusal import Refusal, judge_reply
from seawall.transfer.patience import Patience
from seawall.transfer.transport import Reply, Transport
from seawall.transfer.waits.phases import Phase

MAX_TOKEN_BYTES = 64 * 1024
_MAX_KEPT = 4096
_USUAL_LIFE_S = 60.0  # distribution's token spec, for replies that name none
_LONGEST_LIFE_S = 24 * 3600.0
_LIFE_SHARE = 0.8
_STAY = RedirectRule(max_hops=0)
_FORM = "application/x-www-form-urlencoded"
_NO_POST = (404, 405)


class _TokenBody(msgspec.Struct):
    token: str = ""
    access_token: str = ""
    expires_in: float | None = None


@dataclass(frozen=True, slots=True)
class TokenWish:
    """What a token is wanted for.

    Attributes:
        registry: The logical registry, for messages and causes.
        source: The origin of the source that gave the challenge.
        realms: Hosts that may give tokens for it, by settings.
        challenge: What it said.
        scope: What is to be done: `repository:<path>:pull`.
        credential: Whose token; None for nobody's.
    """

    registry: str
    source: Origin
    realms: tuple[str, ...]
    challenge: Bearer
    scope: str
    credential: Credential | None

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What makes two wishes the same."""
        who = self.credential.key if self.credential else ""
        return (self.challenge.realm, self.challenge.service, self.scope, who)


@dataclass(slots=True)
class _Shelf:
    """One wish's place: whoever waits here shares one request and its outcome."""

    lock: asyncio.Lock
    token: str = ""
    ends_at: float = 0.0
    failures: int = 0
    failure: UpstreamError | None = None


class Tokens:
    """Gives bearer tokens, from memory or from the token server."""

    def __init__(
        self,
        transport: Transport,
        clock: Clock,
        *,
        on_spent: OnSpent | None = None,
        experiences: Experiences | None = None,
    ) -> None:
        self._experiences = experiences or Experiences()
        self._transport = transport
        self._clock = clock
        self._on_spent = on_spent
        self._shelves: OrderedDict[tuple[str, str, str, str], _Shelf] = OrderedDict()

    async def fetch(
        self, wish: TokenWish, *, patience: Patience, refused: str = ""
    ) -> str:
        """Give a token for this wish; all who wish the same at once share one fetch.

        Args:
            wish: What it is for.
            patience: How long the token server may be silent.
            refused: A token that the registry has just refused: not that one again.

        Raises:
            ForeignHostError: The realm is not in the registry's list.
            UpstreamError: The token server, which `host` names, did not give one.
        """
        check_realm(wish)
        shelf = self._open_shelf(wish)
        failures = shelf.failures
        async with shelf.lock:
            if self._is_fresh(shelf) and shelf.token != refused:
                return shelf.token
            if shelf.failures != failures and shelf.failure is not None:
                # It failed while this one waited: asking again at once helps nobody.
                raise copy.copy(shelf.failure) from shelf.failure
            try:
                body = await self._ask(wish, patience)
            except UpstreamError as exc:
                shelf.failures += 1
                shelf.failure = exc
                raise
            shelf.failure = None
            shelf.token = body.token or body.access_token
            life_s = _USUAL_LIFE_S if body.expires_in is None else body.expires_in
            life_s = min(max(life_s, _USUAL_LIFE_S), _LONGEST_LIFE_S)
            shelf.ends_at = self._clock.monotonic() + life_s * _LIFE_SHARE
            return shelf.token

    def find(self, wish: TokenWish) -> str:
        """Give the token at hand for this wish, or an empty text."""
        shelf = self._shelves.get(wish.key)
        return shelf.token if shelf and self._is_fresh(shelf) else ""

    def _is_fresh(self, shelf: _Shelf) -> bool:
        return bool(shelf.token) and self._clock.monotonic() < shelf.ends_at

    def _open_shelf(self, wish: TokenWish) -> _Shelf:
        shelf = self._shelves.setdefault(wish.key, _Shelf(asyncio.Lock()))
        self._shelves.move_to_end(wish.key)
        while len(self._shelves) > _MAX_KEPT:
            self._shelves.popitem(last=False)
        return shelf

    async def _ask(self, wish: TokenWish, patience: Patience) -> _TokenBody:
        credential = wish.credential
        if credential and credential.identity_token:
            body = await self._exchange(wish, patience)
            if body is not None:
                return body
        headers = {"Accept": "application/json"}
        if credential:
            headers["Authorization"] = _sign_in(credential)
        query = {"service": wish.challenge.service, "scope": wish.scope}
        url = _with_query(wish.challenge.realm, query)
        async with self._transport.send(
            "GET",
            url,
            headers=headers,
            rule=_STAY,
            patience=patience,
            errand=self._errand(wish),
        ) as reply:
            return await self._read(wish, reply)

    def _errand(self, wish: TokenWish) -> Errand:
        realm = Origin.of(wish.challenge.realm)
        return Errand(Phase.TOKEN, self._experiences.find(f"tokens of {realm}"))

    async def _exchange(self, wish: TokenWish, patience: Patience) -> _TokenBody | None:
        """Use an identity token as OAuth 2 does; None if the server has no POST."""
        credential = wish.credential
        form = {
            "grant_type": "refresh_token",
            "service": wish.challenge.service,
            "scope": wish.scope,
            "client_id": "seawall",
            "refresh_token": credential.identity_token if credential else "",
        }
        async with self._transport.send(
            "POST",
            wish.challenge.realm,
            headers={"Content-Type": _FORM, "Accept": "application/json"},
            rule=_STAY,
            patience=patience,
            body=urlencode(form).encode(),
            errand=self._errand(wish),
        ) as reply:
            if reply.status in _NO_POST:
                return None
            return await self._read(wish, reply)

    async def _read(self, wish: TokenWish, reply: Reply) -> _TokenBody:
        what = f"a token for {wish.scope or wish.registry}"
        if self._on_spent:
            spent = Spent(
                wish.registry, reply.host, "token", reply.method, reply.status
            )
            self._on_spent(spent)
        if reply.status != 200:  # noqa: PLR2004
            refusal = Refusal(
                registry=wish.registry,
                host=reply.host,
                status=reply.status,
                headers=reply.headers,
                body=await reply.read_head(),
                what=what,
                signed_in=wish.credential is not None,
            )
            raise _judge_server(refusal, now=self._clock.now())
        try:
            raw = await reply.read(MAX_TOKEN_BYTES, what)
            body = msgspec.json.decode(raw, type=_TokenBody)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            # The body may hold a token, so the error, which may quote it, is not kept.
            raise _no_token(reply, what) from None
        text = body.token or body.access_token
        if not text or not text.isascii() or not text.isprintable() or " " in text:
            raise _no_token(reply, what)
        return body


def check_realm(wish: TokenWish) -> None:
    """Refuse a realm that the settings do not allow for this registry.

    The source itself may always be one. Another host must be listed, and must be
    https unless it is listed with `http://`, or is listed and the source is plain too.

    Raises:
        ForeignHostError: No credential and no request goes there.
    """
    realm = Origin.of(wish.challenge.realm)
    plain = wish.source.scheme == "http"
    listed = any(
        matches_listed(entry, realm)
        or (plain and "://" not in entry and matches_listed(f"http://{entry}", realm))
        for entry in wish.realms
    )
    if realm != wish.source and not listed:
        raise ForeignHostError(
            f"{wish.source} sends us to {realm} for tokens, which the settings of "
            f"{wish.registry} do not list under realms; nothing was sent there",
            cause="policy.foreign_host",
            host=str(wish.source),
        )


def _judge_server(refusal: Refusal, *, now: float) -> UpstreamError:
    if refusal.status in (400, 401, 403) and refusal.signed_in:
        return UnauthorizedError(
            f"{refusal.host} refused the credential of {refusal.registry} "
            f"({refusal.status}): renew the login",
            cause="auth.stale_credentials",
            host=refusal.host,
            status=refusal.status,
        )
    error = judge_reply(refusal, now=now)
    if refusal.status in (404, 410):
        # That the token server has no such page says nothing about the image.
        return BrokenReplyError(
            str(error),
            cause="registry.protocol_bug",
            host=refusal.host,
            status=refusal.status,
        )
    return error


def _no_token(reply: Reply, what: str) -> BrokenReplyError:
    return BrokenReplyError(
        f"{reply.host} answered 200 without {what}",
        cause="registry.protocol_bug",
        host=reply.host,
        status=reply.status,
    )


def _sign_in(credential: Credential) -> str:
    if credential.identity_token:
        # For servers without POST: Azure's way of naming a token as a password.
        pair = f"<token>:{credential.identity_token}".encode()
        return f"Basic {base64.b64encode(pair).decode()}"
    return credential.basic()


def _with_query(realm: str, query: dict[str, str]) -> str:
    address = urlsplit(realm)
    pairs = urlencode({key: value for key, value in query.items() if value})
    joined = "&".join(part for part in (address.query, pairs) if part)
    return address._replace(query=joined, fragment="").geturl()
