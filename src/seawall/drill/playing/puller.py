"""Our own client: pulls an image, checks every byte, and says what was wrong."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from seawall.drill.playing.caller import Reply, open_reply
from seawall.drill.playing.wares import OWN_ARCHITECTURE
from seawall.errors import (
    DigestMismatchError,
    SeawallError,
    SizeMismatchError,
    UpstreamError,
)
from seawall.oci import mediatypes
from seawall.oci.descriptor import Descriptor
from seawall.oci.digest import Digest
from seawall.oci.manifest import MAX_MANIFEST_BYTES, Manifest, parse_manifest

_AT_ONCE = 3  # as docker and containerd have it
_OK, _UNAUTHORIZED = 200, 401
_WORDS = re.compile(r'(\w+)="([^"]*)"')


@dataclass(frozen=True, slots=True)
class Door:
    """Where a client is to pull from.

    Attributes:
        url: The address of who is asked, without a path.
        repository: The repository's path there.
        reference: A tag or a digest.
        mirrors: Addresses to be asked first, for clients that know mirrors.
    """

    url: str
    repository: str
    reference: str
    mirrors: tuple[str, ...] = ()

    @property
    def host(self) -> str:
        """The address without its scheme."""
        return self.url.partition("://")[2]

    @property
    def image(self) -> str:
        """The image as people write it."""
        mark = "@" if ":" in self.reference else ":"
        return f"{self.host}/{self.repository}{mark}{self.reference}"


@dataclass(frozen=True, slots=True)
class Attempt:
    """How one attempt of a client went.

    Attributes:
        digest: What was pulled whole; empty if nothing was.
        error: Why it failed.
        wait_s: How long it was asked to wait before the next one.
    """

    digest: str = ""
    error: str = ""
    wait_s: float | None = None


class Puller:
    """Pulls one image, in as many attempts as it is asked to.

    What was verified in one attempt is not asked for in the next, as containerd and
    docker have it; a body that broke off is asked for from its first byte.

    Attributes:
        wrong: What came whole and was something else: nobody may ever give that.
    """

    def __init__(self, room: Path) -> None:
        del room  # everything is held in memory
        self.wrong: list[str] = []
        self._held: set[Digest] = set()
        self._token = ""

    async def attempt(self, door: Door) -> Attempt:
        """Pull everything that one platform needs."""
        try:
            digest, top = await self._get_manifest(door, door.reference)
            manifest = top
            if top.kind == "index":
                child = _choose_child(top)
                _, manifest = await self._get_manifest(door, str(child.digest))
            await self._get_blobs(door, manifest)
        except SeawallError as exc:
            return Attempt(error=str(exc), wait_s=exc.wait_s)
        return Attempt(str(digest))

    async def _get_manifest(
        self, door: Door, reference: str
    ) -> tuple[Digest, Manifest]:
        """Get a manifest by tag or digest.

        Raises:
            DigestMismatchError: It is whole, and not what its name or headers say.
        """
        accept = {"Accept": ", ".join(mediatypes.INDEXES + mediatypes.MANIFESTS)}
        async with self._ask(door, f"manifests/{reference}", accept) as reply:
            body = await reply.read(MAX_MANIFEST_BYTES)
            promised = reply.headers.get("docker-content-digest", "")
            media_type = reply.headers.get("content-type")
        digest = Digest.of(body)
        expected = reference if ":" in reference else promised or str(digest)
        try:
            manifest = parse_manifest(body, media_type=media_type)
        except SeawallError as exc:
            raise self._note(f"the manifest of {reference} is none: {exc}") from exc
        if str(digest) != expected:
            raise self._note(f"the manifest of {reference} is {digest}")
        return digest, manifest

    async def _get_blobs(self, door: Door, manifest: Manifest) -> None:
        gate = asyncio.Semaphore(_AT_ONCE)

        async def get(descriptor: Descriptor) -> None:
            async with gate:
                await self._get_blob(door, descriptor)

        wanted = [one for one in manifest.references if one.digest not in self._held]
        tasks = [asyncio.create_task(get(one)) for one in wanted]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _get_blob(self, door: Door, wanted: Descriptor) -> None:
        """Get a blob, and hold it if it is right.

        Raises:
            DigestMismatchError: It came whole, and is something else.
        """
        hasher, size = wanted.digest.hasher(), 0
        async with self._ask(door, f"blobs/{wanted.digest}", {}) as reply:
            framed = "content-length" in reply.headers
            framed |= "transfer-encoding" in reply.headers
            async for piece in reply.chunks():
                hasher.update(piece)
                size += len(piece)
        if size < wanted.size and not framed:
            # closing the connection is the only end that there was
            raise SizeMismatchError(f"{wanted.digest} ended after {size} bytes")
        if size != wanted.size or hasher.hexdigest() != wanted.digest.hex:
            raise self._note(f"{size} bytes came for {wanted.digest}, and not it")
        self._held.add(wanted.digest)

    @asynccontextmanager
    async def _ask(
        self, door: Door, tail: str, headers: Mapping[str, str]
    ) -> AsyncIterator[Reply]:
        """Ask for something, with a token if that is wanted.

        Raises:
            UpstreamError: The answer is no 200.
        """
        url = f"{door.url}/v2/{door.repository}/{tail}"
        for last in (False, True):
            token = self._token
            signed = {"Authorization": f"Bearer {token}"} if token else {}
            async with open_reply(url, {**headers, **signed}) as reply:
                if reply.status == _OK:
                    yield reply
                    return
                challenge = reply.headers.get("www-authenticate", "")
                if reply.status != _UNAUTHORIZED or not challenge or last:
                    raise await _read_refusal(reply, url)
            await self._sign_in(challenge)

    def _note(self, text: str) -> DigestMismatchError:
        self.wrong.append(text)
        return DigestMismatchError(text)

    async def _sign_in(self, challenge: str) -> None:
        """Get a token as a challenge says.

        Raises:
            UpstreamError: There was none.
        """
        said = dict(_WORDS.findall(challenge))
        realm = said.pop("realm", "")
        if not challenge.lower().startswith("bearer ") or not realm:
            raise UpstreamError(f"401, and no token to be had: {challenge!r}")
        query = "&".join(f"{name}={quote(said[name])}" for name in said)
        async with open_reply(f"{realm}?{query}") as reply:
            body = await reply.read(MAX_MANIFEST_BYTES)
        if reply.status != _OK:
            raise UpstreamError(f"{reply.status} from the token server")
        with suppress(ValueError):
            document = json.loads(body)
            self._token = document.get("token") or document.get("access_token", "")


async def _read_refusal(reply: Reply, url: str) -> UpstreamError:
    body = b""
    with suppress(SeawallError):
        body = await reply.read(64 * 1024)
    text = " ".join(body.decode("utf-8", "replace").split())[:300]
    wait = reply.headers.get("retry-after", "")
    tail = "/".join(url.rsplit("/", 2)[1:])[:40]
    return UpstreamError(
        f"{reply.status} for {tail}: {text}",
        wait_s=float(wait) if wait.isdigit() else None,
        status=reply.status,
    )


def _choose_child(index: Manifest) -> Descriptor:
    for child in index.children:
        if child.platform and child.platform.architecture == OWN_ARCHITECTURE:
            return child
    raise DigestMismatchError("the index lists no manifest for this machine")
