"""Each storm at a small part of its size: healthy peers are served, nothing acknowledged is lost, memory stays bounded."""

import pytest

from tests.storms.storms import STORMS

CASES = [(name, engine) for name, forecast in STORMS.items() for engine in forecast.engines]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "engine"), CASES)
async def test_bad_day_is_survived(name: str, engine: str) -> None:
    """Security 2.3, R4 to R19: the figures of the full size are those of `./run soak`."""
    forecast = STORMS[name]

    storm = await forecast.run(engine, forecast.small)

    assert storm.wrong == [], storm.rows()
