"""The verb that says why: what would happen now, and what happened last."""

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from seawall.cli.exits import Exit
from seawall.cli.explaining.sections import print_explanation
from seawall.cli.options import Common, shared_options
from seawall.cli.session import open_session, run
from seawall.errors import SeawallError

_ARCHIVE = "/debian/"


def _complete(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Offer the names that are held, of the store that was named so far."""
    del param
    config, data = ctx.params.get("config"), ctx.params.get("data")
    changes = {} if data is None else {"data": str(data)}
    common = Common(None if config is None else Path(config), changes, as_json=True)
    try:
        names = run(_list_names(common))
    except (SeawallError, OSError):
        return []  # no store yet: nothing to offer
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]


async def _list_names(common: Common) -> list[str]:
    async with open_session(common) as session:
        page = await session.ask("GET", "/v1/names", query={"limit": "1000"})
    return sorted({name["name"] for name in page["names"]})


@click.command("explain")
@click.argument("subject", metavar="IMAGE", shell_complete=_complete)
@click.argument("part", metavar="[SUITE]", required=False)
@click.option(
    "--last",
    type=click.IntRange(0, 1000),
    default=5,
    show_default=True,
    help="How many of the last fetches and questions are told.",
)
@shared_options
def explain(common: Common, subject: str, part: str | None, last: int) -> int:
    """Say what would happen now, and what happened last. Asks nobody upstream.

    IMAGE is a name as in `docker pull`, IMAGE@DIGEST, or a bare digest. For archives
    it is ARCHIVE SUITE, ARCHIVE PATH, or a path as apt asks for it, /debian/ARCHIVE/….

    What happened is remembered by the running server alone, for the names and contents
    that were used last. Exits with 1 if nothing is known of a digest or path.
    """
    query = _read_subject(subject, part) | {"last": str(last)}
    told = run(_ask(common, query))
    if common.as_json:
        click.echo(json.dumps(told, indent=2))
    else:
        print_explanation(told, now=time.time())
    return Exit.DONE


def _read_subject(subject: str, part: str | None) -> dict[str, str]:
    if part is not None:
        return {"archive": subject, "reference": part}
    if subject.startswith(_ARCHIVE):
        archive, _, path = subject.removeprefix(_ARCHIVE).partition("/")
        if not (archive and path):
            raise click.UsageError(f"{subject} names no file: /debian/ARCHIVE/PATH")
        return {"archive": archive, "reference": path}
    return {"reference": subject}


async def _ask(common: Common, query: Mapping[str, str]) -> dict[str, Any]:
    async with open_session(common) as session:
        told: dict[str, Any] = await session.ask("GET", "/v1/explain", query=query)
    return told
