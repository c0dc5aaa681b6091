"""OpenPGP: who signed a text, and whether the keyring knows them."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self

import pysequoia
from pysequoia.packet import Packet, PacketPile, Tag

from seawall.debian import clearsign
from seawall.debian.clearsign import MAX_ARMOR_BYTES, MAX_MESSAGE_BYTES
from seawall.errors import ArchiveSyntaxError, SignatureError, SuiteSyntaxError
from seawall.kit import redact

MAX_KEYRING_BYTES = 16 * 1024 * 1024
"""No honest keyring file is larger."""

_MAX_SIGNATURES = 32
_MAX_REASONS = 4
_ARMOR = re.compile(
    rb"-----BEGIN PGP SIGNATURE-----\r?\n.*?-----END PGP SIGNATURE-----[ \t\r\n]*",
    re.DOTALL,
)
_TRAILING = re.compile(rb"[ \t\r]+(?=\n|\Z)")
_LONE_RETURN = re.compile(rb"\r(?!\n)")


@dataclass(frozen=True, slots=True)
class Signed:
    """A text whose signature was good.

    Attributes:
        text: What was signed.
        signers: Fingerprints of the keyring's certificates that signed it.
    """

    text: bytes
    signers: tuple[str, ...]


class Keyring:
    """The certificates whose word is taken.

    A signature counts if its key could sign when it was made, and neither the key nor
    its certificate is revoked; that a key expired afterwards does not undo it.
    """

    def __init__(self, certs: Iterable[pysequoia.Cert]) -> None:
        self._certs: dict[str, pysequoia.Cert] = {}
        for cert in certs:
            # One file may know of a revocation that another does not.
            known = self._certs.get(cert.fingerprint)
            merged = cert if known is None else known.merge(cert)
            self._certs[cert.fingerprint] = merged
        self._owners = _name_keys(self._certs)

    @classmethod
    def parse(cls, blobs: Iterable[bytes]) -> Self:
        """Read keyring files, binary or armored, with any number of certificates.

        Raises:
            ArchiveSyntaxError: One of them is no keyring; empty ones are.
        """
        certs: list[pysequoia.Cert] = []
        for blob in blobs:
            if len(blob) > MAX_KEYRING_BYTES:
                raise ArchiveSyntaxError(f"a keyring of {len(blob)} bytes is none")
            try:
                certs += pysequoia.Cert.split_bytes(blob)
            except RuntimeError as exc:
                raise ArchiveSyntaxError(
                    "not a keyring of OpenPGP certificates, as gpg --export writes: "
                    + _reason(exc)
                ) from exc
        return cls(certs)

    @property
    def fingerprints(self) -> tuple[str, ...]:
        """The fingerprints of all certificates, in lower-case hex, sorted."""
        return tuple(sorted(self._certs))

    def narrow(self, fingerprints: Iterable[str]) -> "Keyring":
        """Keep the certificates that have one of these keys, be it a subkey.

        Args:
            fingerprints: In hex; a ``!`` at the end, which means this key alone, is
                read as if it were not there.
        """
        wanted = {text.removesuffix("!").lower() for text in fingerprints}
        kept = {self._owners[key] for key in wanted & self._owners.keys()}
        return Keyring(self._certs[name] for name in sorted(kept))

    def verify_inline(self, data: bytes) -> Signed:
        """Verify a clear-signed message, which must be nothing else.

        Raises:
            SuiteSyntaxError: It is not exactly one such message.
            SignatureError: No certificate of this keyring made a good signature.
        """
        split = clearsign.split_clearsigned(data)
        signatures = _read_signatures(split.armor)
        done = self._verify(data, None)
        if done is None:
            raise self._explain(signatures)
        # Two readers, one text: what is used is what was verified, or nothing is.
        if _TRAILING.sub(b"", done.bytes or b"") != split.text:
            raise SignatureError("the signature is good, but for another text")
        return Signed(split.text, _name_signers([done]))

    def verify_detached(self, text: bytes, signature: bytes) -> Signed:
        """Verify a text by signatures, armored or not, that stand in another file.

        Raises:
            SuiteSyntaxError: That file holds anything but signatures.
            SignatureError: No certificate of this keyring made a good signature.
        """
        if len(text) > MAX_MESSAGE_BYTES:
            raise SuiteSyntaxError(
                f"a text of {len(text)} bytes; {MAX_MESSAGE_BYTES} are the limit"
            )
        if _LONE_RETURN.search(text):
            # Some signatures take it for a newline; our readers do not.
            raise SuiteSyntaxError("a signed text with a lone carriage return")
        signatures = _read_signatures(signature)
        tries = [self._verify(text, packet) for packet in signatures]
        good = [done for done in tries if done is not None]
        if not good:
            raise self._explain(signatures)
        return Signed(text, _name_signers(good))

    def _verify(
        self, data: bytes, signature: Packet | None
    ) -> pysequoia.Decrypted | None:
        certs = list(self._certs.values())
        try:
            sig = None if signature is None else _make_sig(signature)
            done = pysequoia.verify(bytes=data, store=lambda _: certs, signature=sig)
        except RuntimeError:  # the library raises nothing finer
            return None
        return done if done.valid_sigs else None

    def _explain(self, signatures: Iterable[Packet]) -> SignatureError:
        """Say for each signature why it does not count; for the first few at least."""
        reasons: dict[str, None] = {}
        for packet in signatures:
            issuer = packet.issuer_fingerprint or packet.issuer_key_id or ""
            owner = self._owners.get(issuer)
            if owner is None:
                why = "is not in the keyring" if issuer else "is not named"
            else:
                why = _find_fault(self._certs[owner])
            reasons[f"key {issuer.upper() or '?'} {why}"] = None
        told = "; ".join(list(reasons)[:_MAX_REASONS])
        return SignatureError(f"no good signature: {told}")


def _find_fault(cert: pysequoia.Cert) -> str:
    if cert.is_revoked:
        return "is revoked"
    until = f", {cert.expiration:%Y-%m-%d} at most" if cert.expiration else ""
    return (
        "is in the keyring, but what it signed is another text, or its signature is "
        f"too weak, or was not made while the key was valid{until}"
    )


def _read_signatures(data: bytes) -> list[Packet]:
    """Read all signature packets of a file, be it armored once or several times."""
    if len(data) > MAX_ARMOR_BYTES:
        raise SuiteSyntaxError(
            f"signatures of {len(data)} bytes; {MAX_ARMOR_BYTES} are the limit"
        )
    blocks = [data]
    # RFC 9580, 4.2: the first bit of a packet is set, so this is text.
    if data[:1] < b"\x80":
        blocks = _ARMOR.findall(data)
        if b"".join(blocks) != data:
            raise SuiteSyntaxError("not armored OpenPGP signatures and nothing else")
    try:
        packets = [
            packet for block in blocks for packet in PacketPile.from_bytes(block)
        ]
    except RuntimeError as exc:
        raise SuiteSyntaxError(f"not an OpenPGP signature: {_reason(exc)}") from exc
    if not packets or any(packet.tag != Tag.Signature for packet in packets):
        raise SuiteSyntaxError("not OpenPGP signatures and nothing else")
    if len(packets) > _MAX_SIGNATURES:
        raise SuiteSyntaxError(
            f"{len(packets)} signatures; {_MAX_SIGNATURES} are the limit"
        )
    return packets


def _make_sig(packet: Packet) -> pysequoia.Sig:
    return pysequoia.Sig.from_bytes(bytes(packet))


def _name_signers(results: Iterable[pysequoia.Decrypted]) -> tuple[str, ...]:
    signers = (sig.certificate for done in results for sig in done.valid_sigs)
    return tuple(dict.fromkeys(signers))


def _name_keys(certs: Mapping[str, pysequoia.Cert]) -> dict[str, str]:
    """Map every key's fingerprint and id to the fingerprint of its certificate."""
    return {
        name: fingerprint
        for fingerprint, cert in certs.items()
        for name in _read_names(cert)
    }


def _read_names(cert: pysequoia.Cert) -> list[str]:
    try:
        packets = PacketPile.from_bytes(bytes(cert))
        names = [name for it in packets for name in (it.fingerprint, it.key_id)]
    except RuntimeError:  # it has packets of a kind that the library cannot write
        names = []
    return [cert.fingerprint, *filter(None, names)]


def _reason(exc: Exception) -> str:
    """Give the first line; the library has a stack trace of its own in the others."""
    return redact.show_input(str(exc).partition("\n")[0])
