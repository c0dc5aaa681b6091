"""Verbs about the command itself: `completion` and `version`."""

import json
import platform
from importlib.metadata import version as find_version

import click
from click.shell_completion import get_completion_class

from seawall.cli.exits import Exit
from seawall.cli.main import main

_INSTALL = {
    "bash": "seawall completion bash > ~/.local/share/bash-completion/completions/"
    "seawall",
    "zsh": 'seawall completion zsh > "${fpath[1]}/_seawall"',
    "fish": "seawall completion fish > ~/.config/fish/completions/seawall.fish",
}


@click.command()
@click.argument("shell", type=click.Choice(sorted(_INSTALL)))
@click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")
def completion(shell: str, *, as_json: bool) -> int:
    """Print a shell's completion script.

    How to install it is said on standard error.
    """
    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"no completion for {shell}")
    script = kind(main, {}, "seawall", "_SEAWALL_COMPLETE").source()
    if as_json:
        answer = {"shell": shell, "script": script, "install": _INSTALL[shell]}
        click.echo(json.dumps(answer, indent=2))
        return Exit.DONE
    click.echo(script)
    click.echo(f"# to install it: {_INSTALL[shell]}", err=True)
    return Exit.DONE


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")
def version(*, as_json: bool) -> int:
    """Print the version."""
    number = find_version("seawall")
    if as_json:
        known = {"version": number, "python": platform.python_version()}
        click.echo(json.dumps(known))
    else:
        click.echo(f"seawall {number} (Python {platform.python_version()})")
    return Exit.DONE
