"""Flag as it arrives: gather, check, apply.

Servers report by their own actor, so that nobody learns who complained; what is reported comes as one id or many, bare or
embedded, actor and posts mixed.
"""

import hashlib
from dataclasses import dataclass

from actors.lookup import ActorRow, by_ids, by_uri, by_uris
from coopfed import limits
from coopfed.db.tx import Tx
from coopfed.features import notifications
from coopfed.features.posts import store as posts
from coopfed.features.reports import store
from coopfed.features.reports.rules import cleaned
from coopfed.features.reports.store import ReportRow
from coopfed.net.words import keeps_out
from coopfed.node import Node, Stamp
from coopfed.outcomes import Outcome, Refusal
from coopfed.vocab.arrival import Arrival, Trust
from coopfed.vocab.origin import authority
from coopfed.vocab.texts import text_of


@dataclass(frozen=True, slots=True)
class FlagFacts:
    """Who reports; the actor of ours whom it is about and which of its posts; whether it came before; how many wait from there; `shut`: the
    operators take none of its host."""

    reporter: ActorRow
    target: ActorRow | None
    posts: tuple[str, ...]
    uri: str
    known: bool
    waiting: int
    shut: bool = False


async def gather_flag(node: Node, arrival: Arrival) -> FlagFacts:
    """Whom of ours the report is about."""
    activity = arrival.activity
    uris = [ref.id for ref in activity.objects if ref.id is not None]
    # A Flag without an id is known by its body.
    uri = activity.id or f"{activity.actor}#{hashlib.sha256(arrival.raw).hexdigest()}"
    since = node.clock.now() - node.clock.span(24 * 3600)
    return await node.db.read(_facts, activity.actor, uris[: limits.REPORT_POSTS + 1], uri, since)


def _facts(tx: Tx, reporter_uri: str, uris: list[str], uri: str, since: int) -> FlagFacts:
    reporter = by_uri(tx, reporter_uri)
    if reporter is None:
        raise Refusal(Outcome.IRRELEVANT, "the reporter is not known here")
    found = [post for post in posts.by_uris(tx, uris).values() if post.local]
    named = by_uris(tx, uris)
    actors = [*(named[uri] for uri in uris if uri in named), *by_ids(tx, [post.actor_id for post in found]).values()]
    target = next((row for row in actors if row.local and row.gone_at is None), None)
    reported = tuple(post.uri for post in found if target is not None and post.actor_id == target.id)
    waiting = store.open_of_host(tx, reporter.host_id, since) if reporter.host_id is not None else 0
    shut = keeps_out(tx, authority(reporter_uri), "reject_reports")
    return FlagFacts(reporter, target, reported, uri, store.is_here(tx, reporter.id, uri), waiting, shut)


def check_flag(arrival: Arrival, facts: FlagFacts) -> None:
    """A report concerns us when it is about one of ours; a host that floods us waits until somebody has looked."""
    if arrival.trust is Trust.LOCAL:
        raise Refusal(Outcome.DUPLICATE, "known here")
    if facts.target is None:
        raise Refusal(Outcome.IRRELEVANT, "about nobody of this node")
    if facts.shut:
        raise Refusal(Outcome.REFUSED_REPORTS, "reports of its host are not taken")
    if facts.known:
        raise Refusal(Outcome.DUPLICATE, "reported already")
    if facts.waiting >= limits.REPORTS_PER_HOST_A_DAY:
        raise Refusal(Outcome.REFUSED_FLOOD, f"{facts.waiting} reports of its host wait since yesterday")


def apply_flag(tx: Tx, arrival: Arrival, facts: FlagFacts, stamp: Stamp) -> Outcome:
    """Stores the report for the operator. Source: ActivityStreams, Flag; s2s research 2.12."""
    assert facts.target is not None
    row = ReportRow(
        id=stamp.mint(None),
        uri=facts.uri,
        reporter_id=facts.reporter.id,
        target_id=facts.target.id,
        account_id=None,
        posts=facts.posts,
        comment=cleaned(text_of(arrival.activity.document, "content").text),
        forwarded=False,
        created_at=stamp.now,
    )
    if not store.add(tx, row):
        return Outcome.DUPLICATE
    notifications.tell_operators(tx, notifications.REPORTED, facts.reporter.id, str(row.id), stamp)
    return Outcome.ACCEPTED
