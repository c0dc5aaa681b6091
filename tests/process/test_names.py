"""Invariants on names, hosts and secrets, held by the real process over sockets."""

import json
import signal
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from tests.process.conftest import REGISTRY, MakeWall, Wall

from seawall.drill import faults
from seawall.drill.faults import Fault
from seawall.drill.gatekeeper import TokenAuth
from seawall.testing.samples import random_image, random_index

_PASSWORD = "s3cret-password"


@pytest.mark.parametrize(
    ("fault", "cause"),
    [
        (faults.status(429, retry_after=60), "rate_limit.other"),
        (faults.status(503), "registry.5xx"),
        (faults.status(500), "registry.5xx"),
        (faults.status(401), "auth."),
        (faults.status(403), ""),
        (faults.html(), "registry.protocol_bug"),
        (faults.reset(), "net.conn_reset"),
        (faults.garbage(), "registry.protocol_bug"),
        (faults.hang(), "net.silence"),
    ],
    ids=["429", "503", "500", "401", "403", "html", "reset", "garbage", "silence"],
)
def test_invariant_4_a_name_outlives_its_origin(
    make_wall: MakeWall, fault: Fault, cause: str
) -> None:
    """Whatever the origin does, the last answer is given, and says that it is old."""
    wall = make_wall()
    wall.pull()
    wall.upstream.fail("*", fault)

    answer = wall.seawall.ask(wall.manifest())

    assert (200, wall.image.body) == (answer.status, answer.body)
    assert answer.headers["cache-status"].startswith("Seawall; fwd=stale")
    assert cause in answer.headers["cache-status"]
    assert answer.headers["warning"].startswith('299 - "Seawall: stale')
    assert int(answer.headers["age"]) >= 0


def test_invariant_4_a_name_outlives_its_origin_at_start_up(
    make_wall: MakeWall,
) -> None:
    """With nobody there at all, a restarted Seawall answers names from its catalog."""
    wall = make_wall()
    wall.pull()
    wall.upstream.close()
    wall.seawall.restart()

    answer = wall.seawall.ask(wall.manifest())

    assert (200, wall.image.body) == (answer.status, answer.body)
    assert "net.conn_refused" in answer.headers["cache-status"]


def test_invariant_4_an_answer_too_old_is_none(make_wall: MakeWall) -> None:
    """Beyond the configured age the origin's trouble is told instead."""
    wall = make_wall(registry={"stale_max": 0})
    wall.pull()
    time.sleep(0.01)  # any age at all is too old
    wall.upstream.fail("*", faults.status(503))

    answer = wall.seawall.ask(wall.manifest())

    assert answer.status == 503
    assert "registry.5xx" in answer.body.decode()


def test_a_tag_that_moved_is_noticed_and_one_that_went_is_gone(
    make_wall: MakeWall,
) -> None:
    """The origin's word on a tag counts as soon as it can be heard."""
    other = random_image(7)
    wall = make_wall(random_image(6).joined(other))
    wall.pull()
    wall.upstream.tag("app", "1", other.digest)
    moved = wall.seawall.ask(wall.manifest())
    wall.upstream.untag("app", "1")
    gone = wall.seawall.ask(wall.manifest())
    kept = wall.seawall.ask(wall.manifest(str(other.digest)))

    assert str(other.digest) == moved.headers["docker-content-digest"]
    assert 404 == gone.status
    assert 200 == kept.status


def test_invariant_5_manifests_come_through_byte_for_byte(make_wall: MakeWall) -> None:
    """An index of several platforms and all below it are the bytes of their digests."""
    wall = make_wall(random_index(8))

    wall.pull()

    got = wall.seawall.ask(wall.manifest())
    assert (wall.image.body, wall.image.media_type) == (
        got.body,
        got.headers["content-type"],
    )


class _Trap:
    """A host that nobody should ever talk to."""

    def __init__(self) -> None:
        self.visits: list[str] = []
        visits = self.visits

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                visits.append(self.path)
                self.send_error(500)

            do_HEAD = do_GET  # noqa: N815  the server's own spelling

            def log_message(self, *_: object) -> None:
                pass

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.host = f"127.0.0.1:{self._server.server_address[1]}"
        Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def trap() -> object:
    """Open a trap for the length of a test."""
    opened = _Trap()
    yield opened
    opened.close()


@pytest.mark.parametrize(
    "path",
    [
        "/v2/{host}/app/manifests/1",
        "/v2/app/manifests/1?ns={host}",
        "/v2/localhost/app/manifests/1?ns=http://{host}",
        "/v2/app/manifests/1?ns=up.example&ns={host}",
    ],
)
def test_invariant_6_an_unknown_registry_is_never_dialled(
    shared_wall: Wall, trap: _Trap, path: str
) -> None:
    """What clients name is looked up in the settings, never connected to."""
    answer = shared_wall.seawall.ask(path.format(host=trap.host))

    assert answer.status in (400, 404)
    assert "errors" in json.loads(answer.body)
    assert [] == trap.visits


def test_invariant_6_redirects_stay_within_the_settings(
    make_wall: MakeWall, trap: _Trap
) -> None:
    """A redirect to a private address that is not listed is not followed."""
    wall = make_wall()
    wall.upstream.fail("*/blobs/*", faults.redirect(f"http://{trap.host}/x"))

    answer = wall.seawall.ask(wall.layer())

    assert answer.status == 503
    assert "policy.foreign_host" in answer.body.decode()
    assert [] == trap.visits


def test_invariant_6_a_foreign_realm_gets_no_visit(
    make_wall: MakeWall, trap: _Trap
) -> None:
    """A challenge that leads elsewhere is refused, credentials or not."""
    wall = make_wall(env={"PASS": _PASSWORD}, registry=_login())
    realm = f'Bearer realm="http://{trap.host}/token",service="x"'
    wall.upstream.fail("*", faults.challenge(realm))

    answer = wall.seawall.ask(wall.manifest())

    assert answer.status == 503
    assert "policy.foreign_host" in answer.body.decode()
    assert [] == trap.visits


def _login() -> dict[str, object]:
    return {"credentials": {"username": "ann", "password_env": "PASS"}}


def _private_wall(make_wall: MakeWall, password: str = _PASSWORD) -> Wall:
    return make_wall(
        random_image(9),
        auth=TokenAuth(private=("app",)),
        env={"PASS": password},
        registry=_login(),
    )


def test_invariant_7_no_secret_is_told(make_wall: MakeWall) -> None:
    """Neither logs nor metrics, answers or the store hold a password or token."""
    wall = _private_wall(make_wall)
    wall.pull()
    wall.upstream.fail("*", faults.status(403))
    answers = [
        wall.seawall.ask(path)
        for path in (wall.manifest(), wall.manifest("no"), "/metrics", "/x?token=abc")
    ]
    wall.seawall.stop()

    told = wall.seawall.daemon.text()
    told += "".join(f"{a.headers}{a.body!r}" for a in answers)
    tokens = [r.path for r in wall.upstream.requests("token")]
    assert tokens
    assert _PASSWORD not in told
    assert "YW5uOnMzY3JldC1wYXNzd29yZA" not in told  # the pair, as Basic has it
    assert "token=abc" not in told
    for file in wall.seawall.data.rglob("*"):
        assert not file.is_file() or _PASSWORD.encode() not in file.read_bytes()


def test_invariant_10_an_answer_says_how_it_was_found(make_wall: MakeWall) -> None:
    """Cache-Status and Age tell a miss from a hit and a confirmed answer."""
    wall = make_wall(registry={"fresh_s": 300})
    first = wall.seawall.ask(wall.manifest())
    second = wall.seawall.ask(wall.manifest())

    assert "Seawall; fwd=uri-miss; stored" == first.headers["cache-status"]
    assert second.headers["cache-status"].startswith("Seawall; hit; ttl=29")
    assert "age" in second.headers


@pytest.mark.parametrize("private", [True, False])
def test_invariant_11_private_is_what_refuses_anonymous_callers(
    make_wall: MakeWall, *, private: bool
) -> None:
    """Not the credential makes it private, but that nobody gets it without one."""
    wall = make_wall(
        random_image(9),
        auth=TokenAuth(private=("app",) if private else ()),
        env={"PASS": _PASSWORD},
        registry=_login(),
    )

    wall.pull()

    assert wall.listed_as() is private


def test_invariant_11_an_expired_login_empties_nothing(make_wall: MakeWall) -> None:
    """What was pulled with a credential that no longer works is still served."""
    wall = _private_wall(make_wall)
    wall.pull()
    wall.seawall.stop()
    wall.seawall.env["PASS"] = "another"
    wall.seawall.start()

    wall.pull_by_digest()
    answer = wall.seawall.ask(wall.manifest())

    assert 200 == answer.status
    assert "fwd=stale" in answer.headers["cache-status"]


def test_invariant_12_a_stop_takes_less_than_a_second(make_wall: MakeWall) -> None:
    """An idle Seawall is gone at once, so that clients fall back at once."""
    wall = make_wall()
    wall.pull()

    assert 0 == wall.seawall.daemon.stop(by=signal.SIGTERM, wait_s=1)


def test_an_unknown_path_is_told_in_the_api_s_form(shared_wall: Wall) -> None:
    """No HTML page and no stack trace, whatever is asked."""
    for path in ("/", "/v2/UP/manifests/1", f"/v2/{REGISTRY}/a/manifests/%00", "/v3"):
        answer = shared_wall.seawall.ask(path)

        assert answer.status in (400, 404)
        assert json.loads(answer.body)["errors"][0]["code"]
