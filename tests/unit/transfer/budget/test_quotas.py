"""Quotas and limits are read in the forms that registries really use."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.transfer.budget.accounts import Account, Ask, Scope
from seawall.transfer.budget.pauses import LONGEST_S
from seawall.transfer.budget.quotas import (
    Allowance,
    Quota,
    read_allowance,
    read_quota,
)
from seawall.transfer.network.refusal import Refusal, judge_reply

NOW = 1_700_000_000.0
HUB = {
    "ratelimit-limit": "100;w=21600",
    "ratelimit-remaining": "20;w=21600",
    "docker-ratelimit-source": "192.0.2.1",
}


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        (HUB, Quota(100, 20, 21600, "192.0.2.1")),
        ({"ratelimit-remaining": "0"}, Quota(None, 0, None)),
        (
            {"ratelimit-limit": "100, 100;w=60", "ratelimit-remaining": "5"},
            Quota(100, 5, 60),
        ),
        ({"ratelimit-remaining": " 7 ; w = 60"}, Quota(None, 7, 60)),
        (
            {
                "ratelimit-limit": "10, 10;w=1, 50;w=60",
                "ratelimit-remaining": "9",
                "ratelimit-reset": "4",
            },
            Quota(10, 9, 1, reset_s=4.0),
        ),
        (
            {"ratelimit": "limit=100, remaining=40, reset=30"}
            | {"ratelimit-policy": "10;w=1, 100;w=60"},
            Quota(100, 40, 60, reset_s=30.0),
        ),
        (
            {"ratelimit": '"day";r=900;t=50000, "burst";r=3;t=2'}
            | {"ratelimit-policy": '"day";q=1000;w=86400, "burst";q=10;w=5'},
            Quota(10, 3, 5, reset_s=2.0),
        ),
        ({"ratelimit": "default;r=50"}, Quota(None, 50, None)),
        (
            {"x-ratelimit-limit": "180", "x-ratelimit-remaining": "179"}
            | {"x-ratelimit-reset": "1700000060"},
            Quota(180, 179, None, reset_s=60.0),
        ),
        ({"ratelimit-limit": "100"}, None),
        ({"ratelimit-remaining": "many"}, None),
        ({"ratelimit-remaining": "-1"}, None),
        ({"ratelimit-remaining": "9" * 50}, None),
        ({"ratelimit": '"day";t=5'}, None),
        ({"ratelimit": "remaining=x"}, None),
        ({}, None),
    ],
)
def test_quotas_are_read(headers: dict[str, str], expected: Quota | None) -> None:
    """Figures, window, reset and whom they count against are read, or nothing."""
    assert expected == read_quota(headers, now=NOW)


HUB_PULLS = "You have reached your unauthenticated pull rate limit. https://x.example"
GAR = (
    "Quota exceeded for quota metric 'Requests per project per user' and limit"
    " 'Requests per project per user per minute per user' of service"
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (HUB_PULLS, Allowance(pulls=True)),
        ("You have reached your pull rate limit.", Allowance(pulls=True)),
        ("Too Many Requests (HAP429).\n", Allowance()),
        (
            "toomanyrequests: retry-after: 985.86µs, allowed: 44000/minute",
            Allowance(44000, 60.0),
        ),
        ("retry-after: 12ms, allowed: 2000/minute", Allowance(2000, 60.0)),
        ("toomanyrequests: Rate exceeded", Allowance()),
        (GAR, Allowance(None, 60.0)),
        ("<html><h1>429 Too Many Requests</h1><center>nginx", Allowance()),
        (
            "Too many requests. Please visit https://aka.ms/acr/skus#sku",
            Allowance(),
        ),
        (
            '{"errors":[{"status":429,"message":"Too many requests per second"}]}',
            Allowance(None, 1.0),
        ),
        ("", Allowance()),
    ],
    ids=lambda value: value[:30] if isinstance(value, str) else "",
)
def test_refusals_say_what_is_limited(text: str, expected: Allowance) -> None:
    """What is counted, how much, and per how long: as far as the text says."""
    assert expected == read_allowance(text)


TEXTS = st.text(st.characters(codec="utf-8"), max_size=200) | st.from_regex(
    r'("[a-z]{0,3}"|limit=[0-9]{1,3}|remaining=[0-9]{1,14})(;[rtqw]=[0-9]{1,14}){0,3},?'
)
NAMES = st.sampled_from(
    [
        *("ratelimit", "ratelimit-policy", "ratelimit-limit", "ratelimit-remaining"),
        *("ratelimit-reset", "x-ratelimit-limit", "x-ratelimit-remaining"),
        *("x-ratelimit-reset", "docker-ratelimit-source", "retry-after"),
    ]
)


SAMPLES = (
    b"ratelimit-limit: 100;w=21600\nratelimit-remaining: 20;w=21600\n\n",
    b'ratelimit: "a";r=5;t=3\nratelimit-policy: "a";q=9;w=60\n\n' + HUB_PULLS.encode(),
    b"retry-after: 60\n\nretry-after: 985.86\xc2\xb5s, allowed: 44000/minute",
    b"retry-after: Fri, 31 Dec 1999 23:59:59 GMT\n\n" + GAR.encode(),
    b'\n\n{"errors":[{"code":"TOOMANYREQUESTS","message":"Rate exceeded"}]}',
    b'\n\n{"errors":[{"code":"TOOMANY\xaeREQUESTS","message":"no text at all"}]}',
)
"""Refusals as they come: headers, an empty line, a body."""


def check_limits(data: bytes) -> None:
    """Read a refusal: whatever it says, the figures make sense and pauses end."""
    head, _, body = data.partition(b"\n\n")
    lines = [line.partition(": ") for line in head.decode("latin-1").split("\n")]
    check_headers({name.lower(): value for name, _, value in lines}, body)


def check_headers(headers: dict[str, str], body: bytes) -> None:
    """Check what is made of these headers and this body."""
    quota = read_quota(headers, now=NOW)
    allowance = read_allowance(body.decode("utf-8", "replace"))
    refusal = Refusal("r.example", "r.example", 429, headers, body, "an image")
    error = judge_reply(refusal, now=NOW)
    account = Account()
    ticket = account.begin(Ask(Scope.PULL))
    wait_s = account.refuse(
        ticket, allowance, 0.0, quota=quota, asked_s=error.wait_s, jitter=1.0
    )

    assert quota is None or quota.remaining >= 0
    assert quota is None or quota.reset_s is None or quota.reset_s >= 0
    assert quota is None or quota.window_s is None or quota.window_s > 0
    assert allowance.window_s in (None, 1.0, 60.0, 3600.0, 86400.0)
    assert error.wait_s is None or 0 <= error.wait_s <= LONGEST_S
    assert 0 < wait_s <= LONGEST_S


@given(st.dictionaries(NAMES, TEXTS), TEXTS)
def test_whatever_comes_is_bounded(headers: dict[str, str], text: str) -> None:
    """No text makes a reader fail, or gives figures that make no sense."""
    check_headers(headers, text.encode("utf-8", "replace"))


@pytest.mark.parametrize("sample", SAMPLES)
def test_real_refusals_are_bounded(sample: bytes) -> None:
    """What the fuzzer grows from is read as it should be."""
    check_limits(sample)


@given(
    limit=st.integers(0, 10**9),
    left=st.integers(0, 10**9),
    window=st.integers(1, 10**8),
    structured=st.booleans(),
)
def test_what_is_written_is_read(
    limit: int, left: int, window: int, *, structured: bool
) -> None:
    """Every figure that is written in a known form comes back."""
    headers = (
        {"ratelimit": f'"a";r={left}', "ratelimit-policy": f'"a";q={limit};w={window}'}
        if structured
        else {
            "ratelimit-limit": f"{limit};w={window}",
            "ratelimit-remaining": f"{left};w={window}",
        }
    )

    assert Quota(limit, left, window) == read_quota(headers)
