"""What the settings say of archives, and where clients reach the server."""

from pathlib import Path

import pytest

from seawall.cli.apt.choosing import KnownArchive
from seawall.cli.apt.places import find_wall, list_known
from seawall.debian.aptconfig import Wall
from seawall.debian.aptsources import AptSource
from seawall.errors import InputError
from seawall.settings.effective import Settings, make_settings
from seawall.settings.keys import ArchiveTable, File
from seawall.testing.archives import SampleKey

KEY = SampleKey().armored_keyring
HERE = "http://deb.example/debian"


def _settings(file: File, apt: Path = Path("/nowhere")) -> Settings:
    return make_settings(file, apt=apt)


def _known(table: ArchiveTable) -> KnownArchive:
    [known] = list_known(_settings(File(archives={"debian": table})))
    return known


def test_an_archive_of_the_settings() -> None:
    """Clients know an archive by its alias rather than by the mirrors behind it."""
    table = ArchiveTable(
        mirrors=("http://near.example/debian",),
        aliases=(HERE,),
        keyring=("/etc/a.gpg", "/etc/b.asc"),
    )

    assert KnownArchive(
        "debian",
        AptSource(("deb",), (HERE,), (), signed_by=("/etc/a.gpg", "/etc/b.asc")),
    ) == _known(table)


@pytest.mark.parametrize(
    "keyring", [(), ("/etc/keys",), ("/etc/a.gpg", "/etc/keys")], ids=len
)
def test_keys_that_apt_cannot_name_are_left_to_it(keyring: tuple[str, ...]) -> None:
    """A folder of keyrings is no Signed-By: apt then trusts what it trusts anyway."""
    known = _known(ArchiveTable(mirrors=(HERE,), keyring=keyring))

    assert ((), "") == (known.pattern.signed_by, known.pattern.signed_by_keys)


def test_a_key_in_the_settings_stands_in_the_entry() -> None:
    """A key that is text in the settings is text for apt."""
    known = _known(ArchiveTable(mirrors=(HERE,), keys=(KEY,)))

    assert KEY == known.pattern.signed_by_keys


def test_entries_of_this_machine_are_known(tmp_path: Path) -> None:
    """The suites of an archive are those that this machine's apt uses of it."""
    (tmp_path / "sources.list").write_text(
        f"deb [signed-by=/etc/a.gpg] {HERE} bookworm main\n"
    )
    [known] = list_known(_settings(File(), tmp_path))
    entry = AptSource(
        ("deb",), (HERE,), ("bookworm",), ("main",), signed_by=("/etc/a.gpg",)
    )

    assert ("debian", (entry,)) == (known.name, known.sources)


def test_an_entry_may_name_two_archives(tmp_path: Path) -> None:
    """Each archive has those addresses of an entry that are its own."""
    other = "http://deb.example/other/"
    (tmp_path / "sources.list.d").mkdir()
    (tmp_path / "sources.list.d/x.sources").write_text(
        f"Types: deb\nURIs: {HERE} {other}\nSuites: s\nComponents: main\n"
    )
    known = list_known(_settings(File(), tmp_path))

    assert [("debian", (HERE,)), ("other", (other,))] == [
        (it.name, it.sources[0].uris) for it in known
    ]


@pytest.mark.parametrize(
    ("listen", "address", "expected"),
    [
        ("127.0.0.1:5000", None, Wall("127.0.0.1", 5000, is_local=True)),
        ("127.0.0.1:5000", "wall.example:80", Wall("wall.example", 80)),
        ("0.0.0.0:5000", None, Wall("127.0.0.1", 5000, is_local=True)),
        ("[::]:5000", None, Wall("::1", 5000, is_local=True)),
        ("127.0.0.1:5000", "[::1]:80", Wall("::1", 80, is_local=True)),
    ],
    ids=["settings", "said", "everywhere", "everywhere IPv6", "IPv6"],
)
def test_the_server_is_found(listen: str, address: str | None, expected: Wall) -> None:
    """What is said counts before the settings; everywhere is here, too."""
    settings = _settings(File(listen=listen, trust="network"))

    assert expected == find_wall(settings, address)


def test_everywhere_is_no_address_for_others() -> None:
    """What other machines are to use must be said."""
    settings = _settings(File(listen="0.0.0.0:5000", trust="network"))
    with pytest.raises(InputError, match="say with --address"):
        find_wall(settings, None, from_outside=True)
