"""From an actor's row to the actor document that peers read. Pure.

Shape and omissions after what makes peers reject an actor (research on Mastodon, Lemmy, GoToSocial, Misskey, PeerTube): never a
null member, `publicKey` a single object, all URLs on one origin, `followers` always there.
"""

from collections.abc import Sequence
from typing import Any

from actors import cooperative as cooperatives
from actors.cooperative import Cooperative, Kind
from actors.emojis import EmojiRow, tags
from actors.local import ED25519, RSA, PublicKeyRow
from actors.lookup import ActorRow
from actors.profile import NONE, ProfileRow
from coopfed.clock import utc
from coopfed.ids import Urls
from coopfed.vocab import build, contexts


def rfc3339(milliseconds: int) -> str:
    """A moment as peers read it."""
    return build.instant(utc(milliseconds))


def actor_document(
    row: ActorRow,
    keys: list[PublicKeyRow],
    urls: Urls,
    profile: ProfileRow = NONE,
    emojis: Sequence[EmojiRow] = (),
    *,
    moderators_only: bool = False,
    cooperative: Cooperative = cooperatives.NONE,
) -> dict[str, Any]:
    """The document of one of our actors; `emojis` are those that stand in its texts, `moderators_only` of a group to which only they
    may post, `cooperative` what it says of itself as one.

    Source: ActivityPub 4.1, FEP-521a (keys), FEP-2c59 (webfinger), FEP-7628 (moves), FEP-1b12 (groups); domain research 7.1.
    """
    document: dict[str, Any] = {
        "@context": contexts.ACTOR,
        "id": row.uri,
        "type": row.type,
        "preferredUsername": row.handle,
        "webfinger": row.acct,
        "name": row.name,
        "summary": row.summary,
        "url": row.url,
        "inbox": row.inbox,
        "outbox": f"{row.uri}/outbox",
        "followers": f"{row.uri}/followers",
        "following": f"{row.uri}/following",
        "featured": f"{row.uri}/featured",
        "endpoints": {"sharedInbox": urls.shared_inbox},
        "manuallyApprovesFollowers": row.locked,
        "discoverable": row.discoverable,
        "indexable": profile.indexable,
        "published": rfc3339(row.created_at),
        "updated": rfc3339(row.updated_at),
        "attachment": [build.profile_field(field.name, field.html) for field in profile.fields],
        "tag": tags(emojis, urls),
        "generator": build.generator(),
        **key_members(row, keys),
    }
    if profile.avatar_url is not None:
        document["icon"] = _picture(profile.avatar_url, profile.avatar_description)
    if profile.header_url is not None:
        document["image"] = _picture(profile.header_url, profile.header_description)
    if row.alias_uris:
        document["alsoKnownAs"] = list(row.alias_uris)
    if row.moved_to is not None:
        document["movedTo"] = row.moved_to
    if row.suspended:
        document |= {"name": row.handle, "summary": "", "suspended": True}
    else:
        document |= _of_cooperative(row, cooperative)
    if row.type == "Group":
        document |= {
            "@context": (*contexts.GROUP, *document["@context"][len(contexts.ACTOR) :]),
            "attributedTo": f"{row.uri}/moderators",
            "postingRestrictedToMods": moderators_only,
        }
    return document


def _of_cooperative(row: ActorRow, said: Cooperative) -> dict[str, Any]:
    """What an organisation has besides, and whoever says something of itself as a cooperative; of others nothing."""
    found: dict[str, Any] = {}
    if row.type == "Organization":
        found = {"memberships": f"{row.uri}/memberships", "members": f"{row.uri}/members"}
    if not said.says_nothing:
        found |= _cooperative(said)
    return {"@context": contexts.COOPERATIVE, **found} if found else {}


def _cooperative(said: Cooperative) -> dict[str, Any]:
    """What a cooperative says, without what it does not: null and empty lists say nothing. Only public identifiers go out."""
    found: dict[str, Any] = {
        "nameMap": dict(said.names),
        "summaryMap": {tag: one.html for tag, one in said.descriptions.items()},
        "legalName": said.legal_name,
        "cooperativeType": said.one(Kind.TYPE),
        "registryCategory": said.registry_category,
        "sector": list(said.of(Kind.SECTOR)),
        "region": list(said.of(Kind.REGION)),
        "acceptsLanguages": list(said.of(Kind.LANGUAGE)),
        "sizeClass": said.one(Kind.SIZE),
        "memberCount": said.members_count,
        "workerCount": said.workers_count,
        "offers": list(said.of(Kind.OFFERS)),
        "needs": list(said.of(Kind.NEEDS)),
        "sdg": _numbers(said.of(Kind.SDG)),
        "icaPrinciple": _numbers(said.of(Kind.PRINCIPLE)),
        "identifier": [build.identifier(one.scheme, one.value) for one in said.identifiers if one.public],
    }
    told = {name: value for name, value in found.items() if value not in (None, "", [], {})}
    return told | {"aggregationConsent": said.aggregation_consent}


def _numbers(codes: Sequence[str]) -> list[int | str]:
    return [int(code) if code.isdecimal() else code for code in codes]


def _picture(url: str, description: str) -> dict[str, Any]:
    return build.picture(url, "image/png" if url.endswith(".png") else "image/jpeg", description)


_NEEDED = (
    "@context",
    "id",
    "type",
    "preferredUsername",
    "name",
    "url",
    "inbox",
    "outbox",
    "followers",
    "following",
    "endpoints",
    "publicKey",
    "assertionMethod",
    "manuallyApprovesFollowers",
)


def without_profile(document: dict[str, Any]) -> dict[str, Any]:
    """As much of the document as a server needs to check a signature and deliver: what AUTHORIZED_FETCH shows to anybody.

    `followers` stays: without it Mastodon takes followers-only posts for direct ones.
    """
    return {name: document[name] for name in _NEEDED if name in document}


def key_members(row: ActorRow, keys: list[PublicKeyRow]) -> dict[str, Any]:
    """`publicKey` and `assertionMethod`. Retired Ed25519 keys stay, with `expires`, so that old proofs stay verifiable."""
    members: dict[str, Any] = {}
    current = [key for key in keys if key.kind == RSA and key.retired_at is None]
    if current:
        members["publicKey"] = {"id": current[-1].uri, "owner": row.uri, "publicKeyPem": current[-1].public}
    members["assertionMethod"] = [_multikey(row, key) for key in keys if key.kind == ED25519]
    return members


def _multikey(row: ActorRow, key: PublicKeyRow) -> dict[str, Any]:
    document = {"id": key.uri, "type": "Multikey", "controller": row.uri, "publicKeyMultibase": key.public}
    if key.retired_at is not None:
        document["expires"] = rfc3339(key.retired_at)
    return document


def tombstone_document(row: ActorRow, keys: list[PublicKeyRow]) -> dict[str, Any]:
    """What the id of a deleted actor answers with 410. It still carries the keys, so that its last Delete can be verified."""
    return {
        "@context": contexts.ACTOR,
        "id": row.uri,
        "type": "Tombstone",
        "formerType": row.type,
        "deleted": rfc3339(row.gone_at or row.updated_at),
        **key_members(row, keys),
    }
