"""Rows and trees as text: a table on a terminal, aligned columns in a pipe."""

import sys
from collections.abc import Iterator, Sequence
from typing import Any

import click

from seawall.cli.exits import printable
from seawall.kit.units import show_age, show_bytes

DIGEST_CHARS = 19  # `sha256:` and as much as people compare


def print_table(
    titles: Sequence[str], rows: Sequence[Sequence[str]], *, figures: set[str]
) -> None:
    """Print rows; columns in `figures` are aligned to the right."""
    clean = [[printable(cell) for cell in row] for row in rows]
    if sys.stdout.isatty():
        _print_rich(titles, clean, figures)
        return
    table = [list(titles), *clean]
    widths = [max(len(row[at]) for row in table) for at in range(len(titles))]
    for row in table:
        cells = [
            cell.rjust(width) if title in figures else cell.ljust(width)
            for title, cell, width in zip(titles, row, widths, strict=True)
        ]
        click.echo("  ".join(cells).rstrip())


def _print_rich(
    titles: Sequence[str], rows: Sequence[Sequence[str]], figures: set[str]
) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for title in titles:
        table.add_column(
            title,
            justify="right" if title in figures else "left",
            overflow="fold",
            no_wrap=title in figures,
        )
    for row in rows:
        table.add_row(*map(Text, row))
    Console().print(table)


def print_facts(facts: Sequence[tuple[str, str]]) -> None:
    """Print what is known, a line each; what is empty is left out."""
    width = max(len(name) for name, _ in facts)
    for name, value in facts:
        if value:
            click.echo(f"  {name:{width}}  {printable(value)}")


def print_tree(part: dict[str, Any], *, now: float) -> None:
    """Print an image's parts, each under the one that needs it."""
    for line, held in _draw(part, now, "", ""):
        click.echo(line if held else click.style(line, dim=True))


def _draw(
    part: dict[str, Any], now: float, lead: str, below: str
) -> Iterator[tuple[str, bool]]:
    held = part["held"] or part["foreign"]
    yield lead + _describe(part, now), held
    children = part["children"]
    for number, child in enumerate(children, start=1):
        last = number == len(children)
        branch, rest = ("└─ ", "   ") if last else ("├─ ", "│  ")
        yield from _draw(child, now, below + branch, below + rest)


def _describe(part: dict[str, Any], now: float) -> str:
    words = [part["role"], part["platform"] or "", part["artifact_type"] or ""]
    words += [shorten(part["digest"]), show_bytes(part["size"])]
    if part["foreign"]:
        words.append("foreign: clients fetch it elsewhere")
    elif not part["held"]:
        words.append("not held")
    elif part["stored_at"] is not None:
        words.append(f"held for {show_age(now - part['stored_at'])}")
    else:
        words.append("held")
    return printable(" ".join(filter(None, words)))


def shorten(digest: str) -> str:
    """Write a digest as people compare it.

    >>> shorten("sha256:" + "0123456789abcdef" * 4)
    'sha256:0123456789ab'
    """
    return digest[:DIGEST_CHARS]


def fit(text: str, most: int) -> str:
    """Write a text in at most some characters: its beginning and its end.

    >>> fit("releases/download/v1/tool-linux-amd64.tar.gz", 20)
    'releases/…d64.tar.gz'
    """
    if len(text) <= most:
        return text
    behind = most // 2
    return f"{text[: most - behind - 1]}…{text[-behind:]}"


def say(value: bool | None) -> str:  # noqa: FBT001  it is the value that is said
    """Write yes, no, or that nobody knows."""
    return "?" if value is None else "yes" if value else "no"
