"""What this node is, as apps ask before and after signing in: both instance documents, rules, peers, activity, blocked hosts.

Ivory stops at start when one of them is missing, Ice Cubes reads the first three characters of `version` as a number (client_api
research 9, 10).
"""

from dataclasses import dataclass
from typing import Any

from quart import Blueprint, Response
from sqlalchemy import Select, bindparam, exists, func, literal_column, select

from actors.emojis import every
from actors.lookup import actor, local_by_handle
from actors.visibility import object_, peer
from coopfed import __version__, limits
from coopfed.api import assemble, emojis
from coopfed.api.asking import answer
from coopfed.clock import DAY_MS
from coopfed.db.models import Account, Session
from coopfed.db.tx import Tx, table
from coopfed.features.media.rules import EXTENSIONS
from coopfed.features.moderation.rules import digest, veiled
from coopfed.features.push.keys import vapid
from coopfed.ids import Urls, first_of
from coopfed.net import words
from coopfed.net.hosts import EVERYBODY
from coopfed.net.words import Judged
from coopfed.node import Node
from coopfed.text.sanitise import sanitise

VERSION = f"4.5.0 (compatible; CoopFed {__version__})"
API_VERSIONS = {"mastodon": 7, "coopfed": 1}
_WEEKS = 12
_WEEK_MS = 7 * DAY_MS
_FRESH_MS = 300_000

account, session = table(Account), table(Session)
_heard_of = exists(select(literal_column("1")).where(actor.c.host_id == peer.c.id, ~actor.c.local))
_known = (~peer.c.blocked, peer.c.host != EVERYBODY, _heard_of)
_PEOPLE = select(func.count()).select_from(account).where(account.c.confirmed_at.is_not(None))
_SEEN = select(func.count(func.distinct(session.c.account_id))).where(session.c.seen_at > bindparam("since"))
_POSTS = select(func.count()).where(object_.c.local, object_.c.deleted_at.is_(None))
_POSTS_IN = select(func.count()).where(
    object_.c.local, object_.c.id >= bindparam("first"), object_.c.id < bindparam("end")
)
_JOINED_IN = select(func.count()).where(
    account.c.created_at >= bindparam("since"), account.c.created_at < bindparam("before")
)
_SEEN_IN = select(func.count(func.distinct(session.c.account_id))).where(
    session.c.seen_at >= bindparam("since"), session.c.created_at < bindparam("before")
)
_HOSTS = select(func.count()).select_from(peer).where(*_known)
_PEERS = select(peer.c.host).where(*_known).order_by(peer.c.host)


@dataclass(frozen=True, slots=True)
class Counts:
    """How many people have an account, were here in the last month, posts of ours, hosts we hear of; and whom to write to."""

    people: int
    seen: int
    posts: int
    hosts: int
    contact: dict[str, Any] | None


def register(api: Blueprint, node: Node) -> None:
    """Adds the routes."""

    @api.get("/api/v1/instance")
    async def instance_v1() -> Response:
        return answer(_v1(node, await _counted(node)))

    @api.get("/api/v2/instance")
    async def instance_v2() -> Response:
        return answer(_v2(node, await _counted(node), (await vapid(node)).public))

    @api.get("/api/v1/instance/rules")
    async def rules() -> Response:
        return answer(_rules(node))

    @api.get("/api/v1/instance/peers")
    async def peers() -> Response:
        return answer(await node.db.read_long(_hosts, _PEERS))

    @api.get("/api/v1/instance/domain_blocks")
    async def domain_blocks() -> Response:
        judged = sorted(await node.db.read_long(words.published), key=lambda one: one.host)
        return answer([_block(one) for one in judged])

    @api.get("/api/v1/instance/activity")
    async def activity() -> Response:
        return answer(await node.db.read_long(_activity, node.clock.now()))

    @api.get("/api/v1/instance/extended_description")
    async def extended_description() -> Response:
        return answer({"updated_at": None, "content": _about(node)})

    @api.get("/api/v1/custom_emojis")
    async def custom_emojis() -> Response:
        # An array of whole items: anything else stops Tuba's composer (quirk 28).
        return answer([emojis.shape(row, node.urls) for row in await node.db.read(every)])


async def _counted(node: Node) -> Counts:
    known: tuple[int, Counts] | None = node.memory.documents.get("instance counts")
    now = node.clock.now()
    if known is None or now >= known[0]:
        known = now + _FRESH_MS, await node.db.read_long(_counts, node.config.contact_actor, now, node.urls)
        node.memory.documents.put("instance counts", known)
    return known[1]


def _counts(tx: Tx, contact: str, now: int, urls: Urls) -> Counts:
    row = local_by_handle(tx, contact) if contact else None
    shown = assemble.accounts(tx, [row], urls)[0] if row is not None and row.gone_at is None else None
    return Counts(
        people=int(tx.execute(_PEOPLE).scalar_one()),
        seen=int(tx.execute(_SEEN, {"since": now - 30 * DAY_MS}).scalar_one()),
        posts=int(tx.execute(_POSTS).scalar_one()),
        hosts=int(tx.execute(_HOSTS).scalar_one()),
        contact=shown,
    )


def _hosts(tx: Tx, which: Select[tuple[str]]) -> list[str]:
    return list(tx.execute(which).scalars())


def _block(judged: Judged) -> dict[str, Any]:
    """A DomainBlock, as everybody may read it."""
    return {
        "domain": veiled(judged.host) if judged.word.obfuscate else judged.host,
        "digest": digest(judged.host),
        "severity": judged.word.severity.value,
        "comment": judged.word.public_comment,
    }


def _activity(tx: Tx, now: int) -> list[dict[str, str]]:
    """Of each of the last twelve weeks, the newest first: posts, people who were here, people who came. Numbers are words."""
    monday = now - (now // DAY_MS + 3) % 7 * DAY_MS - now % DAY_MS
    return [_week(tx, monday - ago * _WEEK_MS) for ago in range(_WEEKS)]


def _week(tx: Tx, since: int) -> dict[str, str]:
    days = {"since": since, "before": since + _WEEK_MS}
    numbers = {"first": first_of(since), "end": first_of(since + _WEEK_MS)}
    return {
        "week": str(since // 1000),
        "statuses": str(tx.execute(_POSTS_IN, numbers).scalar_one()),
        "logins": str(tx.execute(_SEEN_IN, days).scalar_one()),
        "registrations": str(tx.execute(_JOINED_IN, days).scalar_one()),
    }


def _rules(node: Node) -> list[dict[str, Any]]:
    return [
        {"id": str(place), "text": text, "hint": "", "translations": {}}
        for place, text in enumerate(node.config.rules, start=1)
    ]


def _about(node: Node) -> str:
    return sanitise("".join(f"<p>{part}</p>" for part in node.config.description.split("\n\n") if part.strip()))


def _title(node: Node) -> str:
    return node.config.title or node.config.handle_domain


def _streaming(node: Node) -> str:
    return node.urls.base.replace("http", "ws", 1)


def _configuration() -> dict[str, Any]:
    """What statuses, files and polls may be: both documents say it."""
    shortest, longest = limits.POLL_SECONDS
    return {
        "statuses": {
            "max_characters": limits.POST_CHARACTERS,
            "max_media_attachments": limits.POST_FILES,
            "characters_reserved_per_url": 23,
        },
        "media_attachments": {
            "supported_mime_types": list(EXTENSIONS),
            "description_limit": limits.MEDIA_DESCRIPTION,
            "image_size_limit": limits.IMAGE_BYTES,
            "image_matrix_limit": limits.IMAGE_PIXELS,
            "video_size_limit": limits.VIDEO_BYTES,
            "video_frame_rate_limit": 120,
            "video_matrix_limit": limits.IMAGE_PIXELS,
        },
        "polls": {
            "max_options": limits.POLL_OPTIONS[1],
            "max_characters_per_option": limits.POLL_OPTION_CHARACTERS,
            "min_expiration": shortest,
            "max_expiration": longest,
        },
    }


def _v2(node: Node, counts: Counts, vapid_key: str) -> dict[str, Any]:
    """Instance (v2)."""
    config, base = node.config, node.urls.base
    return {
        "domain": config.handle_domain,
        "title": _title(node),
        "version": VERSION,
        "source_url": "",
        "description": config.description.partition("\n")[0],
        "usage": {"users": {"active_month": counts.seen}},
        "thumbnail": {"url": f"{base}/static/header.png", "blurhash": None, "versions": {}, "description": ""},
        "icon": [],
        "languages": list(config.languages),
        "configuration": {
            "urls": {
                "streaming": _streaming(node),
                "status": None,
                "about": f"{base}/",
                "privacy_policy": f"{base}/privacy-policy" if config.privacy_policy else None,
                "terms_of_service": f"{base}/terms-of-service" if config.terms_of_service else None,
            },
            "vapid": {"public_key": vapid_key},
            "accounts": {
                "max_featured_tags": limits.FEATURED_TAGS,
                "max_pinned_statuses": limits.FEATURED,
                "max_profile_fields": limits.PROFILE_FIELDS,
                "profile_field_name_limit": limits.PROFILE_FIELD_CHARACTERS,
                "profile_field_value_limit": limits.PROFILE_FIELD_CHARACTERS,
                "max_display_name_length": limits.NAME_LENGTH,
                "max_note_length": limits.SUMMARY_LENGTH,
            },
            **_configuration(),
            "translation": {"enabled": node.translator is not None},
            "timelines_access": {
                "live_feeds": {"local": "public", "remote": "public"},
                "hashtag_feeds": {"local": "public", "remote": "public"},
                "trending_link_feeds": {"local": "public", "remote": "public"},
            },
            "limited_federation": config.allowlist,
        },
        "registrations": {
            "enabled": config.registration != "closed",
            "approval_required": config.registration == "approval",
            "reason_required": config.registration == "approval",
            "message": None,
            "min_age": None,
            "url": f"{base}/account/sign-up" if config.registration != "closed" else None,
        },
        "api_versions": API_VERSIONS,
        "contact": {"email": config.contact_email, "account": counts.contact},
        "rules": _rules(node),
    }


def _v1(node: Node, counts: Counts) -> dict[str, Any]:
    """V1::Instance, which older apps read, with the extras of other servers that some of them look for."""
    config = node.config
    told = _configuration()
    return {
        "uri": config.handle_domain,
        "title": _title(node),
        "short_description": config.description.partition("\n")[0],
        "description": _about(node),
        "email": config.contact_email,
        "version": VERSION,
        "urls": {"streaming_api": _streaming(node)},
        "stats": {"user_count": counts.people, "status_count": counts.posts, "domain_count": counts.hosts},
        "thumbnail": f"{node.urls.base}/static/header.png",
        "languages": list(config.languages),
        "registrations": config.registration != "closed",
        "approval_required": config.registration == "approval",
        "invites_enabled": True,
        "configuration": told,
        "contact_account": counts.contact,
        "rules": _rules(node),
        "max_toot_chars": limits.POST_CHARACTERS,
        "poll_limits": told["polls"],
        "upload_limit": limits.VIDEO_BYTES,
    }
