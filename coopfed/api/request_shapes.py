"""Requests and responses as our own API shows them. Units of work. Source: API contract 4.1, 5."""

from collections.abc import Mapping, Sequence
from typing import Any

from actors.lookup import by_ids
from actors.roles import Role, may_approve, may_negotiate, may_write
from coopfed.api import assemble
from coopfed.api.media import media_attachment
from coopfed.api.shapes import attachment
from coopfed.api.words import moment
from coopfed.codes import tables
from coopfed.db.tx import Tx
from coopfed.features.media import store as media
from coopfed.features.posts import details
from coopfed.features.posts.store import PostRow
from coopfed.features.requests import answers, beside, confirming, responding, rules, store
from coopfed.features.requests.answers import ResponseRow
from coopfed.features.requests.rules import Response, Status, Step, Verb
from coopfed.features.requests.store import LANGUAGE, REGION, SDG, SECTOR, RequestRow
from coopfed.ids import Urls
from coopfed.oauth.tokens import Bearer

_BY_EDITORS = (Verb.PUBLISH, Verb.WITHDRAW, Verb.EXTEND, Verb.DELETE)
_BY_NEGOTIATORS = (Verb.SETTLE, Verb.REOPEN)


def requests(tx: Tx, ids: Sequence[int], who: Bearer | None, now: int, urls: Urls) -> list[dict[str, Any]]:
    """The Request of each of these, in the order asked for; whether the reader may have it was asked before."""
    rows = list(store.by_ids(tx, list(ids)).values())
    people = by_ids(tx, list({number for row in rows for number in (row.actor_id, *row.recipients)}))
    accounts = dict(zip(people, assemble.accounts(tx, list(people.values()), urls), strict=True))
    companions = beside.posts_of(tx, rows)
    files = _files(tx, rows, companions, urls)
    numbers = [row.id for row in rows]
    taken, counted = answers.taken(tx, numbers), answers.counts(tx, numbers)
    mine = answers.live_of(tx, numbers, who.actor.id) if who is not None else {}
    found = []
    for row in rows:
        post = companions.get(row.id)
        own = who is not None and who.actor.id == row.actor_id
        left = rules.remaining(row.wanted, taken[row.id])
        found.append(
            {
                **_said(row, now),
                "account": accounts[row.actor_id],
                "quantity": {
                    "unit": row.unit or "one",
                    "value": row.value,
                    "available": row.available,
                    "minimum": row.minimum,
                    "all_or_nothing": row.all_or_nothing,
                    "remaining": None if left is None else rules.plain(left),
                },
                "recipients": [accounts[one] for one in row.recipients if one in accounts] if own else [],
                "companion": None
                if post is None or post.deleted_at is not None
                else {"status_id": str(post.id), "uri": post.uri},
                "media_attachments": files.get(row.id, []),
                "comments_count": post.replies_count if post is not None and row.public else 0,
                "interest_count": post.likes_count + post.shares_count if post is not None else 0,
                "responses_count": counted.get(row.id, 0) if own else None,
                "approval": "pending" if own and row.waiting else None,
                "allowed": _allowed(row, who, now, settled=rules.settles(left)) if own and who is not None else [],
                "response_id": str(mine[row.id]) if row.id in mine else None,
            }
        )
    return found


def _files(
    tx: Tx, rows: Sequence[RequestRow], companions: Mapping[int, PostRow], urls: Urls
) -> dict[int, list[dict[str, Any]]]:
    """The files of these requests: those of the post beside each, or, of a draft, what was uploaded for it."""
    there = details.attachments_of(tx, [post.id for post in companions.values() if post.deleted_at is None])
    found = {
        number: [attachment(post.id, place, file, urls) for place, file in enumerate(there.get(post.id, []))]
        for number, post in companions.items()
    }
    uploaded = {one.id: one for one in media.by_ids(tx, [one for row in rows for one in row.files])}
    for row in rows:
        if row.id not in found:
            found[row.id] = [media_attachment(uploaded[one], urls) for one in row.files if one in uploaded]
    return found


def _said(row: RequestRow, now: int) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "uri": row.uri,
        "url": row.url,
        "local": row.local,
        "account": None,
        "purpose": row.purpose,
        "status": row.at(now).value,
        "title": row.title,
        "content": row.content,
        "language": row.language,
        "translations": [
            {"language": tag, "title": one.title, "content": one.content} for tag, one in row.translations.items()
        ],
        "category": row.category,
        "sectors": list(row.of(SECTOR)),
        "regions": list(row.of(REGION)),
        "languages": list(row.of(LANGUAGE)),
        "sdgs": tables.numbers(row.of(SDG)),
        "quantity": None,
        "reciprocal": None
        if row.reciprocal_unit is None
        else {"unit": row.reciprocal_unit, "value": row.reciprocal_value, "resource": row.reciprocal_resource},
        "audience": row.audience,
        "recipients": None,
        "created_at": moment(row.created_at),
        "published_at": _moment(row.published_at),
        "updated_at": moment(row.updated_at),
        "expires_at": _moment(row.expires_at),
        "companion": None,
        "media_attachments": None,
    }


def _moment(milliseconds: int | None) -> str | None:
    return None if milliseconds is None else moment(milliseconds)


def _allowed(row: RequestRow, who: Bearer, now: int, *, settled: bool) -> list[str]:
    """The verbs that are open to this token."""
    status = row.at(now)
    over = row.expires_at is not None and row.expires_at <= now
    closed = {Verb.REOPEN} if settled or over else set()
    able = [verb for verb in rules.verbs(status) if verb not in closed]
    found = [verb for verb in able if verb in _BY_EDITORS and may_approve(who.roles)]
    found += [verb for verb in able if verb in _BY_NEGOTIATORS and may_negotiate(who.roles)]
    if status is Status.DRAFT and not found and may_write(who.roles):
        found = [Verb.PUBLISH]
    return [verb.value for verb in Verb if verb in found]


def responses(tx: Tx, rows: Sequence[ResponseRow], who: Bearer, now: int, urls: Urls) -> list[dict[str, Any]]:
    """The Response of each of these, for one of its two sides."""
    asked = store.by_ids(tx, list(dict.fromkeys(row.request_id for row in rows)))
    people = by_ids(tx, list(dict.fromkeys(row.actor_id for row in rows)))
    accounts = dict(zip(people, assemble.accounts(tx, list(people.values()), urls), strict=True))
    agreed = answers.agreed_on(tx, [row.id for row in rows])
    replaced = answers.numbers_of(tx, [row.superseded_by_uri for row in rows if row.superseded_by_uri])
    before = {number: row.id for row in rows for uri, number in replaced.items() if row.superseded_by_uri == uri}
    found = []
    for row in rows:
        request = asked[row.request_id]
        owner = who.actor.id == request.actor_id
        status = responding.shown_status(row, request, now)
        back = request.reciprocal_unit
        waiting = confirming.of_response(tx, row) if row.plain and status is Response.ACCEPTED else None
        waits = waiting is not None
        changed = row.pending and responding.terms_changed(tx, row, request)
        if waiting is not None:
            changed = confirming.changed_since(waiting.row, waiting.link)
        suggested = waiting is not None and confirming.said_yes(tx, waiting)
        found.append(
            {
                "id": str(row.id),
                "request_id": str(row.request_id),
                "direction": "received" if owner else "sent",
                "account": accounts[row.actor_id],
                "via": row.via,
                "status": status.value,
                "content": row.content,
                "language": row.language,
                "quantity": {"unit": request.unit or "one", "value": row.value},
                "reciprocal": None if back is None else {"unit": back, "value": row.reciprocal_value},
                "uri": row.uri,
                "signed": row.signed,
                "terms_changed": changed,
                "answers_version": _moment(row.answers_at),
                "supersedes_id": str(before[row.id]) if row.id in before else None,
                "superseded_by_id": str(replaced[row.superseded_by_uri]) if row.superseded_by_uri in replaced else None,
                "status_id": None if row.post_id is None else str(row.post_id),
                "reason": row.reason,
                "suggested_confirmation": suggested,
                "agreement_id": str(agreed[row.id].id) if row.id in agreed else None,
                "created_at": moment(row.written_at),
                "updated_at": moment(row.updated_at),
                "allowed": _steps(status, who.roles, owner=owner, again=owner and (suggested or (waits and changed))),
            }
        )
    return found


def _steps(status: Response, roles: frozenset[Role], *, owner: bool, again: bool) -> list[str]:
    """The verbs that are open; `again`: what was proposed can be confirmed, or has to be proposed anew, by accepting once more."""
    if not may_negotiate(roles):
        return []
    if again:
        return [Step.ACCEPT.value]
    whose = (Step.SHORTLIST, Step.UNSHORTLIST, Step.ACCEPT, Step.REJECT) if owner else (Step.WITHDRAW,)
    return [step.value for step in whose if (status, step) in rules.RESPONSE]
