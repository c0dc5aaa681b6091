"""Findings: what is wrong, where, how badly, and how it can be mended."""

import hashlib
from enum import StrEnum

import msgspec

from seawall.policy.fix import Fix


class Severity(StrEnum):
    """How much a finding matters."""

    ERROR = "error"  # pulls fail, or will
    WARNING = "warning"  # pulls fail when somebody else has a bad day
    NOTE = "note"  # worth knowing

    @property
    def rank(self) -> int:
        """A figure to compare by: the worse, the higher."""
        return {"error": 3, "warning": 2, "note": 1}[self.value]

    def lowered(self) -> "Severity":
        """One step less; a note stays one, since nothing is hidden.

        >>> Severity.ERROR.lowered()
        <Severity.WARNING: 'warning'>
        """
        return Severity.WARNING if self is Severity.ERROR else Severity.NOTE


class Confidence(StrEnum):
    """How sure a rule can be from files alone."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Context(StrEnum):
    """What a file is for; it lowers how much a finding matters, and never hides it."""

    PROD = "prod"
    CI = "ci"
    TEST = "test"
    EXAMPLE = "example"

    def weigh(self, severity: Severity) -> Severity:
        """Say how much a finding matters here: in tests and examples, one step less."""
        less = self in (Context.TEST, Context.EXAMPLE)
        return severity.lowered() if less else severity


class Accepted(StrEnum):
    """Where somebody said that a finding does not count."""

    NOWHERE = ""
    COMMENT = "comment"
    ANNOTATION = "annotation"
    SETTINGS = "settings"
    BASELINE = "baseline"

    @property
    def in_files(self) -> bool:
        """Whether it was said in the very file that the finding is in."""
        return self in (Accepted.COMMENT, Accepted.ANNOTATION)


class Place(msgspec.Struct, frozen=True, order=True):
    """Bytes of a file.

    Attributes:
        path: The file, relative to the root of the check.
        start: The first byte.
        stop: The byte behind the last one.
        line: The line of the first byte, counted from 1; 0 until somebody looked.
        column: The character within the line, counted from 1.
        end_line: The line of the last byte.
        end_column: The character behind the last one.
    """

    path: str
    start: int
    stop: int
    line: int = 0
    column: int = 0
    end_line: int = 0
    end_column: int = 0


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is wrong in one place.

    Attributes:
        rule: The rule's id.
        severity: How much it matters, there.
        confidence: How sure the rule is.
        place: Where it is.
        message: What is wrong, in one sentence that names the thing.
        owner: Whose it is within the file: `Deployment/web`, `stage build`.
        subject: What it is about, the same from version to version: a repository.
        context: What the file is for.
        fix: How it can be mended, if anybody knows.
        related: Other places that matter for it, such as the sibling that is right.
        reason: Why it does not count, if somebody said so; `None` if it counts.
        accepted_in: Where that was said.
    """

    rule: str
    severity: Severity
    confidence: Confidence
    place: Place
    message: str
    owner: str = ""
    subject: str = ""
    context: Context = Context.PROD
    fix: Fix | None = None
    related: tuple[Place, ...] = ()
    reason: str | None = None
    accepted_in: Accepted = Accepted.NOWHERE

    @property
    def fingerprint(self) -> str:
        """The same while the thing is there, on whichever line it stands.

        Two findings of one rule about one subject of one owner have the same;
        whoever needs them apart counts them.
        """
        parts = (self.rule, self.place.path, self.owner, self.subject)
        text = "\0".join(parts)
        # Names of files may be no UTF-8.
        return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:32]

    @property
    def order(self) -> tuple[str, int, str]:
        """Where it comes in a list: by file, place and rule."""
        return (self.place.path, self.place.start, self.rule)
