"""A scripted registry that counts pulls by account, each shared with a neighbour."""

import base64
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from seawall.drill.exchange import Answer, Request, answer_error, answer_json
from seawall.drill.gatekeeper import SERVICE
from seawall.drill.stock import Contents
from seawall.drill.upstream import ScriptedUpstream

SPENT = "You have reached your pull rate limit. You may increase the limit by upgrading"
_MANY = 429
_HEARD_S = 0.2


@dataclass(frozen=True, slots=True)
class Allotment:
    """What an account may pull.

    Attributes:
        limit: Manifests by GET, per window.
        window_s: A fixed window's length; all begin together.
        neighbour: The part of each window that somebody else spends, evenly.
    """

    limit: int
    window_s: float
    neighbour: float = 0.0


@dataclass
class Gate:
    """Gives tokens to several accounts, and to nobody; knows who asks.

    Attributes:
        passwords: By user name.
    """

    passwords: Mapping[str, str] = field(default_factory=dict)
    _granted: dict[str, str] = field(default_factory=dict)

    def find(self, request: Request) -> str | None:
        """Say whose token a request carries; None if it carries none."""
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        return self._granted.get(token)

    def check(self, request: Request, repository: str, *, realm: str) -> Answer | None:
        """Ask for a token, nobody's being as good as any."""
        if self.find(request) is not None:
            return None
        scope = f"repository:{repository}:pull"
        challenge = f'Bearer realm="{realm}",service="{SERVICE}",scope="{scope}"'
        headers = {"WWW-Authenticate": challenge}
        return answer_error(401, "UNAUTHORIZED", "authentication required", headers)

    def give_token(self, request: Request) -> Answer:
        """Answer as the token server."""
        basic = request.headers.get("authorization", "").removeprefix("Basic ")
        name, _, password = base64.b64decode(basic).decode().partition(":")
        if name and self.passwords.get(name) != password:
            return answer_error(401, "UNAUTHORIZED", "incorrect username or password")
        token = f"scripted.{secrets.token_urlsafe(24)}"
        self._granted[token] = name
        return answer_json({"token": token, "expires_in": 300})


class MeteredUpstream(ScriptedUpstream):
    """Counts manifests that are fetched, tells so in headers, and refuses beyond.

    Heads are free, and tell, too: as the best known registry has it.

    Attributes:
        pulled: Manifests given, by account.
        refused: Manifests refused, by account.
        overspent: Manifests asked for by an account that had been told in this window
            that nothing is left, and had had time to hear it.
    """

    def __init__(
        self,
        images: Mapping[str, Contents],
        allotment: Allotment,
        clock: Callable[[], float],
        *,
        passwords: Mapping[str, str] | None = None,
        port: int = 0,
    ) -> None:
        self._gate = Gate(passwords or {})
        super().__init__(images, port=port)
        self._allotment = allotment
        self._clock = clock
        self._began = clock()
        self._own: dict[tuple[str, int], int] = {}
        self.pulled: dict[str, int] = {}
        self.refused: dict[str, int] = {}
        self.overspent = 0
        self._told_empty: dict[str, tuple[int, float]] = {}

    @property
    def window(self) -> int:
        """The number of the window that it is now."""
        return int((self._clock() - self._began) // self._allotment.window_s)

    def left(self, account: str) -> int:
        """Say what an account may still pull in this window."""
        rule = self._allotment
        passed = (self._clock() - self._began) % rule.window_s / rule.window_s
        eaten = int(rule.limit * rule.neighbour * passed)
        return max(rule.limit - eaten - self._own.get((account, self.window), 0), 0)

    def answer(self, place: str, request: Request) -> Answer:
        """Answer as the registry does, if there is something left."""
        if request.path == "/token":
            return self._gate.give_token(request)
        repository = request.path.removeprefix("/v2/").partition("/manifests/")[0]
        refusal = self._gate.check(request, repository, realm=f"{self.url}/token")
        if refusal is not None:
            return refusal
        if "/manifests/" not in request.path:
            return super().answer(place, request)
        account = self._gate.find(request) or ""
        honest = super().answer(place, request)
        if request.method == "GET" and not self._take(account):
            honest = answer_error(_MANY, "TOOMANYREQUESTS", SPENT)
        return replace(honest, headers={**honest.headers, **self._tell(account)})

    def _take(self, account: str) -> bool:
        if not self.left(account):
            window, at = self._told_empty.get(account, (-1, 0.0))
            told = window == self.window and self._clock() - at > _HEARD_S
            self.overspent += told
            self.refused[account] = self.refused.get(account, 0) + 1
            return False
        key = (account, self.window)
        self._own[key] = self._own.get(key, 0) + 1
        self.pulled[account] = self.pulled.get(account, 0) + 1
        return True

    def _tell(self, account: str) -> dict[str, str]:
        window = max(round(self._allotment.window_s), 1)
        left = self.left(account)
        if not left and self._told_empty.get(account, (-1, 0))[0] != self.window:
            self._told_empty[account] = (self.window, self._clock())
        return {
            "RateLimit-Limit": f"{self._allotment.limit};w={window}",
            "RateLimit-Remaining": f"{left};w={window}",
            "Docker-RateLimit-Source": account or "192.0.2.1",
        }
