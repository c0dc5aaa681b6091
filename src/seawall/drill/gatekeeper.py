"""Who may read what at a scripted upstream: tokens or passwords, public or private."""

import base64
import fnmatch
import secrets
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import parse_qsl

from seawall.drill.exchange import Answer, Request, answer_error, answer_json

SERVICE = "scripted"
_INSUFFICIENT = ',error="insufficient_scope"'


class Gatekeeper(Protocol):
    """Lets a request pass, or says what is missing."""

    def check(self, request: Request, repository: str, *, realm: str) -> Answer | None:
        """Give the refusal, or None to let it pass."""
        ...


@dataclass
class TokenAuth:
    """Bearer tokens from a token server, as Docker Hub and most others have it.

    Attributes:
        username: The one account there is.
        password: Its password.
        identity_token: Its refresh token, if it has one.
        private: Patterns of repositories that only the account may read.
        elsewhere: Whether the realm is on a port of its own.
        expires_in: What the token server says a token's life is.
        scope: The scope its challenge names; empty for the repository's.
    """

    username: str = "ann"
    password: str = "s3cret-password"  # noqa: S105  of a scripted account
    identity_token: str = ""
    private: tuple[str, ...] = ()
    elsewhere: bool = False
    expires_in: int | None = 300
    scope: str = ""
    _granted: dict[str, tuple[str, bool]] = field(default_factory=dict)

    def check(self, request: Request, repository: str, *, realm: str) -> Answer | None:
        """Ask for a token of this scope; a private repository wants the account's."""
        scope = self.scope or f"repository:{repository}:pull"
        challenge = f'Bearer realm="{realm}",service="{SERVICE}",scope="{scope}"'
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        granted, known = self._granted.get(token, ("", False))
        if granted != scope:
            return _refuse(challenge + (_INSUFFICIENT if granted else ""))
        if not known and is_listed(self.private, repository):
            return _refuse(challenge + _INSUFFICIENT)
        return None

    def give_token(self, request: Request) -> Answer:
        """Answer as the token server."""
        form = dict(parse_qsl(request.body.decode("utf-8", "replace")))
        wanted = form if request.method == "POST" else request.query
        signed = request.headers.get("authorization", "")
        if request.method == "POST":
            if not self.identity_token:
                return answer_error(405, "UNSUPPORTED", "no POST here")
            known = form.get("refresh_token") == self.identity_token
        else:
            known = signed == basic_header(self.username, self.password)
        if (signed or form) and not known:
            return answer_error(401, "UNAUTHORIZED", "incorrect username or password")
        token = f"scripted.{secrets.token_urlsafe(24)}"
        self._granted[token] = (wanted.get("scope", ""), known)
        document: dict[str, object] = {"token": token, "access_token": token}
        if self.expires_in is not None:
            document["expires_in"] = self.expires_in
        return answer_json(document)

    def revoke(self) -> None:
        """Forget every token, as if their time were over."""
        self._granted.clear()


@dataclass
class BasicAuth:
    """User name and password with each request; with `private`, only for those."""

    username: str = "ann"
    password: str = "s3cret-password"  # noqa: S105  of a scripted account
    private: tuple[str, ...] = ("*",)

    def check(self, request: Request, repository: str, *, realm: str) -> Answer | None:
        """Ask for the password unless the repository is public."""
        del realm
        signed = request.headers.get("authorization", "")
        known = signed == basic_header(self.username, self.password)
        if known or not is_listed(self.private, repository):
            return None
        return _refuse('Basic realm="scripted"')


def basic_header(username: str, password: str) -> str:
    """Write what a client sends for them."""
    return f"Basic {base64.b64encode(f'{username}:{password}'.encode()).decode()}"


def is_listed(patterns: tuple[str, ...], repository: str) -> bool:
    """Whether one of the patterns means this repository."""
    return any(fnmatch.fnmatchcase(repository, pattern) for pattern in patterns)


def _refuse(challenge: str) -> Answer:
    headers = {"WWW-Authenticate": challenge}
    return answer_error(401, "UNAUTHORIZED", "authentication required", headers)
