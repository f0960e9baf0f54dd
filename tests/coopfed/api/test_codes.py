"""The code tables by HTTP: all of them, found by any label, kept by caches."""

from typing import Any

import pytest

from coopfed.codes import tables
from tests.support.peers import Answer
from tests.support.scene import Scene


async def ask(scene: Scene, path: str, headers: dict[str, str] | None = None) -> Answer:
    """A stranger's GET."""
    return await scene.peer.send("GET", f"{scene.node.urls.base}/api/coopfed/v1{path}", headers or {})


async def test_tables_are_listed_and_read_by_everybody(scene: Scene) -> None:
    """api.md 2: names and sizes; each row with code, three labels, parent and the rest; 304 for who has it; 404 for no table."""
    listed = (await ask(scene, "/codes")).json
    assert [(one["table"], one["size"]) for one in listed] == [
        (name, len(tables.table(name))) for name in tables.names()
    ]
    assert {one["updated_at"] for one in listed} == {"2026-11-30T00:00:00.000Z"}

    whole = await ask(scene, "/codes/nace_divisions")
    assert (len(whole.json), whole.headers["Cache-Control"]) == (88, "public, max-age=3600")
    assert whole.json[2] == {
        "code": "03",
        "labels": {
            "en": "Fishing and aquaculture",
            "it": "Pesca e acquacoltura",
            "tr": "Balıkçılık ve su ürünleri yetiştiriciliği",
        },
        "parent": "A",
        "data": {"section_rev21": "A"},
    }
    again = await ask(scene, "/codes/nace_divisions", {"If-None-Match": whole.headers["ETag"]})
    assert (again.status, again.body) == (304, b"")
    for path in ("/codes/nothing", "/codes/..%2Fidentifiers"):
        assert (await ask(scene, path)).status == 404


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("nace_divisions?q=balikcilik", ["03"]),
        ("nace_divisions?q=BALIK%C3%87ILIK", ["03"]),
        ("nace_divisions?q=acquacoltura", ["03"]),
        ("nace_divisions?parent=A&limit=2", ["01", "02"]),
        ("nace_divisions?parent=A&limit=0", ["01"]),
        ("nace_divisions?parent=A&limit=no", ["01", "02", "03"]),
        ("regions?q=puglia", ["ITF4"]),
        ("regions?parent=TR31", ["TR310"]),
        ("sdgs?q=clima", ["13"]),
        ("cooperative_role?q=y%C3%B6netici", ["admin"]),
        ("nace_divisions?q=nothing+of+the+kind", []),
        ("nace_divisions?parent=", []),
    ],
)
async def test_codes_are_found(scene: Scene, query: str, codes: list[str]) -> None:
    """api.md 2: q, parent, limit."""
    found: Any = (await ask(scene, f"/codes/{query}")).json

    assert [one["code"] for one in found] == codes
