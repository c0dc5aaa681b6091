"""Errors survive being sent: class, cause, wait and host."""

import pytest

from seawall import errors
from seawall.kit.errorjson import read_error, write_error


@pytest.mark.parametrize(
    "error",
    [
        errors.RateLimitedError(
            "slow down", cause="rate_limit.ghcr", wait_s=5, host="ghcr.io", status=429
        ),
        errors.NotStoredError("no such image"),
        errors.UnreachableError("silence", cause="net.silence", host="x.test"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_error_comes_back_as_it_was(error: errors.SeawallError) -> None:
    """What was written is read again, to the last fact."""
    back = read_error(write_error(error))

    assert type(error) is type(back)
    assert write_error(error) == write_error(back)


@pytest.mark.parametrize(
    "facts",
    [
        {"type": "Exception", "message": "x"},
        {"type": "find_cause", "message": "x"},
        {"type": "Unheard", "message": "x", "cause": "un.heard"},
        {},
    ],
)
def test_an_unknown_error_is_still_one_of_ours(facts: dict[str, object]) -> None:
    """An error of a newer version, or of none, is not taken for another class."""
    assert errors.SeawallError is type(read_error(facts))


def test_a_secret_is_not_sent() -> None:
    """A password in a message stays here."""
    error = errors.StoreError("cannot reach https://me:hunter2@host/")

    assert "hunter2" not in write_error(error)["message"]
