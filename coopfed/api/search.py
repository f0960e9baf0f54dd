"""Search: accounts, statuses and hashtags by words, by handle, or by an address that somebody pasted.

What another server does is never an error here: the lists are shorter then. Source: client_api research 6.
"""

import asyncio
from dataclasses import dataclass
from typing import Any

from quart import Blueprint, Response, request

from actors import search as names
from actors.lookup import on_blocked_hosts
from coopfed import limits
from coopfed.api import assemble
from coopfed.api.asking import answer, anybody, number, speaker, stretch, viewer
from coopfed.api.tags import shapes_of
from coopfed.db.tx import Tx
from coopfed.errors import InvalidInput, Unauthenticated
from coopfed.features.lookup import Stored, find
from coopfed.features.posts import index
from coopfed.features.tags import figures
from coopfed.ids import Urls
from coopfed.node import Node
from coopfed.oauth.tokens import Bearer
from coopfed.text.parameters import truth

KINDS = ("accounts", "statuses", "hashtags")
_MOST_OF_ACCOUNTS = 80
_SECONDS = 8
"""An app waits no longer than ten for an answer."""
_OFFSET_MAX = 10_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is searched: words; at most `count` of each kind, behind the first `skip`; posts only of `author`, if one is named."""

    words: str
    kinds: tuple[str, ...]
    count: int
    skip: int
    author: int | None
    only_followed: bool

    @property
    def is_address(self) -> bool:
        """Whether something was pasted: then nothing else is meant."""
        return self.words.startswith(("https://", "http://"))


def register(api: Blueprint, node: Node) -> None:
    """Adds the routes."""
    at_work: set[asyncio.Task[Stored | None]] = set()

    async def named(wanted: Wanted, *, ask: bool) -> Stored | None:
        """What a handle or address leads to, as far as that is known in time; what comes later is there for the next search."""
        if wanted.skip or not (wanted.is_address or "@" in wanted.words) or " " in wanted.words:
            return None
        task = asyncio.create_task(find(node, wanted.words, ask=ask))
        at_work.add(task)
        task.add_done_callback(at_work.discard)
        await asyncio.wait([task], timeout=_SECONDS)
        return task.result() if task.done() else None

    @api.get("/api/v2/search")
    async def search() -> Response:
        who, wanted = await anybody(node, "read:search"), _wanted()
        ask = _may_ask(who, wanted)
        found = await named(wanted, ask=ask)
        return answer(await node.db.read_long(_found, wanted, found, viewer(who), node.clock.now(), node.urls))

    @api.get("/api/v1/accounts/search")
    async def search_accounts() -> Response:
        who, wanted = await speaker(node, "read:accounts"), _wanted(_MOST_OF_ACCOUNTS, 40)
        found = await named(wanted, ask=_may_ask(who, wanted))
        return answer(await node.db.read_long(_accounts, wanted, found, who.actor.id, node.urls))


def _may_ask(who: Bearer | None, wanted: Wanted) -> bool:
    """Whether other servers are to be asked. Unauthenticated when a stranger wants that, or the pages behind the first."""
    ask = bool(truth(request.args.get("resolve")))
    if who is None and (ask or wanted.skip):
        raise Unauthenticated("only those who signed in may search on", reason="user_required")
    return ask


def _wanted(most: int = 40, usual: int = 20) -> Wanted:
    asked = request.args
    words, kind, skip = asked.get("q", "").strip(), asked.get("type", ""), asked.get("offset", "")
    if not words:
        raise InvalidInput("q is missing; say what is searched")
    if kind and kind not in KINDS:
        raise InvalidInput(f"type is one of: {', '.join(KINDS)}")
    return Wanted(
        words=words[: limits.ID_LENGTH],
        kinds=(kind,) if kind else KINDS,
        count=stretch(most, usual).limit,
        skip=min(int(skip), _OFFSET_MAX) if skip.isascii() and skip.isdigit() and len(skip) < 10 else 0,
        author=number(asked["account_id"], "account_id") if asked.get("account_id") else None,
        only_followed=bool(truth(asked.get("following"))),
    )


def _found(tx: Tx, wanted: Wanted, found: Stored | None, reader: int, now: int, urls: Urls) -> dict[str, Any]:
    """A Search; all three lists, whatever was asked for."""
    accounts = _accounts(tx, wanted, found, reader, urls) if "accounts" in wanted.kinds else []
    posts = _posts(tx, wanted, found, reader, urls) if "statuses" in wanted.kinds else []
    tags = []
    if "hashtags" in wanted.kinds and not wanted.is_address:
        tags = figures.search(tx, wanted.words, wanted.count, wanted.skip)
    return {"accounts": accounts, "statuses": posts, "hashtags": shapes_of(tx, tags, reader, now, urls)}


def _accounts(tx: Tx, wanted: Wanted, found: Stored | None, reader: int, urls: Urls) -> list[dict[str, Any]]:
    rows = []
    if not wanted.is_address:
        few = {"only_followed": wanted.only_followed}
        rows = names.search(tx, wanted.words, reader, wanted.count, wanted.skip, **few)
    first = [found.actor.id] if found is not None and found.post is None else []
    first = [id for id in first if id not in on_blocked_hosts(tx, first)]
    numbers = list(dict.fromkeys([*first, *(row.id for row in rows)]))
    return assemble.accounts_by_ids(tx, numbers[: wanted.count], urls)


def _posts(tx: Tx, wanted: Wanted, found: Stored | None, reader: int, urls: Urls) -> list[dict[str, Any]]:
    if wanted.is_address:
        numbers = [found.post.id] if found is not None and found.post is not None else []
    else:
        numbers = index.search(tx, wanted.words, reader, wanted.count, wanted.skip, wanted.author)
    return assemble.statuses(tx, numbers, reader, urls)
