"""What an activity is about, as far as the message alone can tell: the second half of the inbox's routing key.

What the message cannot tell (is this id a post of ours, an open follow, a vote on our poll?) is one look-up in the
inbox; the kinds here that ask for it are `id_only` and `post`.
"""

from enum import StrEnum

from coopfed.vocab.polls import vote_of
from coopfed.vocab.records import Activity, ObjectRef
from coopfed.vocab.terms import ACTIVITY_TYPES, ACTOR_TYPES, COLLECTION_TYPES, MARKET_TYPES, POST_TYPES, PUBLIC


class Kind(StrEnum):
    """What an activity's first object is."""

    NOTHING = "nothing"
    """There is no object."""
    ID_ONLY = "id_only"
    """An id without a document; only a look-up can tell."""
    ACTOR = "actor"
    """An actor's document, or the id of the acting actor itself."""
    PUBLIC = "public"
    """The public address: what a relay is asked to send (FEP-ae0c)."""
    POST = "post"
    VOTE = "vote"
    """A choice in a poll, or several (GoToSocial), in a Create."""
    TOMBSTONE = "tombstone"
    COLLECTION = "collection"
    RELATIONSHIP = "relationship"
    HASHTAG = "hashtag"
    MARKET = "market"
    """A Proposal, Intent, Agreement or Commitment (FEP-0837)."""
    RECEIPT = "receipt"
    """A Document that says what became of an agreement, in a Create."""
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    FOLLOW = "follow"
    ACCEPT = "accept"
    REJECT = "reject"
    UNDO = "undo"
    LIKE = "like"
    DISLIKE = "dislike"
    EMOJI_REACT = "emoji_react"
    ANNOUNCE = "announce"
    BLOCK = "block"
    FLAG = "flag"
    ADD = "add"
    REMOVE = "remove"
    MOVE = "move"
    JOIN = "join"
    LEAVE = "leave"
    INVITE = "invite"
    OFFER = "offer"
    QUOTE_REQUEST = "quote_request"
    INTERACTION_REQUEST = "interaction_request"
    """A LikeRequest, ReplyRequest or AnnounceRequest (GoToSocial)."""
    AUTHORIZATION = "authorization"
    """A document that shows an author's consent (FEP-044f)."""
    LOCK = "lock"
    MODERATION = "moderation"
    """What a moderator does to a group: found by a look-up, never by the message alone."""
    RELAYED = "relayed"
    """A post that a relay passes on: found by a look-up."""
    ACTIVITY = "activity"
    """An activity of a type without a kind of its own."""
    OTHER = "other"
    """A document of another type, or of none."""


_BY_TYPE: dict[str, Kind] = (
    dict.fromkeys(ACTIVITY_TYPES, Kind.ACTIVITY)
    | dict.fromkeys(ACTOR_TYPES, Kind.ACTOR)
    | dict.fromkeys(POST_TYPES, Kind.POST)
    | dict.fromkeys(COLLECTION_TYPES, Kind.COLLECTION)
    | dict.fromkeys(MARKET_TYPES, Kind.MARKET)
    | {
        "Tombstone": Kind.TOMBSTONE,
        "Relationship": Kind.RELATIONSHIP,
        "Hashtag": Kind.HASHTAG,
        "Create": Kind.CREATE,
        "Update": Kind.UPDATE,
        "Delete": Kind.DELETE,
        "Follow": Kind.FOLLOW,
        "Accept": Kind.ACCEPT,
        "Reject": Kind.REJECT,
        "Undo": Kind.UNDO,
        "Like": Kind.LIKE,
        "Dislike": Kind.DISLIKE,
        "EmojiReact": Kind.EMOJI_REACT,
        "Announce": Kind.ANNOUNCE,
        "Block": Kind.BLOCK,
        "Flag": Kind.FLAG,
        "Add": Kind.ADD,
        "Remove": Kind.REMOVE,
        "Move": Kind.MOVE,
        "Join": Kind.JOIN,
        "Leave": Kind.LEAVE,
        "Lock": Kind.LOCK,
        "Invite": Kind.INVITE,
        "Offer": Kind.OFFER,
        "QuoteRequest": Kind.QUOTE_REQUEST,
        **dict.fromkeys(("LikeRequest", "ReplyRequest", "AnnounceRequest"), Kind.INTERACTION_REQUEST),
        "QuoteAuthorization": Kind.AUTHORIZATION,
    }
)


def kind_of(activity: Activity) -> Kind:
    """The kind of the first object. The acting actor's own id is `actor` in whatever shape it comes, since peers delete
    themselves by id and by Tombstone.

    A type that nobody knows is a `post` when it can be shown as a card: it has a text and a page.
    """
    ref = activity.object
    if ref is None:
        return Kind.NOTHING
    if ref.id == activity.actor:
        return Kind.ACTOR
    if ref.id == PUBLIC:
        return Kind.PUBLIC
    if ref.embedded is None:
        return Kind.ID_ONLY
    if activity.type == "Create" and vote_of(ref.embedded) is not None:
        return Kind.VOTE
    if activity.type == "Create" and ref.type == "Document" and "outcome" in ref.embedded:
        return Kind.RECEIPT
    return _BY_TYPE.get(ref.type or "") or _card(ref)


def _card(ref: ObjectRef) -> Kind:
    document = ref.embedded or {}
    texts = any(document.get(member) for member in ("content", "contentMap", "name", "nameMap"))
    return Kind.POST if document.get("type") and texts and document.get("url") else Kind.OTHER
