"""Clients that pull as docker does: HEAD by tag, GET by digest, then every blob."""

import asyncio
import hashlib
import json
import re
import time
from dataclasses import dataclass, field

import aiohttp

_PARAMETER = re.compile(r'(\w+)="([^"]*)"')
_ACCEPT = {"Accept": "application/vnd.oci.image.manifest.v1+json"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one job ended.

    Attributes:
        digest: What the tag meant for it; empty if it failed.
        status: What it failed with.
        seconds: How long it took.
        retry_s: When it was told to come back.
    """

    digest: str
    status: int
    seconds: float
    retry_s: float = 0.0


class _Failed(Exception):  # noqa: N818  an outcome
    def __init__(self, status: int, retry_s: float = 0.0) -> None:
        super().__init__(str(status))
        self.status = status
        self.retry_s = retry_s


@dataclass
class Client:
    """A CI runner without anything in its own store.

    Attributes:
        root: The address of whom it asks.
        prefix: What comes before each repository's path.
        login: User name and password, if it signs in.
    """

    session: aiohttp.ClientSession
    root: str
    prefix: str = ""
    login: tuple[str, str] | None = None
    _tokens: dict[str, str] = field(default_factory=dict)

    async def pull(self, repository: str, tag: str) -> Outcome:
        """Pull an image once, as docker does: a refused manifest is the end."""
        began = time.monotonic()
        try:
            digest = await self._pull(f"{self.prefix}{repository}", tag)
        except _Failed as exc:
            return Outcome("", exc.status, time.monotonic() - began, exc.retry_s)
        except (aiohttp.ClientError, TimeoutError):
            return Outcome("", 0, time.monotonic() - began)
        return Outcome(digest, 200, time.monotonic() - began)

    async def _pull(self, path: str, tag: str) -> str:
        headers, _ = await self._ask("HEAD", path, f"manifests/{tag}")
        digest = headers.get("Docker-Content-Digest", "")
        _, body = await self._ask("GET", path, f"manifests/{digest}")
        _check(body, digest)
        manifest = json.loads(body)
        parts = [manifest["config"], *manifest["layers"]]
        await asyncio.gather(*(self._fetch(path, part["digest"]) for part in parts))
        return digest

    async def _fetch(self, path: str, digest: str) -> None:
        _, body = await self._ask("GET", path, f"blobs/{digest}")
        _check(body, digest)

    async def _ask(
        self, method: str, path: str, tail: str
    ) -> tuple["aiohttp.typedefs.LooseHeaders", bytes]:
        url = f"{self.root}/v2/{path}/{tail}"
        for may_retry in (True, False):
            headers = dict(_ACCEPT)
            if path in self._tokens:
                headers["Authorization"] = f"Bearer {self._tokens[path]}"
            async with self.session.request(method, url, headers=headers) as reply:
                if reply.status == 401 and may_retry:
                    challenge = reply.headers.get("WWW-Authenticate", "")
                    self._tokens[path] = await self._sign_in(challenge)
                    continue
                if reply.status != 200:
                    wait = reply.headers.get("Retry-After", "0")
                    raise _Failed(reply.status, float(wait) if wait.isdigit() else 0)
                return reply.headers, await reply.read()
        raise _Failed(401)

    async def _sign_in(self, challenge: str) -> str:
        said = dict(_PARAMETER.findall(challenge))
        query = {"service": said.get("service", ""), "scope": said.get("scope", "")}
        login = aiohttp.BasicAuth(*self.login) if self.login else None
        async with self.session.get(said["realm"], params=query, auth=login) as reply:
            return str((await reply.json())["token"])


def _check(body: bytes, digest: str) -> None:
    if f"sha256:{hashlib.sha256(body).hexdigest()}" != digest:
        raise _Failed(-1)
