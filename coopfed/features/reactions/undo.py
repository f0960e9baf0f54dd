"""Reactions as an Undo names them, and what ends with them. Units of work."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from actors.lookup import by_id, by_uri
from coopfed.db.tx import Tx
from coopfed.features import notifications
from coopfed.features.posts import store as posts
from coopfed.features.reactions import store
from coopfed.features.reactions.rules import BOOST, DISLIKE, EMOJI, FAVOURS, LIKE, meaning
from coopfed.features.reactions.store import ReactionRow
from coopfed.features.undone import Undone
from coopfed.node import Stamp
from coopfed.vocab.records import ObjectRef


def undone_boost(tx: Tx, ref: ObjectRef, actor_uri: str) -> Undone | None:
    """The boost that an Undo by this actor names."""
    return _undone(tx, ref, actor_uri, (BOOST,))


def undone_reaction(tx: Tx, ref: ObjectRef, actor_uri: str) -> Undone | None:
    """The like, dislike or emoji that an Undo by this actor names."""
    return _undone(tx, ref, actor_uri, (LIKE, DISLIKE, EMOJI))


def _undone(tx: Tx, ref: ObjectRef, actor_uri: str, kinds: tuple[str, ...]) -> Undone | None:
    rows = store.by_uri(tx, ref.id, kinds) if ref.id else []
    found = [_mine(tx, row) for row in (*rows, *_by_pair(tx, ref, actor_uri, kinds))]
    own = [undone for undone in found if undone.actor_uri == actor_uri]
    return next(iter([*own, *found]), None)


def _mine(tx: Tx, row: ReactionRow) -> Undone:
    actor = by_id(tx, row.actor_id)
    assert actor is not None
    return Undone(actor.uri, partial(_end, row))


def _end(row: ReactionRow, tx: Tx, _stamp: Stamp) -> None:
    end(tx, row)


def _by_pair(tx: Tx, ref: ObjectRef, actor_uri: str, kinds: tuple[str, ...]) -> Iterator[ReactionRow]:
    """By actor, post and emoji of an embedded reaction: its id may be missing, or not the one that it came with."""
    embedded = ref.embedded or {}
    said = meaning(embedded.get("type"), embedded)
    reactor, post = embedded.get("actor", actor_uri), _first_id(embedded.get("object"))
    if said is None or said[0] not in kinds or post is None:
        return
    actor_row, post_row = by_uri(tx, reactor), posts.by_uri(tx, post)
    if actor_row is None or post_row is None:
        return
    row = store.find(tx, actor_row.id, post_row.id, *said)
    if row is not None:
        yield row


def _first_id(objects: Any) -> str | None:
    first = next(iter(objects or ()), None)
    if isinstance(first, dict):
        first = first.get("id")
    return first if isinstance(first, str) else None


def end(tx: Tx, row: ReactionRow) -> bool:
    """Takes a reaction back, and with it what the author of the post was told. Whether it was still there."""
    if not store.remove(tx, row):
        return False
    if row.kind == BOOST:
        notifications.withdraw(tx, notifications.REBLOG, row.actor_id, row.object_id)
    elif row.kind in FAVOURS and not store.favours(tx, row.actor_id, row.object_id):
        notifications.withdraw(tx, notifications.FAVOURITE, row.actor_id, row.object_id)
    return True
