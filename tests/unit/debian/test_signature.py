"""Signatures: whose word counts, whose does not, and what is said about it."""

import base64
from datetime import UTC, datetime, timedelta

import pysequoia
import pytest

from seawall.debian.signature import MAX_KEYRING_BYTES, Keyring, Signed
from seawall.errors import ArchiveSyntaxError, SignatureError, SuiteSyntaxError
from seawall.testing.archives import SampleKey

TEXT = b"Suite: sid\n-dash\nDescription: spaces\n\nend\n"

# Written by GnuPG with a key that was valid in 2020 and is not now.
OLD_KEY = base64.b64decode(
    "mDMEXgvhABYJKwYBBAHaRw8BAQdADByI/S8+qqAJN5QjjkRFCwyC6Uor3yDewMJy8fooBpa0IUFy"
    "Y2hpdmUgPGFyY2hpdmVAYXJjaGl2ZS5leGFtcGxlPoiWBBMWCAA+FiEE+SoDG73igRWu2pc1+xm5"
    "8ZkWJd8FAl4L4QACGwMFCQHhM4AFCwkIBwIGFQoJCAsCBBYCAwECHgECF4AACgkQ+xm58ZkWJd/J"
    "rAD/TPPth+XMBbdibM9Ow7bHahcwtctWrP3cby5+EbPsevcA/jiceWdw3ua1nnJZsYpytpYkhaoy"
    "qFV2Vx1NiNNmi2EF"
)
OLD_TEXT = """-----BEGIN PGP SIGNED MESSAGE-----
Hash: %s

Suite: stable \x20
- -dashes: are escaped
From: is escaped too
-----BEGIN PGP SIGNATURE-----

%s
-----END PGP SIGNATURE-----
"""
BY_SHA512 = """iHUEARYKAB0WIQT5KgMbveKBFa7alzX7GbnxmRYl3wUCXjS/gAAKCRD7GbnxmRYl
3wAJAQCpragUSZjWcS+S4x0E9DMpA8spJCDQGfXQaZfY4ifkUQD/XAl8Cdkr6kit
o88usxRYH85adVKYcSJs3Wr6VymCTw0=
=Yx+o"""
BY_SHA1 = """iHUEARYCAB0WIQT5KgMbveKBFa7alzX7GbnxmRYl3wUCXjS/gAAKCRD7GbnxmRYl
3z5FAP0V73dUxRe70CJpSnqg7QMaLePjLW8ni0x2htuw7+2dEQD/doQkbANnoHp2
ebp/tEF9Am9HITYaFeQh6f7DbXwWOAM=
=YSQc"""


@pytest.fixture(scope="module")
def key() -> SampleKey:
    """Make a key that the keyring knows."""
    return SampleKey()


@pytest.fixture(scope="module")
def other() -> SampleKey:
    """Make a key that it does not know."""
    return SampleKey("Other <other@archive.example>")


def _secret(key: SampleKey) -> pysequoia.Tsk:
    return key._secret


def _name(key: SampleKey) -> str:
    return key.fingerprint.lower()


def test_an_inline_signature_counts(key: SampleKey, other: SampleKey) -> None:
    """What comes back is the text that was signed, and by whom."""
    keyring = Keyring.parse([other.keyring + key.keyring])

    signed = keyring.verify_inline(key.sign_inline(TEXT))

    assert Signed(TEXT, (_name(key),)) == signed


def test_a_detached_signature_counts(key: SampleKey) -> None:
    """Armored or not, the text is taken as it is."""
    keyring = Keyring.parse([key.armored_keyring.encode()])
    armored = key.sign_detached(TEXT)
    binary = bytes(pysequoia.Sig.from_bytes(armored))
    commented = armored.replace(b"-----\n\n", b"-----\nComment: by-hand\n\n")

    assert Signed(TEXT, (_name(key),)) == keyring.verify_detached(TEXT, armored)
    assert Signed(TEXT, (_name(key),)) == keyring.verify_detached(TEXT, commented)
    assert Signed(TEXT, (_name(key),)) == keyring.verify_detached(TEXT, binary)


@pytest.mark.parametrize("form", ["one armor", "two armors", "binary"])
def test_one_good_signature_of_several_is_enough(
    key: SampleKey, other: SampleKey, form: str
) -> None:
    """Archives sign with the next key, too, before everybody knows it."""
    armors = [it.sign_detached(TEXT) for it in (other, key, key)]
    joined = b"".join(bytes(pysequoia.Sig.from_bytes(armor)) for armor in armors)
    signature = {
        "one armor": pysequoia.armor(joined, pysequoia.ArmorKind.Signature).encode(),
        "two armors": b"\n".join(armors),
        "binary": joined,
    }[form]
    keyring = Keyring.parse([key.keyring])

    assert (_name(key),) == keyring.verify_detached(TEXT, signature).signers


def test_all_signers_are_named(key: SampleKey, other: SampleKey) -> None:
    """Each certificate once, in the order in which they signed."""
    keyring = Keyring.parse([key.keyring, other.keyring])
    signature = b"".join(it.sign_detached(TEXT) for it in (other, key, other))

    signed = keyring.verify_detached(TEXT, signature)

    assert (_name(other), _name(key)) == signed.signers


def test_a_stranger_is_named(key: SampleKey, other: SampleKey) -> None:
    """The message says which key signed, and that it is not in the keyring."""
    keyring = Keyring.parse([key.keyring])
    expected = r"key [0-9A-F]{40} is not in the keyring"
    with pytest.raises(SignatureError, match=expected):
        keyring.verify_inline(other.sign_inline(TEXT))
    with pytest.raises(SignatureError, match=expected):
        keyring.verify_detached(TEXT, other.sign_detached(TEXT))


def test_a_stranger_is_named_once(key: SampleKey, other: SampleKey) -> None:
    """However often it signed."""
    keyring = Keyring.parse([key.keyring])
    with pytest.raises(SignatureError) as caught:
        keyring.verify_detached(TEXT, other.sign_detached(TEXT) * 9)

    assert 1 == str(caught.value).count("is not in the keyring")


def test_a_changed_text_is_refused(key: SampleKey) -> None:
    """One letter is enough."""
    keyring = Keyring.parse([key.keyring])
    changed = TEXT.replace(b"sid", b"sie")
    with pytest.raises(SignatureError, match="another text"):
        keyring.verify_inline(key.sign_inline(TEXT).replace(b"sid", b"sie"))
    with pytest.raises(SignatureError, match="another text"):
        keyring.verify_detached(changed, key.sign_detached(TEXT))


def test_an_empty_keyring_trusts_nobody(key: SampleKey) -> None:
    """No keys, no trust; an empty file is an empty keyring."""
    keyring = Keyring.parse([b""])

    assert () == keyring.fingerprints
    with pytest.raises(SignatureError):
        keyring.verify_inline(key.sign_inline(TEXT))


def test_words_around_the_message_are_refused(key: SampleKey) -> None:
    """The library would read over them; whoever reads the file might not."""
    keyring = Keyring.parse([key.keyring])
    message = key.sign_inline(TEXT)
    for wrong in (b"Suite: evil\n" + message, message + b"Suite: evil\n", TEXT):
        with pytest.raises(SuiteSyntaxError):
            keyring.verify_inline(wrong)


class _Misreader(Keyring):
    """A keyring whose library reads another message than the one that is asked for."""

    instead = b""

    def _verify(
        self, data: bytes, signature: pysequoia.packet.Packet | None
    ) -> pysequoia.Decrypted | None:
        assert data != self.instead
        return super()._verify(self.instead, signature)


def test_the_text_used_is_the_text_verified(key: SampleKey) -> None:
    """If two readers of one message see two texts, neither is used."""
    keyring = _Misreader.parse([key.keyring])
    keyring.instead = key.sign_inline(b"Suite: sid\n")
    with pytest.raises(SignatureError, match="for another text"):
        keyring.verify_inline(key.sign_inline(b"Suite: evil\n"))


def test_gnupg_is_understood() -> None:
    """A signature counts if its key was valid when it was made."""
    message = (OLD_TEXT % ("SHA512", BY_SHA512)).encode()
    expected = b"Suite: stable\n-dashes: are escaped\nFrom: is escaped too"

    assert expected == Keyring.parse([OLD_KEY]).verify_inline(message).text


def test_weak_hashes_do_not_count() -> None:
    """What SHA-1 signs, others can sign as well."""
    message = (OLD_TEXT % ("SHA1", BY_SHA1)).encode()
    with pytest.raises(SignatureError, match=r"too weak.*2020-12-31 at most"):
        Keyring.parse([OLD_KEY]).verify_inline(message)


def test_an_expired_key_does_not_sign(key: SampleKey) -> None:
    """What is signed after a key's time is not believed."""
    secret = _secret(key)
    past = datetime.now(UTC) - timedelta(seconds=30)
    expired = key.certificate.set_expiration(past, secret.certifier())
    with pytest.raises(SignatureError, match=f"valid, {past:%Y-%m-%d} at most"):
        Keyring([expired]).verify_inline(key.sign_inline(TEXT))


def _revoke(key: SampleKey) -> pysequoia.Cert:
    revocation = key.certificate.revoke(_secret(key).certifier())
    first, *others = pysequoia.packet.PacketPile.from_bytes(key.keyring)
    packets = [first, *pysequoia.packet.PacketPile.from_bytes(bytes(revocation))]
    return pysequoia.Cert.from_packets([*packets, *others])


@pytest.mark.parametrize("order", [1, -1])
def test_a_revocation_in_one_file_holds_for_all(order: int) -> None:
    """An older copy of the same certificate does not bring the key back."""
    key = SampleKey()
    files = [key.keyring, bytes(_revoke(key))][::order]
    with pytest.raises(SignatureError, match="is revoked"):
        Keyring.parse(files).verify_inline(key.sign_inline(TEXT))


def test_a_keyring_is_narrowed(key: SampleKey, other: SampleKey) -> None:
    """A certificate is chosen by any of its keys."""
    keyring = Keyring.parse([key.keyring, other.keyring])
    subkeys = [
        packet.fingerprint
        for packet in pysequoia.packet.PacketPile.from_bytes(key.keyring)
        if packet.fingerprint and packet.fingerprint != _name(key)
    ]

    assert sorted([_name(key), _name(other)]) == list(keyring.fingerprints)
    assert (_name(other),) == keyring.narrow([other.fingerprint]).fingerprints
    assert (_name(key),) == keyring.narrow([f"{subkeys[0].upper()}!"]).fingerprints
    assert () == keyring.narrow(["0" * 40]).fingerprints


def test_a_strange_certificate_hides_no_other(key: SampleKey, other: SampleKey) -> None:
    """One that the library cannot write again is passed over, or known by its name."""
    issuer = bytes.fromhex(other.fingerprint)
    strange = other.keyring.replace(b"\x21\x04" + issuer, b"\x21\x09" + issuer)
    keyring = Keyring.parse([strange, key.keyring])

    assert (_name(key),) == keyring.verify_inline(key.sign_inline(TEXT)).signers
    assert (_name(other),) == keyring.narrow([other.fingerprint]).fingerprints


@pytest.mark.parametrize(
    "blob",
    [
        b"no keyring",
        b"\x99\x01",
        b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nx\n",
        OLD_KEY[:99],
    ],
)
def test_what_is_no_keyring_is_refused(blob: bytes) -> None:
    """The message says what a keyring is, in one line."""
    with pytest.raises(ArchiveSyntaxError, match="not a keyring") as caught:
        Keyring.parse([blob])

    assert "\n" not in str(caught.value)


def test_keyrings_are_bounded() -> None:
    """Nobody has that many keys."""
    with pytest.raises(ArchiveSyntaxError, match="is none"):
        Keyring.parse([b"\x99" * (MAX_KEYRING_BYTES + 1)])


def test_what_are_no_signatures_is_refused(key: SampleKey) -> None:
    """Nor may anything stand beside them, or there be too many."""
    keyring = Keyring.parse([key.keyring])
    good = key.sign_detached(TEXT)
    signer = _secret(key).signer()
    inline = pysequoia.sign(
        signer, TEXT, mode=pysequoia.SignatureMode.INLINE, armor=False
    )
    for wrong in (
        *(
            b"",
            b"x",
            b"\xc2\xff",
            b"-----BEGIN",
            good + b"x",
            b"x\n" + good,
            good[:-30],
        ),
        *(key.keyring, inline, key.armored_keyring.encode(), good * 33, good * 9999),
    ):
        with pytest.raises(SuiteSyntaxError):
            keyring.verify_detached(TEXT, wrong)


def test_a_lone_return_is_refused(key: SampleKey) -> None:
    """OpenPGP takes it for a newline; a field could hide behind it."""
    armor = key.sign_inline(b"a: 1\nb: 2").partition(b"\n-----BEGIN PGP SIG")[2]
    signature = b"-----BEGIN PGP SIG" + armor
    keyring = Keyring.parse([key.keyring])

    assert b"a: 1\r\nb: 2" == keyring.verify_detached(b"a: 1\r\nb: 2", signature).text
    with pytest.raises(SuiteSyntaxError, match="carriage return"):
        keyring.verify_detached(b"a: 1\rb: 2", signature)


def test_huge_texts_are_not_verified(key: SampleKey) -> None:
    """A text that no suite has is not even hashed."""
    keyring = Keyring.parse([key.keyring])
    with pytest.raises(SuiteSyntaxError, match="are the limit"):
        keyring.verify_detached(b"x" * (16 * 1024 * 1024 + 1), b"")
