"""A flood of refusals fills no disk, and nothing of it is forgotten. Security 1.4, *Log/disk growth*."""

from structlog.testing import capture_logs

from coopfed import limits
from coopfed.observe.logs import logger
from coopfed.observe.metrics import LEFT_OUT, Meters
from coopfed.observe.sampling import Sampled
from tests.support.peers import until

log = logger("test")


class Seconds:
    """A clock in seconds that stands still."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def test_a_hundred_lines_a_minute_are_written_and_the_rest_is_counted() -> None:
    """Sampled refusals after 100/min; the count comes with the first line of the next minute."""
    meters, seconds = Meters(), Seconds()
    sampled = Sampled(meters, seconds)

    with capture_logs() as flood:
        for number in range(1_000):
            sampled.warning(log, "inbox_refused", number=number)
            seconds.now += 0.05
    with capture_logs() as later:
        seconds.now += 11
        sampled.warning(log, "inbox_refused", number=1_000)

    assert [line["number"] for line in flood] == list(range(limits.LOG_REFUSALS_A_MINUTE))
    assert [(line["event"], line.get("count"), line.get("number")) for line in later] == [
        ("lines_left_out", 900, None),
        ("inbox_refused", None, 1_000),
    ]
    assert later[0]["of"] == "inbox_refused"
    assert meters.value(LEFT_OUT, "inbox_refused") == 900


def test_one_flood_does_not_hide_other_events() -> None:
    """Each event has its own hundred."""
    sampled = Sampled(Meters(), Seconds())

    with capture_logs() as lines:
        for _ in range(500):
            sampled.warning(log, "inbox_refused")
        sampled.warning(log, "door_refused")

    assert [line["event"] for line in lines].count("door_refused") == 1


async def test_the_count_is_written_though_nothing_follows() -> None:
    """The end of a flood is told when its minute is over, by the loop, and once."""
    seconds = Seconds()
    sampled = Sampled(Meters(), seconds)

    with capture_logs() as lines:
        sampled.warning(log, "inbox_refused")
        seconds.now += 59.99
        for _ in range(limits.LOG_REFUSALS_A_MINUTE + 6):
            sampled.warning(log, "inbox_refused")
        await until(lambda: lines[-1]["event"] == "lines_left_out")
        sampled.tell("inbox_refused")

    assert [line["count"] for line in lines if line["event"] == "lines_left_out"] == [7]
