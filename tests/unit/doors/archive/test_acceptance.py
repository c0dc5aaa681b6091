"""Which suites may take the place of the one that is known."""

from dataclasses import replace

import pytest

from seawall.debian.release import Release
from seawall.doors.archive.suites.acceptance import (
    AcceptanceOptions,
    Verdict,
    judge_candidate,
)
from seawall.doors.archive.suites.generation import Generation

NOW = 1_767_225_600.0
DAY_S = 86400.0
RELEASE = Release(
    origin="Sample",
    label="Sample",
    suite="stable",
    codename="sample",
    date=NOW - DAY_S,
    valid_until=NOW + DAY_S,
    components=("main",),
    architectures=("amd64",),
    acquire_by_hash=True,
    files={},
    by_hash={},
)
KNOWN = Generation(
    directory="dists/stable",
    suite="stable",
    codename="sample",
    date=RELEASE.date,
    valid_until=RELEASE.valid_until,
    signers=("AA",),
    text="11",
    by_hash=True,
    files={},
)


def judge(
    release: Release,
    current: Generation | None = KNOWN,
    *,
    text: str = "22",
    directory: str = "dists/stable",
    options: AcceptanceOptions | None = None,
) -> tuple[Verdict, str]:
    """Give the verdict and its cause."""
    judgement = judge_candidate(
        release,
        text,
        current,
        directory=directory,
        now=NOW,
        options=options or AcceptanceOptions(),
    )
    bad = judgement.verdict in (Verdict.OLDER, Verdict.REFUSED)
    assert bad == bool(judgement.reason)
    return judgement.verdict, judgement.cause


def test_a_newer_suite_is_taken() -> None:
    """A later date takes the place of what is known, and anything that of nothing."""
    newer = replace(RELEASE, date=NOW - 60)

    assert (Verdict.NEWER, "") == judge(newer)
    assert (Verdict.NEWER, "") == judge(RELEASE, None)


def test_the_same_text_is_the_same_generation() -> None:
    """The same words are the same generation, though they expired meanwhile."""
    expired = replace(RELEASE, valid_until=NOW - 1)

    assert (Verdict.SAME, "") == judge(expired, text=KNOWN.text)


def test_another_text_of_the_same_moment_is_taken() -> None:
    """An archive that publishes twice within a second is believed."""
    assert (Verdict.NEWER, "") == judge(RELEASE)


def test_a_rollback_is_seen() -> None:
    """An older suite, though well signed, never takes a newer one's place."""
    older = replace(RELEASE, date=RELEASE.date - 1)

    assert (Verdict.OLDER, "suite.rolled_back") == judge(older)


def test_what_was_lost_is_a_bound_yet() -> None:
    """The date of a generation that cannot be read still rules out older ones."""
    verdicts = [
        judge_candidate(
            replace(RELEASE, date=RELEASE.date + late_s),
            "22",
            None,
            directory="dists/stable",
            now=NOW,
            options=AcceptanceOptions(),
            since=RELEASE.date,
        ).verdict
        for late_s in (-1, 0, 1)
    ]

    assert [Verdict.OLDER, Verdict.NEWER, Verdict.NEWER] == verdicts


def test_an_expired_suite_is_refused() -> None:
    """A suite whose validity is over is no news, unless the settings want it."""
    expired = replace(RELEASE, valid_until=NOW)
    lenient = AcceptanceOptions(check_valid_until=False)

    assert (Verdict.REFUSED, "suite.expired") == judge(expired, None)
    assert (Verdict.NEWER, "") == judge(expired, None, options=lenient)
    assert (Verdict.NEWER, "") == judge(replace(RELEASE, valid_until=None), None)


def test_a_suite_from_the_future_is_refused() -> None:
    """A date to come would make every true suite after it look old."""
    early = replace(RELEASE, date=NOW + DAY_S - 1)
    future = replace(RELEASE, date=NOW + DAY_S + 1)

    assert (Verdict.NEWER, "") == judge(early)
    assert (Verdict.REFUSED, "suite.inconsistent") == judge(future)


@pytest.mark.parametrize(
    ("directory", "suite", "codename", "accepted"),
    [
        ("dists/stable", "stable", "sample", True),
        ("dists/sample", "stable", "sample", True),
        ("dists/sample", "oldstable", "sample", True),
        ("dists/sample-updates", "stable-updates", "sample-updates", True),
        ("dists/sample/updates", "stable", "sample", True),
        ("dists/sample/updates", "stable", "sample/updates", True),
        ("dists/jammy-updates", "jammy-updates", "jammy", True),
        ("dists/sample", "stable", "sample-updates", False),
        ("dists/sample", "stable", "sample/updates", False),
        ("dists/sample-security", "stable", "sample", False),
        ("dists/testing", "stable", "sample", False),
        ("dists/nameless", "", "", True),
        ("flat", "stable", "sample", True),
        ("", "", "", True),
    ],
)
def test_the_suite_is_the_one_that_was_asked_for(
    directory: str, suite: str, codename: str, *, accepted: bool
) -> None:
    """A suite answers for its own names only; a flat one has none to be asked by."""
    release = replace(RELEASE, suite=suite, codename=codename)
    expected = (Verdict.NEWER, "") if accepted else (Verdict.REFUSED, "suite.another")

    assert expected == judge(release, None, directory=directory)


def test_names_need_not_be_checked() -> None:
    """The settings may say that an archive's names are not to be trusted."""
    options = AcceptanceOptions(check_suite=False)

    assert (Verdict.NEWER, "") == judge(RELEASE, directory="dists/x", options=options)
