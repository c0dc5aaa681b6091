"""The command as a whole: verbs, help, wrong use, bugs and Ctrl-C."""

import json
import subprocess
import sys
from collections.abc import Callable

import click
import pytest
from click.testing import CliRunner
from tests.meta.clipage import spell_verbs

from seawall.cli.exits import Exit
from seawall.cli.main import VERBS, Verbs, main
from seawall.errors import UnreachableError

HEAVY = ("aiohttp", "sqlalchemy", "alembic", "rich", "uvicorn", "structlog")


def _raising(error: BaseException) -> Callable[[], None]:
    def verb() -> None:
        raise error

    return verb


def _group(error: BaseException) -> click.Command:
    """Give a command whose one verb fails like this."""

    class Failing(Verbs):
        def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command:
            del ctx, cmd_name
            return click.command("fail")(_raising(error))

    return Failing("seawall")


def test_help_names_every_verb() -> None:
    """Every verb is in the help, in its order."""
    result = CliRunner().invoke(main, ["--help"])
    listed = result.output.partition("Commands:\n")[2].splitlines()

    assert Exit.DONE == result.exit_code
    assert list(VERBS) == [line.split()[0] for line in listed]


def test_help_imports_nothing_heavy() -> None:
    """The help comes at once: no library is loaded that it does not need."""
    program = (
        "import sys\n"
        "from seawall.cli.main import main\n"
        "try: main(['--help'])\n"
        f"except SystemExit: print([m for m in {HEAVY!r} if m in sys.modules])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, text=True
    )

    assert "[]" == done.stdout.splitlines()[-1]


@pytest.mark.parametrize(
    "words", [words for words in spell_verbs() if words != ("render",)], ids=" ".join
)
def test_every_verb_has_help_and_json(words: tuple[str, ...]) -> None:
    """Each verb explains itself, and can answer in JSON."""
    result = CliRunner().invoke(main, [*words, "--help"])

    assert Exit.DONE == result.exit_code
    assert "--json" in result.output


@pytest.mark.parametrize(
    "arguments",
    [
        *(["bogus"], ["pin"], ["ls", "--bogus"], ["warm"], ["completion", "tcsh"], []),
        *(["render"], ["render", "bogus"], ["render", "apt", "--form", "bogus"]),
        *(["warm", "apt"], ["render", "apt", "--form", "https", "--format", "conf"]),
    ],
    ids=" ".join,
)
def test_wrong_use_exits_with_2(arguments: list[str]) -> None:
    """A command line that makes no sense is told from everything else."""
    assert Exit.USAGE == CliRunner().invoke(main, arguments).exit_code


def test_an_error_is_told_in_words_and_in_json() -> None:
    """The words go to standard error, so that JSON stays readable."""
    error = UnreachableError("nobody there", cause="net.silence")
    result = CliRunner().invoke(_group(error), ["fail"])

    assert Exit.UPSTREAM == result.exit_code
    assert "seawall: nobody there\n  cause: net.silence" in result.stderr
    assert "" == result.stdout


def test_a_bug_is_told_apart() -> None:
    """A mistake of ours is neither a finding nor an upstream's fault."""
    result = CliRunner().invoke(_group(KeyError("x")), ["fail"])

    assert Exit.BUG == result.exit_code
    assert "a bug of Seawall's own" in result.stderr
    assert "KeyError" in result.stderr


def test_ctrl_c_is_no_error() -> None:
    """Whoever stops a command gets the shell's own code and no stack trace."""
    result = CliRunner().invoke(_group(KeyboardInterrupt()), ["fail"])

    assert Exit.INTERRUPTED == result.exit_code
    assert "Traceback" not in result.output


def test_the_version_is_told() -> None:
    """The version is there for people and for programs."""
    told = CliRunner().invoke(main, ["version"]).stdout
    short = CliRunner().invoke(main, ["--version"])
    known = json.loads(CliRunner().invoke(main, ["version", "--json"]).stdout)

    assert told.startswith(f"seawall {known['version']} (Python ")
    assert (0, f"seawall {known['version']}\n") == (short.exit_code, short.stdout)


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_completion_is_printed(shell: str) -> None:
    """The script goes to standard output alone, so that it can be redirected."""
    result = CliRunner().invoke(main, ["completion", shell])

    assert "_SEAWALL_COMPLETE" in result.stdout
    assert f"seawall completion {shell} >" in result.stderr


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("seawall re", "refresh"),
        ("seawall arch", "archives"),
        ("seawall warm a", "apt"),
        ("seawall warm apt --su", "--suite"),
        ("seawall warm --pl", "--platform"),
        ("seawall render a", "apt"),
        ("seawall render apt --format do", "dockerfile"),
    ],
)
def test_completion_knows_the_words(typed: str, offered: str) -> None:
    """The shell is offered the verbs, options and choices that begin as typed."""
    environment = {
        "_SEAWALL_COMPLETE": "zsh_complete",
        "COMP_WORDS": typed,
        "COMP_CWORD": str(len(typed.split()) - 1),
    }
    result = CliRunner().invoke(main, [], env=environment, prog_name="seawall")

    assert offered in result.stdout.splitlines()


def test_an_image_after_another_may_be_called_apt() -> None:
    """Only the first word after `warm` says that packages are meant."""
    environment = {
        "_SEAWALL_COMPLETE": "zsh_complete",
        "COMP_WORDS": "seawall warm busybox a",
        "COMP_CWORD": "3",
    }
    result = CliRunner().invoke(main, [], env=environment, prog_name="seawall")

    assert "apt" not in result.stdout.splitlines()
