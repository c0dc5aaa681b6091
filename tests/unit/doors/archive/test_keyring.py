"""Whose signatures count: files, folders, texts, fingerprints; read when changed."""

import os
from pathlib import Path

import pytest

from seawall.doors.archive.suites import keyring
from seawall.doors.archive.suites.keyring import MACHINE, KeyringOptions, Keyrings
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


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a machine with one good keyring, an odd one, and one that is not there."""
    folder = tmp_path / "trusted.gpg.d"
    folder.mkdir()
    (folder / "good.gpg").write_bytes(ONE.keyring)
    (folder / "odd.gpg").write_bytes(b"a page of a vendor")
    places = (str(folder), str(tmp_path / "nowhere.gpg"))
    monkeypatch.setattr(keyring, "MACHINE_KEYRINGS", places)
    return folder


def test_one_odd_file_of_the_machine_costs_only_itself(machine: Path) -> None:
    """Among the machine's own keyrings an odd one is passed over, and that is said."""
    keyrings = Keyrings(KeyringOptions())

    assert (ONE.fingerprint.lower(),) == keyrings.load().fingerprints
    assert [True] == [f"{machine}/odd.gpg" in note for note in keyrings.notes]

    (machine / "odd.gpg").write_bytes(TWO.keyring)

    assert 2 == len(keyrings.load().fingerprints)
    assert () == keyrings.notes


def test_the_machines_keyrings_beside_others(machine: Path, tmp_path: Path) -> None:
    """Named beside others, the machine's stay lenient, and the others strict."""
    file = tmp_path / "own.gpg"
    file.write_bytes(TWO.keyring)
    options = KeyringOptions((MACHINE, str(file)))

    assert {ONE.fingerprint, TWO.fingerprint} == names(options)

    file.write_bytes(b"nonsense")
    with pytest.raises(SignatureError, match=r"own\.gpg.*not a keyring"):
        Keyrings(options).load()
    with pytest.raises(SignatureError, match=r"odd\.gpg"):
        Keyrings(KeyringOptions((str(machine),))).load()


def test_a_machine_without_a_usable_key_says_which_were_odd(machine: Path) -> None:
    """If nothing is left of the machine's keyrings, the reason names the odd files."""
    (machine / "good.gpg").unlink()

    with pytest.raises(SignatureError, match=r"the machine's keyrings.*odd\.gpg"):
        Keyrings(KeyringOptions()).load()
