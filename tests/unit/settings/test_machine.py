"""Which archives a machine's own apt sources name, and what is passed over."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from seawall.settings.keys import ArchiveTable
from seawall.settings.machine import Machine, read_machine

DEB822 = """\
Types: deb deb-src
URIs: http://deb.example/debian/
Suites: stable stable-updates
Components: main
Signed-By: /usr/share/keyrings/sample.gpg

Types: deb
URIs: http://deb.example/debian-security
Suites: stable-security
Components: main
Signed-By: /usr/share/keyrings/sample.gpg
"""
FIRST = DEB822.partition("\n\n")[0]


def read(
    place: Path, files: Mapping[str, str], *, known: Mapping[str, ArchiveTable] = {}
) -> Machine:
    """Write apt's folder and read it."""
    for name, text in files.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return read_machine(place, known=known, is_own=lambda url: "127.0.0.1:5000" in url)


def test_each_address_is_an_archive(tmp_path: Path) -> None:
    """Entries become archives, named after their paths, with their own keys."""
    machine = read(tmp_path, {"sources.list.d/debian.sources": DEB822})

    assert {
        "debian": ArchiveTable(
            mirrors=("http://deb.example/debian",),
            keyring=("/usr/share/keyrings/sample.gpg",),
        ),
        "debian-security": ArchiveTable(
            mirrors=("http://deb.example/debian-security",),
            keyring=("/usr/share/keyrings/sample.gpg",),
        ),
    } == dict(machine.archives)
    assert ("stable", "stable-updates") == machine.sources["debian"][0].suites
    assert () == machine.notes


def test_lists_are_read_as_apt_reads_them(tmp_path: Path) -> None:
    """Old lists count too; comments, other files and disabled entries do not."""
    machine = read(
        tmp_path,
        {
            "sources.list": "# deb http://no.example/no x y\n"
            "deb [arch=amd64] http://deb.example/debian stable main\n",
            "sources.list.d/tools.list": "deb https://tools.example stable main\n",
            "sources.list.d/off.sources": "Enabled: no\n" + FIRST,
            "sources.list.d/old.list.save": "deb http://old.example/old x y\n",
            "sources.list.d/odd name.list": "deb http://odd.example/odd x y\n",
        },
    )

    # without keys of its own, an entry leaves it to what apt trusts
    assert {
        "debian": ArchiveTable(mirrors=("http://deb.example/debian",)),
        "tools-example": ArchiveTable(mirrors=("https://tools.example",)),
    } == dict(machine.archives)


def test_names_are_taken_once(tmp_path: Path) -> None:
    """Another archive with the same last part is named after its host."""
    text = "deb http://a.example/x/debian s m\ndeb http://b.example/y_z/debian s m\n"
    machine = read(tmp_path, {"sources.list": text})

    assert ["debian", "b-example-y-z-debian"] == list(machine.archives)


def test_mirrors_of_one_archive_stay_together(tmp_path: Path) -> None:
    """A list of mirrors is one archive; several addresses in an entry are several.

    That is how apt sees them: two vendors may well have the same last part.
    """
    listed = tmp_path / "mirrors.txt"
    listed.write_text("http://a.example/debian\nhttp://b.example/debian # far\n")
    text = (
        "Types: deb\nURIs: http://c.example/deb http://d.example/deb"
        " http://e.example/other\nSuites: s\nComponents: m\n"
    )
    machine = read(
        tmp_path / "apt",
        {
            "sources.list": f"deb mirror+file:{listed} s m\n",
            "sources.list.d/more.sources": text,
        },
    )

    assert [
        ("http://a.example/debian", "http://b.example/debian"),
        ("http://c.example/deb",),
        ("http://d.example/deb",),
        ("http://e.example/other",),
    ] == [table.mirrors for table in machine.archives.values()]


def test_an_entry_with_mirrors_of_the_settings_is_one(tmp_path: Path) -> None:
    """Addresses that the settings give to one archive are one entry of it."""
    mirrors = ("http://a.example/debian", "http://b.example/debian")
    entry = f"Types: deb\nURIs: {' '.join(mirrors)}\nSuites: s\nComponents: m\n"
    known = {"own": ArchiveTable(mirrors=mirrors)}
    machine = read(tmp_path, {"sources.list.d/d.sources": entry}, known=known)

    assert [mirrors] == [source.uris for source in machine.sources["own"]]
    assert {} == machine.archives


@pytest.mark.parametrize(
    "entry",
    [
        "deb http://bob:s3cret@priv.example/debian stable main",
        "deb tor+http://bob:s3cret@priv.example/debian stable main",
        "deb http://bob:s3/cret@priv.example/debian stable main",
        "deb http:bob:s3cret@priv.example/debian stable main",
        "deb [trusted=yes] http://bob:s3cret@priv.example/debian stable main",
        "deb mirror+file:/no/s3cret@priv stable main",
        "deb http://bob:s3cret@priv.example/debian",
    ],
)
def test_no_password_is_told(tmp_path: Path, entry: str) -> None:
    """Addresses with a password are passed over, and the notes have none (7)."""
    machine = read(tmp_path, {"sources.list": entry + "\n"})

    assert {} == machine.archives
    assert [False] == ["s3" in note for note in machine.notes]


def test_what_the_settings_name_is_not_found_again(tmp_path: Path) -> None:
    """An archive of the settings keeps its rules; who uses it is known all the same."""
    known = {"own": ArchiveTable(mirrors=("https://DEB.example:443/debian",))}
    machine = read(tmp_path, {"sources.list.d/d.sources": DEB822}, known=known)

    assert ["debian-security"] == list(machine.archives)
    assert {"own", "debian-security"} == set(machine.sources)


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("deb cdrom:[x]/ stable main", "cdrom:"),
        ("deb file:/srv/debian stable main", "file:/srv"),
        ("deb tor+http://x.onion/debian stable main", "tor+http"),
        ("deb mirror+file:/nowhere.txt stable main", "nowhere"),
        ("deb [trusted=yes] http://t.example/debian ./", "trusted=yes"),
        ("deb http://127.0.0.1:5000/debian/debian stable main", "Seawall itself"),
        ("nonsense", "line 1"),
    ],
)
def test_what_cannot_be_used_is_said(tmp_path: Path, entry: str, said: str) -> None:
    """An odd entry costs only itself, and the operator is told."""
    machine = read(
        tmp_path,
        {"sources.list": f"{entry}\n", "sources.list.d/debian.sources": DEB822},
    )

    assert ["debian", "debian-security"] == list(machine.archives)
    assert [True] == [said in note for note in machine.notes]


def test_keys_of_all_entries_count(tmp_path: Path) -> None:
    """An archive's suites may be signed by different keys, in files or in the entry."""
    key = " -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n AA==\n -----END PGP"
    text = (
        "Types: deb\nURIs: http://deb.example/debian\nSuites: a\nComponents: main\n"
        f"Signed-By:\n{key} PUBLIC KEY BLOCK-----\n\n"
    )
    machine = read(
        tmp_path,
        {"sources.list.d/a.sources": text, "sources.list.d/b.sources": DEB822},
    )

    table = machine.archives["debian"]
    assert ("/usr/share/keyrings/sample.gpg",) == table.keyring
    assert [True] == [text.startswith("-----BEGIN PGP") for text in table.keys]


def test_an_entry_without_keys_adds_the_machines(tmp_path: Path) -> None:
    """Where one entry names a keyring and another none, both count as apt has it."""
    plain = "deb http://deb.example/debian old main\n"
    machine = read(
        tmp_path, {"sources.list": plain, "sources.list.d/b.sources": DEB822}
    )

    keyrings = ("machine", "/usr/share/keyrings/sample.gpg")
    assert keyrings == machine.archives["debian"].keyring


def test_signers_narrow_only_if_all_entries_name_some(tmp_path: Path) -> None:
    """A fingerprint narrows the machine's keys; an entry without one undoes that."""
    entry = "deb [signed-by={}] http://deb.example/debian {} main\n"
    finger = "0123456789ABCDEF0123456789ABCDEF01234567"
    narrow = read(tmp_path / "a", {"sources.list": entry.format(finger, "a")})
    open_ = read(
        tmp_path / "b",
        {"sources.list": entry.format(finger, "a") + entry.format("/k.gpg", "b")},
    )

    assert (finger,) == narrow.archives["debian"].signers
    assert () == narrow.archives["debian"].keyring
    assert () == open_.archives["debian"].signers


def test_a_machine_without_apt_has_none(tmp_path: Path) -> None:
    """Where there is no apt there is nothing to find, and nothing to say."""
    assert Machine() == read(tmp_path / "nothing", {})
