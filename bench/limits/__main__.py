"""``python -m bench.limits [--window S]``: CI at a limit, into docs/budgets.md."""

import argparse
import asyncio
import statistics
import tempfile
from collections import Counter
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path

import aiohttp

from bench import report
from bench.limits.stands import (
    PASSWORDS,
    SIX_HOURS_S,
    Script,
    Stand,
    Tally,
    start_peer,
    start_seawall,
)

PAGE = Path(__file__).parents[2] / "docs" / "budgets.md"
BEGIN = "<!-- measured: begin (written by `python -m bench.limits`) -->"
END = "<!-- measured: end -->"


def main() -> int:
    """Run all of them side by side, and write the table."""
    parser = argparse.ArgumentParser(prog="bench.limits", description=__doc__)
    parser.add_argument("--window", type=float, default=30.0, help="seconds")
    parser.add_argument("--jobs", type=int, default=1000, help="in each phase")
    parser.add_argument("--images", type=int, default=400)
    parser.add_argument("--dry", action="store_true", help="print, write nothing")
    given = parser.parse_args()
    script = Script(window_s=given.window, jobs=given.jobs, images=given.images)
    with tempfile.TemporaryDirectory() as place, ExitStack() as stack:
        stands = asyncio.run(_run(script, Path(place), stack))
    text = write_table(script, stands)
    print(text)
    if not given.dry:
        before, _, rest = PAGE.read_text().partition(BEGIN)
        after = rest.partition(END)[2]
        PAGE.write_text(f"{before}{BEGIN}\n\n{text}\n{END}{after}")
    wall = next(stand for stand in stands if stand.name == "Seawall")
    return 1 if wall.warm.failed or wall.upstream.overspent else 0


async def _run(script: Script, home: Path, stack: ExitStack) -> list[Stand]:
    straight = Stand("straight", script, len(PASSWORDS))
    wall = Stand("Seawall", script, len(PASSWORDS))
    peer = Stand("docker-registry", script, 1)
    stands = [straight, wall, peer]
    async with AsyncExitStack() as servers:
        for stand in stands:
            await servers.enter_async_context(stand.upstream)
        straight.root = straight.upstream.url
        await asyncio.to_thread(start_seawall, wall, home / "wall", stack)
        await asyncio.to_thread(start_peer, peer, home / "peer", stack)
        connector = aiohttp.TCPConnector(limit=200)
        patience = aiohttp.ClientTimeout(total=60)
        async with aiohttp.ClientSession(
            connector=connector, timeout=patience
        ) as session:
            await asyncio.gather(*(stand.run(session) for stand in stands))
    return stands


def write_table(script: Script, stands: list[Stand]) -> str:
    """Write what came of it, as Markdown."""
    facts = report.describe_machine()
    fresh_s = 300 * script.window_s / SIX_HOURS_S
    lines = [
        f"Measured {facts['when']} on {facts['machine']},",
        f"docker-registry {facts['docker-registry']}.",
        f"A window of {script.window_s:g} s stands for six hours,",
        f"and {fresh_s:.2g} s of freshness for five minutes.",
        "",
        "| | " + " | ".join(stand.name for stand in stands) + " |",
        "|---|" + "--:|" * len(stands),
    ]

    def row(title: str, *cells: object) -> None:
        lines.append(f"| {title} | " + " | ".join(map(str, cells)) + " |")

    row("accounts", *(stand.accounts for stand in stands))
    for name in ("cold", "warm"):
        tallies = [getattr(stand, name) for stand in stands]
        row(f"{name}: jobs", *(len(t.outcomes) for t in tallies))
        row(f"{name}: **failed**", *(f"**{t.failed}**" for t in tallies))
        row(f"{name}: failed with", *(map(_causes, tallies)))
        row(f"{name}: stale answers", *(sum(s > 0 for s in t.stale_s) for t in tallies))
        row(
            f"{name}: staleness p50, p99 (windows)",
            *(_ages(t, script) for t in tallies),
        )
        row(f"{name}: seconds a job, p50, p99", *(_seconds(t) for t in tallies))
    row("images held when warm", *(stand.held or "–" for stand in stands))
    row("windows to get warm", *(f"{s.warmed_windows:.1f}" for s in stands))
    before = [sum(stand.spent_before.values()) for stand in stands]
    after = [sum(stand.upstream.pulled.values()) for stand in stands]
    row("quota spent until warm", *before)
    row("quota spent when warm", *(b - a for a, b in zip(before, after, strict=True)))
    refused = [(s.refused_before, sum(s.upstream.refused.values())) for s in stands]
    row(
        "refused upstream, until warm / when warm",
        *(f"{early} / {late - early}" for early, late in refused),
    )
    row(
        "asked although told that nothing is left",
        *(s.upstream.overspent for s in stands),
    )
    return "\n".join(lines) + "\n"


def _causes(tally: Tally) -> str:
    counted = Counter(o.status for o in tally.outcomes if not o.digest)
    named = {0: "no answer", -1: "wrong bytes"}
    return ", ".join(f"{n}× {named.get(s, s)}" for s, n in counted.items()) or "–"


def _ages(tally: Tally, script: Script) -> str:
    if not tally.stale_s:
        return "–"
    middle, high = _quantiles(tally.stale_s)
    return f"{middle / script.window_s:.2f}, {high / script.window_s:.2f}"


def _seconds(tally: Tally) -> str:
    took = [outcome.seconds for outcome in tally.outcomes if outcome.digest]
    return "{:.3f}, {:.2f}".format(*_quantiles(took)) if took else "–"


def _quantiles(values: list[float]) -> tuple[float, float]:
    if len(values) < 2:
        return values[0], values[0]
    cuts = statistics.quantiles(values, n=100, method="inclusive")
    return cuts[49], cuts[98]


if __name__ == "__main__":
    raise SystemExit(main())
