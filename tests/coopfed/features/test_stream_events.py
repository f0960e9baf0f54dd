"""Rows for those who listen: what is told, what is too old, and that they do not grow for ever."""

import pytest
from sqlalchemy import func, select

from coopfed import limits
from coopfed.db.tx import Tx
from coopfed.features.push import rules
from coopfed.features.streams import store
from coopfed.features.streams.store import Kind
from coopfed.text.i18n import translator
from tests.support.nodes import NOW
from tests.support.scene import Scene

FRESH_MS = limits.STREAM_FRESH_SECONDS * 1000


def _kinds(tx: Tx, since: int) -> list[Kind]:
    return [event.kind for event in store.after(tx, since, 1_000)]


async def test_nothing_is_told_of_what_was_said_long_ago(scene: Scene) -> None:
    """limits.STREAM_FRESH_SECONDS, as on Mastodon: what comes late, or is looked up, is stored and not told."""

    def unit(tx: Tx) -> list[Kind]:
        since = store.newest(tx)
        store.posted(tx, 1, 1, 1, NOW - FRESH_MS, NOW)
        store.placed(tx, 1, 1, 1, NOW - FRESH_MS, NOW)
        store.posted(tx, 1, 1, 1, NOW - FRESH_MS + 1, NOW)
        return _kinds(tx, since)

    assert await scene.node.db.write(unit) == [Kind.POSTED]


async def test_only_the_last_rows_are_kept(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """limits.STREAM_EVENTS: and numbers go on growing when all rows are gone."""
    monkeypatch.setattr(limits, "STREAM_EVENTS", 300)

    def unit(tx: Tx) -> tuple[int, int, int]:
        for number in range(1_000):
            store.edited(tx, number, 1)
        count = tx.execute(select(func.count()).select_from(store.stream_event)).scalar_one()
        newest = store.newest(tx)
        tx.execute(store.stream_event.delete())
        store.edited(tx, 1, 1)
        return int(count), newest, store.newest(tx)

    count, newest, after = await scene.node.db.write(unit)

    assert 300 <= count <= 300 + 256
    assert after == newest + 1


async def test_row_says_where_a_post_stood(scene: Scene) -> None:
    """An end is told where the post stood, and nowhere else; one that stood nowhere leaves no row."""

    def unit(tx: Tx) -> list[store.Event]:
        since = store.newest(tx)
        store.deleted(tx, 7, 1, listed=False, public=False, local=True)
        store.deleted(tx, 8, 1, listed=True, public=True, local=True)
        return [event for event in store.after(tx, since, 10) if event.kind is Kind.DELETED]

    events = await scene.node.db.write(unit)

    assert [(event.entry_id, event.gone.public, event.gone.local) for event in events] == [(8, True, True)]


@pytest.mark.parametrize("more", [0, 1])
def test_texts_of_messages_are_cut(more: int) -> None:
    """limits.PUSH_TITLE, limits.PUSH_TEXT: at n they are whole, at n + 1 they end with a sign of it."""
    name, text = "ş" * (limits.PUSH_TITLE + more), "ş" * (limits.PUSH_TEXT + more)

    title = rules.headline(translator("en"), "mention", name)
    body = rules.message(
        token="t", language="en", notification_id=1, type="mention", icon="", title=title, body=text
    ).decode()

    assert ("…" in title, "…" in body) == (bool(more), bool(more))
    assert title.count("ş") == limits.PUSH_TITLE - more
    assert body.count("ş") == limits.PUSH_TEXT + limits.PUSH_TITLE - 2 * more
