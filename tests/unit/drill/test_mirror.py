"""The scripted mirror's honest answers are those of a plain web server."""

import pytest

from seawall.drill.exchange import Answer, Request
from seawall.drill.mirror import WEB, ScriptedMirror

FILES = {"dists/sid/InRelease": b"signed", "pool/a/a+b_1.deb": b"0123456789"}
DEB = "/pool/a/a%2Bb_1.deb"


def ask(
    mirror: ScriptedMirror,
    path: str = DEB,
    headers: dict[str, str] | None = None,
    *,
    method: str = "GET",
) -> Answer:
    """Ask a mirror once, without a network."""
    return mirror.answer(WEB, Request(method, path, {}, headers or {}))


@pytest.fixture
def mirror() -> ScriptedMirror:
    """Make a mirror of two files."""
    return ScriptedMirror(FILES)


def test_a_file_is_found_under_its_quoted_path(mirror: ScriptedMirror) -> None:
    """Clients quote a plus sign, or do not: it is the same file."""
    quoted, plain = ask(mirror), ask(mirror, "/pool/a/a+b_1.deb")

    assert quoted == plain
    assert (200, b"0123456789") == (plain.status, plain.body)


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [("/none", "GET", 404), ("/pool/a/", "GET", 404), (DEB, "POST", 405)],
)
def test_other_requests_are_refused(
    mirror: ScriptedMirror, path: str, method: str, status: int
) -> None:
    """What is not there, or cannot be done, has its usual status."""
    assert status == ask(mirror, path, method=method).status


@pytest.mark.parametrize(
    ("condition", "status", "body"),
    [
        ({}, 206, b"456"),
        ({"if-range": "ETAG"}, 206, b"456"),
        ({"if-range": "DATE"}, 206, b"456"),
        ({"if-range": '"other"'}, 200, b"0123456789"),
    ],
)
def test_ranges_are_cut_if_the_condition_holds(
    mirror: ScriptedMirror, condition: dict[str, str], status: int, body: bytes
) -> None:
    """If-Range wants the entity tag or the date of the file as it is now."""
    whole = ask(mirror).headers
    known = {"ETAG": whole["ETag"], "DATE": whole["Last-Modified"]}
    headers = {name: known.get(text, text) for name, text in condition.items()}

    answer = ask(mirror, headers={"range": "bytes=4-6", **headers})

    assert (status, body) == (answer.status, answer.body)


@pytest.mark.parametrize("header", ["if-none-match", "if-modified-since"])
def test_an_unchanged_file_is_not_sent_again(
    mirror: ScriptedMirror, header: str
) -> None:
    """Conditions by entity tag and by date are answered 304 until the file changes."""
    whole = ask(mirror).headers
    known = whole["ETag" if header == "if-none-match" else "Last-Modified"]

    before = ask(mirror, headers={header: known})
    mirror.put({"pool/a/a+b_1.deb": b"other"})
    after = ask(mirror, headers={header: known})

    assert (304, b"") == (before.status, before.body)
    assert (200, b"other") == (after.status, after.body)


def test_nonsense_is_no_condition(mirror: ScriptedMirror) -> None:
    """A date that is none is ignored."""
    assert 200 == ask(mirror, headers={"if-modified-since": "yesterday"}).status


def test_a_mirror_may_know_no_validators(mirror: ScriptedMirror) -> None:
    """Some say neither ETag nor Last-Modified, and answer no condition."""
    mirror.validators = False
    answer = ask(mirror, headers={"if-none-match": "*"})

    assert 200 == answer.status
    assert {"Content-Type", "Accept-Ranges"} == answer.headers.keys()


def test_a_hidden_file_is_absent_until_it_is_shown(mirror: ScriptedMirror) -> None:
    """A mirror in mid-sync lists what it does not have yet."""
    mirror.hide("*.deb")
    hidden = ask(mirror)
    mirror.show()

    assert (404, 200) == (hidden.status, ask(mirror).status)


def test_replacing_forgets_the_rest(mirror: ScriptedMirror) -> None:
    """After a replacement only the new files are there; kept ones keep their date."""
    kept = ask(mirror)
    mirror.replace({"pool/a/a+b_1.deb": b"0123456789"})

    assert kept == ask(mirror)
    assert 404 == ask(mirror, "/dists/sid/InRelease").status


def test_something_happens_after_a_request(mirror: ScriptedMirror) -> None:
    """The answer is of the state before, the next one of the state after."""
    mirror.after("*/InRelease", lambda: mirror.put({"dists/sid/InRelease": b"new"}))
    path = "/dists/sid/InRelease"

    answers = [ask(mirror, path).body for _ in range(3)]

    assert [b"signed", b"new", b"new"] == answers


def test_something_happens_after_the_nth_request(mirror: ScriptedMirror) -> None:
    """It waits for so many requests of its pattern, and for no others."""
    mirror.after("*.deb", lambda: mirror.hide("*.deb"), times=2)

    statuses = [ask(mirror, path).status for path in (DEB, "/x", DEB, DEB)]

    assert [200, 404, 200, 404] == statuses
