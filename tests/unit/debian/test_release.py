"""Release files: what suites say of themselves, and what no suite may say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.debian import release
from seawall.debian.release import Release, ReleaseFile, parse_date, parse_release
from seawall.errors import SuiteSyntaxError

ONE, TWO = "1" * 64, "2" * 64
HEAD = """\
Origin: Sample
Label: Sample-Security
Suite: stable-security
Codename: sample-security
Date: Fri, 20 Nov 2026 00:12:41 UTC
"""
FULL = f"""{HEAD}\
Valid-Until: Fri, 27 Nov 2026 00:12:41 UTC
Acquire-By-Hash: yes
Architectures: amd64 arm64
Components: updates/main updates/contrib
Description: Whatever
MD5Sum:
 {"a" * 32}  7 main/binary-amd64/Packages
 {"b" * 32} 17 main/binary-amd64/Packages.xz
SHA256:
 {ONE}  7 main/binary-amd64/Packages
 {TWO} 17 main/binary-amd64/Packages.xz
"""


def _parse(text: str) -> Release:
    return parse_release(text.encode())


def _named(lines: str, section: str = "SHA256") -> Release:
    return _parse(f"{HEAD}{section}:\n {lines}\n")


def test_a_release_file_is_read() -> None:
    """All that anybody here asks about is in the value."""
    parsed = _parse(FULL)
    plain = ReleaseFile("main/binary-amd64/Packages", 7, "sha256", ONE)
    packed = ReleaseFile("main/binary-amd64/Packages.xz", 17, "sha256", TWO)

    assert "Sample" == parsed.origin
    assert "Sample-Security" == parsed.label
    assert ("stable-security", "sample-security") == (parsed.suite, parsed.codename)
    assert 1795133561.0 == parsed.date
    assert 1795738361.0 == parsed.valid_until
    assert ("amd64", "arm64") == parsed.architectures
    assert ("updates/main", "updates/contrib") == parsed.components
    assert parsed.acquire_by_hash
    assert {plain.path: plain, packed.path: packed} == parsed.files


def test_what_need_not_be_there_may_be_missing() -> None:
    """Small archives say little."""
    parsed = _parse(f"Date: 1 Jan 2026 00:00:00 UTC\nSHA256:\n {ONE} 0 ./Packages\n")

    assert "" == parsed.origin == parsed.label == parsed.suite == parsed.codename
    assert parsed.valid_until is None
    assert () == parsed.components == parsed.architectures
    assert not parsed.acquire_by_hash
    assert ["Packages"] == list(parsed.files)


@pytest.mark.parametrize(
    ("algorithm", "hex_text", "expected"),
    [
        ("SHA256", TWO, "main/binary-amd64/Packages.xz"),
        ("MD5Sum", "a" * 32, "main/binary-amd64/Packages"),
        ("MD5Sum", "c" * 32, None),
        ("SHA1", "a" * 40, None),
        ("SHA512", TWO, None),
    ],
)
def test_files_are_found_by_any_hash(
    algorithm: str, hex_text: str, expected: str | None
) -> None:
    """A client may ask by a weak one; what it gets is known by a strong one."""
    found = _parse(FULL).find_hash(algorithm, hex_text)

    assert expected == (found and found.path)


def test_two_files_of_one_weak_hash_are_not_mixed_up() -> None:
    """The same MD5 for different contents names neither of them."""
    same = FULL.replace("b" * 32, "a" * 32)

    assert _parse(same).find_hash("MD5Sum", "a" * 32) is None


def test_two_files_of_one_content_are_one() -> None:
    """Which of them is found makes no difference."""
    files = f"{ONE} 0 a\n {ONE} 0 b\nMD5Sum:\n {'a' * 32} 0 b\n {'a' * 32} 0 a"
    parsed = _named(files)

    for found in (
        parsed.find_hash("SHA256", ONE),
        parsed.find_hash("MD5Sum", "a" * 32),
    ):
        assert found
        assert ONE == found.hex


def test_sha512_serves_where_there_is_no_sha256() -> None:
    """Where there are both, SHA-256 is taken, as clients do."""
    both = f"{'5' * 128} 3 x\nSHA256:\n {ONE} 3 x"
    alone = _named(f"{'5' * 128} 3 x", "SHA512")

    assert ReleaseFile("x", 3, "sha512", "5" * 128) == alone.files["x"]
    assert "sha256" == _named(both, "SHA512").files["x"].algorithm
    assert _named(both, "SHA512").find_hash("SHA512", "5" * 128)


def test_files_of_a_weak_section_alone_are_not_named() -> None:
    """MD5 proves nothing, so what only it names is unknown."""
    parsed = _named(f"{ONE} 3 x\nMD5Sum:\n {'a' * 32} 3 y")

    assert ["x"] == list(parsed.files)
    assert parsed.find_hash("MD5Sum", "a" * 32) is None


def test_hex_may_be_in_upper_case_here() -> None:
    """It is the same number."""
    parsed = _named(f"{'AB' * 32} 3 x")

    assert "ab" * 32 == parsed.files["x"].hex


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "0 paragraphs"),
        ("no release file", "line 1 is no field"),
        (f"{FULL}\nSuite: evil\n", "2 paragraphs"),
        (f"{FULL}Suite: evil\n", "has already"),
        (f"{FULL}SHA256:\n", "has already"),
        (FULL.replace("stable-sec", "stable\rSuite: "), "control characters"),
        (f"{HEAD}MD5Sum:\n {'a' * 32} 7 x\n", "neither SHA256 nor SHA512"),
        (
            HEAD.replace("Label: ", f"Label: {'x' * 300}") + "SHA256:\n",
            "Label.*no name",
        ),
        (HEAD.replace("Suite: ", "Suite: x\n ") + "SHA256:\n", "Suite.*no name"),
        (FULL.replace("Date: ", "Dated: "), "has no Date"),
        (FULL.replace("Fri, 20 Nov 2026 00:12:41 UTC", ""), "has no Date"),
        (FULL.replace("Fri, 27 Nov 2026 00:12:41 UTC", ""), "has no Valid-Until"),
        (FULL.replace("27 Nov 2026", "in a week"), "Valid-Until of a.*not a date"),
    ],
)
def test_what_is_no_release_file_is_refused(text: str, why: str) -> None:
    """The reason says what is wrong with it."""
    with pytest.raises(SuiteSyntaxError, match=why):
        _parse(text)


@pytest.mark.parametrize(
    "lines",
    [
        f"{ONE} 7",
        f"{ONE} x a",
        f"{ONE} -7 a",
        f"{ONE} +7 a",
        f"{ONE} 7.0 a",
        f"{ONE} 1_0 a",
        f"{ONE} \u0667 a",
        f"{ONE} {'9' * 16} a",
        f"{ONE[1:]} 7 a",
        f"{ONE}1 7 a",
        f"{'g' * 64} 7 a",
        f"{ONE} 7 /etc/passwd",
        f"{ONE} 7 ../a",
        f"{ONE} 7 a/../b",
        f"{ONE} 7 a\\b",
        f"{ONE} 7 .",
        f"{ONE} 7 {'a' * 1025}",
        f"{ONE} 7 a\n {TWO} 7 a",
        f"{ONE} 7 a\n {ONE} 8 a",
        f"{ONE} 7 a\n {TWO} 7 ./a",
        f"{ONE} 7 a\nMD5Sum:\n {'a' * 32} 8 a",
        f"{ONE} 7 a\nMD5Sum:\n {'a' * 32} 7 a\n {'b' * 32} 7 a",
        f"{ONE} 7 a\nMD5Sum:\n {'a' * 31} 7 a",
    ],
)
def test_what_is_no_list_of_files_is_refused(lines: str) -> None:
    """Sizes are numbers, paths stay within the suite, and nothing is said twice."""
    with pytest.raises(SuiteSyntaxError):
        _named(lines)


def test_saying_the_same_twice_is_no_contradiction() -> None:
    """Some archives list a file twice."""
    assert ["a"] == list(_named(f"{ONE} 7 a\n {ONE} 7 a").files)


def test_names_may_be_in_any_encoding_but_paths_may_not() -> None:
    """A name is shown; a path is looked up."""
    latin = f"Origin: \xe9\nDate: 1 Jan 2026 00:00:00 UTC\nSHA256:\n {ONE} 1 x"

    assert "\ufffd" == parse_release(latin.encode("latin-1")).origin
    with pytest.raises(SuiteSyntaxError, match="not a path"):
        parse_release(f"{latin}\xe9".encode("latin-1"))


def test_a_release_file_is_bounded() -> None:
    """Neither its length nor its files are without end."""
    with pytest.raises(SuiteSyntaxError, match="is none"):
        parse_release(b"x" * (16 * 1024 * 1024 + 1))
    lines = f"{ONE} 7 a\n " * (release.MAX_FILES + 1)
    with pytest.raises(SuiteSyntaxError, match="are the limit"):
        _named(lines.rstrip())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Thu, 01 Jan 1970 00:00:00 UTC", 0.0),
        ("Sat, 11 Jul 2026 10:16:37 UTC", 1783764997.0),
        ("Sat, 11 Jul 2026 10:16:37 +0000", 1783764997.0),
        ("Sat,  1 Jan 2000  0:00:00 GMT", 946684800.0),
        ("29 Feb 2024 23:59:59 Z", 1709251199.0),
    ],
)
def test_dates_are_read(text: str, expected: float) -> None:
    """The day of the week is decoration; the time is UTC, whatever it is called."""
    assert expected == parse_date(text)


@given(st.integers(min_value=0, max_value=253402300799))
def test_dates_survive_writing(epoch_s: int) -> None:
    """Every second until the year 10000 is read as itself."""
    days, rest = divmod(epoch_s, 86400)
    text = _write_day(days) + f" {rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}"

    assert float(epoch_s) == parse_date(f"{text} UTC")


def _write_day(days: int) -> str:
    """Write a date without the library that reads it (Hinnant's civil_from_days)."""
    era, day = divmod(days + 719468, 146097)
    year = (day - day // 1460 + day // 36524 - day // 146096) // 365
    day -= 365 * year + year // 4 - year // 100
    month = (5 * day + 2) // 153
    day -= (153 * month + 2) // 5 - 1
    number = month + 3 if month < 10 else month - 9
    name = "JanFebMarAprMayJunJulAugSepOctNovDec"[3 * number - 3 : 3 * number]
    return f"{day} {name} {year + 400 * era + (number <= 2):04}"


@pytest.mark.parametrize(
    "text",
    [
        *("", "now", "2026-07-11", "2026-07-11T10:16:37Z", "1783764997"),
        "Sat, 11 Jul 2026 10:16:37",
        "Sat, 11 Jul 2026 10:16:37 CEST",
        "Sat, 11 Jul 2026 10:16:37 +0200",
        "Sat, 11 Jul 2026 10:16:37 UTC x",
        "Sat, 32 Jul 2026 10:16:37 UTC",
        "Mon, 29 Feb 2026 10:16:37 UTC",
        "Sat, 11 Jul 2026 24:00:00 UTC",
        "Sat, 11 Jul 2026 10:16:60 UTC",
        "Sat, 11 Xxx 2026 10:16:37 UTC",
        "Sam, 11 Jul 2026 10:16:37 UTC",
        "Sat, 11 Jul 0000 10:16:37 UTC",
        "Sat, 11 Jul 26 10:16:37 UTC",
        "Sat, \u0661\u0661 Jul 2026 10:16:37 UTC",
    ],
)
def test_odd_dates_are_refused(text: str) -> None:
    """A date that could be read in two ways is read in none."""
    with pytest.raises(SuiteSyntaxError, match="not a date in UTC, such as"):
        parse_date(text)
