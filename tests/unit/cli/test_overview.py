"""Archives as people see them: mirrors, and how old and valid suites are."""

import re

import pytest

from seawall.cli.apt.overview import print_archives

DAY_S = 86400.0
NOW = 100 * DAY_S


def _suite(**facts: object) -> dict[str, object]:
    known: dict[str, object] = {
        "suite": "bookworm",
        "date": NOW - 3 * DAY_S,
        "valid_until": None,
        "checked_at": NOW - 90,
        "signers": ["ABCD"],
        "generations": 2,
        "indexes": 3,
        "stale": "",
    }
    return known | facts


def _archive(*suites: dict[str, object]) -> dict[str, object]:
    mirrors = [
        {"url": "http://near.example/debian", "healthy": True},
        {"url": "http://deb.example/debian", "healthy": False},
        {"url": "http://far.example/debian", "healthy": None},
    ]
    return {"name": "debian", "mirrors": mirrors, "suites": list(suites)}


def test_mirrors_and_suites_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    """Each mirror has its health, each suite its age and how long it is valid yet."""
    late = _suite(
        suite="bookworm-security",
        valid_until=NOW + 6.5 * DAY_S,
        stale="nobody\x1b answers",
    )
    over = _suite(suite="old", valid_until=NOW - 1)
    print_archives([_archive(_suite(), late, over)], now=NOW)

    rows = [re.split(" {2,}", line) for line in capsys.readouterr().out.splitlines()]

    assert [
        ["ARCHIVE", "MIRROR", "STATE"],
        ["debian", "http://near.example/debian", "answers"],
        ["debian", "http://deb.example/debian", "fails"],
        ["debian", "http://far.example/debian", "not asked yet"],
        [""],
    ] == rows[:5]
    assert [
        "bookworm 3 days - 1 min 2 3 current",
        "bookworm-security 3 days 6 days 1 min 2 3 stale: nobody? answers",
        "old 3 days expired 1 min 2 3 current",
    ] == [" ".join(row[1:]) for row in rows[6:]]


def test_an_archive_without_suites(capsys: pytest.CaptureFixture[str]) -> None:
    """Before any client came, there are mirrors only, and that is said."""
    print_archives([_archive()], now=NOW)
    shown = capsys.readouterr()

    assert "no suite was asked for yet\n" == shown.err
    assert "SUITE" not in shown.out


def test_odd_keyrings_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    """Which keyrings were passed over is said beside the tables."""
    archive = _archive() | {"notes": ["/etc/odd.gpg is passed over: \x1b no keyring"]}
    print_archives([archive], now=NOW)

    said = "debian: /etc/odd.gpg is passed over: ? no keyring\n"
    assert said in capsys.readouterr().err
