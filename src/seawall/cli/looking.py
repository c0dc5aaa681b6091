"""Verbs that look: `ls`, `show`, and `verify`, which looks at every byte."""

import json
import time
from contextlib import aclosing
from typing import Any

import click

from seawall.cli.bars import Board, open_board
from seawall.cli.exits import Exit, printable
from seawall.cli.options import Common, shared_options
from seawall.cli.session import open_session, run
from seawall.cli.tables import print_facts, print_table, print_tree, say, shorten
from seawall.kit.units import show_age, show_bytes

_TITLES = ("NAME", "DIGEST", "SIZE", "AGE", "PRIVATE", "COMPLETE", "FROM")
_WRONG = "wrong-bytes"


@click.command("ls")
@click.argument("repository", required=False)
@shared_options
def list_names(common: Common, repository: str | None) -> int:
    """List the names that are held, of all repositories or of one.

    SIZE is what is held of the image, AGE how long ago its origin was asked, COMPLETE
    whether it can be pulled, for one platform at least, with nobody to ask. Exits
    with 1 if there are none.
    """
    names = run(_list(common, repository))
    if common.as_json:
        click.echo(json.dumps({"names": names}, indent=2))
    elif names:
        print_table(_TITLES, [_row(name) for name in names], figures={"SIZE", "AGE"})
    else:
        click.echo("nothing is held yet", err=True)
    return Exit.DONE if names else Exit.NO


async def _list(common: Common, repository: str | None) -> list[dict[str, Any]]:
    names: list[dict[str, Any]] = []
    query = {"repository": repository} if repository else {}
    async with open_session(common) as session:
        while True:
            page = await session.ask("GET", "/v1/names", query=query)
            names += page["names"]
            if page["after"] is None:
                return names
            query["after"] = page["after"]


def _row(name: dict[str, Any]) -> list[str]:
    shown = name["name"]
    if name["kind"] == "manifest":
        shown += " (single manifest)"
    complete = say(name["complete"])
    if name["complete"] and name["platforms"]:
        complete = ", ".join(name["platforms"])
    return [
        shown + (" (pinned)" if name["pinned"] else ""),
        shorten(name["digest"]),
        show_bytes(name["size"]),
        show_age(name["age_s"]),
        say(name["private"]),
        complete,
        name["source"],
    ]


@click.command()
@click.argument("image")
@shared_options
def show(common: Common, image: str) -> int:
    """Show an image's platforms, layers, and what is held.

    IMAGE is a name as in `docker pull`, or a digest.
    """
    shown = run(_show(common, image))
    if common.as_json:
        click.echo(json.dumps(shown, indent=2))
        return Exit.DONE
    now = time.time()
    record = shown["record"]
    click.echo(printable(shown["name"]))
    missing = shown["missing_bytes"]
    print_facts(
        [
            ("digest", shown["tree"]["digest"]),
            ("type", shown["tree"]["media_type"]),
            ("confirmed", _confirmed(record, shown["age_s"])),
            ("unchanged for", show_age(now - record["changed_at"]) if record else ""),
            (
                "held",
                show_bytes(shown["held_bytes"])
                + (f"; at least {show_bytes(missing)} more are not" if missing else ""),
            ),
            ("pinned", say(shown["pinned"])),
            ("private", say(shown["private"])),
            ("known to be in", ", ".join(shown["repositories"])),
        ]
    )
    click.echo()
    print_tree(shown["tree"], now=now)
    if shown["history"]:
        click.echo("\nwhat the name meant, newest first")
        print_facts([_change(change, now) for change in shown["history"]])
    return Exit.DONE


async def _show(common: Common, image: str) -> dict[str, Any]:
    async with open_session(common) as session:
        found: dict[str, Any] = await session.ask(
            "GET", "/v1/image", query={"reference": image}
        )
    return found


def _confirmed(record: dict[str, Any] | None, age_s: float) -> str:
    return f"{show_age(age_s)} ago by {record['source']}" if record else ""


def _change(change: dict[str, Any], now: float) -> tuple[str, str]:
    meant = shorten(change["digest"]) if change["digest"] else "nothing"
    since = f"since {show_age(now - change['changed_at'])} ago"
    return since, f"{meant}  said {change['source']}"


@click.command()
@click.option(
    "--repair",
    is_flag=True,
    help="Remove what is wrong, so that the next pull fetches it, and complete the"
    " catalog.",
)
@shared_options
def verify(common: Common, *, repair: bool) -> int:
    """Hash everything that is held, and compare files and catalog.

    Safe while pulls go on. Exits with 1 if anything was found, and with 4 if wrong
    bytes were, unless they were repaired.
    """
    return run(_verify(common, repair=repair))


async def _verify(common: Common, *, repair: bool) -> int:
    code = Exit.DONE
    async with open_session(common) as session:
        with open_board(quiet=common.as_json) as board:
            steps = session.stream("/v1/verify", body={"repair": repair})
            async with aclosing(steps):
                async for step in steps:
                    if common.as_json:
                        click.echo(json.dumps(step))
                    else:
                        _tell(board, step)
                    code = max(code, _judge(step))
    return code


def _tell(board: Board, step: dict[str, Any]) -> None:
    if step["step"] == "finding":
        done = " (repaired)" if step["repaired"] else ""
        board.end("all")  # the line goes to standard output, where the bars are not
        click.echo(printable(f"{step['problem']}: {step['message']}{done}"))
        return
    if step["step"] == "progress":
        label = f"{step['blobs']} of {step['of_blobs']} contents"
        board.move("all", label, step["bytes"], step["of_bytes"])
        return
    board.end("all")
    board.say(f"looked at {step['blobs']} contents, {show_bytes(step['bytes'])}")


def _judge(step: dict[str, Any]) -> Exit:
    if step["step"] != "finding":
        return Exit.DONE
    if step["problem"] == _WRONG and not step["repaired"]:
        return Exit.TRUST
    return Exit.NO
