"""The verb that lets upstreams misbehave and sees who still pulls: `drill`."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from seawall.cli.drilling.showing import show, show_list, write_page
from seawall.cli.exits import Exit

if TYPE_CHECKING:
    from seawall.drill.playing.play import Client, Way
    from seawall.drill.playing.score import Row
    from seawall.drill.playing.targets import Target
    from seawall.drill.scenarios.scenario import Scenario

_CLIENTS = ("own", "skopeo", "podman", "ctr", "docker")


@dataclass(frozen=True, slots=True)
class Wish:
    """Who is to be drilled."""

    target: str
    upstreams: tuple[str, ...]
    client: str
    manage: str
    revalidates: bool
    compare: bool


@click.command()
@click.argument("names", nargs=-1)
@click.option("--list", "listed", is_flag=True, help="Show the scenarios, and end.")
@click.option(
    "--target",
    default="",
    metavar="URL",
    help="Where to pull, such as http://HOST:PORT/docker.io/{name}; straight from the"
    " scripted sources without one.",
)
@click.option(
    "--upstream",
    "upstreams",
    multiple=True,
    metavar="HOST:PORT",
    help="Where the target expects its source; give the mirror first, if there is one.",
)
@click.option(
    "--client",
    type=click.Choice(_CLIENTS),
    default="own",
    help="Who pulls; own is the drill's own, which checks every byte.",
)
@click.option(
    "--manage",
    default="",
    metavar="KIND",
    help="Start the target for each scenario: seawall, docker-registry, or a command"
    " line with {upstream}, {mirrors}, {address}, {port}, {data}.",
)
@click.option(
    "--revalidates",
    is_flag=True,
    help="The target asks for a tag each time it is pulled.",
)
@click.option("--compare", is_flag=True, help="Drill Seawall and peers, in one run.")
@click.option(
    "--speed",
    default=1.0,
    type=click.FloatRange(min=0.1, max=1000),
    help="How much faster than real time scenarios happen.",
)
@click.option("--mix", default=0, metavar="N", help="Play so many combinations.")
@click.option("--seed", default=0, help="The first combination's seed.")
@click.option("--at-once", default=4, help="Plays at a time.")
@click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")
@click.option("--markdown", is_flag=True, help="Answer with a table in Markdown.")
@click.option(
    "--page",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Write that table between the marks of this page, too.",
)
def drill(  # noqa: PLR0913  one verb, and all that it can be told
    *,
    names: Sequence[str],
    listed: bool,
    target: str,
    upstreams: tuple[str, ...],
    client: str,
    manage: str,
    revalidates: bool,
    compare: bool,
    speed: float,
    mix: int,
    seed: int,
    at_once: int,
    as_json: bool,
    markdown: bool,
    page: Path | None,
) -> int:
    """Let upstreams misbehave, and see who still pulls.

    Plays scenarios, each on scripted sources on loopback: all of them, or those whose
    names, groups or parts of names are given. Without a target, a Seawall is started
    for each; with --client alone, that client pulls straight from the sources.

    Exits with 1 if a row failed; with --compare, if one of Seawall's did. A row that
    cannot be played says why.
    """
    from seawall.drill.scenarios.playbill import choose

    scenarios = choose(names)
    if listed:
        show_list(scenarios)
        return Exit.DONE
    wish = Wish(target, upstreams, client, manage, revalidates, compare)
    ways = choose_ways(wish)
    rows = asyncio.run(_play(scenarios, ways, (speed, mix, seed, at_once)))
    show(rows, as_json=as_json, markdown=markdown)
    if page is not None:
        write_page(page, rows, speed)
    # Peers are compared with; what they cannot do is nobody's failure.
    judged = {ways[0].label} if compare else {way.label for way in ways}
    failed = any(row.outcome == "failed" and row.way in judged for row in rows)
    return Exit.NO if failed else Exit.DONE


def choose_ways(wish: Wish) -> list["Way"]:
    """Choose who is drilled.

    Raises:
        UsageError: Options contradict each other.
        InputError: One of them makes no sense.
    """
    from seawall.drill.playing.managed import DOCKER_REGISTRY, SEAWALL, Managed
    from seawall.drill.playing.play import OwnClient, Way
    from seawall.drill.playing.targets import Straight

    if wish.compare:
        own = OwnClient()
        seawall, peer = Managed(SEAWALL), Managed(DOCKER_REGISTRY)
        skopeo, containerd = _make_client("skopeo"), _make_client("ctr")
        return [
            Way(seawall, own, seawall.label),
            Way(peer, own, peer.label),
            Way(Straight(), skopeo, skopeo.label),
            Way(Straight(), containerd, containerd.label),
        ]
    target, client = _make_target(wish), _make_client(wish.client)
    if wish.client == "own":
        return [Way(target, client, target.label)]
    behind = f" through {target.label}" if target.keeps else ""
    return [Way(target, client, client.label + behind)]


def _make_client(name: str) -> "Client":
    from seawall.drill.playing.foreign import CLIENTS
    from seawall.drill.playing.play import OwnClient

    return OwnClient() if name == "own" else CLIENTS[name]()


def _make_target(wish: Wish) -> "Target":
    from seawall.drill.playing.managed import SEAWALL, Managed, make_kind
    from seawall.drill.playing.targets import Running, Straight

    if wish.manage:
        kind = make_kind(wish.manage, url=wish.target, revalidates=wish.revalidates)
        return Managed(kind)
    if wish.target:
        if not wish.upstreams:
            raise click.UsageError(
                "--target needs --upstream: where its source is, in its settings;"
                " or --manage"
            )
        return Running(
            wish.target, tuple(map(_split, wish.upstreams)), wish.revalidates
        )
    return Managed(SEAWALL) if wish.client == "own" else Straight()


def _split(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    if not host or not port.isdigit():
        raise click.UsageError(f"--upstream {address}: not HOST:PORT")
    return host, int(port)


async def _play(
    scenarios: Sequence["Scenario"],
    ways: Sequence["Way"],
    figures: tuple[float, int, int, int],
) -> list["Row"]:
    from seawall.drill.playing.score import list_cells
    from seawall.drill.playing.series import Series, list_mixes
    from seawall.drill.scenarios.pace import Pace

    speed, mix, seed, at_once = figures
    played = list_mixes(seed, mix) if mix else scenarios
    count, total = 0, len(played) * len(ways)

    def tell(row: "Row") -> None:
        nonlocal count
        count += 1
        cells = list_cells(row)
        words = [f"{count}/{total}", row.way, cells[0], cells[1], cells[2], cells[-1]]
        click.echo("  ".join(word for word in words if word)[:200], err=True)

    return await Series(Pace(speed), at_once, tell).play(played, ways)
