"""Every deliberate exception, in one tree that says who must act.

Our exception hierarchy (↻ = retryable)::

    SeawallError
    ├── InputError                   text that does not parse; nothing was attempted
    │   ├── DigestSyntaxError
    │   ├── ReferenceSyntaxError
    │   ├── ManifestSyntaxError
    │   ├── RangeNotSatisfiableError a well-formed range outside the content
    │   ├── UnknownRegistryError     a registry the settings do not know
    │   ├── UnknownArchiveError      an archive the settings do not know
    │   ├── ArchiveSyntaxError       a path, version, index or list of an archive
    │   ├── SuiteSyntaxError         a Release file, or how it is signed
    │   └── SettingsError
    ├── UpstreamError                a remote host did not give what was asked
    │   ├── UnreachableError      ↻  no connection, or silence past the deadline
    │   ├── BrokenReplyError      ↻  5xx, cut short, or not the protocol
    │   ├── RateLimitedError      ↻  429, with the wait it asked for
    │   │   └── WithheldError        not sent, so that the limit is not hit
    │   ├── UnauthorizedError        401 or 403, after a token was tried
    │   ├── AbsentError              404: the host says it has no such thing
    │   ├── ForeignHostError         it led to a host that the settings do not allow
    │   └── OfflineError             the settings say that nobody may be asked
    ├── IntegrityError               bytes are not what their name promises
    │   ├── DigestMismatchError
    │   ├── SizeMismatchError
    │   ├── SignatureError           nobody who is trusted signed these bytes
    │   ├── RefusedSuiteError        signed, but old, expired, or another suite
    │   └── TooLargeError            more bytes than any honest answer has
    └── StoreError                   local storage could not do it
        ├── NotStoredError
        ├── StoreFullError
        ├── StoreLockedError         another process works on this data directory
        └── StoreVersionError        the data directory is of another version

Families are cut by who must act: the caller, the upstream, the sender of the bytes,
the operator. No error knows an HTTP status of ours; doors translate.
"""

from typing import ClassVar

from seawall.causes import Cause, find_cause


class SeawallError(Exception):
    """What failed, for which name, what was tried, what to do.

    Attributes:
        cause: The name of what went wrong upstream, where one is known.
        wait_s: Seconds after which asking again may help, if somebody said so.
    """

    retryable: ClassVar[bool] = False

    def __init__(
        self, message: str, *, cause: str | None = None, wait_s: float | None = None
    ) -> None:
        super().__init__(message)
        self.cause: Cause | None = find_cause(cause) if cause else None
        self.wait_s = wait_s


class InputError(SeawallError):
    """Text that does not parse; nothing was attempted."""


class DigestSyntaxError(InputError):
    """Not a digest of an algorithm that can be verified here."""


class ReferenceSyntaxError(InputError):
    """Not a registry, repository, tag or image reference."""


class ManifestSyntaxError(InputError):
    """Not a manifest or index of a known kind."""


class RangeNotSatisfiableError(InputError):
    """A well-formed range that lies outside the content.

    Attributes:
        size: How many bytes there are.
    """

    def __init__(self, message: str, *, size: int) -> None:
        super().__init__(message)
        self.size = size


class UnknownRegistryError(InputError):
    """A registry that the settings do not know; it is never dialled."""


class ArchiveSyntaxError(InputError):
    """Not a path, version, index, keyring or list of sources of a package archive."""


class SuiteSyntaxError(InputError):
    """Not a Release file, not signed as one is, or one that contradicts itself."""


class UnknownArchiveError(InputError):
    """An archive that the settings do not know; it is never dialled."""


class SettingsError(InputError):
    """A settings file, variable or option that makes no sense."""


class UpstreamError(SeawallError):
    """A remote host did not give what was asked.

    Attributes:
        host: Who was asked, without credentials or path.
        status: The HTTP status it gave, if it came to that.
    """

    def __init__(
        self,
        message: str,
        *,
        cause: str | None = None,
        wait_s: float | None = None,
        host: str = "",
        status: int | None = None,
    ) -> None:
        super().__init__(message, cause=cause, wait_s=wait_s)
        self.host = host
        self.status = status


class UnreachableError(UpstreamError):
    """No connection, or silence past the deadline."""

    retryable = True


class BrokenReplyError(UpstreamError):
    """A 5xx, a body cut short, or not the protocol."""

    retryable = True


class RateLimitedError(UpstreamError):
    """A limit was hit; `wait_s` is what the registry asked for."""

    retryable = True


class WithheldError(RateLimitedError):
    """Nothing was sent: a quota is spent or kept, or a limiter asked for a pause."""


class UnauthorizedError(UpstreamError):
    """A 401 or 403, after a token was tried."""


class AbsentError(UpstreamError):
    """The host says that it has no such thing."""


class ForeignHostError(UpstreamError):
    """A realm or redirect outside what the settings allow; it was not followed."""


class OfflineError(UpstreamError):
    """The settings say that nobody may be asked."""


class IntegrityError(SeawallError):
    """Bytes are not what their name promises."""


class DigestMismatchError(IntegrityError):
    """The bytes have another digest."""


class SizeMismatchError(IntegrityError):
    """There are more or fewer bytes than promised."""


class SignatureError(IntegrityError):
    """No key that is trusted made a good signature."""


class RefusedSuiteError(IntegrityError):
    """A suite that is signed, and yet must not replace the one that is known."""


class TooLargeError(IntegrityError):
    """More bytes than any honest answer has; reading stopped there."""


class StoreError(SeawallError):
    """Local storage could not do it."""


class NotStoredError(StoreError):
    """The store does not hold this content."""


class StoreFullError(StoreError):
    """No space is left, even after eviction."""


class StoreLockedError(StoreError):
    """Another process works on this data directory."""


class StoreVersionError(StoreError):
    """The data directory was written by another version."""
