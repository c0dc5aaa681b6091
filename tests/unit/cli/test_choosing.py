"""Which suites of which archives a command means."""

import pytest

from seawall.cli.apt.choosing import Choice, KnownArchive, Wish, choose
from seawall.debian.aptsources import AptSource
from seawall.errors import InputError

MAIN = AptSource(
    ("deb",),
    ("http://deb.example/debian",),
    ("bookworm", "bookworm-updates"),
    ("main", "contrib"),
    signed_by=("/usr/share/keyrings/a.gpg",),
)
SECURITY = AptSource(
    ("deb",), ("http://deb.example/security",), ("bookworm-security",), ("main",)
)
PATTERN = AptSource(("deb",), ("https://apt.example/x",), (), signed_by=("/etc/x.gpg",))
DEBIAN = KnownArchive("debian", PATTERN, (MAIN,))
SAFE = KnownArchive("debian-security", PATTERN, (SECURITY,))
INSIDE = KnownArchive("inside", PATTERN)
ALL = (DEBIAN, SAFE, INSIDE)


def _chosen(*known: KnownArchive, **wish: tuple[str, ...]) -> list[tuple[str, ...]]:
    choices = choose(known, Wish(**wish))
    return [(it.archive, *it.source.suites) for it in choices]


def test_nothing_said_means_what_this_machine_uses() -> None:
    """Without a word, the entries of this machine's apt are meant as they are."""
    assert [Choice("debian", MAIN), Choice("debian-security", SECURITY)] == choose(
        ALL, Wish()
    )


def test_a_suite_is_found_in_its_archive() -> None:
    """Suites belong to the archives whose entries have them, and are joined there."""
    suites = ("bookworm", "bookworm-security", "bookworm-updates")

    assert [
        ("debian", "bookworm", "bookworm-updates"),
        ("debian-security", "bookworm-security"),
    ] == _chosen(*ALL, suites=suites)


def test_a_new_suite_is_of_the_archive_that_is_named() -> None:
    """A suite that this machine does not use has the archive's components and keys."""
    [choice] = choose(ALL, Wish(archives=("debian",), suites=("trixie",)))

    assert "debian" == choice.archive
    assert ("trixie",) == choice.source.suites
    assert (MAIN.components, MAIN.signed_by) == (
        choice.source.components,
        choice.source.signed_by,
    )


def test_a_suite_of_an_archive_of_the_settings() -> None:
    """Where only the settings know an archive, they say its address and its keys."""
    [choice] = choose((INSIDE,), Wish(suites=("stable",)))

    assert (
        Choice(
            "inside",
            AptSource(
                ("deb",),
                ("https://apt.example/x",),
                ("stable",),
                ("main",),
                signed_by=("/etc/x.gpg",),
            ),
        )
        == choice
    )


def test_the_only_archive_that_this_machine_does_not_use_may_be_meant() -> None:
    """A suite of no entry is in the one archive of which no entry tells."""
    assert [("inside", "stable")] == _chosen(*ALL, suites=("stable",))


def test_a_flat_suite_has_no_components() -> None:
    """A flat suite is written without components, also if some were named."""
    [choice] = choose((INSIDE,), Wish(suites=("./",), components=("main",)))

    assert () == choice.source.components


def test_what_is_said_replaces_what_is_known() -> None:
    """Components and architectures that are named stand in every entry."""
    wish = Wish(
        suites=("bookworm",), components=("non-free",), architectures=("arm64",)
    )
    [choice] = choose(ALL, wish)

    assert (("non-free",), ("arm64",)) == (
        choice.source.components,
        choice.source.architectures,
    )


@pytest.mark.parametrize(
    ("known", "wish", "said"),
    [
        ((), Wish(), r"no archive is known.*write \[archives.NAME\]"),
        (ALL, Wish(archives=("debain",)), "did you mean 'debian'.* debian-security"),
        (ALL, Wish(archives=("inside",)), "which suite of inside.*--suite"),
        ((INSIDE,), Wish(), "which suite.*--suite"),
        ((DEBIAN, SAFE), Wish(suites=("sid",)), "'sid'.*--archive .debian, debian-sec"),
    ],
    ids=["none", "typo", "no suite", "nothing used", "ambiguous"],
)
def test_what_cannot_be_guessed_is_asked(
    known: tuple[KnownArchive, ...], wish: Wish, said: str
) -> None:
    """An error says what to add to the command or to the settings."""
    with pytest.raises(InputError, match=said):
        choose(known, wish)
