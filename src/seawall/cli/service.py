"""The verb that runs Seawall: `serve`."""

import json
import tomllib
from dataclasses import replace

import click

from seawall.app.firstprocess import leave_first_place
from seawall.cli.exits import Exit
from seawall.cli.options import Common, shared_options


@click.command()
@click.option("--listen", metavar="HOST:PORT", help="Where to listen.")
@click.option("--offline", is_flag=True, help="Never ask anybody upstream.")
@click.option(
    "--print-settings",
    is_flag=True,
    help="Print the settings that hold, without secrets, and stop.",
)
@shared_options
def serve(
    common: Common, listen: str | None, *, offline: bool, print_settings: bool
) -> int:
    """Run the cache.

    With no options it listens on 127.0.0.1:5000, knows the public registries, and
    prints how to point each client at it. It ends at SIGTERM or Ctrl-C, and reads the
    settings again at SIGHUP.
    """
    leave_first_place()  # while it is small: all else is loaded by the service alone
    changes = dict(common.changes)
    if listen is not None:
        changes["listen"] = listen
    if offline:
        changes["offline"] = True
    chosen = replace(common, changes=changes)
    settings = chosen.read_settings()
    if print_settings:
        from seawall.settings import printing

        text = printing.print_settings(settings.file)
        if common.as_json:
            text = json.dumps(tomllib.loads(text), indent=2)
        click.echo(text.rstrip())
        return Exit.DONE
    from seawall.app import serving

    serving.run(settings, chosen.read_settings)
    return Exit.DONE
