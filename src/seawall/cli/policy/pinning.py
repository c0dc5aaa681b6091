"""Asks registries what online fixes need, and tells why some were not answered."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from seawall.cli.bars import count_files
from seawall.cli.exits import Exit, explain, printable
from seawall.cli.options import Common
from seawall.cli.session import hush, run
from seawall.errors import (
    IntegrityError,
    OfflineError,
    RateLimitedError,
    SeawallError,
    UnknownRegistryError,
    UnreachableError,
)
from seawall.kit.redact import redact_text
from seawall.oci.reference import familiar
from seawall.policy import fix as fixes
from seawall.policy.fix import Fix, FixKind
from seawall.policy.reports.lines import say_count

if TYPE_CHECKING:
    from seawall.app.asking.differences import Swap
    from seawall.app.asking.tagdigests import Answers, Tag
    from seawall.policy.finding import Finding
    from seawall.policy.outcome import Outcome

_KINDS: dict[str, tuple[FixKind, ...]] = {
    "safe": (FixKind.SAFE,),
    "online": (FixKind.SAFE, FixKind.ONLINE),
    "all": tuple(FixKind),
}
"""The kinds of fixes that each word of `--fix` allows."""

_ALL_ALIKE = (UnknownRegistryError, OfflineError, RateLimitedError, UnreachableError)
"""What is no single image's fault, but says something of its registry."""


class Pins:
    """What registries answered, for the fixes that asked.

    Attributes:
        kinds: The kinds of fixes that are wanted.

    Args:
        kinds: The same.
        answers: The answers; `None` if nobody was asked.
        asked: The findings that asked.
        swaps: What differs where another image comes, or why that is not known; `None`
            if that was not asked.
    """

    def __init__(
        self,
        kinds: Collection[FixKind],
        answers: "Answers | None" = None,
        asked: "Iterable[Finding]" = (),
        swaps: "Mapping[Swap, list[str] | SeawallError | None] | None" = None,
    ) -> None:
        self._swaps = swaps or {}
        self.kinds = kinds
        self._answers = answers
        self._asked = list(asked)

    def settle(self, fix: Fix) -> Fix | None:
        """Fill in what was answered; `None` if nothing was."""
        if self._answers is None or fix.asks is None:
            return None
        from seawall.app.asking.tagdigests import Tag

        digest = self._answers.digests.get(Tag.of(fix.asks))
        return None if digest is None else fixes.settle(fix, str(digest))

    def tell(self) -> Exit | None:
        """Say on standard error what is left, and why: once for each registry.

        What differs where another image comes is said, too.

        Returns:
            How the command ends, if that is for what registries did.
        """
        for (goes, comes), said in self._swaps.items():
            line = f"{familiar(comes)} instead of {familiar(goes)}: {_say_swap(said)}"
            click.echo(printable(redact_text(line)), err=True)
        if self._answers is None:
            return None
        alike: dict[tuple[str, str], list[SeawallError]] = defaultdict(list)
        for tag, error in self._answers.errors.items():
            if isinstance(error, _ALL_ALIKE):
                alike[tag.repository.registry, str(error)].append(error)
            else:
                click.echo(f"{self._find_place(tag)} left: {_show(error)}", err=True)
        for (registry, _), errors in sorted(alike.items(), key=lambda one: one[0]):
            count = say_count(len(errors), "image")
            click.echo(f"{registry}: {count} left: {_show(errors[0])}", err=True)
            if isinstance(errors[0], RateLimitedError | UnreachableError):
                click.echo(explain(errors[0])[-1], err=True)
        return self._find_failure()

    def _find_place(self, tag: "Tag") -> str:
        from seawall.app.asking.tagdigests import Tag

        for finding in self._asked:
            asks = finding.fix.asks if finding.fix else None
            if asks is not None and Tag.of(asks) == tag:
                place = f"{finding.place.path}:{finding.place.line}"
                return printable(f"{place}: {finding.rule}")
        return str(tag)

    def _find_failure(self) -> Exit | None:
        """Say how the command ends, if that is for what registries did."""
        errors = self._answers.errors.values() if self._answers else ()
        if any(isinstance(error, IntegrityError) for error in errors):
            return Exit.TRUST
        return Exit.UPSTREAM if any(error.retryable for error in errors) else None


def ask(outcome: "Outcome", word: str, config: Path | None, *, quiet: bool) -> Pins:
    """Ask all that the fixes of a check need to know; nobody, if they need nothing.

    Args:
        outcome: What the check said.
        word: Which fixes are wanted, as `--fix` says it.
        config: The user's settings file: it says who may be asked. What a repository
            says of registries is not read.
        quiet: Whether to show no progress.

    Raises:
        SettingsError: The settings make no sense.
    """
    kinds = _KINDS[word]
    asked = [
        finding
        for finding in outcome.counted()
        if finding.fix and finding.fix.asks and finding.fix.kind in kinds
    ]
    swaps = [
        finding.fix.swap
        for finding in outcome.counted()
        if finding.fix and finding.fix.swap and finding.fix.kind in kinds
    ]
    if not asked and not swaps:
        return Pins(kinds)
    from seawall.app.asking.differences import tell_differences
    from seawall.app.asking.tagdigests import ask_digests

    settings = Common(config, {}, as_json=False).read_settings()
    references = [f.fix.asks for f in asked if f.fix and f.fix.asks]
    hush()
    with count_files("asking registries", quiet=quiet) as progress:
        answers = run(ask_digests(settings, references, progress))
        told = run(tell_differences(settings, swaps)) if swaps else {}
    return Pins(kinds, answers, asked, {swap: told.get(swap) for swap in swaps})


def _say_swap(said: list[str] | SeawallError | None) -> str:
    """Say what differs between two images, and what nobody looked at."""
    from seawall.app.asking.differences import MOST_SWAPS, UNKNOWN

    if said is None:
        return f"not compared: more than {MOST_SWAPS} are not in one run"
    if isinstance(said, SeawallError):
        return f"not compared: {said}"
    return "; ".join([*(said or ["the same by their configuration"]), UNKNOWN])


def _show(error: SeawallError) -> str:
    return printable(redact_text(str(error)))
