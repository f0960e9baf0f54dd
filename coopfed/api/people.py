"""The JSON shapes of accounts in the Mastodon client API, and of how two of them stand. "Account" means actor in them alone. Pure."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from actors.lookup import ActorRow
from actors.profile import ProfileRow
from actors.shown import ShownActor
from coopfed.api.words import VISIBILITY, day, moment
from coopfed.features.consent.rules import default_policy
from coopfed.features.media.rules import AVATAR, HEADER
from coopfed.features.posts import writing
from coopfed.features.posts.defaults import Defaults
from coopfed.features.relationships import Between
from coopfed.ids import Urls
from coopfed.text.sanitise import plain

Shape = dict[str, Any]
_KEPT = 2_000


def account(who: ShownActor, urls: Urls, emojis: Sequence[Shape] = (), moved: Shape | None = None) -> Shape:
    """An Account: an actor of ours or a remote one, with the CustomEmojis in its texts and the Account to which it moved. `acct` has no
    host for ours. It is kept and given again: nobody changes it.

    Apps stop at a key that is missing, so all are there (quirks 2 to 6, 38, 39), and at a picture that is none (quirk 7): whoever has
    none gets the node's. Nobody has a role that strangers are told of.
    """
    if not emojis and moved is None:
        return _plain(who, urls)
    return _account(who, urls, emojis, moved)


@lru_cache(_KEPT)
def _plain(who: ShownActor, urls: Urls) -> Shape:
    return _account(who, urls, (), None)


def _account(who: ShownActor, urls: Urls, emojis: Sequence[Shape], moved: Shape | None) -> Shape:
    row, profile = who.actor, who.profile
    avatar = urls.portrait(AVATAR, profile.avatar_url)
    header = urls.portrait(HEADER, profile.header_url)
    return {
        "id": str(row.id),
        "username": row.handle,
        "acct": row.handle if row.local else row.acct,
        "display_name": row.name,
        "note": row.summary,
        "url": row.url or row.uri,
        "uri": row.uri,
        "locked": row.locked,
        "bot": row.type in ("Service", "Application"),
        "group": row.type == "Group",
        "discoverable": row.discoverable,
        "indexable": profile.indexable,
        "noindex": not row.discoverable,
        "hide_collections": profile.hide_collections,
        "created_at": f"{day(row.created_at)}T00:00:00.000Z",
        "followers_count": row.followers_count,
        "following_count": row.following_count,
        "statuses_count": row.posts_count,
        "avatar": avatar,
        "avatar_static": avatar,
        "avatar_description": profile.avatar_description,
        "header": header,
        "header_static": header,
        "header_description": profile.header_description,
        "fields": [profile_field(field.name, field.html, field.verified_at) for field in profile.fields],
        "roles": [],
        "emojis": list(emojis),
        "last_status_at": day(who.last_at) if who.last_at is not None else None,
        **({"moved": moved} if moved is not None else {}),
        **({"suspended": True} if row.suspended else {}),
        **({"limited": True} if who.limited else {}),
    }


def profile_field(name: str, value: str, verified_at: int | None) -> dict[str, Any]:
    """A Field: HTML, or in `source` what was typed."""
    return {"name": name, "value": value, "verified_at": moment(verified_at) if verified_at is not None else None}


MEMBER = {"id": "-99", "name": "", "permissions": "0", "color": "", "highlighted": False}
"""Mastodon's role of everybody."""
OPERATOR = {
    "id": "1",
    "name": "Operator",
    "permissions": str(0x10 | 0x20 | 0x400 | 0x2000 | 0x80000),
    "color": "",
    "highlighted": False,
}
"""The role of who runs the node: reports, federation, users, announcements, deletion of what they said: what apps for moderators find
here. Source: Mastodon's Role, *permission flags*."""


def own_account(
    shown: dict[str, Any], row: ActorRow, profile: ProfileRow, usual: Defaults, requests: int, *, operator: bool
) -> dict[str, Any]:
    """A CredentialAccount: the Account of the acting actor, with what it says where nothing else is said, how many wait to follow it,
    and whether the account that acts runs the node. `content_type` is ours: other apps pass it over."""
    source = {
        "privacy": VISIBILITY.get(usual.visibility, usual.visibility.value),
        "sensitive": usual.sensitive,
        "language": usual.language,
        # Of an actor from before its people typed anything here.
        "note": profile.note or plain(row.summary),
        "fields": [profile_field(field.name, field.value, field.verified_at) for field in profile.typed],
        "follow_requests_count": requests,
        "hide_collections": profile.hide_collections,
        "discoverable": row.discoverable,
        "indexable": profile.indexable,
        "attribution_domains": [],
        "quote_policy": usual.quote_policy or default_policy(usual.visibility),
        "content_type": writing.MARKDOWN if usual.markdown else writing.PLAIN,
    }
    return {**shown, "source": source, "role": OPERATOR if operator else MEMBER}


def own_profile(row: ActorRow, profile: ProfileRow, tags: list[dict[str, Any]], urls: Urls) -> dict[str, Any]:
    """A Profile: the acting actor's as it was typed; a picture that it does not have is null. Pages here show files and recommendations of
    everybody, and no article names its author."""
    avatar = urls.served(AVATAR, profile.avatar_url) if profile.avatar_url is not None else None
    header = urls.served(HEADER, profile.header_url) if profile.header_url is not None else None
    return {
        "id": str(row.id),
        "display_name": row.name,
        "note": profile.note or plain(row.summary),
        "fields": [profile_field(field.name, field.value, field.verified_at) for field in profile.typed],
        "avatar": avatar,
        "avatar_static": avatar,
        "avatar_description": profile.avatar_description,
        "header": header,
        "header_static": header,
        "header_description": profile.header_description,
        "locked": row.locked,
        "bot": row.type in ("Service", "Application"),
        "hide_collections": profile.hide_collections,
        "discoverable": row.discoverable,
        "indexable": profile.indexable,
        "show_media": True,
        "show_media_replies": True,
        "show_featured": True,
        "attribution_domains": [],
        "featured_tags": tags,
    }


def preferences(usual: Defaults) -> dict[str, Any]:
    """Preferences: how new posts begin. How an app shows what it reads, every app knows for itself: Mastodon's defaults."""
    return {
        "posting:default:visibility": VISIBILITY.get(usual.visibility, usual.visibility.value),
        "posting:default:sensitive": usual.sensitive,
        "posting:default:language": usual.language,
        "posting:default:quote_policy": usual.quote_policy or default_policy(usual.visibility),
        "reading:expand:media": "default",
        "reading:expand:spoilers": False,
        "reading:autoplay:gifs": False,
    }


def mention(row: ActorRow) -> dict[str, Any]:
    """A Mention, in the words of the Account; its address is the one in the text, by which apps find it there."""
    return {
        "id": str(row.id),
        "username": row.handle,
        "acct": row.handle if row.local else row.acct,
        "url": row.url or row.uri,
    }


def relationship(number: int, between: Between) -> dict[str, Any]:
    """A Relationship of the acting actor to another one."""
    mine, theirs, mute = between.following, between.followed_by, between.mute
    return {
        "id": str(number),
        "following": mine is not None and mine.accepted,
        "requested": mine is not None and not mine.accepted,
        "followed_by": theirs is not None and theirs.accepted,
        "requested_by": theirs is not None and not theirs.accepted,
        "showing_reblogs": mine is not None and mine.boosts,
        "notifying": mine is not None and mine.notify,
        "languages": list(mine.languages) if mine is not None and mine.languages else None,
        "blocking": between.blocking,
        "blocked_by": between.blocked_by,
        "muting": mute is not None,
        "muting_notifications": mute is not None and mute.notifications,
        "muting_expires_at": moment(mute.ends_at) if mute is not None and mute.ends_at is not None else None,
        "domain_blocking": between.shut_out,
        "endorsed": between.endorsed,
        "note": between.note,
    }
