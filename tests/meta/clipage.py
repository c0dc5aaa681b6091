"""The page on the command line: every verb's own help, as it is printed."""

from click.testing import CliRunner

from seawall.cli.main import VERBS, main
from seawall.policy.rendering.roll import CLIENTS

_WIDTH = 88
_DEEPER = {"warm": ("apt",), "render": ("apt", *CLIENTS, "learnt")}


def spell_verbs() -> list[tuple[str, ...]]:
    """List every verb as it is typed, each before those that begin like it."""
    return [
        words
        for verb in VERBS
        for words in [(verb,), *((verb, more) for more in _DEEPER.get(verb, ()))]
    ]


def _help(*arguments: str) -> str:
    result = CliRunner().invoke(
        main, [*arguments, "--help"], prog_name="seawall", terminal_width=_WIDTH
    )
    return f"```text\n{result.output.rstrip()}\n```\n"


def list_verbs() -> str:
    """Give the help of the command, and of each verb under a heading."""
    return "\n".join(
        [
            _help(),
            *(
                f"## seawall {' '.join(words)}\n\n{_help(*words)}"
                for words in spell_verbs()
            ),
        ]
    )
