"""OpenPGP: who signed a text, and whether the keyring knows them."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

import pysequoia

from seawall.debian import clearsign
from seawall.errors import ArchiveSyntaxError, SignatureError


@dataclass(frozen=True, slots=True)
class Signed:
    """A text whose signature was good.

    Attributes:
        text: The very bytes that were signed.
        signers: Fingerprints of the certificates, of the keyring, that signed it.
    """

    text: bytes
    signers: tuple[str, ...]


class Keyring:
    """The certificates whose word is taken."""

    def __init__(self, certs: Sequence[pysequoia.Cert]) -> None:
        self._certs = list(certs)

    @classmethod
    def parse(cls, blobs: Iterable[bytes]) -> Self:
        """Read keyring files, binary or armored, with any number of certificates.

        Raises:
            ArchiveSyntaxError: One of them is no keyring.
        """
        certs: list[pysequoia.Cert] = []
        for blob in blobs:
            try:
                certs += pysequoia.Cert.split_bytes(blob)
            except Exception as exc:
                raise ArchiveSyntaxError(f"not a keyring: {_first(exc)}") from exc
        return cls(certs)

    @property
    def fingerprints(self) -> tuple[str, ...]:
        """The fingerprints of all certificates, sorted."""
        return tuple(sorted(cert.fingerprint for cert in self._certs))

    def verify_inline(self, data: bytes) -> Signed:
        """Verify a clear-signed message.

        Raises:
            SuiteSyntaxError: It is not exactly one such message.
            SignatureError: No certificate of this keyring made a good signature.
        """
        split = clearsign.split_clearsigned(data)
        try:
            done = pysequoia.verify(bytes=data, store=lambda _: self._certs)
        except Exception as exc:
            raise SignatureError(_first(exc)) from exc
        if re.sub(rb"[ \t\r]+(?=\n|\Z)", b"", done.bytes or b"") != split.text:
            raise SignatureError("the text that was verified is another one")
        return Signed(split.text, _names(done))

    def verify_detached(self, text: bytes, signature: bytes) -> Signed:
        """Verify a text by a signature that stands in a file of its own.

        Raises:
            SuiteSyntaxError: The signature is none.
            SignatureError: No certificate of this keyring made a good signature.
        """
        try:
            sig = pysequoia.Sig.from_bytes(signature)
            done = pysequoia.verify(
                bytes=text, store=lambda _: self._certs, signature=sig
            )
        except Exception as exc:
            raise SignatureError(_first(exc)) from exc
        return Signed(text, _names(done))


def _names(done: pysequoia.Decrypted) -> tuple[str, ...]:
    return tuple(sig.certificate for sig in done.valid_sigs)


def _first(exc: Exception) -> str:
    return str(exc).partition("\n")[0]
