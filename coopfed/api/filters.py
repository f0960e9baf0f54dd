"""Filters of the reader: version 2 whole, and version 1 as older apps know it, where each keyword is a filter of its own."""

from dataclasses import replace
from typing import Any

from quart import Blueprint, Response

from coopfed.api.asking import answer, number, parameters, speaker
from coopfed.api.filtered import head
from coopfed.api.meant import seen
from coopfed.api.words import moment
from coopfed.db.tx import Tx
from coopfed.errors import InvalidInput
from coopfed.features.filters import rules, store
from coopfed.features.filters.rules import Action, FilterRow, Keyword
from coopfed.features.filters.store import Owner
from coopfed.node import Node, Stamp
from coopfed.oauth.tokens import Bearer
from coopfed.text.parameters import listed, truth

Shape = dict[str, Any]
_LONGEST = 100 * 365 * 24 * 3600


def register(api: Blueprint, node: Node) -> None:
    """Adds the routes."""
    _register_filters(api, node)
    _register_parts(api, node)
    _register_version_1(api, node)


def _register_filters(api: Blueprint, node: Node) -> None:
    @api.get("/api/v2/filters")
    async def filters() -> Response:
        who = await speaker(node, "read:filters")
        return answer([_filter(row) for row in await node.db.read(store.of, _owner(who))])

    @api.post("/api/v2/filters")
    async def create_filter() -> Response:
        who = await speaker(node, "write:filters")
        asked = await parameters()
        row = FilterRow(
            id=0,
            title=rules.checked_title(asked.get("title")),
            contexts=rules.checked_contexts(listed(asked.get("context")) or []),
            action=rules.checked_action(asked.get("filter_action") or Action.WARN),
            expires_at=_end(node, asked.get("expires_in")),
            keywords=tuple(_keyword_of(given) for given in listed(asked.get("keywords_attributes")) or []),
        )
        return answer(_filter(await node.db.write(store.create, _owner(who), row, node.stamp())))

    @api.get("/api/v2/filters/<id>")
    async def get_filter(id: str) -> Response:
        who = await speaker(node, "read:filters")
        return answer(_filter(await node.db.read(store.one, _owner(who), number(id))))

    @api.put("/api/v2/filters/<id>")
    async def change_filter(id: str) -> Response:
        who = await speaker(node, "write:filters")
        asked = await parameters()

        def unit(tx: Tx, stamp: Stamp) -> FilterRow:
            row = store.one(tx, _owner(who), number(id))
            store.change(tx, _owner(who), _changed(node, row, asked))
            for given in listed(asked.get("keywords_attributes")) or []:
                _change_keyword(tx, _owner(who), row.id, given, stamp)
            return store.one(tx, _owner(who), row.id)

        return answer(_filter(await node.db.write(unit, node.stamp())))

    @api.delete("/api/v2/filters/<id>")
    async def delete_filter(id: str) -> Response:
        who = await speaker(node, "write:filters")
        await node.db.write(store.remove, _owner(who), number(id))
        return answer({})


def _register_parts(api: Blueprint, node: Node) -> None:
    @api.get("/api/v2/filters/<id>/keywords")
    async def keywords(id: str) -> Response:
        who = await speaker(node, "read:filters")
        row = await node.db.read(store.one, _owner(who), number(id))
        return answer([_keyword(word) for word in row.keywords])

    @api.post("/api/v2/filters/<id>/keywords")
    async def add_keyword(id: str) -> Response:
        who = await speaker(node, "write:filters")
        word = _keyword_of(await parameters())
        made = await node.db.write(
            store.add_keyword, _owner(who), number(id), word.keyword, word.whole_word, node.stamp()
        )
        return answer(_keyword(made))

    @api.get("/api/v2/filters/keywords/<id>")
    async def get_keyword(id: str) -> Response:
        who = await speaker(node, "read:filters")
        _row, word = await node.db.read(store.with_keyword, _owner(who), number(id))
        return answer(_keyword(word))

    @api.put("/api/v2/filters/keywords/<id>")
    async def change_keyword(id: str) -> Response:
        who = await speaker(node, "write:filters")
        word = _keyword_of(await parameters())
        changed = await node.db.write(store.change_keyword, _owner(who), number(id), word.keyword, word.whole_word)
        return answer(_keyword(changed))

    @api.delete("/api/v2/filters/keywords/<id>")
    async def delete_keyword(id: str) -> Response:
        who = await speaker(node, "write:filters")
        await node.db.write(store.remove_keyword, _owner(who), number(id))
        return answer({})

    @api.get("/api/v2/filters/<id>/statuses")
    async def statuses(id: str) -> Response:
        who = await speaker(node, "read:filters")
        row = await node.db.read(store.one, _owner(who), number(id))
        return answer([_status(entry) for entry in row.statuses])

    @api.post("/api/v2/filters/<id>/statuses")
    async def add_status(id: str) -> Response:
        who = await speaker(node, "write:filters")
        post = await seen(node, str((await parameters()).get("status_id") or ""), who.actor.id)
        return answer(_status(await node.db.write(store.add_status, _owner(who), number(id), post, node.stamp())))

    @api.get("/api/v2/filters/statuses/<id>")
    async def get_status(id: str) -> Response:
        who = await speaker(node, "read:filters")
        return answer(_status(await node.db.read(store.with_status, _owner(who), number(id))))

    @api.delete("/api/v2/filters/statuses/<id>")
    async def delete_status(id: str) -> Response:
        who = await speaker(node, "write:filters")
        await node.db.write(store.remove_status, _owner(who), number(id))
        return answer({})


def _register_version_1(api: Blueprint, node: Node) -> None:
    @api.get("/api/v1/filters")
    async def filters_v1() -> Response:
        who = await speaker(node, "read:filters")
        rows = await node.db.read(store.of, _owner(who))
        return answer([_v1(row, word) for row in rows for word in row.keywords])

    @api.post("/api/v1/filters")
    async def create_filter_v1() -> Response:
        who = await speaker(node, "write:filters")
        asked = await parameters()
        phrase = rules.checked_keyword(asked.get("phrase"))
        word = Keyword(0, phrase, truth(asked.get("whole_word")) is not False)
        row = FilterRow(
            id=0,
            title=phrase,
            contexts=rules.checked_contexts(listed(asked.get("context")) or []),
            action=Action.HIDE if truth(asked.get("irreversible")) else Action.WARN,
            expires_at=_end(node, asked.get("expires_in")),
            keywords=(word,),
        )
        made = await node.db.write(store.create, _owner(who), row, node.stamp())
        return answer(_v1(made, made.keywords[0]))

    @api.get("/api/v1/filters/<id>")
    async def get_filter_v1(id: str) -> Response:
        who = await speaker(node, "read:filters")
        return answer(_v1(*await node.db.read(store.with_keyword, _owner(who), number(id))))

    @api.put("/api/v1/filters/<id>")
    async def change_filter_v1(id: str) -> Response:
        who = await speaker(node, "write:filters")
        asked = await parameters()
        return answer(_v1(*await node.db.write(_change_v1, node, _owner(who), number(id), asked)))

    @api.delete("/api/v1/filters/<id>")
    async def delete_filter_v1(id: str) -> Response:
        who = await speaker(node, "write:filters")
        await node.db.write(_remove_v1, _owner(who), number(id))
        return answer({})


def _owner(who: Bearer) -> Owner:
    return who.account_id, who.actor.id


def _end(node: Node, seconds: object) -> int | None:
    """When a filter ends, by the seconds that it is to hold; None: never."""
    if seconds in (None, "", "null"):
        return None
    text = str(seconds)
    if not text.isascii() or not text.isdigit() or not 0 < int(text) <= _LONGEST:
        raise InvalidInput("Validation failed: expires_in is a number of seconds")
    return node.clock.now() + int(text) * 1000


def _changed(node: Node, row: FilterRow, asked: dict[str, Any]) -> FilterRow:
    """The filter with what was asked; `expires_in` that is given and empty ends its end."""
    contexts = listed(asked.get("context"))
    return replace(
        row,
        title=rules.checked_title(asked["title"]) if asked.get("title") is not None else row.title,
        contexts=rules.checked_contexts(contexts) if contexts else row.contexts,
        action=rules.checked_action(asked["filter_action"]) if asked.get("filter_action") else row.action,
        expires_at=_end(node, asked["expires_in"]) if "expires_in" in asked else row.expires_at,
    )


def _keyword_of(given: Any) -> Keyword:
    if not isinstance(given, dict):
        raise InvalidInput("Validation failed: keywords_attributes is a list of objects with a keyword")
    return Keyword(0, rules.checked_keyword(given.get("keyword")), bool(truth(given.get("whole_word"))))


def _change_keyword(tx: Tx, owner: Owner, filter_id: int, given: Any, stamp: Stamp) -> None:
    """A keyword among the attributes of its filter: new, changed by its id, or taken away by `_destroy`."""
    if not isinstance(given, dict) or not given.get("id"):
        word = _keyword_of(given)
        store.add_keyword(tx, owner, filter_id, word.keyword, word.whole_word, stamp)
        return
    known = number(str(given["id"]))
    if truth(given.get("_destroy")):
        store.remove_keyword(tx, owner, known)
        return
    _row, before = store.with_keyword(tx, owner, known)
    whole = truth(given.get("whole_word"))
    text = rules.checked_keyword(given.get("keyword") or before.keyword)
    store.change_keyword(tx, owner, known, text, before.whole_word if whole is None else whole)


def _change_v1(tx: Tx, node: Node, owner: Owner, keyword_id: int, asked: dict[str, Any]) -> tuple[FilterRow, Keyword]:
    """Changes a keyword and its filter; what an app for version 1 cannot see, it cannot change. A unit of work."""
    row, word = store.with_keyword(tx, owner, keyword_id)
    if len(row.keywords) > 1 and {"context", "expires_in", "irreversible"} & set(asked):
        raise InvalidInput("Validation failed: this filter has several keywords; an app for filters v2 changes it")
    whole, hides = truth(asked.get("whole_word")), truth(asked.get("irreversible"))
    phrase = rules.checked_keyword(asked.get("phrase") or word.keyword)
    store.change_keyword(tx, owner, word.id, phrase, word.whole_word if whole is None else whole)
    action = None if hides is None else Action.HIDE if hides else Action.WARN
    store.change(tx, owner, _changed(node, row, {**asked, "title": None, "filter_action": action}))
    return store.with_keyword(tx, owner, word.id)


def _remove_v1(tx: Tx, owner: Owner, keyword_id: int) -> None:
    """Takes the keyword away, and its filter when it was the last. A unit of work."""
    row, word = store.with_keyword(tx, owner, keyword_id)
    if len(row.keywords) == 1:
        store.remove(tx, owner, row.id)
    else:
        store.remove_keyword(tx, owner, word.id)


def _filter(row: FilterRow) -> Shape:
    """A Filter."""
    keywords, statuses = [_keyword(word) for word in row.keywords], [_status(entry) for entry in row.statuses]
    return {**head(row), "keywords": keywords, "statuses": statuses}


def _keyword(word: Keyword) -> Shape:
    return {"id": str(word.id), "keyword": word.keyword, "whole_word": word.whole_word}


def _status(entry: tuple[int, int]) -> Shape:
    return {"id": str(entry[0]), "status_id": str(entry[1])}


def _v1(row: FilterRow, word: Keyword) -> Shape:
    """A V1::Filter, by the number of its keyword."""
    return {
        "id": str(word.id),
        "phrase": word.keyword,
        "context": list(row.contexts),
        "whole_word": word.whole_word,
        "expires_at": moment(row.expires_at) if row.expires_at is not None else None,
        "irreversible": row.action == Action.HIDE,
    }
