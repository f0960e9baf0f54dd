"""Events of other servers: shown with date, zone and place, in the reader's language, kept through Updates."""

from typing import Any

import orjson
import pytest

from coopfed.features.posts.events import lines
from coopfed.text.i18n import translator
from coopfed.vocab.events import read_event
from tests.coopfed.api.test_api import a_client
from tests.inbox.test_edits import stored
from tests.inbox.test_kinds_of_posts import arrives_as
from tests.support.scene import Scene

MEMBERS: dict[str, Any] = {
    "name": "Assembly",
    "startTime": "2026-12-11T19:00:00Z",
    "endTime": "2026-12-11T21:30:00Z",
    "timezone": "Europe/Rome",
    "location": {"type": "Place", "name": "Sala <b>Uno</b>", "address": {"addressLocality": "Bologna"}},
}


def told(language: str = "en", **members: Any) -> list[str]:
    """What a reader is told of an event."""
    event = read_event({"type": "Event", **members})
    assert event is not None
    return lines(event, translator(language))


@pytest.mark.parametrize(
    "bad",
    [
        {"startTime": "soon", "location": 7, "timezone": "../../etc/passwd"},
        {"startTime": {}, "location": [None, {}, []], "timezone": ["x"]},
        {"startTime": "9999-12-31T23:59:59-14:00", "timezone": "Pacific/Kiritimati"},
        {"startTime": "0001-01-01T00:00:00Z", "timezone": "America/New_York"},
        {"eventStatus": {"a": 1}, "endTime": "2026-01-01T00:00:00Z"},
        {"location": {"type": "Place", "address": {"streetAddress": ["x"]}}},
    ],
)
def test_nonsense_is_left_out(bad: dict[str, Any]) -> None:
    """security 1.4: whatever stands there, it is no error, and no file is opened by a zone's name."""
    for line in told(**bad):
        assert line


def test_markup_in_a_place_is_text() -> None:
    """security 1.5: places are plain."""
    assert told(location="<script>x</script> Hall") == ["Where: <script>x</script> Hall"]


@pytest.mark.parametrize(
    ("language", "when", "where"),
    [
        ("en", "When: 11 December 2026, 20:00–22:30 (Europe/Rome)", "Where: Hall, Bologna"),
        ("it", "Quando: 11 dicembre 2026, 20:00–22:30 (Europe/Rome)", "Dove: Hall, Bologna"),
        ("tr", "Ne zaman: 11 Aralık 2026, 20:00–22:30 (Europe/Rome)", "Nerede: Hall, Bologna"),
    ],
)
def test_date_and_place_come_in_the_readers_language(language: str, when: str, where: str) -> None:
    """Issue 4, 8: in three languages, in the zone where people meet."""
    place = {"type": "Place", "name": "Hall", "address": {"type": "PostalAddress", "addressLocality": "Bologna"}}

    assert told(language, **{**MEMBERS, "location": place}) == [when, where]


@pytest.mark.parametrize(
    ("location", "where"),
    [
        ("Town hall", "Town hall"),
        ({"name": "Colosseo"}, "Colosseo"),
        ({"type": "Place", "name": "Foo", "address": "15 Street, Town"}, "Foo, 15 Street, Town"),
        (
            {"type": "VirtualLocation", "name": "Call", "url": "https://jitsi.example/x"},
            "Call, https://jitsi.example/x",
        ),
        ([{"name": "Here"}, "There"], "Here; There"),
    ],
)
def test_place_is_read_in_every_shape(location: Any, where: str) -> None:
    """FEP-8a8e; Mobilizon, Gancio: text, Place, PostalAddress, VirtualLocation, several."""
    assert told(location=location) == [f"Where: {where}"]


@pytest.mark.parametrize("status", [{"ical:status": "CANCELLED"}, {"eventStatus": "https://schema.org/EventCancelled"}])
def test_cancelled_event_says_so(status: dict[str, str]) -> None:
    """s2s 2.20: `ical:status` of Mobilizon, `eventStatus` of schema.org."""
    assert told(**status) == ["Cancelled"]


def test_days_and_offsets_are_told() -> None:
    """Without a zone the offset of the beginning counts, over midnight both days are named."""
    night = told(startTime="2026-12-31T23:00:00+01:00", endTime="2027-01-01T04:00:00+01:00")
    alone = told(startTime="2026-12-31T23:00:00Z")

    assert night == ["When: 31 December 2026, 23:00 – 1 January 2027, 04:00 UTC+01:00"]
    assert alone == ["When: 31 December 2026, 23:00 UTC"]


async def test_app_and_page_show_the_event_and_its_change(scene: Scene) -> None:
    """Issue 4, 8: in the content of apps, escaped, and on pages; an Update moves it; the offset of Gancio is kept."""
    note = await arrives_as(scene, "Event", **MEMBERS)
    hashtag = {"type": "Hashtag", "name": "#music", "href": f"{scene.peer.base}/tags/music"}
    gancio = await arrives_as(scene, "Event", name="Concert", startTime="2026-07-14T17:30:57+02:00", tag=[hashtag])
    client = await a_client(scene)

    async def content(uri: str) -> str:
        shown: str = (await client.get(f"/statuses/{(await stored(scene, uri)).id}")).json["content"]
        return shown

    first = await content(note["id"])
    moved = {**note, "startTime": "2026-12-12T19:00:00Z", "endTime": "2026-12-12T20:00:00Z", "ical:status": "CANCELLED"}
    moved["updated"] = "2026-11-25T00:00:00Z"
    outcome = await scene.arrives(scene.alice.says("Update", moved))
    second = await content(note["id"])

    assert "When: 11 December 2026, 20:00–22:30 (Europe/Rome)<br>Where: Sala &lt;b&gt;Uno&lt;/b&gt;, Bologna" in first
    assert outcome == ["accepted"]
    assert "<p>Cancelled<br>When: 12 December 2026, 20:00–21:00 (Europe/Rome)" in second
    assert "17:30 UTC+02:00" in await content(gancio["id"])
    page = await scene.peer.send("GET", f"{scene.node.urls.base}/tags/music?lang=it", {"Accept": "text/html"})
    assert "Quando: 14 luglio 2026, 17:30 UTC+02:00" in page.body.decode()


def test_real_events_are_read(foreign_messages: Any) -> None:
    """Mobilizon's and Gancio's own messages."""
    mobilizon = orjson.loads((foreign_messages / "lemmy-assets/mobilizon/objects/event.json").read_bytes())
    gancio = orjson.loads((foreign_messages / "mobilizon/gancio-event-activity.json").read_bytes())["object"]

    assert told(**mobilizon) == [
        "When: 11 December 2022, 19:00–21:00 (Europe/London)",
        "Where: The Kenn Centre, Devon Expressway, EX6 7TW, Teignbridge, England, United Kingdom",
    ]
    assert told(**gancio) == ["When: 14 July 2021, 17:30–18:30 UTC+02:00", "Where: Colosseo"]
