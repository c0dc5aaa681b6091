"""The ``seawall`` command: its verbs, loaded when they are asked for."""

import importlib
import json
import sys
import traceback
from collections.abc import Sequence
from typing import Any, NoReturn

import click

from seawall.cli.exits import Exit, choose_exit, explain
from seawall.errors import SeawallError
from seawall.kit.errorjson import write_error

JSON_WANTED = "seawall.json"
"""Where in a context's `meta` it stands whether answers are to be JSON."""

VERBS = {
    "serve": ("seawall.cli.service", "serve"),
    "ls": ("seawall.cli.looking", "list_names"),
    "show": ("seawall.cli.looking", "show"),
    "explain": ("seawall.cli.explaining.verb", "explain"),
    "warm": ("seawall.cli.warming", "warm"),
    "archives": ("seawall.cli.apt.overview", "list_archives"),
    "render": ("seawall.cli.clients.verbs", "render"),
    "pin": ("seawall.cli.keeping", "pin"),
    "unpin": ("seawall.cli.keeping", "unpin"),
    "rm": ("seawall.cli.keeping", "remove"),
    "refresh": ("seawall.cli.keeping", "refresh"),
    "verify": ("seawall.cli.looking", "verify"),
    "check": ("seawall.cli.policy.check", "check"),
    "rules": ("seawall.cli.policy.rules", "rules"),
    "inventory": ("seawall.cli.policy.stocktaking", "list_pulls"),
    "drill": ("seawall.cli.drilling.command", "drill"),
    "completion": ("seawall.cli.shell", "completion"),
    "version": ("seawall.cli.shell", "version"),
}
"""Every verb, in the order of `--help`: its module, and its function there."""


class Verbs(click.Group):
    """A group whose verbs are imported one at a time, and the border for errors."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """List the verbs in the order in which people need them."""
        del ctx
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a verb."""
        del ctx
        place = VERBS.get(cmd_name)
        if place is None:
            return None
        command = getattr(importlib.import_module(place[0]), place[1])
        if not isinstance(command, click.Command):
            raise TypeError(f"{place} is no command")
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run a verb; an error becomes words and an exit code."""
        try:
            return super().invoke(ctx)
        except SeawallError as exc:
            if ctx.meta.get(JSON_WANTED):
                click.echo(json.dumps({"error": write_error(exc)}))
            for line in explain(exc):
                click.echo(line, err=True)
            return choose_exit(exc)

    def main(  # type: ignore[override]
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        **extra: Any,
    ) -> NoReturn:
        """Run the command line and leave the process with its exit code."""
        extra["standalone_mode"] = False
        try:
            result = super().main(args, prog_name or "seawall", **extra)
            code = result if isinstance(result, int) else Exit.DONE
        except click.ClickException as exc:
            exc.show()
            code = Exit.USAGE
        except (click.Abort, KeyboardInterrupt):
            code = Exit.INTERRUPTED
        except Exception:  # noqa: BLE001  the border: a bug is told, and told apart
            click.echo("seawall: a bug of Seawall's own, not yours:", err=True)
            traceback.print_exc()
            code = Exit.BUG
        sys.exit(int(code))


@click.command(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="seawall", message="seawall %(version)s")
def main() -> None:
    """A wall in front of container registries and Debian archives.

    Images and packages are pulled through it once, verified, and still there when
    upstream is not.
    `seawall serve` runs it; the other verbs look at or change what it holds: in the
    running server, or in the data directory if none runs.

    Exit codes: 0 done, 1 the answer is no or there are findings, 2 wrong use,
    3 upstream trouble (trying again may help), 4 contents, rights or storage are not
    as they must be (it will not).
    """
