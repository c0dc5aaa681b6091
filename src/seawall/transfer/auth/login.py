"""Signing in at one source: remembers its challenge, gives each request its header."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import structlog

from seawall.errors import UnauthorizedError
from seawall.transfer.auth.challenge import Basic, Bearer, choose_challenge
from seawall.transfer.auth.credentials import Credential
from seawall.transfer.auth.tokens import Tokens, TokenWish
from seawall.transfer.auth.wallet import Wallet
from seawall.transfer.network.redirect import Origin
from seawall.transfer.patience import Patience

_log = structlog.get_logger("seawall.login")


@dataclass
class Login:
    """How one source wants to be asked, learnt from its challenges.

    Attributes:
        registry: The logical registry.
        source: The source's origin: credentials go nowhere else.
        realms: Hosts that may give tokens, by settings.
        tokens: Gives them.
        wallet: Finds the registry's credential for a repository.
        is_origin: Whether the settings' own credential is meant for it.
    """

    registry: str
    source: Origin
    realms: tuple[str, ...]
    tokens: Tokens
    wallet: Wallet
    is_origin: bool
    _learnt: Basic | Bearer | None = field(default=None, init=False)
    _scope: str = field(default="", init=False)

    @property
    def problem(self) -> str:
        """Why the settings' credential could not be used, if so."""
        return self.wallet.problem

    async def begin(self, path: str, *, anonymous: bool) -> "Attempt":
        """Choose who asks for a repository; nobody is asked for anything yet."""
        credential = None if anonymous else await self._find_credential(path)
        return Attempt(self, path, credential)

    async def _find_credential(self, path: str) -> Credential | None:
        """Find what to sign in with at this source."""
        server = self.registry if self.is_origin else str(self.source)
        return await self.wallet.find(server, path, direct=self.is_origin)

    def learn(self, challenge: Basic | Bearer, path: str) -> None:
        """Keep a challenge, so that the next request need not be refused first."""
        self._learnt = challenge
        if isinstance(challenge, Bearer):
            # public.ecr.aws has one scope for all; others name the repository.
            named = challenge.scope and f":{path}:" not in challenge.scope
            self._scope = challenge.scope if named else ""

    def wish(self, path: str, credential: Credential | None) -> TokenWish | None:
        """Say which token a request for this repository needs, if any is known to."""
        if not isinstance(self._learnt, Bearer):
            return None
        return TokenWish(
            registry=self.registry,
            source=self.source,
            realms=self.realms,
            challenge=self._learnt,
            scope=self._scope or f"repository:{path}:pull",
            credential=credential,
        )

    def wants_password(self) -> bool:
        """Whether the source is known to take user name and password."""
        return isinstance(self._learnt, Basic)


class Attempt:
    """One question's authorization, before and after its first refusal.

    Attributes:
        account: Whose credential is used; empty for nobody's.
        refusal: What was said of a credential that no longer works.
    """

    def __init__(self, login: Login, path: str, credential: Credential | None) -> None:
        self._login = login
        self._path = path
        self._credential = credential
        self._authorization = ""
        self.account = credential.account if credential else ""
        self.refusal: UnauthorizedError | None = None

    @property
    def signed_in(self) -> bool:
        """Whether a credential is used."""
        return self._credential is not None

    def again(self) -> "Attempt":
        """Begin another question for the same repository, by the same account."""
        return Attempt(self._login, self._path, self._credential)

    def sign(self, headers: Mapping[str, str]) -> dict[str, str]:
        """Add the authorization, if there is one."""
        signed = dict(headers)
        if self._authorization:
            signed["Authorization"] = self._authorization
        return signed

    async def prepare(self, patience: Patience) -> None:
        """Get what the source is known to want, so that it need not refuse first."""
        await self._authorize(patience, refused="")

    async def meet(self, challenge_text: str, patience: Patience) -> bool:
        """Get what a refusal asked for; False if nothing new can be sent."""
        challenge = choose_challenge(challenge_text)
        if challenge is None:
            return False
        before = self._authorization
        self._login.learn(challenge, self._path)
        await self._authorize(patience, refused=before.removeprefix("Bearer "))
        return self._authorization not in ("", before)

    async def _authorize(self, patience: Patience, *, refused: str) -> None:
        login, credential = self._login, self._credential
        self._authorization = ""
        wish = login.wish(self._path, credential)
        if wish is not None:
            token = await self._fetch_token(wish, patience, refused)
            self._authorization = f"Bearer {token}"
        elif credential and credential.username and login.wants_password():
            self._authorization = credential.basic()

    async def _fetch_token(
        self, wish: TokenWish, patience: Patience, refused: str
    ) -> str:
        """Fetch a token; nobody's, where a login no longer works.

        A stale login must not keep public images away, as `docker pull` lets it. What
        is private refuses the token that belongs to nobody, and that is then told.
        """
        tokens = self._login.tokens
        try:
            return await tokens.fetch(wish, patience=patience, refused=refused)
        except UnauthorizedError as exc:
            if wish.credential is None:
                raise
            _log.warning("login refused", registry=wish.registry, error=str(exc))
            self.refusal = exc
            nobody = replace(wish, credential=None)
            return await tokens.fetch(nobody, patience=patience, refused=refused)
