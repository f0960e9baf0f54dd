"""Privacy policy and terms of service: nothing where nothing is configured, what the file says now, cleaned; on pages and in apps."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from coopfed import limits
from tests.support.peers import Answer
from tests.support.scene import Scene, a_scene

TEXT = "# What we keep\n\nNothing *more* than needed.\n\n<script>alert(1)</script> <img src=x onerror=alert(1)>"
WHEN = 1_790_000_000


@pytest.fixture
async def house(database_url: str, tmp_path: Path) -> AsyncIterator[Scene]:
    """A node with both texts, each in a file."""
    names = {"privacy_policy": tmp_path / "privacy.md", "terms_of_service": tmp_path / "terms.md"}
    for path in names.values():
        path.write_text(TEXT)
        os.utime(path, (WHEN, WHEN))
    async with a_scene(database_url, **names) as scene:
        yield scene


async def get(scene: Scene, path: str) -> Answer:
    """Asked by a stranger."""
    return await scene.peer.send("GET", scene.node.urls.base + path, {})


PATHS = ("/privacy-policy", "/terms-of-service", "/api/v1/instance/privacy_policy", "/api/v1/instance/terms_of_service")


@pytest.mark.parametrize("path", PATHS)
async def test_what_is_not_configured_is_not_there(scene: Scene, path: str) -> None:
    """404, no link in the instance document nor at the foot of pages."""
    assert (await get(scene, path)).status == 404
    urls = (await get(scene, "/api/v2/instance")).json["configuration"]["urls"]
    assert (urls["privacy_policy"], urls["terms_of_service"]) == (None, None)
    assert b"privacy-policy" not in (await get(scene, "/")).body


async def test_file_that_is_missing_or_too_large_is_404(house: Scene, tmp_path: Path) -> None:
    """The log says why; no 500, and no half of a text."""
    (tmp_path / "privacy.md").unlink()
    (tmp_path / "terms.md").write_text("x" * (limits.HOUSE_TEXT_BYTES + 1))
    for path in PATHS:
        assert (await get(house, path)).status == 404
    (tmp_path / "terms.md").write_text("x" * limits.HOUSE_TEXT_BYTES)
    assert (await get(house, PATHS[3])).status == 200


async def test_texts_are_shown_on_pages_and_in_apps(house: Scene, tmp_path: Path) -> None:
    """Markdown, cleaned; linked at the foot of pages; a change is seen at once."""
    for path in PATHS:
        answer = await get(house, path)
        assert answer.status == 200
        assert b"<em>more</em>" in answer.body
        assert b"<script>alert" not in answer.body
        assert b"<img src=x" not in answer.body
    policy = (await get(house, PATHS[2])).json
    terms = (await get(house, PATHS[3])).json
    assert policy["updated_at"] == "2026-09-21T14:13:20.000Z"
    assert (terms["effective_date"], terms["effective"], terms["succeeded_by"]) == ("2026-09-21", True, None)
    assert (await get(house, "/api/v1/instance/terms_of_service/2026-09-21")).json == terms
    assert (await get(house, "/api/v1/instance/terms_of_service/2026-09-20")).status == 404
    urls = (await get(house, "/api/v2/instance")).json["configuration"]["urls"]
    assert urls["privacy_policy"] == f"{house.node.urls.base}/privacy-policy"
    assert b'href="/terms-of-service' in (await get(house, "/")).body
    (tmp_path / "privacy.md").write_text("Nothing at all.")
    assert b"Nothing at all." in (await get(house, PATHS[0])).body
