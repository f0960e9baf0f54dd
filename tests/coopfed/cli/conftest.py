"""Commands run in the process of the tests, whose logging they must not set up."""

import pytest

from coopfed.observe import logs


@pytest.fixture(autouse=True)
def own_logging(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leaves the logging of this process alone: other tests read it."""
    monkeypatch.setattr(logs, "configure", lambda *_arguments, **_options: None)
