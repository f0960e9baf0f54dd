"""Posts, boosts and what stands around them, read in a handful of statements, never one per post. Units of work."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from actors.lookup import ActorRow, by_uris
from actors.profile import profile_of
from actors.shown import ShownActor, shown_actors
from coopfed.api import emojis
from coopfed.api.people import account, own_account
from coopfed.api.quoted import approvals, withheld
from coopfed.api.shapes import Around, boosted, quote, report, status
from coopfed.db.models.quotes import ACCEPTED, UNVERIFIED
from coopfed.db.tx import Tx
from coopfed.features import home_timeline, notifications
from coopfed.features.accounts.store import by_id as account_by_id
from coopfed.features.consent import quotes
from coopfed.features.follows import store as follows
from coopfed.features.home_timeline import Entry
from coopfed.features.lists import timeline
from coopfed.features.lists.store import ListRow
from coopfed.features.marks import marks
from coopfed.features.notifications import NotificationRow
from coopfed.features.polls import store as votes
from coopfed.features.posts import details, events, polls, store, threads, visible
from coopfed.features.posts.defaults import defaults_of
from coopfed.features.posts.store import PostRow
from coopfed.features.previews import store as previews
from coopfed.features.ranges import Range
from coopfed.features.reactions import reads
from coopfed.features.reactions.store import ReactionRow
from coopfed.features.reports import store as reports
from coopfed.ids import Urls


def statuses(tx: Tx, ids: list[int], viewer: int, urls: Urls) -> list[dict[str, Any]]:
    """The Status of each post or boost that the viewer may see, in the order asked for."""
    posts = visible.by_ids(tx, ids, viewer)
    boosts = reads.boosts(tx, [id for id in ids if id not in posts], viewer)
    wanted = [
        (boosts.get(id), boosts[id].object_id if id in boosts else id) for id in ids if id in posts or id in boosts
    ]
    return _shown(tx, wanted, posts, viewer, urls)


def context(tx: Tx, id: int, viewer: int, urls: Urls) -> dict[str, Any] | None:
    """The Context of a post or boost: what stands above and below it; None when the viewer may not see it."""
    boost = reads.boosts(tx, [id], viewer).get(id)
    wanted = boost.object_id if boost is not None else id
    post = visible.by_ids(tx, [wanted], viewer).get(wanted)
    if post is None:
        return None
    above, below = threads.around(tx, post, viewer)
    return {"ancestors": statuses(tx, above, viewer, urls), "descendants": statuses(tx, below, viewer, urls)}


def home(tx: Tx, viewer: int, stretch: Range, urls: Urls) -> tuple[list[int], list[dict[str, Any]]]:
    """The numbers on a page of the home timeline, and their Status shapes."""
    return shown(tx, home_timeline.read(tx, viewer, stretch), viewer, urls)


def listed(tx: Tx, row: ListRow, stretch: Range, urls: Urls) -> tuple[list[int], list[dict[str, Any]]]:
    """The numbers on a page of a list's timeline, and their Status shapes."""
    return shown(tx, timeline.read(tx, row, stretch), row.actor_id, urls)


def shown(tx: Tx, entries: list[Entry], viewer: int, urls: Urls) -> tuple[list[int], list[dict[str, Any]]]:
    """The numbers of these entries, and the Status of each that may be seen."""
    boosts = reads.boosts(tx, [entry.id for entry in entries if entry.booster_id is not None], viewer)
    known = [entry for entry in entries if entry.booster_id is None or entry.id in boosts]
    read = {entry.object_id: entry.post for entry in known if entry.post is not None}
    wanted = [(boosts.get(entry.id), entry.object_id) for entry in known]
    return [entry.id for entry in entries], _shown(tx, wanted, read, viewer, urls)


def _shown(
    tx: Tx, wanted: Sequence[tuple[ReactionRow | None, int]], read: dict[int, PostRow], viewer: int, urls: Urls
) -> list[dict[str, Any]]:
    """Each post (by its number) as the Status that it is, or that of the boost which brought it; of some the rows were read before, as
    the viewer may see them."""
    missing = [post for _boost, post in wanted if post not in read]
    posts = {**read, **visible.by_ids(tx, list(dict.fromkeys(missing)), viewer)}
    around = _around(tx, list(posts.values()), [boost.actor_id for boost, _post in wanted if boost], viewer, urls)
    found = []
    for boost, number in wanted:
        if number in posts:
            plain = status(posts[number], around, urls)
            found.append(plain if boost is None else boosted(boost, around.accounts[boost.actor_id], plain))
    return found


@dataclass(frozen=True, slots=True)
class Told:
    """A notification with the Account of who caused it, and the Status or Report that it is about."""

    row: NotificationRow
    author: dict[str, Any]
    status: dict[str, Any] | None = None
    report: dict[str, Any] | None = None


def told(tx: Tx, rows: Sequence[NotificationRow], viewer: int, urls: Urls) -> list[Told]:
    """What is told of these. Those of which the post or report is gone are left out: apps stop at a null there (quirk 8)."""
    authors = _accounts(tx, shown_actors(tx, [row.from_id for row in rows]), urls)
    about = {
        shown["id"]: shown for shown in statuses(tx, [row.object_id for row in rows if row.object_id], viewer, urls)
    }
    complaints = reported(tx, rows, urls)
    found = [
        Told(row, authors[row.from_id], about.get(str(row.object_id)), complaints.get(row.id))
        for row in rows
        if row.from_id in authors
    ]
    return [one for one in found if is_whole(one.row, one.status, one.report)]


def is_whole(row: NotificationRow, status: dict[str, Any] | None, report: dict[str, Any] | None) -> bool:
    """Whether what the notification is about is there. Pure."""
    if row.type == notifications.REPORTED:
        return report is not None
    return row.type in notifications.WITHOUT_POST or status is not None


def reported(tx: Tx, rows: Sequence[NotificationRow], urls: Urls) -> dict[int, dict[str, Any]]:
    """For each notification of a complaint its Report."""
    complaints = {
        row.id: found
        for row in rows
        if row.type == notifications.REPORTED and (found := reports.by_id(tx, int(row.subject))) is not None
    }
    if not complaints:
        return {}
    targets = _accounts(tx, shown_actors(tx, list({one.target_id for one in complaints.values()})), urls)
    named = [uri for one in complaints.values() for uri in one.posts]
    posts = {row.uri: row.id for row in store.by_uris(tx, named).values()}
    return {
        number: report(one, [str(posts[uri]) for uri in one.posts if uri in posts], targets[one.target_id])
        for number, one in complaints.items()
        if one.target_id in targets
    }


def accounts(tx: Tx, rows: Sequence[ActorRow], urls: Urls) -> list[dict[str, Any]]:
    """The Account of each actor."""
    found = _accounts(tx, shown_actors(tx, [row.id for row in rows]), urls)
    return [found[row.id] for row in rows]


def own(tx: Tx, row: ActorRow, account_id: int, urls: Urls) -> dict[str, Any]:
    """The CredentialAccount of the acting actor, for the account that acts."""
    shown = accounts(tx, [row], urls)[0]
    profile, usual = profile_of(tx, row.id), defaults_of(tx, row.id)
    person = account_by_id(tx, account_id)
    operator = person is not None and person.operator
    return own_account(shown, row, profile, usual, follows.waiting_count(tx, row.id), operator=operator)


def _accounts(tx: Tx, actors: Mapping[int, ShownActor], urls: Urls) -> dict[int, dict[str, Any]]:
    """For each actor its Account."""
    rows = [one.actor for one in actors.values()]
    pictures = emojis.of_actors(tx, rows, urls)
    homes = by_uris(tx, [row.moved_to for row in rows if row.moved_to is not None])
    there = {one.actor.uri: account(one, urls) for one in shown_actors(tx, [row.id for row in homes.values()]).values()}
    return {
        number: account(one, urls, pictures.get(number, ()), there.get(one.actor.moved_to or ""))
        for number, one in actors.items()
    }


def accounts_by_ids(tx: Tx, numbers: Sequence[int], urls: Urls) -> list[dict[str, Any]]:
    """The Account of each of these that is still there, in the order asked for."""
    known = {
        number: one
        for number, one in shown_actors(tx, list(numbers)).items()
        if one.actor.gone_at is None and not one.actor.suspended
    }
    found = _accounts(tx, known, urls)
    return [found[number] for number in numbers if number in found]


def _around(
    tx: Tx, posts: list[PostRow], boosters: list[int], viewer: int, urls: Urls, *, within: bool = False
) -> Around:
    """What stands around these posts; `within`: they are quoted themselves, and what they quote is only named."""
    numbers = [post.id for post in posts]
    asking = [post.id for post in posts if post.type == "Question"]
    parents = {post.id: post.in_reply_to_id for post in posts if post.in_reply_to_id}
    answered = store.authors_of(tx, sorted(set(parents.values())))
    mentions, hashtags = details.tags_of(tx, numbers)
    named = {number for found in mentions.values() for number in found}
    speaking = {*(post.actor_id for post in posts), *boosters}
    actors = shown_actors(tx, list(speaking | named | ({viewer} if viewer else set())))
    people = {number: one.actor for number, one in actors.items()}
    heard = {number: one for number, one in actors.items() if number in speaking}
    asked, at = polls.of_posts(tx, asking), marks(tx, viewer, numbers)
    return Around(
        authors=people,
        accounts=_accounts(tx, heard, urls),
        answered={id: answered[parent] for id, parent in parents.items() if parent in answered},
        mentions={post: [people[number] for number in found if number in people] for post, found in mentions.items()},
        hashtags=hashtags,
        files=details.attachments_of(tx, sorted(at.with_files)),
        marks=at,
        quotes=_quotes(tx, sorted(at.quoting), viewer, urls, within=within),
        quotes_count=quotes.counts(tx, sorted(at.quoted)),
        approvals=approvals(tx, posts, people, viewer),
        previews=previews.of_posts(tx, sorted(at.previewed)),
        polls=asked,
        events=events.of_posts(tx, posts),
        chosen=votes.chosen(tx, asking, viewer),
        emojis=emojis.of_posts(tx, posts, asked, urls),
        viewer=viewer,
    )


def _quotes(tx: Tx, numbers: list[int], viewer: int, urls: Urls, *, within: bool) -> dict[int, dict[str, Any]]:
    """The Quote in each of the posts that has one. What nobody is known to have agreed to is a link in the text and no Quote."""
    rows = {number: row for number, row in quotes.among(tx, numbers).items() if row.state != UNVERIFIED}
    agreed = [row.quoted_id for row in rows.values() if row.state == ACCEPTED and row.quoted_id is not None]
    quoted = list(dict.fromkeys(agreed))
    hidden = withheld(tx, quoted, viewer)
    seen = visible.by_ids(tx, [number for number in quoted if number not in hidden], viewer)
    if within or not seen:
        whole: dict[int, dict[str, Any]] = {number: {"id": str(number)} for number in seen}
    else:
        around = _around(tx, list(seen.values()), [], viewer, urls, within=True)
        whole = {number: status(post, around, urls) for number, post in seen.items()}
    found = {}
    for number, row in rows.items():
        shown = whole.get(row.quoted_id or 0) if row.state == ACCEPTED else None
        state = row.state
        if state == ACCEPTED and shown is None:
            state = hidden.get(row.quoted_id or 0, "unauthorized")
        found[number] = quote(state, shown, shallow=within)
    return found
