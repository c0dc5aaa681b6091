"""Quotas are read from what registries say, and nothing is assumed."""

import pytest

from seawall.transfer.budget import Budget, Quota, read_quota

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
            Quota(100, 5, None),
        ),
        ({"ratelimit-remaining": " 7 ; w = 60"}, Quota(None, 7, 60)),
        ({"ratelimit-limit": "100"}, None),
        ({"ratelimit-remaining": "many"}, None),
        ({"ratelimit-remaining": "-1"}, None),
        ({"ratelimit-remaining": "9" * 50}, None),
        ({}, None),
    ],
)
def test_quotas_are_read(headers: dict[str, str], expected: Quota | None) -> None:
    """The figures, the window and whom they count against are read, or nothing."""
    assert expected == read_quota(headers)


def test_the_last_word_counts() -> None:
    """A registry's quota is what it last said; replies without one change nothing."""
    budget = Budget()
    budget.note("docker.io", HUB)
    budget.note("docker.io", HUB | {"ratelimit-remaining": "19;w=21600"})
    budget.note("docker.io", {})

    assert {"docker.io": Quota(100, 19, 21600, "192.0.2.1")} == budget.quotas()
