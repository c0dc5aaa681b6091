"""Clear-signed messages: one, whole, and nothing that two readers read differently."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.debian import clearsign
from seawall.debian.clearsign import split_clearsigned
from seawall.errors import SuiteSyntaxError

ARMOR = "-----BEGIN PGP SIGNATURE-----\n\nabcd\n=abcd\n-----END PGP SIGNATURE-----\n"
BEGIN = "-----BEGIN PGP SIGNED MESSAGE-----\n"
MESSAGE = f"{BEGIN}Hash: SHA256\n\nSuite: sid\n- -dash\n\nend\n{ARMOR}"
TEXT = b"Suite: sid\n-dash\n\nend"

lines = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), max_size=9)
texts = st.lists(lines | st.just("-----BEGIN PGP SIGNATURE-----"), max_size=6)


def _sign(text: list[str], end: str = "\n") -> bytes:
    escaped = [f"- {line}" if line.startswith("-") else line for line in text]
    message = f"{BEGIN}Hash: SHA512\n\n" + "".join(f"{line}\n" for line in escaped)
    return (message + ARMOR).replace("\n", end).encode()


@given(texts, st.sampled_from(["\n", "\r\n", " \t\n", " \r\n"]))
def test_the_text_is_what_was_signed(text: list[str], end: str) -> None:
    """Escapes go, space at the end of lines goes, how lines end does not matter."""
    split = split_clearsigned(_sign(text, end))

    assert "\n".join(text).encode() == split.text
    assert ARMOR.encode() == split.armor


@pytest.mark.parametrize(
    "message",
    [
        MESSAGE,
        MESSAGE.rstrip("\n"),
        MESSAGE + "\n\r\n",
        MESSAGE.replace("Hash: SHA256\n", ""),
        MESSAGE.replace("SHA256", "SHA256, SHA512\nHash: SHA1"),
        MESSAGE.replace("\nend", "\n- end"),
        MESSAGE.replace("\n\nabcd", "\nVersion: GnuPG v2\nComment: é x\n\nabcd"),
    ],
    ids=["plain", "cut", "lines", "no-hash", "hashes", "escape", "armor"],
)
def test_honest_forms_are_read(message: str) -> None:
    """Other programs write other headers, and may escape more than they must."""
    assert TEXT == split_clearsigned(message.encode()).text


@pytest.mark.parametrize(
    ("message", "why"),
    [
        ("", "begin"),
        ("\n", "begin"),
        ("Suite: sid\n", "begin"),
        ("\n" + MESSAGE, "begin"),
        ("Suite: evil\n" + MESSAGE, "begin"),
        (" " + MESSAGE, "begin"),
        ("\ufeff" + MESSAGE, "begin"),
        (MESSAGE + "Suite: evil\n", "end"),
        (MESSAGE + "\nSuite: evil\n", "end"),
        (MESSAGE[:-40], "end"),
        (BEGIN, "end"),
        (BEGIN + "-----END PGP SIGNATURE-----", "not all there"),
        (MESSAGE.replace("-----BEGIN PGP SIGNATURE-----", "x"), "not all there"),
        (MESSAGE.replace("\n\n", "\n"), "not all there"),
        (MESSAGE + MESSAGE, "not a piece of base64"),
        (MESSAGE + ARMOR, "not a piece of base64"),
        (MESSAGE.replace("SHA256\n", "SHA256\nCharset: utf-7\n"), "not Hash"),
        (MESSAGE.replace("Hash: SHA256", "Suite: evil"), "not Hash"),
        (MESSAGE.replace("Hash: SHA256", "Hash: "), "not Hash"),
        (MESSAGE.replace("Hash: SHA256", "hash: SHA256"), "not Hash"),
        (MESSAGE.replace("- -dash", "-dash"), "not escaped"),
        (MESSAGE.replace("- -dash", "-"), "not escaped"),
        (MESSAGE.replace("- -dash", BEGIN + "Hash: SHA256\n"), "not escaped"),
        (MESSAGE.replace("- -dash", "-----END PGP SIGNATURE-----"), "not escaped"),
        (MESSAGE.replace("sid", "s\x00id"), "control"),
        (MESSAGE.replace("sid", "sid\rSuite: evil"), "control"),
        (MESSAGE.replace("sid", "sid\x0bSuite: evil"), "control"),
        (MESSAGE.replace("sid\n", "sid\x0c\n"), "control"),
        (MESSAGE.replace("abcd\n=", "ab-cd\n="), "base64"),
        (MESSAGE.replace("abcd\n=", "abcd\n\n="), "base64"),
        (MESSAGE.replace("\n\nabcd", "\nSuite: x\nabcd"), "base64"),
        (MESSAGE.replace("abcd\n=abcd\n", ""), "base64"),
    ],
)
def test_anything_else_is_refused(message: str, why: str) -> None:
    """Words around the text, messages in messages, strange headers, control characters.

    Each of these has led some program to believe a text that nobody had signed.
    """
    with pytest.raises(SuiteSyntaxError, match=f"not exactly one .*{why}"):
        split_clearsigned(message.encode())


def test_what_is_too_large_is_not_looked_at() -> None:
    """Neither a message nor its signatures may take long to read."""
    with pytest.raises(SuiteSyntaxError, match="are the limit"):
        split_clearsigned(b"-" * (clearsign.MAX_MESSAGE_BYTES + 1))
    armor = ("a" * 76 + "\n") * (clearsign.MAX_ARMOR_BYTES // 76)
    with pytest.raises(SuiteSyntaxError, match="base64"):
        split_clearsigned(MESSAGE.replace("abcd\n=", f"{armor}=").encode())
