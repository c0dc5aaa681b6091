"""The verb that lets upstreams misbehave and sees who still pulls: `drill`."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from seawall.cli.drilling.running import Plan, carry_out
from seawall.cli.drilling.showing import find_marks, show, show_list, write_page
from seawall.cli.exits import Exit

if TYPE_CHECKING:
    from seawall.drill.playing.play import Client, Way
    from seawall.drill.playing.targets import Target

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
@click.option(
    "--mix",
    default=0,
    type=click.IntRange(min=0),
    metavar="N",
    help="Play so many combinations of two or three scenarios instead.",
)
@click.option(
    "--seed",
    default=0,
    type=click.IntRange(min=0),
    help="The first combination's seed; each next one has the next.",
)
@click.option(
    "--at-once",
    default=4,
    type=click.IntRange(min=1),
    show_default=True,
    help="Plays at a time; one, at a target that runs already.",
)
@click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")
@click.option("--markdown", is_flag=True, help="Answer with a table in Markdown.")
@click.option(
    "--page",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Write that table between the marks of this page, too.",
)
@click.option(
    "--note", default="", help="What the page is to say of this run, such as a commit."
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
    note: str,
) -> int:
    """Let upstreams misbehave, and see who still pulls.

    Plays scenarios, each on scripted sources on loopback: all of them, or those whose
    names, groups or parts of names are given. Without a target, a Seawall is started
    for each; with --client alone, that client pulls straight from the sources.

    Exits with 1 if a row failed; with --compare, if one of Seawall's did. A row that
    cannot be played says why.
    """
    from seawall.drill.playing.score import Outcome
    from seawall.drill.playing.series import list_mixes
    from seawall.drill.scenarios.playbill import choose

    if mix and names:
        raise click.UsageError("--mix combines all scenarios: give no names")
    scenarios = list_mixes(seed, mix) if mix else choose(names)
    if listed:
        show_list(scenarios)
        return Exit.DONE
    wish = Wish(target, upstreams, client, manage, revalidates, compare)
    ways = choose_ways(wish)
    marks = find_marks(page, mix=bool(mix)) if page is not None else None
    plan = Plan(scenarios, ways, speed, at_once, note)
    rows, circumstances = asyncio.run(carry_out(plan))
    show(rows, circumstances, as_json=as_json, markdown=markdown)
    if page is not None and marks is not None:
        write_page(page, marks, rows, circumstances)
    # Peers are compared with; what they cannot do is nobody's failure.
    judged = {ways[0].label} if compare else {way.label for way in ways}
    failed = any(row.outcome is Outcome.FAILED and row.way in judged for row in rows)
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
