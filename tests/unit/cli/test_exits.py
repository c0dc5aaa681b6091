"""Exit codes say who must act, and errors say what to do."""

import pytest

from seawall import errors
from seawall.cli.exits import _EXITS, Exit, choose_exit, explain, printable
from seawall.errors import SeawallError


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (errors.NotStoredError("x"), Exit.NO),
        (errors.AbsentError("x"), Exit.NO),
        (errors.SettingsError("x"), Exit.USAGE),
        (errors.StoreLockedError("x"), Exit.USAGE),
        (errors.RateLimitedError("x"), Exit.UPSTREAM),
        (errors.OfflineError("x"), Exit.UPSTREAM),
        (errors.UnauthorizedError("x"), Exit.TRUST),
        (errors.DigestMismatchError("x"), Exit.TRUST),
        (errors.StoreFullError("x"), Exit.TRUST),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_error_has_its_exit_code(error: SeawallError, expected: Exit) -> None:
    """A script can tell a no, a slip, a failing registry and a wrong content apart."""
    assert expected is choose_exit(error)


def test_every_error_has_an_exit_code() -> None:
    """No class of ours is left without a code."""
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    known = tuple(kind for kind, _ in _EXITS)
    left = [
        k for k in kinds if issubclass(k, SeawallError) and not issubclass(k, known)
    ]

    assert [] == left


def test_an_error_is_explained() -> None:
    """What failed, why, and what to do, each on its line."""
    error = errors.RateLimitedError("too many", cause="rate_limit.quay", wait_s=9)

    assert [
        "seawall: too many",
        "  cause: rate_limit.quay (quay.io's own limiter)",
        "  to do: try again in 9 s",
    ] == explain(error)


def test_no_secret_and_no_escape_reaches_the_terminal() -> None:
    """What a registry wrote moves no cursor and shows no password."""
    error = errors.StoreError("\x1b[2J https://me:hunter2@host/")
    text = "".join(explain(error))

    assert text.isprintable()
    assert "hunter2" not in text
    assert "a?b" == printable("a\nb")
