"""The verb that brings images in before anybody asks: `warm`."""

import json
import platform as machine
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import IO, Any

import click
from click.shell_completion import CompletionItem

from seawall.cli.bars import Board, open_board
from seawall.cli.exits import choose_exit, explain
from seawall.cli.options import Common, read_lines, shared_options
from seawall.cli.session import open_session, run
from seawall.cli.tables import shorten
from seawall.kit.errorjson import read_error
from seawall.kit.units import show_bytes
from seawall.oci.descriptor import Platform

_EVERY = "all"
_OVERALL = "*"
_APT = "apt"


class Warm(click.Command):
    """A verb about images, and about packages if its first word says so."""

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        """Hand over to `warm apt`, whose options are others."""
        if args[:1] != [_APT]:
            return super().make_context(info_name, args, parent, **extra)
        from seawall.cli.apt.packages import warm_apt

        return warm_apt.make_context(f"{info_name} {_APT}", args[1:], parent, **extra)


def _complete(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Offer the word that is no image."""
    del param
    first = not ctx.params.get("images")
    return [CompletionItem(_APT)] if first and _APT.startswith(incomplete) else []


@click.command(cls=Warm)
@click.argument("images", nargs=-1, shell_complete=_complete)
@click.option(
    "--file",
    "-f",
    "files",
    type=click.File(encoding="utf-8"),
    multiple=True,
    help="Images, one a line; # begins a comment; - is standard input.",
)
@click.option(
    "--platform",
    "-p",
    "platforms",
    multiple=True,
    metavar="OS/ARCH",
    help="Platform to bring, such as linux/arm64, or all; this machine's if not given.",
)
@shared_options
def warm(
    common: Common,
    images: Sequence[str],
    files: Sequence[IO[str]],
    platforms: Sequence[str],
) -> int:
    """Bring images in before anybody asks; or packages: `warm apt`.

    Several images are brought at a time; one that fails stops no other. Exits with
    the worst of what happened.

    `seawall warm apt PACKAGE` brings Debian packages, with all that they need; see
    `seawall warm apt --help`.
    """
    wanted = [*images, *(line for file in files for line in read_lines(file))]
    if not wanted:
        raise click.UsageError("name at least one image, or a file with -f")
    return run(_warm(common, wanted, choose_platforms(platforms)))


def choose_platforms(texts: Sequence[str]) -> list[str]:
    """Choose what is brought of an index; nothing at all means every platform.

    Raises:
        ReferenceSyntaxError: One is no platform.
    """
    if _EVERY in texts:
        return []
    own = f"linux/{machine.machine()}"
    return [str(Platform.parse(text)) for text in texts or [own]]


async def _warm(common: Common, images: list[str], platforms: list[str]) -> int:
    body = {"references": images, "platforms": platforms}
    async with open_session(common, creates=True) as session:
        with open_board(quiet=common.as_json) as board:
            teller = Teller(board, quiet=common.as_json)
            async with aclosing(session.stream("/v1/warm", body=body)) as reports:
                async for report in reports:
                    if common.as_json:
                        click.echo(json.dumps(report))
                    teller.take(report)
    return teller.finish()


@dataclass
class Teller:
    """Tells what happens to a person, and remembers how it went."""

    board: Board
    quiet: bool = False
    code: int = 0
    images: int = 0
    failed: int = 0
    fetched_bytes: int = 0
    _planned: dict[str, int] = field(default_factory=dict)
    _arrived: dict[str, int] = field(default_factory=dict)
    _failures: list[str] = field(default_factory=list)

    def take(self, report: dict[str, Any]) -> None:
        """Take one report of `supply.images.warmup`."""
        step = report["step"]
        if step == "resolved" and report["error"] is not None:
            why = explain(read_error(report["error"]))[0]
            self._say(f"{report['image']}: nobody could be asked, last answer used")
            self._say(f"  {why.removeprefix('seawall: ')}")
        elif step == "image":
            self._end_image(report)
        elif step != "resolved":
            self._move(report)

    def finish(self) -> int:
        """Sum up, and give the exit code."""
        done = self.images - self.failed
        size = show_bytes(self.fetched_bytes)
        self._say(f"{done} of {self.images} images are held; {size} fetched")
        return self.code

    def _move(self, report: dict[str, Any]) -> None:
        digest = report["digest"]
        self._planned.setdefault(digest, report["size"] or 0)
        self._arrived[digest] = report["arrived_bytes"]
        if report["step"] == "arriving":
            source = f" from {report['source']}" if report["source"] else ""
            label = f"{shorten(digest)}{source}"
            self.board.move(digest, label, report["arrived_bytes"], report["size"])
        elif report["step"] == "content":
            self.board.end(digest)
            if report["result"] == "foreign":
                self._planned[digest] = 0
                self._say(f"{shorten(digest)} is left to clients: no registry has it")
        if report["step"] != "planned" or report["size"]:
            total = sum(self._planned.values())
            self.board.move(_OVERALL, "all", sum(self._arrived.values()), total)

    def _end_image(self, report: dict[str, Any]) -> None:
        self.images += 1
        self.fetched_bytes += report["arrived_bytes"]
        if report["result"] == "failed":
            self.failed += 1
            error = read_error(report["error"])
            self.code = max(self.code, choose_exit(error))
            self._say(f"failed   {report['image']}")
            for line in explain(error):
                self._say("  " + line.removeprefix("seawall: "))
            return
        size = show_bytes(report["arrived_bytes"])
        what = f"{size} fetched" if report["result"] == "fetched" else "was held"
        digest = shorten(report["digest"])
        self._say(f"{report['result']:8} {report['image']} {digest} ({what})")

    def _say(self, line: str) -> None:
        if not self.quiet:
            self.board.say(line)
