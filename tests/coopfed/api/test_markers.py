"""Markers: every app begins where another stopped."""

import asyncio

from coopfed.features import markers
from tests.coopfed.api.test_api import a_client
from tests.support.scene import Scene


async def test_markers_move_and_are_each_readers_own(scene: Scene) -> None:
    """GET/POST /markers; design 9: of (account, actor)."""
    mine, theirs = await a_client(scene), await a_client(scene, role="author")
    assert (await mine.get("/markers?timeline[]=home&timeline[]=notifications")).json == {}

    set_once = (await mine.post("/markers", home={"last_read_id": "103194548672408537"})).json
    set_again = (await mine.post("/markers", home={"last_read_id": "7"}, notifications={"last_read_id": "12"})).json

    assert (set_once["home"]["last_read_id"], set_once["home"]["version"]) == ("103194548672408537", 1)
    assert (set_again["home"]["version"], set_again["notifications"]["version"]) == (2, 1)
    assert (await mine.get("/markers?timeline[]=home")).json == {"home": set_again["home"]}
    assert (await theirs.get("/markers?timeline=home")).json == {}


async def test_markers_that_make_no_sense_are_refused(scene: Scene) -> None:
    """Bad input: 422; an unknown timeline has no marker."""
    client = await a_client(scene)
    for fields in ({"home": "7"}, {"home": {}}, {"home": {"last_read_id": "x"}}):
        assert (await client.post("/markers", **fields)).status == 422
    assert (await client.post("/markers", kitchen={"last_read_id": "1"})).json == {}
    assert (await client.get("/markers")).json == {}


async def test_of_two_apps_at_once_none_is_lost(scene: Scene) -> None:
    """client_api 5, Marker: versions count every change, or the app is told (409)."""
    client = await a_client(scene)
    answers = await asyncio.gather(*(client.post("/markers", home={"last_read_id": str(n)}) for n in range(1, 9)))

    taken = [one.json["home"]["version"] for one in answers if one.status == 200]
    assert sorted(taken) == list(range(1, len(taken) + 1))
    assert {one.status for one in answers} <= {200, 409}
    assert markers.TIMELINES == ("home", "notifications")
