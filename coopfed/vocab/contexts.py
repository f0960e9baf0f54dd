"""The contexts that our documents carry, frozen: peers hash and cache them, so a change is a decision record.

Rules: the ActivityStreams address first and as a string (Mastodon and Misskey look for exactly that), every term that
we write defined (verifiers of linked-data signatures drop undefined ones), no context hosted by us, no `@vocab`.
"""

import json
from pathlib import Path
from typing import Any, Final

from coopfed.vocab.terms import AS_CONTEXT

Context = tuple[str | dict[str, Any], ...]

_OWN_TERMS: Final = json.loads((Path(__file__).parent / "data" / "coopfed-context.jsonld").read_text("utf-8"))

NOTE: Final[Context] = (
    AS_CONTEXT,
    {
        "toot": "http://joinmastodon.org/ns#",
        "ostatus": "http://ostatus.org#",
        "gts": "https://gotosocial.org/ns#",
        "Hashtag": "as:Hashtag",
        "sensitive": "as:sensitive",
        "Emoji": "toot:Emoji",
        "blurhash": "toot:blurhash",
        "focalPoint": {"@id": "toot:focalPoint", "@container": "@list"},
        "votersCount": "toot:votersCount",
        "conversation": "ostatus:conversation",
        "quote": {"@id": "https://w3id.org/fep/044f#quote", "@type": "@id"},
        "quoteAuthorization": {"@id": "https://w3id.org/fep/044f#quoteAuthorization", "@type": "@id"},
        "interactionPolicy": {"@id": "gts:interactionPolicy", "@type": "@id"},
        "canQuote": {"@id": "gts:canQuote", "@type": "@id"},
        "automaticApproval": {"@id": "gts:automaticApproval", "@type": "@id"},
        "manualApproval": {"@id": "gts:manualApproval", "@type": "@id"},
    },
)
"""Notes, activities, collections, tombstones."""

QUOTES: Final[Context] = (
    *NOTE,
    {
        "fep044f": "https://w3id.org/fep/044f#",
        "QuoteRequest": "fep044f:QuoteRequest",
        "QuoteAuthorization": "fep044f:QuoteAuthorization",
        "quoteUri": "http://fedibird.com/ns#quoteUri",
        "quoteUrl": "as:quoteUrl",
        "_misskey_quote": "https://misskey-hub.net/ns#_misskey_quote",
        "interactingObject": {"@id": "gts:interactingObject", "@type": "@id"},
        "interactionTarget": {"@id": "gts:interactionTarget", "@type": "@id"},
        "approvedBy": {"@id": "gts:approvedBy", "@type": "@id"},
    },
)
"""Whatever quotes, and what shows an author's consent: the terms of notes and these besides, so that other notes stay short."""

REQUESTS: Final[Context] = (
    *QUOTES,
    {
        "LikeRequest": "gts:LikeRequest",
        "ReplyRequest": "gts:ReplyRequest",
        "AnnounceRequest": "gts:AnnounceRequest",
        "LikeAuthorization": "gts:LikeAuthorization",
        "ReplyAuthorization": "gts:ReplyAuthorization",
        "AnnounceAuthorization": "gts:AnnounceAuthorization",
        "likeAuthorization": {"@id": "gts:likeAuthorization", "@type": "@id"},
        "replyAuthorization": {"@id": "gts:replyAuthorization", "@type": "@id"},
        "announceAuthorization": {"@id": "gts:announceAuthorization", "@type": "@id"},
    },
)
"""Whatever asks to like, answer or boost, and what shows that it may: see docs/decisions/0026."""

ACTOR: Final[Context] = (
    AS_CONTEXT,
    "https://w3id.org/security/v1",
    "https://w3id.org/security/multikey/v1",
    {
        "toot": "http://joinmastodon.org/ns#",
        "schema": "http://schema.org#",
        "xsd": "http://www.w3.org/2001/XMLSchema#",
        "Hashtag": "as:Hashtag",
        "Emoji": "toot:Emoji",
        "PropertyValue": "schema:PropertyValue",
        "value": "schema:value",
        "manuallyApprovesFollowers": "as:manuallyApprovesFollowers",
        "movedTo": {"@id": "as:movedTo", "@type": "@id"},
        "alsoKnownAs": {"@id": "as:alsoKnownAs", "@type": "@id"},
        "featured": {"@id": "toot:featured", "@type": "@id"},
        "discoverable": "toot:discoverable",
        "indexable": "toot:indexable",
        "suspended": "toot:suspended",
        "memorial": "toot:memorial",
        "assertionMethod": {"@id": "https://w3id.org/security#assertionMethod", "@type": "@id", "@container": "@set"},
        "implements": {"@id": "https://w3id.org/fep/844e/implements", "@type": "@id", "@container": "@list"},
        "webfinger": {"@id": "https://purl.archive.org/socialweb/webfinger#webfinger", "@type": "xsd:string"},
    },
)
"""Actors. FEP-2c59's and FEP-521a's terms stand here instead of their contexts' addresses, which have been unreachable
before; multikey/v1 does not define `assertionMethod` itself."""

GROUP: Final[Context] = (
    *ACTOR,
    {"lemmy": "https://join-lemmy.org/ns#", "postingRestrictedToMods": "lemmy:postingRestrictedToMods"},
)
"""Actors that are groups, which Lemmy reads as communities."""

_COOPERATIVE_TERMS: Final[dict[str, Any]] = {
    **{
        name: _OWN_TERMS["@context"][name]
        for name in (
            *(
                "coop",
                "cooperativeType",
                "sector",
                "region",
                "acceptsLanguages",
                "sizeClass",
                "memberCount",
                "offers",
                "needs",
            ),
            *("sdg", "memberships", "members", "aggregationConsent"),
        )
    },
    "registryCategory": "coop:registryCategory",
    "workerCount": "coop:workerCount",
    "icaPrinciple": {"@id": "coop:icaPrinciple", "@container": "@set"},
    "legalName": "http://schema.org/legalName",
    "identifier": {"@id": "http://schema.org/identifier", "@container": "@set"},
    "propertyID": "http://schema.org/propertyID",
}
COOPERATIVE: Final[Context] = (*ACTOR, _COOPERATIVE_TERMS)
"""Actors that say of themselves what cooperatives say; those terms follow whatever context the actor has. See docs/decisions/0035."""

MEMBERSHIPS: Final[Context] = (
    *NOTE,
    {name: _OWN_TERMS["@context"][name] for name in ("coop", "members", "membersOf", "membershipKind")},
)
"""Who asks whom to be a member, and who is one; what is signed carries `COOPFED`. See docs/decisions/0037."""
COMPANION: Final[Context] = (
    *NOTE,
    {name: _OWN_TERMS["@context"][name] for name in ("coop", "about")},
)
"""Posts that show a Proposal: the terms of notes, and what leads to it."""
STORY: Final[Context] = (
    *NOTE,
    {name: _OWN_TERMS["@context"][name] for name in ("coop", "supersedes")},
)
"""Posts of what was done together: the terms of notes, and the draft that the other side agreed to."""

COOPFED: Final[Context] = (
    AS_CONTEXT,
    "https://w3id.org/security/data-integrity/v2",
    _OWN_TERMS["@context"],
)
"""Proposals, memberships and the other types of our own, which carry proofs."""
