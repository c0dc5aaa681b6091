"""What can be chosen on a check's command line, told without importing the check."""

import os
from collections.abc import Iterable, Sequence

import click

PROFILES = ("availability", "strict", "airgap")
THRESHOLDS = ("error", "warning", "note", "never")
FIXES = ("safe", "online", "all")
FORMATS = ("text", "json", "sarif", "junit", "github", "summary", "gitlab")

REPORTS = "seawall.reports"
"""Where in a context's `meta` it stands which report goes where."""


class FixCommand(click.Command):
    """A command whose `--fix` may stand alone, and whose reports have an output each.

    `--fix` alone means `--fix=safe`, also in front of a path. An `--output` belongs to
    the `--format` before it.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Let `--fix` mean `--fix=safe`, and put formats and outputs together."""
        end = args.index("--") if "--" in args else len(args)
        spelled = [
            "--fix=safe" if word == "--fix" and at < end else word
            for at, word in enumerate(args)
        ]
        if not ctx.resilient_parsing:
            values, _, order = self.make_parser(ctx).parse_args(list(spelled))
            ctx.meta[REPORTS] = pair_reports(
                [one.name or "" for one in order],
                values.get("formats", ()),
                values.get("outputs", ()),
                os.environ.get("GITHUB_STEP_SUMMARY") or "-",
            )
        return super().parse_args(ctx, spelled)


def pair_reports(
    order: Iterable[str],
    formats: Sequence[str],
    outputs: Sequence[str],
    page: str = "-",
) -> list[tuple[str, str]]:
    """Put each format together with the output that follows it; none: `-`.

    Args:
        order: The parameters in the order in which they were typed.
        formats: The values of `formats`, in order.
        outputs: The values of `outputs`, in order.
        page: Where a summary goes, if nothing else is said.

    Raises:
        UsageError: An output has no format, or two formats want one output.

    >>> pair_reports(["formats", "formats", "outputs"], ["text", "sarif"], ["x"])
    [('text', '-'), ('sarif', 'x')]
    """
    pairs: list[tuple[str, str | None]] = []
    words, places = iter(formats), iter(outputs)
    for name in order:
        if name == "formats":
            pairs.append((next(words), None))
        elif name == "outputs":
            place = next(places)
            if not pairs or pairs[-1][1] is not None:
                raise click.UsageError(
                    f"--output {place} has no --format before it: write, such as,"
                    f" --format text --output {place}"
                )
            pairs[-1] = (pairs[-1][0], place)
    reports = [
        (word, place or (page if word == "summary" else "-")) for word, place in pairs
    ]
    taken = [place for _, place in reports]
    for place in taken:
        if taken.count(place) > 1:
            where = "standard output" if place == "-" else place
            raise click.UsageError(
                f"two reports would go to {where}: one needs --output F behind it"
            )
    return reports
