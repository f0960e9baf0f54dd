"""Changes what an actor of ours shows of itself: stored at once, told to its followers a moment later and once, verified when it can be."""

from dataclasses import replace

from sqlalchemy import bindparam, update

from actors import cooperative as cooperatives
from actors import profile as profiles
from actors import search
from actors.lookup import ActorRow, by_id
from actors.lookup import actor as actor_table
from actors.profile import ProfileRow, profile_of
from coopfed import limits
from coopfed.db import jobs
from coopfed.db.signals import Topic
from coopfed.db.tx import Tx
from coopfed.errors import CoopFedError, FetchError, InvalidInput
from coopfed.features.media import store as media
from coopfed.features.posts.compose import meant
from coopfed.features.profiles import rules
from coopfed.features.profiles.actions import announce
from coopfed.features.profiles.rules import Edit, Portrait
from coopfed.net.fetch import fetch_page
from coopfed.node import Node, Stamp
from coopfed.text.pages import decoded, leads_back
from coopfed.text.render import find_mentions

TELL_PROFILE = "tell_profile"
VERIFY_LINKS = "verify_links"
_CHANGE = (
    update(actor_table)
    .where(actor_table.c.id == bindparam("who"))
    .values(
        name=bindparam("new_name"),
        summary=bindparam("new_summary"),
        type=bindparam("new_type"),
        locked=bindparam("new_locked"),
        discoverable=bindparam("new_discoverable"),
        updated_at=bindparam("now"),
    )
)


async def edit(node: Node, row: ActorRow, wanted: Edit) -> ActorRow:
    """Changes a profile of ours. The actor as it is then. InvalidInput says what cannot be; nothing is changed then.

    Source: client_api research 5, CredentialAccount; ActivityPub 6.3.
    """
    if not row.local or row.gone_at is not None or row.uri == node.urls.node_actor:
        raise InvalidInput(f"@{row.acct} is not an actor that speaks from this node")
    checked = rules.checked(wanted, row)
    summary = None if checked.note is None else await rendered(node, checked.note)
    return await node.db.write(change, row.id, checked, summary, node.stamp(), wakes=(Topic.CACHES,))


async def rendered(node: Node, note: str) -> str:
    """The clean HTML of a note, with links to those whom it mentions."""
    targets, _actors = await meant(node, (found.name for found in find_mentions(note)))
    return rules.summary(note, targets, node.urls.tag_page(""))


def change(
    tx: Tx, actor_id: int, wanted: Edit, summary: str | None, stamp: Stamp, *, besides: bool = False
) -> ActorRow:
    """Makes a checked edit, whose note is `summary` in HTML; `besides`: what the actor says as a cooperative was changed too,
    with its names and descriptions by language. The actor as it is then. A unit of work; wake `Topic.CACHES`."""
    row, before = by_id(tx, actor_id), profile_of(tx, actor_id)
    assert row is not None
    after = _profile(before, wanted, stamp)
    changed = row._replace(
        name=row.name if wanted.name is None else wanted.name,
        summary=row.summary if summary is None else summary,
        type=rules.kind(row, wanted.bot),
        locked=row.locked if wanted.locked is None else wanted.locked,
        discoverable=row.discoverable if wanted.discoverable is None else wanted.discoverable,
    )
    for portrait in (wanted.avatar, wanted.header):
        if portrait.file is not None:
            media.add_ready(tx, portrait.file)
    if (changed, after) == (row, before) and not besides:
        return row
    changed = changed._replace(updated_at=stamp.now)
    tx.execute(_CHANGE, {"who": actor_id, "now": stamp.now, **_new(changed)})
    profiles.put(tx, after)
    if not besides:
        said = cooperatives.cooperative_of(tx, actor_id)
        if (renamed := cooperatives.renamed(said, row, changed, after.note)) != said:
            cooperatives.put(tx, renamed)
    search.put(tx, changed)
    if (before.avatar_id, before.header_id) != (after.avatar_id, after.header_id):
        _let_go(tx, before, after, stamp)
    if any(rules.lone_link(field.value) and field.verified_at is None for field in after.fields):
        jobs.enqueue(tx, stamp.mint(None), VERIFY_LINKS, str(actor_id), stamp.now)
    due = stamp.now + stamp.clock.span(limits.PROFILE_TELL_SECONDS)
    jobs.enqueue(tx, stamp.mint(None), TELL_PROFILE, str(actor_id), due)
    return changed


def _new(row: ActorRow) -> dict[str, object]:
    return {f"new_{name}": getattr(row, name) for name in ("name", "summary", "type", "locked", "discoverable")}


def _profile(before: ProfileRow, wanted: Edit, stamp: Stamp) -> ProfileRow:
    after = before
    if wanted.note is not None:
        after = replace(after, note=wanted.note)
    if wanted.fields is not None or wanted.coded is not None:
        typed, coded = before.typed, tuple(field for field in before.fields if field.coded)
        if wanted.fields is not None:
            typed = rules.fields(wanted.fields, before, stamp.urls.tag_page(""))
        after = replace(after, fields=(*typed, *(coded if wanted.coded is None else wanted.coded)))
    if wanted.indexable is not None:
        after = replace(after, indexable=wanted.indexable)
    if wanted.hide_collections is not None:
        after = replace(after, hide_collections=wanted.hide_collections)
    url, described, file_id = _portrayed(
        wanted.avatar, stamp, after.avatar_url, after.avatar_description, after.avatar_id
    )
    after = replace(after, avatar_url=url, avatar_description=described, avatar_id=file_id)
    url, described, file_id = _portrayed(
        wanted.header, stamp, after.header_url, after.header_description, after.header_id
    )
    return replace(after, header_url=url, header_description=described, header_id=file_id)


def _portrayed(
    wanted: Portrait, stamp: Stamp, url: str | None, described: str, file_id: int | None
) -> tuple[str | None, str, int | None]:
    """Address, description and file of a picture after the change. What another picture showed is not what the new one shows."""
    if wanted.remove:
        return None, "", None
    if wanted.file is not None:
        return wanted.file.address(stamp.urls), wanted.description or "", wanted.file.id
    return url, described if wanted.description is None or url is None else wanted.description, file_id


def _let_go(tx: Tx, before: ProfileRow, after: ProfileRow, stamp: Stamp) -> None:
    """Pictures that are shown no more leave the disk, as the files of deleted posts do."""
    kept = (after.avatar_id, after.header_id)
    media.let_go(tx, [number for number in (before.avatar_id, before.header_id) if number and number not in kept])
    media.sweep_soon(tx, stamp)


async def tell_profile(node: Node, key: str) -> None:
    """The job `tell_profile` (key: an actor's number): its followers get its document as it is now."""
    await node.db.write(_tell, int(key), node.stamp(), wakes=(Topic.CACHES,))


def _tell(tx: Tx, actor_id: int, stamp: Stamp) -> None:
    row = by_id(tx, actor_id)
    if row is not None and row.gone_at is None:
        announce(tx, actor_id, stamp)


async def verify_links(node: Node, key: str) -> None:
    """The job `verify_links` (key: an actor's number): asks the pages that its fields lead to whether they lead back to its own.

    FetchError when one could not be asked now; the job then comes again. Source: microformats, rel-me; security research 1.1.
    """
    row, found, failed = await node.db.read(by_id, int(key)), [], None
    if row is None or row.gone_at is not None:
        return
    profile, addresses = await node.db.read(profile_of, row.id), {row.uri, row.url or row.uri}
    for field in profile.fields:
        link = rules.lone_link(field.value) if field.verified_at is None else None
        if link is None or not (node.config.development or link.lower().startswith("https://")):
            continue
        try:
            page = await fetch_page(node.http, link, budget=node.budget(), only=limits.VERIFY_BYTES)
        except CoopFedError as error:
            failed = error if isinstance(error, FetchError) and error.temporary else failed
            continue
        if leads_back(decoded(page.body, page.content_type), addresses):
            found.append(field.value)
    if found:
        await node.db.write(_verify, row.id, found, node.clock.now(), wakes=(Topic.CACHES,))
    if failed is not None:
        raise failed


def _verify(tx: Tx, actor_id: int, found: list[str], now: int) -> None:
    # What was edited meanwhile stays as it was edited.
    profiles.put(tx, rules.verified(profile_of(tx, actor_id), found, now))
