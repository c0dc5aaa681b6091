"""Digests: few are allowed, and those prove what they name."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.errors import DigestSyntaxError
from seawall.oci.digest import HEX_LENGTHS, Digest, new_hasher

ZERO = "sha256:" + "0" * 64

algorithms = st.sampled_from(sorted(HEX_LENGTHS))


@given(st.binary(), algorithms)
def test_a_digest_is_the_hash_of_its_content(data: bytes, algorithm: str) -> None:
    """A digest made from bytes agrees with hashlib, and survives writing."""
    digest = Digest.of(data, algorithm)
    hasher = digest.hasher()
    hasher.update(data)

    assert hashlib.new(algorithm, data).hexdigest() == digest.hex
    assert digest.hex == hasher.hexdigest()
    assert digest == Digest.parse(str(digest))


@pytest.mark.parametrize(
    "text",
    [
        "",
        ":",
        "sha256",
        "sha256:",
        ZERO[:-1],
        ZERO + "0",
        ZERO + "\n",
        " " + ZERO,
        ZERO.replace("0", "A"),
        ZERO.upper(),
        ZERO.replace(":", "-"),
        "sha512:" + "0" * 64,
        "md5:" + "0" * 32,
        "sha384:" + "0" * 96,
        "sha256:" + "\u0660" * 64,
        "sha256:../../../etc/passwd",
    ],
)
def test_other_digests_are_refused(text: str) -> None:
    """What cannot be verified here is no digest."""
    with pytest.raises(DigestSyntaxError):
        Digest.parse(text)


@given(st.text())
def test_no_text_breaks_the_parser(text: str) -> None:
    """Hostile text is refused in one way only, and quoted in ASCII."""
    with pytest.raises(DigestSyntaxError) as caught:
        Digest.parse(text)

    assert str(caught.value).isascii()


def test_no_digest_is_made_without_being_one() -> None:
    """The constructor checks too, so holding a digest is enough."""
    with pytest.raises(DigestSyntaxError):
        Digest("sha256", "0")


@pytest.mark.parametrize("algorithm", ["md5", "sha384", ""])
def test_other_algorithms_are_refused(algorithm: str) -> None:
    """No hash starts that a digest could not hold."""
    with pytest.raises(DigestSyntaxError):
        new_hasher(algorithm)


@given(st.binary(), st.binary())
def test_digests_are_values(one: bytes, other: bytes) -> None:
    """Digests are equal, and hash alike, exactly if they are written alike."""
    first, second = Digest.of(one), Digest.of(other)

    assert (str(first) == str(second)) == (first == second)
    assert hash(first) == hash(Digest.parse(str(first)))
    assert (str(first) < str(second)) == (first < second)


def test_a_digest_never_changes() -> None:
    """A digest is frozen."""
    digest = Digest.parse(ZERO)

    with pytest.raises(AttributeError):
        digest.hex = "1" * 64  # type: ignore[misc]
