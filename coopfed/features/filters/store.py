"""Rows of filters: each is one account's at one actor. Units of work."""

from dataclasses import replace
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from coopfed import limits
from coopfed.db.models import Filter, FilterKeyword, FilterStatus
from coopfed.db.tx import Tx, table
from coopfed.errors import InvalidInput, NotFound
from coopfed.features.filters.rules import FilterRow, Keyword
from coopfed.features.streams import store as streams
from coopfed.node import Stamp

filter_, keyword, status = table(Filter), table(FilterKeyword), table(FilterStatus)
_mine = (filter_.c.account_id == bindparam("account"), filter_.c.actor_id == bindparam("actor"))
_COLUMNS = (filter_.c.id, filter_.c.title, filter_.c.contexts, filter_.c.action, filter_.c.expires_at)
_ALL = select(*_COLUMNS).where(*_mine).order_by(filter_.c.id)
_ACTIVE = (
    select(*_COLUMNS)
    .where(*_mine, or_(filter_.c.expires_at.is_(None), filter_.c.expires_at > bindparam("now")))
    .order_by(filter_.c.id)
)
_ONE = select(*_COLUMNS).where(*_mine, filter_.c.id == bindparam("which"))
_COUNT = select(func.count()).select_from(filter_).where(*_mine)
_KEYWORDS = (
    select(keyword.c.filter_id, keyword.c.id, keyword.c.keyword, keyword.c.whole_word)
    .where(keyword.c.filter_id.in_(bindparam("ids", expanding=True)))
    .order_by(keyword.c.id)
)
_STATUSES = (
    select(status.c.filter_id, status.c.id, status.c.object_id)
    .where(status.c.filter_id.in_(bindparam("ids", expanding=True)))
    .order_by(status.c.id)
)
_ADD, _ADD_KEYWORD = insert(filter_), insert(keyword)
_ADD_STATUS = upsert(status).on_conflict_do_nothing()
_CHANGE = (
    update(filter_)
    .where(filter_.c.id == bindparam("which"))
    .values(
        title=bindparam("new_title"),
        contexts=bindparam("new_contexts"),
        action=bindparam("new_action"),
        expires_at=bindparam("new_end"),
    )
)
_CHANGE_KEYWORD = (
    update(keyword)
    .where(keyword.c.id == bindparam("which"))
    .values(keyword=bindparam("new_keyword"), whole_word=bindparam("new_whole"))
)
_DELETE = delete(filter_).where(*_mine, filter_.c.id == bindparam("which"))
_DELETE_KEYWORD = delete(keyword).where(keyword.c.id == bindparam("which"))
_DELETE_STATUS = delete(status).where(status.c.id == bindparam("which"))
_OF_KEYWORD = select(keyword.c.filter_id).where(keyword.c.id == bindparam("which"))
_OF_STATUS = select(status.c.filter_id).where(status.c.id == bindparam("which"))

Owner = tuple[int, int]
"""Whose filters: the account's number, and that of the actor it speaks as."""


def of(tx: Tx, owner: Owner) -> list[FilterRow]:
    """All filters of somebody."""
    return _whole(tx, tx.execute(_ALL, _named(owner)).all())


def active(tx: Tx, owner: Owner, now: int) -> list[FilterRow]:
    """The filters that are in force."""
    return _whole(tx, tx.execute(_ACTIVE, {**_named(owner), "now": now}).all())


def one(tx: Tx, owner: Owner, number: int) -> FilterRow:
    """A filter of somebody. NotFound when they have none with this number."""
    found = _whole(tx, tx.execute(_ONE, {**_named(owner), "which": number}).all())
    if not found:
        raise NotFound(f"no filter {number} of this reader")
    return found[0]


def create(tx: Tx, owner: Owner, row: FilterRow, stamp: Stamp) -> FilterRow:
    """Stores a filter with its keywords, whatever numbers they have. InvalidInput when there are too many."""
    if int(tx.execute(_COUNT, _named(owner)).scalar_one()) >= limits.FILTERS:
        raise InvalidInput(f"Validation failed: there are {limits.FILTERS} filters already")
    number = stamp.mint(None)
    tx.execute(
        _ADD,
        {
            "id": number,
            "account_id": owner[0],
            "actor_id": owner[1],
            "title": row.title,
            "contexts": " ".join(row.contexts),
            "action": row.action,
            "expires_at": row.expires_at,
        },
    )
    for word in row.keywords:
        add_keyword(tx, owner, number, word.keyword, word.whole_word, stamp)
    streams.filtered(tx, *owner)
    return one(tx, owner, number)


def change(tx: Tx, owner: Owner, row: FilterRow) -> FilterRow:
    """The filter is as `row` now, but for its keywords and posts. NotFound as `one`."""
    one(tx, owner, row.id)
    values = {"new_title": row.title, "new_contexts": " ".join(row.contexts), "new_action": row.action}
    tx.execute(_CHANGE, {"which": row.id, **values, "new_end": row.expires_at})
    streams.filtered(tx, *owner)
    return one(tx, owner, row.id)


def remove(tx: Tx, owner: Owner, number: int) -> None:
    """Deletes a filter. NotFound as `one`."""
    one(tx, owner, number)
    tx.execute(_DELETE, {**_named(owner), "which": number})
    streams.filtered(tx, *owner)


def add_keyword(tx: Tx, owner: Owner, number: int, word: str, whole_word: bool, stamp: Stamp) -> Keyword:
    """A keyword more. NotFound as `one`; InvalidInput when there are too many."""
    if len(one(tx, owner, number).keywords) >= limits.FILTER_KEYWORDS:
        raise InvalidInput(f"Validation failed: there are {limits.FILTER_KEYWORDS} keywords already")
    row = Keyword(stamp.mint(None), word, whole_word)
    tx.execute(_ADD_KEYWORD, {"id": row.id, "filter_id": number, "keyword": word, "whole_word": whole_word})
    streams.filtered(tx, *owner)
    return row


def with_keyword(tx: Tx, owner: Owner, number: int) -> tuple[FilterRow, Keyword]:
    """A keyword by its number, and the filter that it is of. NotFound when it is not theirs."""
    row = one(tx, owner, tx.execute(_OF_KEYWORD, {"which": number}).scalar_one_or_none() or 0)
    return row, next(word for word in row.keywords if word.id == number)


def change_keyword(tx: Tx, owner: Owner, number: int, word: str, whole_word: bool) -> Keyword:
    """The keyword as it is now. NotFound as `with_keyword`."""
    with_keyword(tx, owner, number)
    tx.execute(_CHANGE_KEYWORD, {"which": number, "new_keyword": word, "new_whole": whole_word})
    streams.filtered(tx, *owner)
    return Keyword(number, word, whole_word)


def remove_keyword(tx: Tx, owner: Owner, number: int) -> None:
    """Deletes a keyword. NotFound as `with_keyword`."""
    with_keyword(tx, owner, number)
    tx.execute(_DELETE_KEYWORD, {"which": number})
    streams.filtered(tx, *owner)


def add_status(tx: Tx, owner: Owner, number: int, post_id: int, stamp: Stamp) -> tuple[int, int]:
    """A post more: the number of the entry, and the post's. NotFound as `one`; InvalidInput when there are too many."""
    if len(one(tx, owner, number).statuses) >= limits.FILTER_KEYWORDS:
        raise InvalidInput(f"Validation failed: there are {limits.FILTER_KEYWORDS} statuses already")
    tx.execute(_ADD_STATUS, {"id": stamp.mint(None), "filter_id": number, "object_id": post_id})
    streams.filtered(tx, *owner)
    return next(entry for entry in one(tx, owner, number).statuses if entry[1] == post_id)


def with_status(tx: Tx, owner: Owner, number: int) -> tuple[int, int]:
    """The entry of a post by its number. NotFound when it is not theirs."""
    row = one(tx, owner, tx.execute(_OF_STATUS, {"which": number}).scalar_one_or_none() or 0)
    return next(entry for entry in row.statuses if entry[0] == number)


def remove_status(tx: Tx, owner: Owner, number: int) -> None:
    """Deletes the entry of a post. NotFound as `with_status`."""
    with_status(tx, owner, number)
    tx.execute(_DELETE_STATUS, {"which": number})
    streams.filtered(tx, *owner)


def _named(owner: Owner) -> dict[str, int]:
    return {"account": owner[0], "actor": owner[1]}


def _whole(tx: Tx, rows: Any) -> list[FilterRow]:
    found = {
        row.id: FilterRow(row.id, row.title, tuple(row.contexts.split()), row.action, row.expires_at) for row in rows
    }
    if not found:
        return []
    words: dict[int, list[Keyword]] = {}
    posts: dict[int, list[tuple[int, int]]] = {}
    for row in tx.execute(_KEYWORDS, {"ids": list(found)}):
        words.setdefault(row.filter_id, []).append(Keyword(row.id, row.keyword, bool(row.whole_word)))
    for row in tx.execute(_STATUSES, {"ids": list(found)}):
        posts.setdefault(row.filter_id, []).append((row.id, row.object_id))
    return [
        replace(row, keywords=tuple(words.get(id, ())), statuses=tuple(posts.get(id, ()))) for id, row in found.items()
    ]
