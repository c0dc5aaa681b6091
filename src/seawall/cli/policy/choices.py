"""What can be chosen on a check's command line, told without importing the check."""

import click

PROFILES = ("availability", "strict", "airgap")
SEVERITIES = ("error", "warning", "note")
FIXES = ("safe", "online", "all")


class FixCommand(click.Command):
    """A command whose `--fix` may stand alone, also in front of a path."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Let `--fix` mean `--fix=safe`."""
        end = args.index("--") if "--" in args else len(args)
        spelled = [
            "--fix=safe" if word == "--fix" and at < end else word
            for at, word in enumerate(args)
        ]
        return super().parse_args(ctx, spelled)
