"""Logs: fields on standard error, bounded, and never the reason why something else fails."""

import io
import sys
from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from coopfed.observe import logs
from coopfed.observe.lean import structlog


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    """Logging as it was, after the test."""
    yield
    structlog.reset_defaults()


class Broken(io.StringIO):
    """A pipe whose reader is gone."""

    def write(self, _text: str) -> int:
        raise BrokenPipeError("nobody reads")


def closed() -> io.StringIO:
    """A file that was closed."""
    file = io.StringIO()
    file.close()
    return file


@pytest.mark.parametrize("stream", [Broken, closed])
def test_broken_standard_error_breaks_nothing_else(monkeypatch: pytest.MonkeyPatch, stream: Any) -> None:
    """A line that cannot be written is lost; the unit of work that wrote it is not."""
    logs.configure("info", console=False)
    monkeypatch.setattr(sys, "stderr", stream())

    logs.logger("test").error("something", detail="x")


def test_line_is_json_with_fields_of_bounded_length(monkeypatch: pytest.MonkeyPatch) -> None:
    """style, *Errors and logs*: fields, not sentences; what strangers wrote is cut; one line stays one line."""
    file = io.StringIO()
    monkeypatch.setattr(sys, "stderr", file)
    logs.configure("info", console=False)

    logs.logger("test").info("inbox_refused", detail="a\nb" + "x" * 5000, reason="stale")
    logs.logger("test").debug("not shown")

    (line,) = file.getvalue().splitlines()
    found = orjson.loads(line)
    assert (found["event"], found["subject"], found["reason"], found["level"]) == (
        "inbox_refused",
        "test",
        "stale",
        "info",
    )
    assert len(found["detail"]) == 201


@pytest.mark.parametrize("console", [True, False])
def test_what_strangers_wrote_steers_no_terminal_and_begins_no_line(
    monkeypatch: pytest.MonkeyPatch, console: bool
) -> None:
    """security 1, the rule of logs: values are escaped; a path may hold escape codes, a line end, letters that turn the line."""
    file = io.StringIO()
    monkeypatch.setattr(sys, "stderr", file)
    logs.configure("info", console=console)

    logs.logger("test").warning(
        "door_refused", path="/\x1b[2J\x9b2J\u202e\u2028x\n2026-11-24 [info] forged", reason="wrong_host"
    )

    (line,) = file.getvalue().splitlines()
    assert line.isprintable()
    assert "wrong_host" in line
