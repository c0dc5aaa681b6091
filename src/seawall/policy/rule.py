"""What a rule says of itself, and how it makes its findings."""

from collections.abc import Mapping

import msgspec

from seawall.kit.redact import redact_text
from seawall.policy.facts.text import Fact, Text
from seawall.policy.finding import Confidence, Finding, Place, Severity
from seawall.policy.fix import Fix, FixKind
from seawall.policy.options import PolicyOptions, Profile, Switch


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """A rule's page: what it looks for, why, and what to do.

    Attributes:
        id: Its family and number: `IMG002`.
        title: What it finds, in a few words without a full stop.
        severity: How much that matters; `None`: only profiles that name it use it.
        confidence: How sure it can be from files alone.
        fixes: What kinds of fix it may have; none: it only tells.
        what: What exactly is found, and what not.
        why: What goes wrong, with facts: limits, dates, versions.
        remedy: What to do.
        bad: A text that it finds.
        good: The same, mended.
        sample: The name of the file that both would stand in.
        links: Where the facts come from.
        profiles: Where a profile's severity is another one.
    """

    id: str
    title: str
    severity: Severity | None
    confidence: Confidence = Confidence.HIGH
    fixes: tuple[FixKind, ...] = ()
    what: str
    why: str
    remedy: str
    bad: str
    good: str
    sample: str
    links: tuple[str, ...] = ()
    profiles: Mapping[Profile, Severity] = {}

    @property
    def family(self) -> str:
        """The letters of its id."""
        return self.id.rstrip("0123456789")

    def said(self, options: PolicyOptions) -> Switch | None:
        """Say what settings say of it: of itself, its family, or of all rules."""
        names = (self.id, self.family, "*")
        found = (options.severities.get(name) for name in names)
        return next((said for said in found if said is not None), None)

    def severity_in(self, options: PolicyOptions) -> Severity | None:
        """Say how much it matters under these options; `None`: it is off."""
        said = self.said(options)
        if said is not None:
            return said.severity
        return self.profiles.get(options.profile, self.severity)

    def finding(  # noqa: PLR0913  a finding says all that is known of it
        self,
        fact: Fact,
        message: str,
        *,
        at: Text | Fact | None = None,
        owner: str = "",
        subject: str = "",
        severity: Severity | None = None,
        confidence: Confidence | None = None,
        fix: Fix | None = None,
        related: tuple[Fact, ...] = (),
    ) -> Finding:
        """Make a finding about a fact; what looks like a secret is taken out of it.

        Args:
            fact: What it is about.
            message: What is wrong, in one sentence that names the thing.
            at: The place within the fact's file, if not all of the fact.
            owner: Whose it is, if the fact does not say so itself.
            subject: What it is about, if the fact does not say so itself.
            severity: Another one than the rule's own; settings overrule both.
            confidence: Another one than the rule's own.
            fix: How it can be mended.
            related: Facts that matter for it.
        """
        where = at or fact
        own = severity or self.severity or Severity.NOTE
        return Finding(
            rule=self.id,
            severity=own,
            confidence=confidence or self.confidence,
            place=Place(fact.path, where.start, where.stop),
            message=redact_text(message),
            owner=redact_text(owner or getattr(fact, "owner", "")),
            subject=redact_text(subject or getattr(fact, "subject", "")),
            fix=fix,
            related=tuple(Place(one.path, one.start, one.stop) for one in related),
        )
