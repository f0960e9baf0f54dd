"""Structured logs on standard error: fields, not sentences; never bodies, tokens or keys.

One id follows an activity: `arrival` (the number of the inbox item) from the door to the timeline, `activity` (the number of
our activity) from the action to every delivery.
"""

import contextlib
import logging
import sys
from typing import Any, TextIO, cast

import orjson

from coopfed.observe.lean import structlog

_CUT = 200


def _tame_values(_logger: Any, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Cuts what strangers wrote, and escapes what would steer a terminal, so that one line stays one line of bounded length."""
    for key, value in event.items():
        if isinstance(value, str) and key != "exception":
            shown = value if value.isprintable() else value[: _CUT + 1].encode("unicode_escape").decode("ascii")
            event[key] = shown if len(shown) <= _CUT else shown[:_CUT] + "…"
    return event


def _json(event: structlog.typing.EventDict, **_options: Any) -> str:
    return orjson.dumps(event, default=str).decode()


class _StandardError:
    """Standard error as it is at the moment of writing. Never raises: a closed pipe or a full disk behind it must not end the
    unit of work, or the thread, that had something to say."""

    def write(self, text: str) -> int:
        with contextlib.suppress(OSError, ValueError):
            return sys.stderr.write(text)
        return 0

    def flush(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.flush()


def configure(level: str, *, console: bool | None = None) -> None:
    """Sets up logging for the process: JSON lines, or readable ones when standard error is a terminal."""
    readable = sys.stderr.isatty() if console is None else console
    processors: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _tame_values,
        structlog.processors.format_exc_info,
    ]
    if readable:
        processors.append(structlog.dev.ConsoleRenderer(colors=False))
    else:
        processors.append(structlog.processors.JSONRenderer(serializer=_json))
    structlog.configure(
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.PrintLoggerFactory(file=cast(TextIO, _StandardError())),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s")


def logger(name: str) -> structlog.typing.FilteringBoundLogger:
    """The logger of a subject; its lines carry `subject=<name>`."""
    log: structlog.typing.FilteringBoundLogger = structlog.get_logger(subject=name)
    return log
