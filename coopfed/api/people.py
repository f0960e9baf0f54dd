"""The JSON shapes of accounts in the Mastodon client API, and of how two of them stand. "Account" means actor in them alone. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from actors.lookup import ActorRow
from coopfed.api.words import VISIBILITY, day, moment
from coopfed.features.consent.rules import default_policy
from coopfed.features.follows.store import FollowRow
from coopfed.features.mutes.store import MuteRow
from coopfed.features.posts import writing
from coopfed.features.posts.defaults import Defaults
from coopfed.ids import Urls
from coopfed.text.sanitise import plain


@dataclass(frozen=True, slots=True)
class Face:
    """What an Account shows besides the actor: CustomEmojis, when it last posted (milliseconds), the Account to which it moved,
    and whether the operators limited it or its host."""

    emojis: Sequence[dict[str, Any]] = ()
    last_at: int | None = None
    moved: dict[str, Any] | None = None
    limited: bool = False


def account(row: ActorRow, urls: Urls, face: Face | None = None) -> dict[str, Any]:
    """An Account: an actor of ours or a remote one. `acct` has no host for ours.

    Apps stop at a key that is missing, so all are there (quirks 2 to 6, 38, 39). Nobody hides whom they follow, is searched elsewhere
    by a word of their own, or has a role that strangers are told of.
    """
    face = face or Face()
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
        "indexable": False,
        "noindex": not row.discoverable,
        "hide_collections": False,
        "created_at": f"{day(row.created_at)}T00:00:00.000Z",
        "followers_count": row.followers_count,
        "following_count": row.following_count,
        "statuses_count": row.posts_count,
        "avatar": f"{urls.base}/static/avatar.svg",
        "avatar_static": f"{urls.base}/static/avatar.svg",
        "avatar_description": "",
        "header": f"{urls.base}/static/header.svg",
        "header_static": f"{urls.base}/static/header.svg",
        "header_description": "",
        "fields": [],
        "roles": [],
        "emojis": list(face.emojis),
        "last_status_at": day(face.last_at) if face.last_at is not None else None,
        **({"moved": face.moved} if face.moved is not None else {}),
        **({"suspended": True} if row.suspended else {}),
        **({"limited": True} if face.limited else {}),
    }


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
    shown: dict[str, Any], row: ActorRow, usual: Defaults, requests: int, *, operator: bool
) -> dict[str, Any]:
    """A CredentialAccount: the Account of the acting actor, with what it says where nothing else is said, how many wait to follow it,
    and whether the account that acts runs the node. `content_type` is ours: other apps pass it over."""
    source = {
        "privacy": VISIBILITY.get(usual.visibility, usual.visibility.value),
        "sensitive": usual.sensitive,
        "language": usual.language,
        "note": plain(row.summary),
        "fields": [],
        "follow_requests_count": requests,
        "hide_collections": False,
        "discoverable": row.discoverable,
        "indexable": False,
        "attribution_domains": [],
        "quote_policy": usual.quote_policy or default_policy(usual.visibility),
        "content_type": writing.MARKDOWN if usual.markdown else writing.PLAIN,
    }
    return {**shown, "source": source, "role": OPERATOR if operator else MEMBER}


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


@dataclass(frozen=True, slots=True)
class Between:
    """What stands between the acting actor and another one: the follows, the mute of the other, who of the two blocks, whether
    the host of the other is shut out, and what the acting actor thinks of the other."""

    following: FollowRow | None
    followed_by: FollowRow | None
    mute: MuteRow | None
    blocking: bool
    blocked_by: bool
    shut_out: bool
    endorsed: bool
    note: str


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
