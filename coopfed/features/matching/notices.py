"""Who is told at once of a strong match: by a notification of the post that shows the other's request, which any app for Mastodon has.

The job `tell_matches` looks at one request that is new or has changed: whose open requests and profiles of this node it fits, and, of
one of ours, which requests of others fit it. Source: domain research 8.7.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import bindparam, select

from actors.requests import readable, request
from actors.visibility import commended, unmuted
from coopfed import limits
from coopfed.clock import DAY_MS
from coopfed.db.tx import Tx
from coopfed.features import lookup, notifications
from coopfed.features.matching import candidates, rules, sides, store
from coopfed.features.matching.candidates import Scored, Wanted
from coopfed.features.matching.rules import POINTS, Kind, Match, Side
from coopfed.features.requests import rules as request_rules
from coopfed.features.requests import store as requests
from coopfed.features.requests.beside import post_of
from coopfed.features.requests.store import RequestRow
from coopfed.node import Node, Stamp

_MAY = select(request.c.id).where(
    request.c.id == bindparam("which"), readable(), unmuted(request.c.actor_id), commended(request.c.actor_id)
)


@dataclass(frozen=True, slots=True)
class Notice:
    """Somebody of this node whom it concerns, and the best of their matches with the request `about`."""

    recipient_id: int
    match: Match
    about: RequestRow


async def tell_matches(node: Node, key: str) -> None:
    """The job `tell_matches` (key: a request's number). What has no public post beside it waits for its readers in lists and mails."""
    found = await node.db.read_long(due, int(key), node.clock.now())
    for about in {notice.about.id: notice.about for notice in found}.values():
        # A Proposal may come where nobody follows its author: its post is asked for when somebody is to be told of it.
        known = not about.companion_uri or await lookup.find(node, about.companion_uri, ask=not about.local)
        if known:
            some = [notice for notice in found if notice.about.id == about.id]
            await node.db.write(_tell, some, node.stamp())


def due(tx: Tx, number: int, now: int) -> list[Notice]:
    """Whom this request concerns now that it is open. A unit of work."""
    row = requests.get(tx, number)
    if row is None or row.deleted_at is not None or row.at(now) not in request_rules.ANSWERABLE:
        return []
    side = sides.of_requests(tx, [number])[number]
    theirs = (
        [Notice(match.own.actor_id, match, row) for match in _best(_of_others(tx, side, now))] if row.public else []
    )
    return [*theirs, *(_of_its_owner(tx, side, now) if row.local else ())]


def _of_others(tx: Tx, side: Side, now: int) -> Iterator[Match]:
    """The matches that others of this node have in the request, seen from their side."""
    wanted = Wanted(limits.MATCH_STRONG - POINTS["recent"], local=True, count=limits.MATCH_NOTICES)
    scored = candidates.requests(tx, side, side.actor_id, now, wanted)
    owns: list[Side] = [*sides.of_requests(tx, [one.id for one in scored]).values()]
    scored = candidates.profiles(tx, side, side.actor_id, now, wanted)
    owns += sides.of_profiles(tx, [one.id for one in scored]).values()
    for own in owns:
        match = rules.match(own, side, now)
        if match is not None and match.score >= limits.MATCH_STRONG and _may(tx, side.id, own.actor_id):
            yield match


def _may(tx: Tx, number: int, viewer: int) -> bool:
    return tx.execute(_MAY, {"which": number, "viewer": viewer}).one_or_none() is not None


def _best(matches: Iterator[Match]) -> list[Match]:
    """Of each actor the best."""
    found: dict[int, Match] = {}
    for match in matches:
        known = found.get(match.own.actor_id)
        if known is None or match.score > known.score:
            found[match.own.actor_id] = match
    return list(found.values())


def _of_its_owner(tx: Tx, side: Side, now: int) -> list[Notice]:
    """The requests of others that fit one of ours: whoever writes it learns of what is there already."""
    wanted = Wanted(limits.MATCH_STRONG, count=limits.MATCH_NOTICES_A_DAY)
    scored: list[tuple[Side, Scored]] = [
        (side, one) for one in candidates.requests(tx, side, side.actor_id, now, wanted) if one.kind is Kind.REQUEST
    ]
    matches = store.explained(tx, scored, now)
    rows = requests.by_ids(tx, [match.other.id for match in matches])
    return [Notice(side.actor_id, match, rows[match.other.id]) for match in matches if rows[match.other.id].public]


def _tell(tx: Tx, notices: list[Notice], stamp: Stamp) -> None:
    post = post_of(tx, notices[0].about)
    if post is None or post.deleted_at is not None:
        return
    for notice in notices:
        pair = store.pair_of(notice.match)
        known = store.remember(tx, notice.recipient_id, [pair], stamp)[pair]
        if known.noticed_at is not None or known.dismissed_at is not None:
            continue
        day = stamp.now - stamp.clock.span(DAY_MS // 1000)
        if store.noticed_since(tx, notice.recipient_id, day) >= limits.MATCH_NOTICES_A_DAY:
            continue
        # The subject is the post: who is told of its author's posts anyway, is told once.
        notifications.notify(
            tx, notice.recipient_id, notifications.STATUS, post.actor_id, post.uri, stamp, object_id=post.id
        )
        store.noticed(tx, known, stamp.now)
