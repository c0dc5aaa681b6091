"""``python -m tests.e2e.outages``: troubles side by side, into docs/archives.md."""

import argparse
import json
import shutil
import sys
import tempfile
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import product
from pathlib import Path

from bench.pages import write_between
from tests.e2e.acng import AptCacherNg
from tests.e2e.apt import AptRoot, Done
from tests.e2e.scripted import Mirror
from tests.e2e.service import Seawall
from tests.e2e.troubles import TROUBLES, WANTED, Case, Goods, Trouble

WAIT_S = 150.0
HOSTS = ("127.0.0.2", "127.0.0.3")
BEGIN = "<!-- outages: begin (written by `make outages`; edit what is outside) -->"
END = "<!-- outages: end -->"
_ROOT = Path(__file__).parents[2]
_AT_ONCE = 6
_HOW = (
    "Each cell is `apt-get update` and `apt-get install --download-only` of four"
    " packages into an empty root, with `Acquire::Retries 3` on every way, and how long"
    f" they took until they ended; after {WAIT_S:g} s they are ended. Passing troubles"
    " hit the first three requests that they mean, or last for 5 s where nothing is"
    " answered. Two mirrors are `mirror+file:` with priorities for apt, two backends"
    " for apt-cacher-ng, two `mirrors` for Seawall. Both caches are told to ask for the"
    " suite each time (`FreshIndexMaxAge: 0`, `fresh_s = 0`); all else is default."
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one install went.

    Attributes:
        worked: Whether all packages came, and came right.
        seconds: How long update and install took.
        reason: Why it did not work.
    """

    worked: bool
    seconds: float
    reason: str = ""


@contextmanager
def through_nothing(root: Path, mirrors: Sequence[str], _: Path) -> Iterator[str]:
    """Let apt ask the mirrors itself; several by its own list of mirrors."""
    if len(mirrors) == 1:
        yield mirrors[0]
        return
    listed = root / "mirrors"
    ranks = enumerate(mirrors, start=1)
    listed.write_text("".join(f"{url}/\tpriority:{rank}\n" for rank, url in ranks))
    yield f"mirror+file:{listed}"


@contextmanager
def through_acng(root: Path, mirrors: Sequence[str], _: Path) -> Iterator[str]:
    """Put apt-cacher-ng in front; it asks for a suite each time."""
    acng = AptCacherNg(root / "acng", mirrors, more="FreshIndexMaxAge: 0")
    acng.start()
    try:
        yield acng.url
    finally:
        acng.stop()


@contextmanager
def through_seawall(root: Path, mirrors: Sequence[str], key: Path) -> Iterator[str]:
    """Put Seawall in front; it asks for a suite each time."""
    sample = {"mirrors": list(mirrors), "keyring": [str(key)], "fresh_s": 0}
    seawall = Seawall(
        root / "seawall",
        {},
        archives={"sample": sample},
        machine_archives=False,
        known_registries=False,
    )
    try:
        seawall.start()
        yield f"http://{seawall.host}/debian/sample"
    finally:
        seawall.finish()


Way = Callable[[Path, Sequence[str], Path], AbstractContextManager[str]]
WAYS: Mapping[str, Way] = {
    "apt": through_nothing,
    "apt-cacher-ng": through_acng,
    "Seawall": through_seawall,
}


def play(trouble: Trouble, case: Case, way: Way, goods: Goods, root: Path) -> Outcome:
    """Let one trouble happen to one install; a directory of its own is used."""
    key = root / "key.gpg"
    key.write_bytes(goods.keyring)
    files = goods.before if trouble.by_hash else goods.plain_before
    with ExitStack() as stack:
        # Addresses of their own, as apt gives an address up with all its ports.
        hosts = HOSTS[: 2 if case is Case.SECOND else 1]
        mirrors = [Mirror(files, host=host) for host in hosts]
        for mirror in mirrors:
            stack.callback(mirror.close)
        url = stack.enter_context(way(root, [one.url for one in mirrors], key))
        if case is Case.EARLIER:
            first = _client(root / "earlier", url, key).install(WANTED)
            if not first.worked:
                return Outcome(
                    worked=False,
                    seconds=0,
                    reason=f"before the trouble: {first.reason}",
                )
        trouble.begin(mirrors[0], goods, case)
        client = _client(root / "client", url, key)
        done = client.install(WANTED, wait_s=WAIT_S)
        return _judge(client, done, goods)


def _client(root: Path, url: str, key: Path) -> AptRoot:
    line = f"deb [signed-by={key}] {url} stable main\n"
    return AptRoot(root, line, settings={"Acquire::Retries": "3"})


def _judge(client: AptRoot, done: Done, goods: Goods) -> Outcome:
    if not done.worked:
        return Outcome(worked=False, seconds=done.seconds, reason=done.reason)
    debs = client.debs
    right = len(debs) == 4 and all(goods.debs[name] == debs[name] for name in debs)
    return Outcome(right, done.seconds, "" if right else f"wrong: {sorted(debs)}")


Run = tuple[Trouble, Case, str]
Table = dict[tuple[str, Case, str], Outcome]


def play_all(runs: Sequence[Run]) -> Table:
    """Let troubles happen, several at a time."""
    goods = Goods()
    place = Path(tempfile.mkdtemp(prefix="swo-"))

    def one(number: int) -> Outcome:
        trouble, case, way = runs[number]
        root = place / str(number)
        root.mkdir()
        outcome = play(trouble, case, WAYS[way], goods, root)
        verdict = "works" if outcome.worked else f"fails: {outcome.reason}"
        told = f"{trouble.name} · {case} · {way}: {outcome.seconds:.1f} s, {verdict}"
        print(told, file=sys.stderr, flush=True)  # noqa: T201  it reports
        return outcome

    try:
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            outcomes = list(pool.map(one, range(len(runs))))
    finally:
        shutil.rmtree(place, ignore_errors=True)
    keys = [(trouble.name, case, way) for trouble, case, way in runs]
    return dict(zip(keys, outcomes, strict=True))


def to_markdown(table: Table, ways: Sequence[str]) -> list[str]:
    """Write a table per case, with a row per trouble and a column per way."""
    names = list(dict.fromkeys(key[0] for key in table))
    lines = textwrap.wrap(f"Played {datetime.now(UTC):%Y-%m-%d}. {_HOW}", 88)
    for case in Case:
        lines += ["", f"### {case[0].upper()}{case[1:]}", ""]
        lines += ["| " + " | ".join(["what goes wrong", *ways]) + " |"]
        lines += ["|---|" + "--:|" * len(ways)]
        for name in names:
            cells = [_cell(table[name, case, way]) for way in ways]
            lines.append("| " + " | ".join([name, *cells]) + " |")
        counts = [sum(table[name, case, way].worked for name in names) for way in ways]
        shares = [f"**{count} of {len(names)}**" for count in counts]
        lines.append("| " + " | ".join(["installs that worked", *shares]) + " |")
    return lines


def _cell(outcome: Outcome) -> str:
    digits = 0 if outcome.seconds >= 9.5 else 1
    seconds = f"{outcome.seconds:.{digits}f} s"
    return seconds if outcome.worked else f"fails, {seconds}"


def main() -> int:
    """Play everything, and write it down if it is whole."""
    parser = argparse.ArgumentParser(prog="outages", description=__doc__)
    parser.add_argument("--way", choices=WAYS, nargs="+", default=list(WAYS))
    parser.add_argument("--only", default="", help="troubles whose name has this")
    arguments = parser.parse_args()
    troubles = [one for one in TROUBLES if arguments.only in one.name]
    table = play_all(list(product(troubles, Case, arguments.way)))
    rows = [
        {"trouble": name, "case": case, "way": way, **asdict(outcome)}
        for (name, case, way), outcome in table.items()
    ]
    report = _ROOT / "build" / "outages.json"
    report.parent.mkdir(exist_ok=True)
    report.write_text(json.dumps(rows, indent=2) + "\n")
    lines = to_markdown(table, arguments.way)
    print("\n".join(lines))  # noqa: T201  it reports
    if arguments.way == list(WAYS) and not arguments.only:
        write_between(_ROOT / "docs" / "archives.md", BEGIN, END, lines)
    saved = {(one.name, case) for one in troubles for case in one.saved}
    lost = [
        key
        for key, outcome in table.items()
        if key[2] == "Seawall" and key[:2] in saved and not outcome.worked
    ]
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
