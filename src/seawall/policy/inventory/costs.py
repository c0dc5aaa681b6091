"""What runs of pipelines cost in pulls, and how far the quotas of registries go."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

import msgspec

from seawall.errors import InputError
from seawall.kit.units import parse_seconds
from seawall.policy.inventory.entries import Entry, Kind

_DAY_S = 86400.0


class Quota(msgspec.Struct, frozen=True):
    """How often a registry lets somebody pull.

    Attributes:
        count: So many pulls
        window_s: in so many seconds.
    """

    count: int
    window_s: float


class Load(msgspec.Struct, frozen=True):
    """How much there is to do.

    Attributes:
        jobs: Jobs that one run starts, each on a machine that has nothing; `None`: as
            many as the pipelines name.
        runs_per_day: Runs on one day.
    """

    jobs: int | None = None
    runs_per_day: float = 1.0


class Share(msgspec.Struct, frozen=True):
    """What depends on one registry, and what a run costs there.

    Attributes:
        registry: Its name.
        images: Images and charts of it.
        uses: Places that pull them.
        part: Of all places with a known registry, from 0 to 1.
        workloads: Workloads, jobs and builds that stop with it.
        pulls_per_run: Pulls of one run: each job and each build pulls an image once.
        pulls_per_day: With so many runs on a day.
        quota: What it allows, if that was said.
        runs_per_quota: Runs that empty the quota; `None` without one.
        runs_per_day: Runs on a day that stay within it, evenly spread.
    """

    registry: str
    images: int
    uses: int
    part: float
    workloads: int
    pulls_per_run: int
    pulls_per_day: float
    quota: Quota | None = None
    runs_per_quota: int | None = None
    runs_per_day: float | None = None

    @property
    def lasts(self) -> bool | None:
        """Whether the quota lasts for all runs of a day; `None`: nobody knows."""
        if self.quota is None:
            return None
        return self.pulls_per_day * self.quota.window_s / _DAY_S <= self.quota.count


def parse_quota(text: str) -> tuple[str, Quota]:
    """Read a quota: whose, how many, in how long.

    Raises:
        InputError: It is written in another way.

    >>> parse_quota("docker.io=100/6h")
    ('docker.io', Quota(count=100, window_s=21600.0))
    """
    registry, _, rest = text.rpartition("=")
    count, _, window = rest.partition("/")
    if not registry or not count.isascii() or not count.isdigit() or not window:
        raise InputError(
            f"--quota {text!r}: expected REGISTRY=PULLS/TIME, such as docker.io=100/6h"
        )
    try:
        window_s = parse_seconds(window)
    except InputError as exc:
        raise InputError(f"--quota {text!r}: {exc}") from exc
    if window_s <= 0 or int(count) < 1:
        raise InputError(f"--quota {text!r}: there must be a pull, and some time")
    return registry, Quota(int(count), window_s)


def weigh(
    entries: Iterable[Entry], load: Load, quotas: Mapping[str, Quota]
) -> list[Share]:
    """Say what depends on each registry, the one with the most first."""
    chosen = [
        entry
        for entry in entries
        if entry.pull.kind in (Kind.IMAGE, Kind.CHART) and entry.pull.registry
    ]
    total = sum(len(entry.uses) for entry in chosen)
    by_registry: dict[str, list[Entry]] = defaultdict(list)
    for entry in chosen:
        by_registry[entry.pull.registry].append(entry)
    factor = _scale(chosen, load)
    shares = [
        _weigh_one(name, own, total, load=load, factor=factor, quota=quotas.get(name))
        for name, own in by_registry.items()
    ]
    return sorted(shares, key=lambda share: (-share.uses, share.registry))


def _scale(entries: list[Entry], load: Load) -> float:
    """Say how often each named job runs, if there are to be so many of them."""
    named: dict[str, int] = {}
    for use in (use for entry in entries for use in entry.uses if use.job):
        named[use.job] = max(use.times, named.get(use.job, 1))
    total = sum(named.values())
    return load.jobs / total if load.jobs is not None and total else 1.0


def _weigh_one(  # noqa: PLR0913  all of one registry, and of the question
    registry: str,
    entries: list[Entry],
    total: int,
    *,
    load: Load,
    factor: float,
    quota: Quota | None,
) -> Share:
    uses = [use for entry in entries for use in entry.uses]
    # Within a job, and within a build, an image comes once: then it is there.
    # Charts mostly come from elsewhere than registries' quotas look at.
    images = [entry for entry in entries if entry.pull.kind is Kind.IMAGE]
    jobs: dict[tuple[str, str, str], int] = {}
    for entry in images:
        for use in (use for use in entry.uses if use.job):
            key = (use.job, entry.pull.name, entry.pull.version)
            jobs[key] = max(use.times, jobs.get(key, 1))
    builds = {(u.build, e.pull.name, e.pull.version) for e in images for u in e.uses}
    pulls = math.ceil(sum(jobs.values()) * factor)
    pulls += sum(bool(build) for build, *_ in builds)
    share = Share(
        registry=registry,
        images=len({(e.pull.name, e.pull.version) for e in entries}),
        uses=len(uses),
        part=len(uses) / total if total else 0.0,
        # A build is one, whatever its stages and its `# syntax=` pull.
        workloads=len({(use.path, "" if use.build else use.owner) for use in uses}),
        pulls_per_run=pulls,
        pulls_per_day=pulls * load.runs_per_day,
        quota=quota,
    )
    if quota is None or not pulls:
        return share
    return msgspec.structs.replace(
        share,
        runs_per_quota=quota.count // pulls,
        runs_per_day=quota.count / pulls * _DAY_S / quota.window_s,
    )


def concentrate(shares: Iterable[Share]) -> float:
    """Say how much hangs on few registries: 1 if on one, 1/n if evenly on n.

    It is the Herfindahl index: the sum of the squares of all parts.
    """
    return sum(share.part**2 for share in shares)


def count_ways(entries: Iterable[Entry]) -> Counter[tuple[str, str]]:
    """Count things by kind and by whether they stay the same."""
    return Counter((entry.pull.kind, entry.pull.how) for entry in entries)
