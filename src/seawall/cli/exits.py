"""What exit codes mean, and what to tell a person about an error."""

import errno
from enum import IntEnum

from seawall import errors
from seawall.causes import Retry
from seawall.errors import SeawallError
from seawall.kit.redact import redact_text


class Exit(IntEnum):
    """How a command ended; scripts decide by it whether to try again."""

    DONE = 0
    NO = 1  # done, and the answer is no; or there are findings
    USAGE = 2  # asked in a way that makes no sense: command line, settings
    UPSTREAM = 3  # a registry or the network failed; trying again may help
    TRUST = 4  # contents, rights or storage are not as they must be; it will not
    BUG = 70  # a mistake of Seawall's own
    INTERRUPTED = 130


# The first class that fits.
_EXITS: tuple[tuple[type[SeawallError], Exit], ...] = (
    (errors.NotStoredError, Exit.NO),
    (errors.AbsentError, Exit.NO),
    (errors.InputError, Exit.USAGE),
    (errors.StoreLockedError, Exit.USAGE),
    (errors.StoreVersionError, Exit.USAGE),
    (errors.UnauthorizedError, Exit.TRUST),
    (errors.ForeignHostError, Exit.TRUST),
    (errors.UpstreamError, Exit.UPSTREAM),
    (errors.SeawallError, Exit.TRUST),
)

_REFUSALS = (
    *(errno.EACCES, errno.EPERM, errno.EROFS),
    *(errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO),
)
"""Why an operating system does not read or write a file that is named well."""

_ADVICE = {
    Retry.SHORT: "try again in a while",
    Retry.LONG: "wait for hours, or give this registry credentials or a mirror",
    Retry.OPERATOR: "waiting does not help: somebody must change something",
    Retry.PERMANENT: "asking again does not help",
    Retry.AMBIGUOUS: "this alone does not tell whether waiting helps",
}


def choose_exit(error: SeawallError) -> Exit:
    """Choose the exit code for an error.

    A file that was named well and that rights or the disk forbid is no wrong use.

    >>> choose_exit(errors.RateLimitedError("too many requests"))
    <Exit.UPSTREAM: 3>
    """
    beneath = error.__cause__ if isinstance(error, errors.InputError) else None
    if isinstance(beneath, OSError) and beneath.errno in _REFUSALS:
        return Exit.TRUST
    return next(code for kind, code in _EXITS if isinstance(error, kind))


def explain(error: SeawallError) -> list[str]:
    """Say what failed, why, and what to do, in lines without secrets or controls."""
    lines = [f"seawall: {printable(redact_text(str(error)))}"]
    if error.cause is not None:
        lines.append(f"  cause: {error.cause.name} ({error.cause.meaning})")
        advice = _ADVICE[error.cause.retry]
        if error.wait_s:
            advice = f"try again in {error.wait_s:.0f} s"
        lines.append(f"  to do: {advice}")
    elif error.retryable:
        lines.append(f"  to do: {_ADVICE[Retry.SHORT]}")
    return lines


def printable(text: str) -> str:
    r"""Take out what could move the cursor of a terminal.

    >>> printable("a\x1b[2Jb")
    'a?[2Jb'
    """
    return "".join(c if c.isprintable() else "?" for c in text)
