"""Counts how many foreign messages this run could read, and says it at its end."""

from collections import Counter
from dataclasses import dataclass, field

import pytest

from tests.coopfed.vocab.expectations import Expectation, Read, Stripped


@dataclass
class Acceptance:
    """Messages by software folder: all, those read as stored, and those read as sent (with the context put back)."""

    messages: Counter[str] = field(default_factory=Counter)
    stored: Counter[str] = field(default_factory=Counter)
    sent: Counter[str] = field(default_factory=Counter)

    def count(self, path: str, expected: Expectation) -> None:
        """Count one message; whether it really is read so is asserted by the test that counts it."""
        folder = path.partition("/")[0]
        wire = expected.wire if isinstance(expected, Stripped) else expected
        self.messages[folder] += 1
        self.stored[folder] += isinstance(expected, Read)
        self.sent[folder] += isinstance(wire, Read)


ACCEPTANCE = pytest.StashKey[Acceptance]()


@pytest.fixture(scope="session")
def acceptance(pytestconfig: pytest.Config) -> Acceptance:
    """The counter of this run."""
    return pytestconfig.stash.setdefault(ACCEPTANCE, Acceptance())


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say the rate of acceptance, in all and by folder."""
    counted = config.stash.get(ACCEPTANCE, None)
    if counted is None:
        return
    terminalreporter.section("foreign messages read")
    for folder, total in [("all", counted.messages.total()), *sorted(counted.messages.items())]:
        stored, sent = (tally.total() if folder == "all" else tally[folder] for tally in (counted.stored, counted.sent))
        terminalreporter.line(
            f"{folder}: {sent} of {total} ({sent / total:.0%}); {stored} without their @context put back"
        )
