"""Whose signatures count: files, folders, texts, fingerprints; read when changed."""

import os
from pathlib import Path

import pytest

from seawall.doors.archive.suites.keyring import KeyringOptions, Keyrings
from seawall.errors import SignatureError
from seawall.testing.archives import SampleKey

ONE, TWO = SampleKey("one@archive.example"), SampleKey("two@archive.example")


def names(options: KeyringOptions) -> set[str]:
    """Give the fingerprints that count."""
    return {name.upper() for name in Keyrings(options).load().fingerprints}


def test_files_folders_and_texts(tmp_path: Path) -> None:
    """Keys are found in files, in folders of them, and in the settings."""
    folder = tmp_path / "keys"
    folder.mkdir()
    (folder / "one.gpg").write_bytes(ONE.keyring)
    (folder / "two.asc").write_text(TWO.armored_keyring)
    (folder / "README").write_text("no key")
    file = str(folder / "one.gpg")

    both = {ONE.fingerprint, TWO.fingerprint}
    assert both == names(KeyringOptions((str(folder),)))
    assert {ONE.fingerprint} == names(KeyringOptions((file,)))
    assert {TWO.fingerprint} == names(KeyringOptions((), (TWO.armored_keyring,)))
    assert both == names(KeyringOptions((file,), (TWO.armored_keyring,)))


def test_fingerprints_narrow(tmp_path: Path) -> None:
    """Where fingerprints are named, no other key counts."""
    file = tmp_path / "both.gpg"
    file.write_bytes(ONE.keyring + TWO.keyring)
    options = KeyringOptions((str(file),), signers=(TWO.fingerprint,))

    assert {TWO.fingerprint} == names(options)


def test_changed_files_are_read_again(tmp_path: Path) -> None:
    """Keys that are replaced while the server runs count at once."""
    file = tmp_path / "key.gpg"
    file.write_bytes(ONE.keyring)
    keyrings = Keyrings(KeyringOptions((str(file),)))
    first = keyrings.load()
    assert first is keyrings.load()

    file.write_bytes(TWO.keyring)
    os.utime(file, (1, 1))

    assert (TWO.fingerprint.lower(),) == keyrings.load().fingerprints


@pytest.mark.parametrize(
    ("data", "said"),
    [(None, "cannot read"), (b"nonsense", "not a keyring"), (b"", "key")],
)
def test_without_keys_there_is_no_trust(
    tmp_path: Path, data: bytes | None, said: str
) -> None:
    """A keyring that is not there, or none, is told with what to do."""
    file = tmp_path / "key.gpg"
    if data is not None:
        file.write_bytes(data)

    with pytest.raises(SignatureError, match=rf"{said}.*archives\.NAME"):
        Keyrings(KeyringOptions((str(file),))).load()


def test_a_stranger_narrows_to_nothing(tmp_path: Path) -> None:
    """Fingerprints that no key has leave no key."""
    file = tmp_path / "key.gpg"
    file.write_bytes(ONE.keyring)
    options = KeyringOptions((str(file),), signers=(TWO.fingerprint,))

    with pytest.raises(SignatureError, match="no key is in"):
        Keyrings(options).load()
