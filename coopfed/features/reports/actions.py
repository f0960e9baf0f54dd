"""What members do: report an actor or its posts; to the operator here, and if they wish to the other server."""

from dataclasses import dataclass, replace

from actors.lookup import ActorRow, local_by_handle
from coopfed import limits
from coopfed.db.tx import Tx
from coopfed.errors import InvalidInput
from coopfed.features import notifications
from coopfed.features.posts import visible
from coopfed.features.reports import store
from coopfed.features.reports.rules import broken, cleaned
from coopfed.features.reports.rules import category as kind
from coopfed.features.reports.store import ReportRow
from coopfed.ids import NODE_HANDLE
from coopfed.node import Node, Stamp
from coopfed.vocab import build
from outbox.publish import publish


@dataclass(frozen=True, slots=True)
class Complaint:
    """What a member says of an actor: numbers of its posts, the comment, whether its own server is to be told,
    what kind of complaint it is, and which rules of the house (numbers) were broken."""

    posts: tuple[int, ...] = ()
    comment: str = ""
    forward: bool = False
    category: str = ""
    rules: tuple[str, ...] = ()


async def report(
    node: Node, reporter: ActorRow, target: ActorRow, complaint: Complaint, account_id: int | None = None
) -> ReportRow:
    """Stores a report. With `forward` the target's server gets a Flag by the node's own actor, which does not say who reported.

    InvalidInput says what to change. Source: ActivityStreams, Flag; s2s research 2.12.
    """
    if reporter.id == target.id:
        raise InvalidInput("an actor cannot report itself")
    if len(complaint.comment) > limits.REPORT_CHARACTERS:
        raise InvalidInput(f"the comment may have {limits.REPORT_CHARACTERS} characters")
    if len(complaint.posts) > limits.REPORT_POSTS:
        raise InvalidInput(f"a report may name {limits.REPORT_POSTS} posts")
    category, rules = kind(complaint.category, complaint.rules), broken(complaint.rules, len(node.config.rules))
    checked = replace(complaint, category=category, rules=tuple(rules.split(",")) if rules else ())
    return await node.db.write(_report, reporter, target, checked, account_id, node.stamp())


def _report(
    tx: Tx, reporter: ActorRow, target: ActorRow, complaint: Complaint, account_id: int | None, stamp: Stamp
) -> ReportRow:
    posts = visible.by_ids(tx, list(complaint.posts), reporter.id)
    strangers = [number for number in complaint.posts if number not in posts or posts[number].actor_id != target.id]
    if strangers:
        raise InvalidInput(f"{strangers[0]} is no post of @{target.acct} that you can see")
    number = stamp.mint(None)
    row = ReportRow(
        id=number,
        uri=stamp.urls.activity(number),
        reporter_id=reporter.id,
        target_id=target.id,
        account_id=account_id,
        posts=tuple(posts[post].uri for post in dict.fromkeys(complaint.posts)),
        comment=cleaned(complaint.comment),
        forwarded=complaint.forward and not target.local,
        created_at=stamp.now,
        category=complaint.category,
        rules=",".join(complaint.rules),
    )
    store.add(tx, row)
    notifications.tell_operators(tx, notifications.REPORTED, reporter.id, str(row.id), stamp)
    if row.forwarded:
        _forward(tx, row, target, stamp)
    return row


def _forward(tx: Tx, row: ReportRow, target: ActorRow, stamp: Stamp) -> None:
    ourselves = local_by_handle(tx, NODE_HANDLE)
    assert ourselves is not None
    document = build.flag(row.uri, ourselves.uri, row.comment, target.uri, row.posts)
    # To the server, not to the reported actor: some show their members what comes to their inbox.
    publish(tx, stamp, ourselves, row.id, document, target.id, shared=True)
