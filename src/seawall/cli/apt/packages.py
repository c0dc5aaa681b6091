"""The verb that brings packages in, with all that they need: `warm apt`."""

import json
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import IO, Any

import click

from seawall.cli.apt.asking import wish_options
from seawall.cli.apt.choosing import Choice, Wish, choose
from seawall.cli.apt.fetching import (
    Report,
    Result,
    check_server,
    fetch_all,
    read_suite,
)
from seawall.cli.apt.places import find_wall, list_known
from seawall.cli.apt.solving import (
    Closure,
    SolverOptions,
    open_solver,
    parse_package,
)
from seawall.cli.bars import Board, open_board
from seawall.cli.client import FrontClient, open_front
from seawall.cli.exits import choose_exit, explain
from seawall.cli.options import Common, read_lines, shared_options
from seawall.cli.session import find_listener, run
from seawall.debian import aptconfig
from seawall.debian.aptconfig import Form, Wall
from seawall.errors import AbsentError, SeawallError
from seawall.kit.errorjson import write_error
from seawall.kit.units import show_bytes

_OVERALL = "*"


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be brought in.

    Attributes:
        packages: As apt-get takes them.
        wish: Which suites of which archives they are in.
        recommends: Whether recommended packages are brought, too.
    """

    packages: tuple[str, ...]
    wish: Wish
    recommends: bool


@click.command("apt")
@click.argument("packages", nargs=-1, metavar="PACKAGE[=VERSION]...")
@wish_options
@click.option(
    "--arch",
    "architectures",
    multiple=True,
    metavar="NAME",
    help="Architecture of the packages; this machine's if not given.",
)
@click.option("--recommends", is_flag=True, help="Bring what they recommend, too.")
@click.option(
    "--file",
    "-f",
    "files",
    type=click.File(encoding="utf-8"),
    multiple=True,
    help="Packages, one a line; # begins a comment; - is standard input.",
)
@click.option(
    "--address",
    metavar="HOST:PORT",
    help="Where the server listens, if it is not the one of this data directory.",
)
@shared_options
def warm_apt(  # noqa: PLR0913  one argument for each option
    common: Common,
    packages: Sequence[str],
    *,
    wish: Wish,
    architectures: tuple[str, ...],
    recommends: bool,
    files: Sequence[IO[str]],
    address: str | None,
) -> int:
    """Bring Debian packages into the running server, with all that they need.

    This machine's apt-get finds out what that is, in an empty root that it forgets:
    nothing here is installed or changed. Packages that exclude each other are all
    brought, and one that cannot be had stops no other. Exits with the worst of what
    happened: 1 if a package is not there, or needs what is not.

    An image that is called apt is warmed as docker.io/library/apt.

    \b
      seawall warm apt --suite bookworm jq curl
      seawall warm apt --suite bookworm --suite bookworm-updates -f packages.txt
    """  # noqa: D301  click's mark is a backspace
    wanted = [*packages, *(line for file in files for line in read_lines(file))]
    if not wanted:
        raise click.UsageError("name at least one package, or a file with -f")
    settings = common.read_settings()
    order = Order(
        tuple(dict.fromkeys(map(parse_package, wanted))),
        replace(wish, architectures=architectures),
        recommends,
    )
    choices = choose(list_known(settings), order.wish)
    return run(_warm(common, address, order, choices))


async def _warm(
    common: Common, address: str | None, order: Order, choices: Sequence[Choice]
) -> int:
    as_json = common.as_json
    address = address or await find_listener(common) or None
    wall = find_wall(common.read_settings(), address)
    async with open_front(wall.url) as front:
        with open_board(quiet=as_json) as board:
            teller = Teller(board, as_json=as_json)
            await check_server(front)
            for choice in choices:
                await _check_suites(front, choice, order.wish)
            board.say("finding out what is needed")
            closure = await _solve(wall, order, choices)
            teller.plan(order, closure)
            async with aclosing(fetch_all(front, closure.files)) as reports:
                async for report in reports:
                    teller.take(report)
            return teller.finish()


async def _check_suites(front: FrontClient, choice: Choice, wish: Wish) -> None:
    """Have the server look after the suites, and see that they have what is wished."""
    for suite in choice.source.suites:
        release = await read_suite(front, choice.archive, suite)
        for kind, wished, there in (
            ("component", choice.source.components, release.components),
            ("architecture", wish.architectures, release.architectures),
        ):
            # "updates/main" is what security archives call the main that apt asks for
            known = {*there, *(name.rpartition("/")[2] for name in there)}
            lacking = [name for name in wished if there and name not in known]
            if lacking:
                raise AbsentError(
                    f"{choice.archive} {suite} has no {kind} {lacking[0]!r};"
                    f" it has {', '.join(there)}"
                )


async def _solve(wall: Wall, order: Order, choices: Sequence[Choice]) -> Closure:
    sources = [
        # apt need not verify once more what the server has, and has no keys in there
        replace(
            aptconfig.redirect(choice.source, choice.archive, wall, Form.MIRROR),
            types=("deb",),
            architectures=(),
            signed_by=(),
            signed_by_keys="",
            signers=(),
            trusted=True,
        )
        for choice in choices
    ]
    whole = Closure()
    for architecture in order.wish.architectures or ("",):
        options = SolverOptions(
            aptconfig.write_sources(sources), architecture, order.recommends
        )
        async with open_solver(options) as solver:
            await solver.update()
            part = await solver.solve(order.packages)
        whole.files += [file for file in part.files if file not in whole.files]
        whole.failures += part.failures
    return whole


@dataclass
class Teller:
    """Tells what happens, to a person or a program, and remembers how it went."""

    board: Board
    as_json: bool = False
    code: int = 0
    planned_bytes: int = 0
    files: int = 0
    fetched_bytes: int = 0
    results: dict[Result, int] = field(default_factory=lambda: dict.fromkeys(Result, 0))
    _arrived: dict[str, int] = field(default_factory=dict)

    def plan(self, order: Order, closure: Closure) -> None:
        """Take what is to be fetched, and what cannot be."""
        self.files = len(closure.files)
        self.planned_bytes = sum(file.size for file in closure.files)
        for package, error in closure.failures:
            self._fail(error, step="failed", package=package)
        asked = len(order.packages) * max(1, len(order.wish.architectures))
        done = asked - len(closure.failures)
        size = show_bytes(self.planned_bytes)
        self._say(
            f"{done} of {asked} packages can be had: {self.files} files with all that"
            f" they need, {size}"
        )
        self._print(step="planned", files=self.files, bytes=self.planned_bytes)

    def take(self, report: Report) -> None:
        """Take how far a file is."""
        file = report.file
        self._arrived[file.url] = report.arrived_bytes
        if report.result is None:
            self.board.move(file.url, file.name, report.arrived_bytes, file.size)
        else:
            self.board.end(file.url)
            self._end(report, report.result)
        total = sum(self._arrived.values())
        self.board.move(_OVERALL, "all", total, self.planned_bytes)

    def finish(self) -> int:
        """Sum up, and give the exit code."""
        self.board.end(_OVERALL)
        held = self.results[Result.HELD]
        done = held + self.results[Result.FETCHED]
        self._say(
            f"{done} of {self.files} files are held, {held} were before;"
            f" {show_bytes(self.fetched_bytes)} fetched"
        )
        self._print(
            step="done",
            files=self.files,
            **{result.value: count for result, count in self.results.items()},
            fetched_bytes=self.fetched_bytes,
        )
        return self.code

    def _end(self, report: Report, result: Result) -> None:
        file = report.file
        self.results[result] += 1
        facts = {"file": file.name, "size": file.size, "sha256": file.sha256}
        if report.error is not None:
            self._fail(report.error, step="file", result=result.value, **facts)
            return
        if result is Result.FETCHED:
            self.fetched_bytes += file.size
        self._print(step="file", result=result.value, **facts)

    def _fail(self, error: SeawallError, **facts: object) -> None:
        self.code = max(self.code, choose_exit(error))
        self._print(**facts, error=write_error(error))
        for line in explain(error):
            self._say(line.removeprefix("seawall: "))

    def _say(self, line: str) -> None:
        if not self.as_json:
            self.board.say(line)

    def _print(self, **facts: Any) -> None:
        if self.as_json:
            click.echo(json.dumps(facts))
