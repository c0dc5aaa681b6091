"""Verbs that change what is held: `pin`, `unpin`, `rm` and `refresh`."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import click

from seawall.cli.exits import Exit, choose_exit, explain, printable
from seawall.cli.options import Common, shared_options
from seawall.cli.session import open_session, run
from seawall.cli.tables import shorten
from seawall.errors import SeawallError
from seawall.kit.errorjson import read_error, write_error
from seawall.kit.units import show_age, show_bytes

Tell = Callable[[dict[str, Any]], int]


@click.command()
@click.argument("images", nargs=-1, required=True)
@shared_options
def pin(common: Common, images: Sequence[str]) -> int:
    """Keep images from eviction, with all that they need.

    The content is pinned that a name means now: pin it again when the name has moved.
    """
    return run(_each(common, "/v1/pin", images, _tell_pin))


@click.command()
@click.argument("images", nargs=-1, required=True)
@shared_options
def unpin(common: Common, images: Sequence[str]) -> int:
    """Let eviction have pinned images again."""
    return run(_each(common, "/v1/unpin", images, _tell_pin))


@click.command("rm")
@click.argument("images", nargs=-1, required=True)
@shared_options
def remove(common: Common, images: Sequence[str]) -> int:
    """Remove names, with the contents that only they need.

    IMAGES are names, or digests: a digest goes with every name that means it. What is
    pinned stays. Exits with 1 if something stayed.
    """
    return run(_each(common, "/v1/remove", images, _tell_removal))


@click.command()
@click.argument("names", nargs=-1, required=True)
@shared_options
def refresh(common: Common, names: Sequence[str]) -> int:
    """Ask origins what names mean now, fresh or not.

    Exits with 3 if the origin could not be asked and the last answer stands.
    """
    return run(_each(common, "/v1/refresh", names, _tell_refresh))


async def _each(common: Common, path: str, images: Sequence[str], tell: Tell) -> int:
    """Ask for each image; one that fails stops no other, and the worst code counts."""
    code = 0
    results: list[dict[str, Any]] = []
    async with open_session(common) as session:
        for image in images:
            try:
                result = await session.ask("POST", path, body={"reference": image})
            except SeawallError as exc:
                code = max(code, choose_exit(exc))
                results.append({"name": image, "error": write_error(exc)})
                for line in explain(exc):
                    click.echo(line, err=True)
                continue
            results.append(result)
            code = max(code, tell({**result, "quiet": common.as_json}))
    if common.as_json:
        click.echo(json.dumps({"results": results}, indent=2))
    return code


def _say(result: dict[str, Any], text: str) -> None:
    if not result["quiet"]:
        click.echo(printable(text))


def _tell_pin(result: dict[str, Any]) -> int:
    done = "pinned" if result["pinned"] else "unpinned"
    digests = ", ".join(map(shorten, result["digests"]))
    _say(result, f"{done} {result['name']} ({digests})")
    if result["pinned"] and result["missing"]:
        size = show_bytes(result["missing_bytes"])
        _say(
            result,
            f"  {result['missing']} of its contents ({size}, all platforms) are not"
            f" held yet; `seawall warm {result['name']}` brings yours",
        )
    return Exit.DONE


def _tell_removal(result: dict[str, Any]) -> int:
    for name in result["names"]:
        _say(result, f"removed {name}")
    if result["contents"]:
        size = show_bytes(result["freed_bytes"])
        _say(result, f"removed {result['contents']} contents, {size}")
    for kept in result["kept"]:
        _say(result, f"kept {shorten(kept['digest'])}: {kept['reason']}")
    return Exit.DONE if result["names"] or result["contents"] else Exit.NO


def _tell_refresh(result: dict[str, Any]) -> int:
    answer = result["answer"]
    record = answer["record"]
    now = shorten(record["digest"])
    if answer["error"] is not None:
        error = read_error(answer["error"])
        _say(
            result,
            f"{result['name']} was {now} {show_age(answer['age_s'])} ago; nobody"
            " could be asked now",
        )
        for line in explain(error):
            click.echo(line, err=True)
        return choose_exit(error)
    if result["was"] == record["digest"]:
        _say(result, f"{result['name']} is still {now}, says {record['source']}")
    elif result["was"] is None:
        _say(result, f"{result['name']} is {now}, says {record['source']}")
    else:
        was = shorten(result["was"])
        _say(result, f"{result['name']} was {was}, is {now}, says {record['source']}")
    return Exit.DONE
