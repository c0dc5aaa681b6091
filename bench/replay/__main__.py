"""``python -m bench.replay [FILE…]``: play, compare, write docs/patience.md."""

import argparse
import sys
import time
from pathlib import Path

from bench.replay import page
from bench.replay.compare import (
    Length,
    study,
    study_all,
    study_beginnings,
    study_variants,
)
from bench.replay.recorded import build_traces, read_records

_DOCS = Path(__file__).parents[2] / "docs"
_BEGINNINGS = (Length(50, seeds=60), Length(300, seeds=15))


def main() -> int:
    """Play made traces and write the page, or recorded ones and print."""
    parser = argparse.ArgumentParser(prog="bench.replay", description=__doc__)
    parser.add_argument("file", nargs="*", type=Path, help="recorded traces (JSONL)")
    parser.add_argument("--segments", type=int, default=6000, help="of each trace")
    parser.add_argument("--seeds", type=int, default=3, help="traces of each kind")
    parser.add_argument(
        "--variants", action="store_true", help="what each changed figure does; printed"
    )
    arguments = parser.parse_args()
    length = Length(arguments.segments, arguments.seeds)
    if arguments.file:
        return _play_recorded(arguments.file)
    if arguments.variants:
        for name, (rate, delay_s) in study_variants(length).items():
            print(f"{name:40} {rate:6.2f} per 1000 {delay_s:6.1f} s")
        return 0
    began = time.monotonic()
    found = study_all(length)
    rates = study_beginnings(_BEGINNINGS)
    beginnings = {
        one.segments: rate for one, rate in zip(_BEGINNINGS, rates, strict=True)
    }
    page.write_page(_DOCS / "patience.md", page.to_markdown(found, beginnings, length))
    # Half a second, which recorded traces need not wait for.
    from bench.replay.plot import draw  # noqa: PLC0415

    draw(_DOCS / "patience.svg", found)
    print(f"docs/patience.md, docs/patience.svg: {time.monotonic() - began:.0f} s")
    return 0


def _play_recorded(paths: list[Path]) -> int:
    try:
        records = [record for path in paths for record in read_records(path)]
    except (OSError, ValueError) as exc:
        print(exc, file=sys.stderr)
        return 2
    traces, unused = build_traces(records)
    for trace in traces:
        print("\n".join(page.to_table(study(trace.name, [trace]), paired=False)))
    for outcome, count in sorted(unused.items()):
        print(f"not used: {count} of outcome {outcome}, or held back by us")
    return 0


if __name__ == "__main__":
    sys.exit(main())
