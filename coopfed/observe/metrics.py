"""What a node counts, and the text in which Prometheus reads it. Small on purpose: counters, gauges and one kind of histogram.

Counters are those of one process since its start, and begin at 0; whoever runs several processes asks each and adds up.
Labels come from short lists of this program; what could be longer (reasons of refusals) is cut to `_SERIES` per metric.
Source: Prometheus text format 0.0.4.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from coopfed.outcomes import Outcome

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Seconds."""
OTHER: Final = "other"
_SERIES: Final = 200

Labels = tuple[str, ...]


class Kind(StrEnum):
    """The types of the text format that are used here."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True, eq=False)
class Metric:
    """A name with what it means; `labels` are the names of its labels, in order. Two are equal only when they are one: it is
    looked up for every request."""

    name: str
    kind: Kind
    help: str
    labels: Labels = ()


REQUESTS = Metric(
    "coopfed_requests_total", Kind.COUNTER, "Requests answered, by class of door and of status.", ("door", "status")
)
REQUEST_SECONDS = Metric(
    "coopfed_request_seconds",
    Kind.HISTOGRAM,
    "From a request's first byte to its answer's last, by class of door.",
    ("door",),
)
REFUSALS = Metric(
    "coopfed_refusals_total",
    Kind.COUNTER,
    "Requests refused before anything was stored, by reason.",
    ("door", "reason"),
)
ARRIVALS = Metric(
    "coopfed_arrivals_total", Kind.COUNTER, "Arrived activities processed, by their named outcome.", ("outcome",)
)
ADMITTED = Metric(
    "coopfed_arrivals_admitted_total",
    Kind.COUNTER,
    "Arrivals acknowledged with 202: new ones and known ones.",
    ("new",),
)
SENT = Metric(
    "coopfed_deliveries_total",
    Kind.COUNTER,
    "Tries to deliver, by what became of each: done, again or given_up.",
    ("outcome",),
)
LEFT_OUT = Metric(
    "coopfed_log_lines_left_out_total",
    Kind.COUNTER,
    "Log lines of refusals that were not written, being too many.",
    ("event",),
)
COUNTED = (REQUESTS, REQUEST_SECONDS, REFUSALS, ARRIVALS, ADMITTED, SENT, LEFT_OUT)
"""What a process counts while it runs."""


class Meters:
    """The counters of one process. Not thread-safe: the loop owns them."""

    def __init__(self) -> None:
        self._counts: dict[Metric, Counter[Labels]] = {metric: Counter() for metric in COUNTED}
        self._times: dict[Labels, list[int]] = {}
        # A series that is not there cannot be told from one that stands still.
        self._counts[ARRIVALS].update({(outcome.value,): 0 for outcome in Outcome})
        self._counts[SENT].update({(verdict,): 0 for verdict in ("done", "again", "given_up")})

    def count(self, metric: Metric, *labels: str, by: int = 1) -> None:
        """Counts one more, or `by`."""
        found = self._counts[metric]
        if labels not in found and len(found) >= _SERIES:
            labels = (OTHER,) * len(labels)
        found[labels] += by

    def answered(self, door: str, status: int, seconds: float) -> None:
        """One request was answered."""
        self._counts[REQUESTS][door, f"{status // 100}xx"] += 1
        buckets = self._times.get((door,))
        if buckets is None:
            buckets = self._times[door,] = [0] * (len(BUCKETS) + 1)
        buckets[bisect_left(BUCKETS, seconds)] += 1
        self._counts[REQUEST_SECONDS][door,] += int(seconds * 1_000_000)

    def value(self, metric: Metric, *labels: str) -> int:
        """How many were counted."""
        return self._counts[metric][labels]

    def lines(self) -> Iterator[str]:
        """Everything counted, as lines of the text format."""
        for metric, counts in self._counts.items():
            if metric.kind is Kind.COUNTER:
                yield from lines(metric, counts)
        yield from _head(REQUEST_SECONDS)
        for labels, buckets in self._times.items():
            yield from self._histogram(labels, buckets)

    def _histogram(self, labels: Labels, buckets: list[int]) -> Iterator[str]:
        name, total = REQUEST_SECONDS.name, 0
        for bound, count in zip((*map(str, BUCKETS), "+Inf"), buckets, strict=True):
            total += count
            yield f"{name}_bucket{_braces((*REQUEST_SECONDS.labels, 'le'), (*labels, bound))} {total}"
        braces = _braces(REQUEST_SECONDS.labels, labels)
        yield f"{name}_sum{braces} {self._counts[REQUEST_SECONDS][labels] / 1_000_000}"
        yield f"{name}_count{braces} {total}"


def lines(metric: Metric, values: Mapping[Labels, float]) -> Iterator[str]:
    """A counter or gauge with all its series, as lines of the text format."""
    yield from _head(metric)
    for labels, value in values.items():
        yield f"{metric.name}{_braces(metric.labels, labels)} {value}"


def text(found: Iterable[str]) -> bytes:
    """The lines as the body of an answer."""
    return ("\n".join(found) + "\n").encode()


def _head(metric: Metric) -> Iterator[str]:
    yield f"# HELP {metric.name} {metric.help}"
    yield f"# TYPE {metric.name} {metric.kind}"


def _braces(names: Labels, values: Labels) -> str:
    pairs = ",".join(f'{name}="{_escaped(value)}"' for name, value in zip(names, values, strict=True))
    return f"{{{pairs}}}" if pairs else ""


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
