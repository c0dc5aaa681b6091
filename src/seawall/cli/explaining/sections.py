"""An explanation as people read it: now, last time, sources, budget."""

from collections.abc import Mapping, Sequence
from typing import Any

import click

from seawall.cli.exits import printable
from seawall.cli.tables import print_table, shorten
from seawall.kit.units import show_age, show_bytes

_SOURCES = ("SOURCE", "ROLE", "STATE", "SPEED", "FIRST BYTE", "SILENCE", "ANSWERED")
_BUDGET = ("SOURCE", "ACCOUNT", "LEFT", "OF", "UNDER WAY", "PAUSED", "SPENT IN")
_FIGURES = {"SPEED", "FIRST BYTE", "SILENCE", "ANSWERED", "LEFT", "OF", "UNDER WAY"}
_FIGURES |= {"PAUSED", "SPENT IN"}
_COLOURS = {
    **dict.fromkeys(("fresh", "hit", "stored"), "green"),
    **dict.fromkeys(("stale", "withheld", "joins", "switched"), "yellow"),
    **dict.fromkeys(("offline", "absent", "unknown", "resting"), "red"),
}
_BAD = frozenset({"source-lied", "source-failed", "name-unanswered"})
_NOTABLE = frozenset({"switched", "source-silent", "second-won", "name-stale"})
_MOST_SHOWN = 12


def print_explanation(told: Mapping[str, Any], *, now: float) -> None:
    """Print its sections; what is empty is left out."""
    click.secho(printable(told["subject"]), bold=True)
    _head("Now")
    name = told["name"]
    if name is not None:
        _line("name", name["verdict"], name["text"])
        if name["digest"]:
            click.echo(f"            it means {name['digest']}")
    _print_contents(told["contents"])
    _head("Last time")
    for story in told["last"]:
        _print_story(story, now)
    if not told["last"]:
        click.echo("  nothing is remembered")
    if told["sources"]:
        _head("Sources")
        print_table(_SOURCES, [_source(s) for s in told["sources"]], figures=_FIGURES)
    if told["budget"]:
        _head("Budget")
        print_table(_BUDGET, [_budget(b) for b in told["budget"]], figures=_FIGURES)


def _head(text: str) -> None:
    click.echo()
    click.secho(text, bold=True)


def _line(what: str, verdict: str, text: str) -> None:
    shown = click.style(f"{verdict:<10}", fg=_COLOURS.get(verdict))
    click.echo(f"  {what:<8}  {shown}  {printable(text)}")


def _print_contents(contents: Sequence[Mapping[str, Any]]) -> None:
    """Print what is not held, each; what is, in one line."""
    held = [content for content in contents if content["verdict"] == "hit"]
    others = [content for content in contents if content["verdict"] != "hit"]
    if held and (others or len(held) > 1):
        size = show_bytes(sum(content["size"] or 0 for content in held))
        _line("contents", "hit", f"{len(held)} held, {size}: nobody is asked for them")
    elif held:
        _line(held[0]["role"], "hit", f"{shorten(held[0]['digest'])} {held[0]['text']}")
    for content in others[:_MOST_SHOWN]:
        words = [shorten(content["digest"]), content["platform"]]
        if content["size"] is not None:
            words.append(show_bytes(content["size"]))
        lead = " ".join(filter(None, words))
        _line(content["role"], content["verdict"], f"{lead}: {content['text']}")
    if len(others) > _MOST_SHOWN:
        click.echo(f"  … and {len(others) - _MOST_SHOWN} more (--json lists them)")


def _print_story(story: Mapping[str, Any], now: float) -> None:
    began_at = story["began_at"]
    what, _, which = story["subject"].partition(" ")
    which = shorten(which) if which.startswith("sha") else which
    age = show_age(now - began_at)
    click.echo(f"  {printable(what)} {printable(which)}, {age} ago")
    for told in story["told"]:
        since = f"+{told['at'] - began_at:.2f} s"
        text = printable(told["text"])
        if told["times"] > 1:
            text += f" ({told['times']} times)"
        event = told["event"]
        colour = "red" if event in _BAD else "yellow" if event in _NOTABLE else None
        click.echo(f"    {since:>10}  {click.style(text, fg=colour)}")


def _source(source: Mapping[str, Any]) -> list[str]:
    patience = {one["phase"]: one for one in source["patience"]}
    speed, answered = source["bytes_per_s"], source["answered_s"]
    return [
        source["source"],
        source["role"] + ("" if source["answers_names"] else ", no names"),
        source["text"],
        "-" if speed is None else f"{show_bytes(int(speed))}/s",
        _limits(patience.get("first_byte")),
        _limits(patience.get("gap")),
        "-" if answered is None else f"{show_age(answered)} ago",
    ]


def _limits(phase: Mapping[str, float] | None) -> str:
    """Write when a second source is asked, and when the first is given up."""
    if phase is None:
        return "-"
    return f"{phase['second_s']:.2g} / {phase['give_up_s']:.2g} s"


def _budget(account: Mapping[str, Any]) -> list[str]:
    def show(value: float | None) -> str:
        return "-" if value is None else f"{value:g}"

    spent = account["exhausted_s"]
    paused = account["paused_s"]
    return [
        account["source"],
        account["account"],
        show(account["remaining"]),
        show(account["limit"]),
        str(account["outstanding"]),
        show_age(paused) if paused else "-",
        "-" if spent is None else show_age(spent),
    ]
