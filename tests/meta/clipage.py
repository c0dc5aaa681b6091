"""The page on the command line: every verb's own help, as it is printed."""

from click.testing import CliRunner

from seawall.cli.main import VERBS, main

_WIDTH = 88


def _help(*arguments: str) -> str:
    result = CliRunner().invoke(
        main, [*arguments, "--help"], prog_name="seawall", terminal_width=_WIDTH
    )
    return f"```text\n{result.output.rstrip()}\n```\n"


def list_verbs() -> str:
    """Give the help of the command, and of each verb under a heading."""
    return "\n".join(
        [_help(), *(f"## seawall {verb}\n\n{_help(verb)}" for verb in VERBS)]
    )
