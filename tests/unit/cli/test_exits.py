"""Exit codes say who must act, and errors say what to do."""

import errno
import os
import subprocess
import sys
from pathlib import Path

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


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (errno.EACCES, Exit.TRUST),
        (errno.EROFS, Exit.TRUST),
        (errno.ENOSPC, Exit.TRUST),
        (errno.ENOENT, Exit.USAGE),
        (errno.EISDIR, Exit.USAGE),
    ],
)
def test_rights_and_storage_are_no_wrong_use(number: int, expected: Exit) -> None:
    """Whoever named the file cannot help it by naming it in another way."""
    error = errors.InputError("--output x: no")
    error.__cause__ = OSError(number, "no")

    assert expected is choose_exit(error)


@pytest.mark.parametrize(
    "words",
    [
        ("ls", "--data", "."),
        ("serve", "--print-settings", "--data", "."),
        ("check", "--baseline", "file"),
        ("check", "--format", "text", "--output", "new"),
        ("check", "--write-baseline", "new"),
    ],
)
def test_what_rights_forbid_ends_with_4(tmp_path: Path, words: tuple[str, ...]) -> None:
    """As the page of the command line says, whichever option names it."""
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    (tmp_path / "file").touch(0)
    tmp_path.chmod(0o500 if words[0] == "check" else 0o100)
    run = [sys.executable, "-m", "seawall", *words]
    if os.geteuid() == 0:  # root may do all, but for what it gives away
        run = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", *run]
    done = subprocess.run(
        run, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    tmp_path.chmod(0o700)

    assert (4, True) == (done.returncode, "Permission denied" in done.stderr)


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
