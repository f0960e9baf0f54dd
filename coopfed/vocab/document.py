"""Canonical documents read into records: what must be there, what may be missing, and where lists are cut.

Every reader takes what `normalise` gave and raises BadMessage when a needed member is missing or of a wrong kind; the
reason names the member. Over-long lists and texts are cut to `coopfed.limits`.
"""

import re
from collections.abc import Iterator
from typing import Any

from coopfed import limits
from coopfed.errors import BadMessage
from coopfed.vocab import values
from coopfed.vocab.cooperatives import read_cooperative
from coopfed.vocab.members import recipients, required
from coopfed.vocab.origin import authority, same_authority
from coopfed.vocab.policies import read_authorization
from coopfed.vocab.posts import clamp_published, read_post
from coopfed.vocab.proposals import reads_proposals
from coopfed.vocab.records import (
    Activity,
    ActorRecord,
    AttachmentRecord,
    AuthorizationRecord,
    CooperativeRecord,
    EmojiRecord,
    FieldRecord,
    ImageRecord,
    KeyRecord,
    MentionRecord,
    ObjectRef,
    PolicyRecord,
    PolicyRule,
    PostRecord,
    SourceRecord,
)
from coopfed.vocab.tags import description_of, emojis_of
from coopfed.vocab.terms import ACTIVITY_TYPES, ACTOR_TYPES, KNOWN_TYPES
from coopfed.vocab.texts import text_of

__all__ = [
    "Activity",
    "ActorRecord",
    "AttachmentRecord",
    "AuthorizationRecord",
    "CooperativeRecord",
    "EmojiRecord",
    "FieldRecord",
    "ImageRecord",
    "KeyRecord",
    "MentionRecord",
    "ObjectRef",
    "PolicyRecord",
    "PolicyRule",
    "PostRecord",
    "SourceRecord",
    "clamp_published",
    "read_activity",
    "read_actor",
    "read_authorization",
    "read_keys",
    "read_post",
]

Document = dict[str, Any]

_NO_PART_OF_A_NAME = re.compile(
    r"[\s@/\\?#%:<>\"'\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufffd]"
)
"""What separates or escapes in a handle, cannot be seen, or turns the direction of what follows."""


def read_activity(doc: Document) -> Activity:
    """The activity in a canonical document. Types that nobody knows pass, so that they get an outcome; types that are
    known to be something else do not, although Pleroma gives its Notes an `actor` too.

    BadMessage: `no_type`, `not_an_activity`, `no_actor`. A missing id is None. to, cc and audience hold at most `limits.RECIPIENTS` ids
    together. Source: ActivityPub 3, 6; ActivityStreams 2.2.
    """
    kind = required(doc, "type", "no_type")
    if kind in KNOWN_TYPES - ACTIVITY_TYPES:
        raise BadMessage(f"{kind} is no activity", reason="not_an_activity")
    to, cc, audience = recipients(doc)
    return Activity(
        id=doc.get("id"),
        type=kind,
        actor=required(doc, "actor", "no_actor"),
        objects=tuple(_reference(item) for item in doc.get("object", ())),
        to=to,
        cc=cc,
        audience=audience,
        target=values.reference(doc.get("target")),
        published=values.when(doc.get("published")),
        instrument=_optional_reference(doc.get("instrument")),
        result=_optional_reference(doc.get("result")),
        document=doc,
    )


def read_actor(doc: Document) -> ActorRecord:
    """The actor in a canonical document.

    BadMessage: `no_id`, `not_an_actor` (not one of the five types), `no_inbox`, `no_username` (neither
    preferredUsername nor webfinger with a character that a handle may hold, or longer than `limits.USERNAME_LENGTH` bytes).
    The shared inbox counts only on the inbox's authority: otherwise thousands of actors could name a victim's.
    Source: ActivityPub 4.1; FEP-2c59.
    """
    identity = required(doc, "id", "no_id")
    kind = required(doc, "type", "not_an_actor")
    if kind not in ACTOR_TYPES:
        raise BadMessage(f"{kind} is no actor", reason="not_an_actor")
    inbox = required(doc, "inbox", "no_inbox")
    return ActorRecord(
        id=identity,
        type=kind,
        preferred_username=_username(doc),
        name=text_of(doc, "name").text[: limits.NAME_LENGTH],
        summary=text_of(doc, "summary").text[: limits.SUMMARY_LENGTH],
        url=_own_page(doc, identity),
        inbox=inbox,
        outbox=doc.get("outbox"),
        followers=doc.get("followers"),
        following=doc.get("following"),
        featured=doc.get("featured"),
        shared_inbox=_shared_inbox(doc, inbox),
        keys=tuple(_keys(doc))[: limits.KEYS],
        manually_approves=doc.get("manuallyApprovesFollowers", False),
        discoverable=doc.get("discoverable", False),
        indexable=doc.get("indexable", False),
        published=values.when(doc.get("published")),
        updated=values.when(doc.get("updated")),
        icon=_image(doc.get("icon")),
        image=_image(doc.get("image")),
        fields=tuple(_fields(doc))[: limits.FIELDS],
        also_known_as=tuple(doc.get("alsoKnownAs", ()))[: limits.ALIASES],
        moved_to=doc.get("movedTo"),
        suspended=doc.get("suspended", False),
        memorial=doc.get("memorial", False),
        webfinger=_webfinger(doc),
        emojis=emojis_of(doc),
        cooperative=read_cooperative(doc),
        reads_proposals=reads_proposals(doc),
    )


def read_keys(doc: Document) -> tuple[KeyRecord, ...]:
    """The keys that a canonical document claims: of an actor, of a stub (GoToSocial's actor with a key and little else),
    or the document itself when it is a bare key or a Multikey. At most `limits.KEYS`.

    A key without an owner is none. BadMessage (`no_key`) when there is none. Source: security vocabulary; FEP-521a.
    """
    keys = tuple(_keys(doc))[: limits.KEYS] or tuple(_key(doc))
    if not keys:
        raise BadMessage("no public key in the document", reason="no_key")
    return keys


def _reference(item: str | Document) -> ObjectRef:
    return ObjectRef(item) if isinstance(item, str) else ObjectRef(item.get("id"), item)


def _optional_reference(item: str | Document | None) -> ObjectRef | None:
    return None if item is None else _reference(item)


def _username(doc: Document) -> str:
    """The name without what no handle may hold: it is shown in one word with its host, which it must not imitate or turn."""
    name: str = doc.get("preferredUsername") or (_webfinger(doc) or "").partition("@")[0]
    if _is_too_long(name) or not (bare := _NO_PART_OF_A_NAME.sub("", name)):
        raise BadMessage("no usable preferredUsername", reason="no_username")
    return bare


def _is_too_long(name: str) -> bool:
    """Whether a handle, as it is stored, is longer than an index takes."""
    return len(name) > limits.USERNAME_LENGTH or len(name.lower().encode()) > limits.USERNAME_LENGTH


def _webfinger(doc: Document) -> str | None:
    """The handle as `name@host`, the host as an authority; written with `acct:` or a leading @ by some. Unverified.

    The host is asked by WebFinger, so it must be one and nothing more: a path in it would be the stranger's choice.
    Source: FEP-2c59.
    """
    handle = str(doc.get("webfinger", "")).removeprefix("acct:").removeprefix("@")
    name, _, host = handle.partition("@")
    if _is_too_long(handle) or not name or _NO_PART_OF_A_NAME.search(name):
        return None
    if not host or set(host) & set("/?#\\@"):
        return None
    try:
        return f"{name}@{authority(f'https://{host}')}"
    except BadMessage:
        return None


def _own_page(doc: Document, identity: str) -> str | None:
    """The page to show, only on the actor's authority, so that nobody shows a victim's profile as their own."""
    return values.page(link for link in doc.get("url", ()) if same_authority(link["href"], identity))


def _shared_inbox(doc: Document, inbox: str) -> str | None:
    shared: str | None = doc.get("endpoints", {}).get("sharedInbox")
    return shared if shared is not None and same_authority(shared, inbox) else None


def _keys(doc: Document) -> Iterator[KeyRecord]:
    for node in (*doc.get("publicKey", ()), *doc.get("assertionMethod", ())):
        yield from _key(node)


def _key(node: Document) -> Iterator[KeyRecord]:
    """The key in a node, if it has an id, an owner and a value."""
    owner = node.get("owner") or node.get("controller")
    pem, multibase = node.get("publicKeyPem"), node.get("publicKeyMultibase")
    if node.get("id") and owner and (pem or multibase):
        expires = values.when(node.get("expires"))
        yield KeyRecord(node["id"], owner, pem or None, None if pem else multibase, expires)


def _fields(doc: Document) -> Iterator[FieldRecord]:
    """As PropertyValue; where there are none, as Note with a name (FEP-fb2a), which some write beside them."""
    attached = doc.get("attachment", ())
    for kind, member in (("PropertyValue", "value"), ("Note", "content")):
        named = [node for node in attached if node.get("type") == kind and (kind != "Note" or node.get("name"))]
        for node in named:
            value = values.text(node.get(member))
            if value is not None:
                yield FieldRecord(node.get("name", "")[: limits.NAME_LENGTH], value[: limits.SUMMARY_LENGTH])
        if named:
            return


def _image(node: Document | None) -> ImageRecord | None:
    if node is None:
        return None
    return ImageRecord(node["url"], node.get("mediaType"), description_of(node))
