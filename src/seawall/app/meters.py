"""The figures of one process, with their names, labels and meanings."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

_DURATIONS_S = (0.001, 0.005, 0.025, 0.1, 0.5, 2, 10, 60, 300)


class Meters:
    """Counters that only grow, each of them on `/metrics`."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def count(name: str, meaning: str, *labels: str) -> Counter:
            return Counter(f"seawall_{name}", meaning, labels, registry=registry)

        self.requests = count(
            "requests",
            "Answers, by kind of thing, status and how it was found.",
            "kind",
            "status",
            "outcome",
        )
        self.sent = count("sent_bytes", "Bytes of answers sent to clients.")
        self.stale = count(
            "stale_answers",
            "Names answered from memory, since nobody could be asked.",
            "cause",
        )
        sent = ("registry", "kind", "method", "status")
        meaning = "Requests sent upstream; status 0 is no reply at all."
        self.upstream = count("upstream_requests", meaning, *sent)
        kept = ("registry", "account", "purpose")
        meaning = "Requests not sent: a quota is spent or kept, or a limiter refused."
        self.withheld = count("withheld_requests", meaning, *kept)
        self.failures = count(
            "upstream_failures",
            "What went wrong upstream, by the cause's name.",
            "source",
            "cause",
        )
        meaning = "Contents that went on at another source, by the one that was left."
        self.switches = count("source_switches", meaning, "source", "cause")
        self.lies = count(
            "source_lies", "Contents of which a source gave wrong bytes.", "source"
        )
        self.received = count(
            "received_bytes", "Bytes of contents verified and stored.", "source"
        )
        self.flights = count("flights", "Fetches of contents that ended.", "result")
        self.moves = count("name_changes", "Tags that came to mean something else.")
        self.passages = count(
            "passages", "Readers served straight through, the disk being full."
        )
        meaning = "Times a client was given of its reserve, to outlive a silence."
        self.pulses = count("reserve_pulses", meaning, "client")
        self.archives = count(
            "archive_answers",
            "Answers about archives, by kind of file and how it was found.",
            "archive",
            "thing",
            "outcome",
        )
        self.crashes = count("bugs", "Answers lost to a bug.")
        self.spans = count("spans", "Spans, by what became of them.", "result")
        self.duration = Histogram(
            "seawall_request_seconds",
            "From a request to the end of its answer.",
            ("kind",),
            buckets=_DURATIONS_S,
            registry=registry,
        )


@dataclass(frozen=True, slots=True)
class Figure:
    """One gauge at one moment; figures of one name have the same labels."""

    name: str
    meaning: str
    value: float
    labels: Mapping[str, str] = field(default_factory=dict)


class Figures(Collector):
    """Gauges that are read when somebody looks."""

    def __init__(self, read: Callable[[], Iterable[Figure]]) -> None:
        self._read = read

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Read them all."""
        families: dict[str, GaugeMetricFamily] = {}
        for figure in self._read():
            family = families.get(figure.name)
            if family is None:
                family = families[figure.name] = GaugeMetricFamily(
                    f"seawall_{figure.name}", figure.meaning, labels=[*figure.labels]
                )
            family.add_metric([*figure.labels.values()], figure.value)
        yield from families.values()
