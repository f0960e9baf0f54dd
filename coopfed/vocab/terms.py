"""The words of ActivityStreams that this program knows, and the two media types that carry it.

Not here: how a member may be spelt (see `normalise`), and what a type means to a handler (see `kinds`).
"""

import re
from collections.abc import Iterator
from typing import Final


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


AS_NAMESPACE: Final = "https://www.w3.org/ns/activitystreams#"
AS_CONTEXT: Final = "https://www.w3.org/ns/activitystreams"
AS_CONTEXTS: Final = frozenset(
    {
        "https://www.w3.org/ns/activitystreams",
        "https://www.w3.org/ns/activitystreams#",
        "http://www.w3.org/ns/activitystreams",
        "http://www.w3.org/ns/activitystreams#",
    }
)

PUBLIC: Final = "https://www.w3.org/ns/activitystreams#Public"
PUBLIC_ALIASES: Final = frozenset({PUBLIC, "http://www.w3.org/ns/activitystreams#Public", "as:Public", "Public"})
"""Spellings to read; only the first is ever written (Lemmy compares it literally)."""

FEP_0837: Final = "https://w3id.org/fep/0837"
PROFILE: Final = "https://w3id.org/coopfed/ns#profile-1"
"""What CoopFeds understand besides: the types of our own, with their codes and proofs."""

ACTOR_TYPES: Final = frozenset({"Application", "Group", "Organization", "Person", "Service"})
COLLECTION_TYPES: Final = frozenset({"Collection", "CollectionPage", "OrderedCollection", "OrderedCollectionPage"})
POST_TYPES: Final = _words("Article Audio ChatMessage Document Event Image Note Page Question Video")
"""What is read as a post. ChatMessage is Pleroma's direct Note."""
ACTIVITY_TYPES: Final = _words("""
    Accept Add Announce AnnounceRequest Arrive Block Create Delete Dislike EmojiReact Flag Follow Ignore Invite Join
    Leave Like LikeRequest Listen Lock Move Offer QuoteRequest Read Reject Remove ReplyRequest TentativeAccept
    TentativeReject Travel Undo Update View
""")
"""ActivityStreams' own, and those of peers: EmojiReact (LitePub), Lock (Lemmy), QuoteRequest (FEP-044f), the other requests (GoToSocial).
Question is an IntransitiveActivity in the specification and a post in the network."""
MARKET_TYPES: Final = frozenset({"Agreement", "Commitment", "Intent", "Proposal"})
OTHER_TYPES: Final = _words("""
    AnnounceApproval AnnounceAuthorization Edition Emoji Endorsement Hashtag LikeApproval LikeAuthorization Link Mention
    Multikey Place Profile PropertyValue QuoteAuthorization Relationship ReplyApproval ReplyAuthorization Tombstone
""")
KNOWN_TYPES: Final = ACTOR_TYPES | COLLECTION_TYPES | POST_TYPES | ACTIVITY_TYPES | MARKET_TYPES | OTHER_TYPES

TYPE_IRIS: Final = {
    "http://litepub.social/ns#EmojiReact": "EmojiReact",
    "http://joinmastodon.org/ns#Emoji": "Emoji",
    "toot:Emoji": "Emoji",
    "http://schema.org#PropertyValue": "PropertyValue",
    "http://schema.org/PropertyValue": "PropertyValue",
    "schema:PropertyValue": "PropertyValue",
}
"""Full spellings outside the ActivityStreams namespace. A prefix is never just cut off: `evil:Person` is no Person."""

ACTIVITY_JSON: Final = "application/activity+json"
LD_JSON: Final = 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"'

_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_MEDIA_RANGE = re.compile(rf"\s*({_TOKEN}/{_TOKEN})\s*")
# Unquoted values are read more widely than tokens: some write profile=https://... without quotes.
_PARAMETER = re.compile(rf';\s*(?:({_TOKEN})\s*=\s*(?:"((?:[^"\\]|\\.)*+)"|([^\s;,"]+))\s*)?')
_HTML: Final = frozenset({"text/html", "application/xhtml+xml"})


def is_activity_media_type(header: str | None) -> bool:
    """Whether a Content-Type names ActivityStreams: `application/activity+json`, or `application/ld+json` with the AS2 profile.

    Parsed and not searched: `text/html; x="application/activity+json"` is HTML, and an upload served as bare ld+json or
    json is not a document (Mastodon CVE-2024-25623). Source: ActivityPub 3.2, 7.
    """
    ranges = list(_media_ranges(header or ""))
    if len(ranges) != 1:
        return False
    media_type, parameters = ranges[0]
    if media_type == ACTIVITY_JSON:
        return True
    return media_type == "application/ld+json" and AS_CONTEXT in parameters.get("profile", "").split()


def wants_activity(accept_header: str | None) -> bool:
    """Whether an Accept header asks for ActivityStreams rather than for a page; wildcards ask for neither.

    ld+json counts with and without profile. A tie with text/html is ours, since no browser names these types.
    Source: ActivityPub 3.2, RFC 9110 12.5.1.
    """
    activity = html = 0.0
    for media_type, parameters in _media_ranges(accept_header or ""):
        if media_type in (ACTIVITY_JSON, "application/ld+json"):
            activity = max(activity, _quality(parameters))
        elif media_type in _HTML:
            html = max(html, _quality(parameters))
    return activity > 0 and activity >= html


def _quality(parameters: dict[str, str]) -> float:
    """The q value in 0..1; one that is not a number counts as 0, so that nonsense asks for nothing."""
    text = parameters.get("q", "1")
    return min(float(text), 1.0) if re.fullmatch(r"[0-9](\.[0-9]{0,3})?", text, re.ASCII) else 0.0


def _media_ranges(header: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Media types of a header with their parameters, lower-cased names; ends at the first thing that is none."""
    position = 0
    while match := _MEDIA_RANGE.match(header, position):
        parameters: dict[str, str] = {}
        position = match.end()
        while parameter := _PARAMETER.match(header, position):
            position = parameter.end()
            name, quoted, token = parameter.groups()
            if name:
                parameters.setdefault(name.lower(), token if quoted is None else re.sub(r"\\(.)", r"\1", quoted))
        if position < len(header) and header[position] != ",":
            return
        yield match.group(1).lower(), parameters
        position += 1
