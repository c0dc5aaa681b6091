"""What one mirror says a suite is: asked, its signature verified, and read."""

import asyncio
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from seawall.debian import clearsign
from seawall.debian.clearsign import MAX_MESSAGE_BYTES
from seawall.debian.paths import RELEASE_FILES
from seawall.debian.release import Release, parse_release
from seawall.debian.signature import Signed
from seawall.doors.archive.suites.keyring import Keyrings
from seawall.errors import (
    AbsentError,
    InputError,
    IntegrityError,
    RefusedSuiteError,
    SignatureError,
)
from seawall.transfer.sources.website import Site, SiteFile

INLINE, PLAIN, DETACHED = RELEASE_FILES


@dataclass(frozen=True, slots=True)
class Validators:
    """What a mirror said of the state that is known, to be asked whether it holds."""

    etag: str = ""
    modified: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A suite as a mirror has it, well signed.

    Attributes:
        files: Its release files as they came, by name.
        release: What they say.
        text: SHA-256 of what was signed, in hex; the same in both forms.
        signers: Fingerprints of those who signed.
        source: The mirror's label.
        validators: What the mirror can be asked by the next time.
    """

    files: Mapping[str, bytes]
    release: Release
    text: str
    signers: tuple[str, ...]
    source: str
    validators: Validators


async def ask_mirror(
    mirror: Site, directory: str, keyrings: Keyrings, known: Validators
) -> Candidate | None:
    """Ask a mirror for a suite; `None` if it is the one that is known.

    Raises:
        AbsentError: The mirror has no such suite.
        SignatureError: Nobody who is trusted signed it, or nobody at all.
        RefusedSuiteError: It is no suite.
        UpstreamError: The mirror did not answer well.
    """
    path = join_path(directory, INLINE)
    try:
        file = await mirror.get(
            path,
            max_bytes=MAX_MESSAGE_BYTES,
            etag=known.etag,
            modified=known.modified,
        )
    except AbsentError:
        return await ask_detached(mirror, directory, keyrings)
    if file is None:
        return None
    files = {INLINE: file.body}
    return await _verify(mirror, directory, keyrings, files, _validators(file))


async def ask_detached(mirror: Site, directory: str, keyrings: Keyrings) -> Candidate:
    """Ask a mirror for a suite in the older form: a text, and its signature apart.

    Raises:
        AbsentError: The mirror has no such suite.
        SignatureError: Nobody who is trusted signed it, or nobody at all.
        RefusedSuiteError: It is no suite.
        UpstreamError: The mirror did not answer well.
    """
    files: dict[str, bytes] = {}
    for name in (PLAIN, DETACHED):
        try:
            path = join_path(directory, name)
            file = await mirror.get(path, max_bytes=MAX_MESSAGE_BYTES)
        except AbsentError as exc:
            if name == DETACHED:
                raise SignatureError(
                    f"{mirror.label} has {directory or '.'} without a signature",
                    cause="suite.unsigned",
                ) from exc
            raise
        if file is None:
            raise RuntimeError("an unconditional question has an answer")
        files[name] = file.body
    return await _verify(mirror, directory, keyrings, files, Validators())


def signed_text(files: Mapping[str, bytes]) -> bytes:
    """Give what was signed, of release files that were verified once.

    Raises:
        InputError: They are damaged.
    """
    if INLINE in files:
        return clearsign.split_clearsigned(files[INLINE]).text
    return files[PLAIN]


def join_path(directory: str, path: str) -> str:
    """Put a file below a suite's directory, which may be the archive's root."""
    return f"{directory}/{path}" if directory else path


async def _verify(
    mirror: Site,
    directory: str,
    keyrings: Keyrings,
    files: Mapping[str, bytes],
    validators: Validators,
) -> Candidate:
    where = f"{directory or '.'} at {mirror.label}"
    try:
        signed, release = await asyncio.to_thread(_read, keyrings, files)
    except SignatureError as exc:
        if exc.cause is not None:
            raise  # there are no keys to verify by, wherever the suite is from
        text = f"{where} is not signed by a key that is trusted: {exc}"
        raise SignatureError(text, cause="suite.unsigned") from exc
    except (InputError, IntegrityError) as exc:
        text = f"{where} is no suite that can be trusted: {exc}"
        raise RefusedSuiteError(text, cause="suite.another") from exc
    return Candidate(
        files,
        release,
        _identify(signed.text),
        signed.signers,
        mirror.label,
        validators,
    )


def _read(keyrings: Keyrings, files: Mapping[str, bytes]) -> tuple[Signed, Release]:
    keyring = keyrings.load()
    if INLINE in files:
        signed = keyring.verify_inline(files[INLINE])
    else:
        signed = keyring.verify_detached(files[PLAIN], files[DETACHED])
    return signed, parse_release(signed.text)


def _identify(text: bytes) -> str:
    """Give one name to what both forms sign: space at the ends of lines is not."""
    lines = (line.rstrip(b" \t\r") for line in text.split(b"\n"))
    return hashlib.sha256(b"\n".join(lines).rstrip(b"\n")).hexdigest()


def _validators(file: SiteFile) -> Validators:
    return Validators(file.etag, file.modified)
