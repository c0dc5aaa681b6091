"""Suites that cannot be trusted: refused with a reason, and the good one stays."""

import time
from pathlib import Path

import pytest
from tests.wire.halls import (
    HELLO,
    IN_RELEASE,
    Hall,
    Plan,
    open_hall,
)

from seawall.drill import faults
from seawall.testing.archives import SampleArchive, SampleKey, SampleSuite
from seawall.testing.debs import SamplePackage

MORE = SamplePackage("more")
HOUR_S = 3600.0
TWO = Plan(mirrors=2)


def sample(*, valid_for_s: float | None = None) -> SampleArchive:
    """Publish an archive with one package, an hour ago."""
    archive, now = SampleArchive(), time.time()
    until = None if valid_for_s is None else now + valid_for_s
    archive.publish([HELLO], date=now - HOUR_S, valid_until=until)
    return archive


def unsigned(hall: Hall) -> None:
    """Publish a suite without any signature."""
    hall.publish(HELLO, MORE)
    for name in ("InRelease", "Release.gpg"):
        del hall.mirror.files[f"dists/stable/{name}"]


def signed_by_a_stranger(hall: Hall) -> None:
    """Publish a suite that another key signed."""
    hall.archive.publish([HELLO, MORE])
    hall.archive.sign_release(hall.archive.release(), key=SampleKey())
    hall.mirror.put(hall.archive.files)


def tampered(hall: Hall) -> None:
    """Change a word that is signed."""
    hall.publish(HELLO, MORE)
    text = hall.archive.files[IN_RELEASE].replace(b"Label: Sample", b"Label: Simple")
    hall.mirror.put({IN_RELEASE: text})


def with_words_before(hall: Hall) -> None:
    """Put text in front of what is signed."""
    hall.publish(HELLO, MORE)
    hall.mirror.put({IN_RELEASE: b"Suite: x\n" + hall.archive.files[IN_RELEASE]})


def truncated(hall: Hall) -> None:
    """Break a suite off, with a length that says so."""
    hall.publish(HELLO, MORE)
    hall.mirror.put({IN_RELEASE: hall.archive.files[IN_RELEASE][:-200]})


def rolled_back(hall: Hall) -> None:
    """Publish a suite that is older than what is known."""
    hall.publish(HELLO, MORE, date=time.time() - 2 * HOUR_S)


def expired(hall: Hall) -> None:
    """Publish a suite whose validity is over."""
    hall.publish(HELLO, MORE, valid_until=time.time() - 60)


def of_the_future(hall: Hall) -> None:
    """Publish a suite of next month."""
    hall.publish(HELLO, MORE, date=time.time() + 30 * 86400)


def another_suite(hall: Hall) -> None:
    """Put another suite in its place."""
    suite = SampleSuite(suite="testing", codename="next")
    hall.archive.publish([HELLO, MORE], suite=suite)
    hall.mirror.put(hall.archive.files)


def without_strong_sums(hall: Hall) -> None:
    """Publish a suite that names its files by MD5 alone."""
    suite = SampleSuite(sections=("MD5Sum",))
    hall.archive.publish([HELLO, MORE], suite=suite)
    hall.mirror.put(hall.archive.files)


def without_its_index(hall: Hall) -> None:
    """Publish a suite whose index did not arrive yet."""
    hall.publish(HELLO, MORE)
    hall.mirror.hide("*/binary-amd64/*")


def with_a_wrong_index(hall: Hall) -> None:
    """Publish a suite whose index is another one everywhere."""
    hall.publish(HELLO, MORE)
    hall.mirror.fail("*/binary-amd64/*", faults.corrupt(3))


def with_an_endless_index(hall: Hall) -> None:
    """Publish a suite whose index unpacks to more than it says."""
    hall.archive.publish([HELLO, MORE])
    text = hall.archive.release()
    lines = [
        line.rpartition(b" ")[0].rpartition(b" ")[0] + b" 10 " + line.split()[-1]
        if line.endswith(b"/Packages")
        else line
        for line in text.split(b"\n")
    ]
    hall.archive.sign_release(b"\n".join(lines))
    hall.mirror.put(hall.archive.files)


def with_nonsense_for_an_index(hall: Hall) -> None:
    """Publish a suite whose index is signed, and no index."""
    extra = {"main/binary-amd64/Packages.xz": b"nonsense"}
    suite = SampleSuite(compressions=("gz",))
    hall.archive.publish([HELLO, MORE], suite=suite, extra=extra)
    hall.mirror.put(hall.archive.files)


SPOILED = [
    (unsigned, "suite.unsigned"),
    (signed_by_a_stranger, "suite.unsigned"),
    (tampered, "suite.unsigned"),
    (with_words_before, "suite.another"),
    (truncated, "suite.another"),
    (rolled_back, "suite.rolled_back"),
    (expired, "suite.expired"),
    (of_the_future, "suite.inconsistent"),
    (another_suite, "suite.another"),
    (without_strong_sums, "suite.another"),
    (without_its_index, "suite.inconsistent"),
    (with_a_wrong_index, "content."),
    (with_an_endless_index, "suite.inconsistent"),
    (with_nonsense_for_an_index, "suite.inconsistent"),
]
every_spoil = pytest.mark.parametrize(
    ("spoil", "cause"), SPOILED, ids=[it.__name__ for it, _ in SPOILED]
)


@every_spoil
async def test_a_bad_suite_leaves_the_good_one(
    tmp_path: Path, spoil: object, cause: str
) -> None:
    """A suite that cannot be trusted changes nothing; the answer says why."""
    archive = sample()
    async with open_hall(tmp_path, archive) as hall:
        good = await hall.update()
        await hall.settle()
        spoil(hall)  # type: ignore[operator]
        again = await hall.update()
        package = await hall.ask(HELLO.pool_path)

    assert [200, 200] == [got.status for got in again]
    assert [got.body for got in good] == [got.body for got in again]
    assert "fwd=stale" in again[0].told
    assert f'detail="{cause}' in again[0].told
    assert "stale" in again[0].headers["warning"]
    assert HELLO.deb == package.body


@every_spoil
async def test_a_good_mirror_makes_up_for_a_bad_one(
    tmp_path: Path, spoil: object, cause: str
) -> None:
    """One mirror's bad suite does not keep another's good one away."""
    del cause
    archive = sample()
    async with open_hall(tmp_path, archive, TWO) as hall:
        before, _ = await hall.update()
        await hall.settle()
        newer = SampleArchive(key=archive.key, files=dict(archive.files))
        newer.publish([HELLO, MORE], date=time.time() - 60)
        only_first = Hall(hall.house, archive, hall.mirrors[:1])
        hall.mirrors[1].put(newer.files)
        spoil(only_first)  # type: ignore[operator]
        got = await hall.update()
        package = await hall.ask(MORE.pool_path)

    # the suite may be the one's, and its index come from the other
    assert before.body != got[0].body
    assert "fwd=stale; detail" not in got[0].told
    assert [200, 200] == [one.status for one in got]
    assert MORE.deb == package.body


@pytest.mark.parametrize(
    ("spoil", "status", "said"),
    [
        (unsigned, 502, "without a signature"),
        (signed_by_a_stranger, 502, "not in the keyring"),
        (with_words_before, 502, "clear-signed"),
        (expired, 502, "it expired at"),
        (another_suite, 502, "it is the suite testing and next"),
        (lambda hall: hall.mirror.fail("*", faults.status(503)), 503, "503"),
        (lambda hall: hall.mirror.fail("*", faults.html()), 502, "is no suite"),
    ],
)
async def test_the_first_answer_says_why_there_is_none(
    tmp_path: Path, spoil: object, status: int, said: str
) -> None:
    """Without a good suite ever seen, the client is told what is wrong with it."""
    async with open_hall(tmp_path, sample()) as hall:
        spoil(hall)  # type: ignore[operator]
        got = await hall.ask(IN_RELEASE)

    assert status == got.status
    assert said in got.phrase
