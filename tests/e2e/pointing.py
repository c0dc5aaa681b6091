"""``python -m tests.e2e.pointing``: what clients do, told by `seawall render` alone."""

import argparse
import os
import shutil
import statistics
import sys
import tempfile
import textwrap
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from bench.pages import write_between
from tests.e2e import scene
from tests.e2e.pointed import ALL, Docker, Pointed
from tests.e2e.scene import STATES, Pulled, Scene

PAGE = Path(__file__).parents[2] / "docs" / "clients.md"
UNTOLD = "has a certificate that the client was not told of"
TOLD = "has the certificate that the client was told of"
ROWS = (*(state for state in STATES if state != scene.TLS), UNTOLD, TOLD)
_MOST_S = 120.0
_BEGIN = "<!-- clients {}: begin (written by `make clients`; edit what is outside) -->"
_END = "<!-- clients {}: end -->"
Column = Mapping[str, Sequence[Pulled]]


def measure(
    kind: type[Pointed], place: Path, only: str
) -> tuple[Pointed, Column] | None:
    """Have one client pull in every state: by tag, and by digest if it is quick."""
    stage = Scene(place / f"scene-{kind.__name__}")
    client = kind(place / kind.__name__)
    if int(client.version.partition(".")[0]) < kind.since:
        return None
    client.wait_s = _MOST_S
    stage.prepare(client)
    column: dict[str, Sequence[Pulled]] = {}

    def play(row: str, state: str) -> None:
        ways = (False,) if state in scene.SLOW else (False, True)
        column[row] = [stage.pull(client, state, by_digest=way) for way in ways]
        print(kind.name, row, column[row], file=sys.stderr, flush=True)  # noqa: T201

    stage.tell(client)
    client.start()
    try:
        for state in ROWS[:-2]:
            if only in state:
                play(state, state)
        client.stop()
        stage.tell(client, plain=False)
        client.start()
        if kind is not Docker:  # which takes whatever is on loopback for insecure
            play(UNTOLD, scene.TLS)
            client.stop()
            stage.tell_certificate(client)
            client.start()
            play(TOLD, scene.TLS)
    finally:
        client.stop()
    return client, column


def to_markdown(columns: Sequence[tuple[Pointed, Column]]) -> list[str]:
    """Write a row per state and a column per client."""
    names = [f"{client.name} {client.version}" for client, _ in columns]
    lines = ["| Seawall | " + " | ".join(names) + " |", "|---|" + "---|" * len(names)]
    for row in ROWS:
        cells = [_cell(column.get(row, ())) for _, column in columns]
        if any(cells):
            lines.append(f"| {row} | " + " | ".join(cells) + " |")
    return lines


def _cell(found: Sequence[Pulled]) -> str:
    if not found:
        return ""
    words = sorted({one.word for one in found})
    if words == ["waits"]:
        return f"waits, over {_MOST_S:.0f} s"
    seconds = statistics.mean(one.seconds for one in found)
    return f"{' or '.join(words)}, {seconds:.1f} s"


def read_table(section: str) -> dict[str, dict[str, str]]:
    """Read what the page says: by state, and by client without its version."""
    _, _, rest = PAGE.read_text().partition(_BEGIN.format(section))
    text = rest.partition(_END.format(section))[0]
    lines = [line for line in text.splitlines() if line.startswith("|")]
    head, _, *body = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in lines
    ]
    names = [name.rpartition(" ")[0] for name in head]
    return {cells[0]: dict(zip(names, cells, strict=True)) for cells in body}


def main() -> int:
    """Measure whoever is installed, each on a machine of its own, and write it down."""
    parser = argparse.ArgumentParser(prog="pointing", description=__doc__)
    parser.add_argument("--only", default="", help="states whose name has this")
    parser.add_argument("--client", default="", help="clients whose name has this")
    parser.add_argument("--section", default="", help="of the page: debian, newer")
    arguments = parser.parse_args()
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    place = Path(tempfile.mkdtemp(prefix="swp-"))
    kinds = [kind for kind in ALL if shutil.which(kind.program)]
    kinds = [kind for kind in kinds if arguments.client in kind.name]
    try:
        with ThreadPoolExecutor(len(kinds)) as pool:
            found = pool.map(lambda kind: measure(kind, place, arguments.only), kinds)
            columns = [one for one in found if one is not None]
    finally:
        shutil.rmtree(place, ignore_errors=True)
    said = f"Played {datetime.now(UTC):%Y-%m-%d}, all clients at once on two cores."
    lines = [*textwrap.wrap(said, 128), "", *to_markdown(columns)]
    print("\n".join(lines))  # noqa: T201  it reports
    if arguments.section:
        begin, end = (mark.format(arguments.section) for mark in (_BEGIN, _END))
        write_between(PAGE, begin, end, lines)
    return 0


if __name__ == "__main__":
    sys.exit(main())
