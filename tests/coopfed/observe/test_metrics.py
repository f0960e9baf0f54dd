"""The text that Prometheus reads, and counters that strangers cannot grow without end."""

from coopfed.observe.metrics import ARRIVALS, OTHER, REFUSALS, SENT, Kind, Meters, Metric, lines, text


def test_reasons_without_end_become_one_series() -> None:
    """Security 1.4, *Log/disk growth*: the memory of counters is bounded whatever is counted."""
    meters = Meters()

    for number in range(5_000):
        meters.count(REFUSALS, "inbox", f"reason{number}")
    meters.count(REFUSALS, "inbox", "reason0")

    shown = [line for line in meters.lines() if line.startswith("coopfed_refusals_total{")]
    assert len(shown) == 201
    assert meters.value(REFUSALS, OTHER, OTHER) == 4_800
    assert meters.value(REFUSALS, "inbox", "reason0") == 2


def test_what_a_label_holds_stays_inside_its_quotes() -> None:
    """Prometheus text format: backslash, quote and line feed are escaped."""
    metric = Metric("m", Kind.GAUGE, "Help.", ("a", "b"))

    assert list(lines(metric, {('x"} 1\n', "\\"): 2}))[-1] == 'm{a="x\\"} 1\\n",b="\\\\"} 2'


def test_every_outcome_is_there_from_the_start() -> None:
    """A series that is missing cannot be told from one that stands still, and alerts on its growth stay silent."""
    shown = text(Meters().lines()).decode()

    assert 'coopfed_arrivals_total{outcome="refused_origin"} 0\n' in shown
    assert 'coopfed_deliveries_total{outcome="given_up"} 0\n' in shown


def test_counters_have_help_type_and_values() -> None:
    """Prometheus text format: HELP and TYPE before the series, a line feed at the end."""
    meters = Meters()
    meters.count(ARRIVALS, "accepted", by=3)
    meters.count(SENT, "done")

    shown = text(meters.lines()).decode()

    assert shown.index("# HELP coopfed_arrivals_total") < shown.index("# TYPE coopfed_arrivals_total counter")
    assert shown.index("# TYPE coopfed_arrivals_total") < shown.index('coopfed_arrivals_total{outcome="accepted"} 3')
    assert shown.endswith("\n")


def test_durations_are_a_cumulative_histogram() -> None:
    """Prometheus: each bucket holds all below it; what lies on a bound belongs to it; sum and count agree."""
    meters = Meters()
    for seconds in (0.004, 0.005, 0.3, 60.0):
        meters.answered("inbox", 202, seconds)
    meters.answered("inbox", 503, 0.001)

    shown = list(meters.lines())

    assert 'coopfed_request_seconds_bucket{door="inbox",le="0.005"} 3' in shown
    assert 'coopfed_request_seconds_bucket{door="inbox",le="0.25"} 3' in shown
    assert 'coopfed_request_seconds_bucket{door="inbox",le="0.5"} 4' in shown
    assert 'coopfed_request_seconds_bucket{door="inbox",le="10.0"} 4' in shown
    assert 'coopfed_request_seconds_bucket{door="inbox",le="+Inf"} 5' in shown
    assert 'coopfed_request_seconds_count{door="inbox"} 5' in shown
    assert 'coopfed_request_seconds_sum{door="inbox"} 60.31' in shown
    assert 'coopfed_requests_total{door="inbox",status="2xx"} 4' in shown
    assert 'coopfed_requests_total{door="inbox",status="5xx"} 1' in shown
