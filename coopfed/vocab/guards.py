"""What is refused before a document is read as plain JSON: contexts and keywords that would let JSON-LD mean another thing.

We never expand JSON-LD. That is safe because every member that carries authority is a native term with a fixed
spelling: a document that renames one is not understood, never misread. What could still be misread is a document that
keeps the spelling and changes its meaning for readers that do expand; these guards refuse it. Contexts named by
address are neither fetched nor known here. Source: Fedify GHSA-9rfg-v8g9-9367, Mastodon CVE-2026-46349.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final

import orjson

from coopfed import limits
from coopfed.errors import BadMessage
from coopfed.vocab.terms import AS_CONTEXTS, AS_NAMESPACE

FORBIDDEN_KEYWORDS: Final = ("@graph", "@included", "@reverse", "@nest")
"""Each moves statements about in a document while a signature over its graph stays valid."""

_LDP: Final = "http://www.w3.org/ns/ldp#"
_SECURITY: Final = "https://w3id.org/security#"

_SAME_NAME: Final = """
    Accept Activity IntransitiveActivity Add Announce Application Arrive Article Audio Block Collection CollectionPage
    Relationship Create Delete Dislike Document Event Follow Flag Group Ignore Image Invite Join Leave Like Link Mention
    Note Object Offer OrderedCollection OrderedCollectionPage Organization Page Person Place Profile Question Reject
    Remove Service TentativeAccept TentativeReject Tombstone Undo Update Video View Listen Read Move Travel IsFollowing
    IsFollowedBy IsContact IsMember subject relationship actor attributedTo attachment bcc bto cc context current first
    generator icon image inReplyTo items instrument last location next object oneOf anyOf closed origin accuracy prev
    preview replies result audience partOf tag target to url altitude content name duration endTime height href hreflang
    latitude longitude mediaType published radius rel startIndex startTime summary totalItems units updated width
    describes formerType deleted outbox following followers streams preferredUsername endpoints uploadMedia proxyUrl
    liked oauthAuthorizationEndpoint oauthTokenEndpoint provideClientKey signClientKey sharedInbox Public source likes
    shares alsoKnownAs
"""

NATIVE_TERMS: Final = {
    "as": AS_NAMESPACE,
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "ldp": _LDP,
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "id": "@id",
    "type": "@type",
    "inbox": _LDP + "inbox",
    "orderedItems": AS_NAMESPACE + "items",
    "contentMap": AS_NAMESPACE + "content",
    "nameMap": AS_NAMESPACE + "name",
    "summaryMap": AS_NAMESPACE + "summary",
} | {name: AS_NAMESPACE + name for name in _SAME_NAME.split()}
"""Terms of the ActivityStreams context and what each means; compared with the published context by a test."""

_GUARDED: Final = NATIVE_TERMS | {
    name: _SECURITY + name
    for name in ("publicKey", "owner", "publicKeyPem", "assertionMethod", "controller", "publicKeyMultibase")
}
_PREFIXES: Final = NATIVE_TERMS | {"sec": _SECURITY}
_TOLERATED: Final = frozenset({"location"})
"""Mobilizon defines `location` as schema.org's (fixture mobilizon/objects/event.json); nothing rests on it."""
_REMEMBERED_BYTES: Final = 8 * limits.KIB
"""Longest context whose check is remembered; Mastodon's has 2 KiB."""
_KEYWORD_ALIASES: Final = {"id": "@id", "type": "@type"}


def check_document(document: dict[str, Any], *, key_stub: bool = False) -> None:
    """Refuses a top-level document without the ActivityStreams context (`no_context`; a key stub needs none), and what
    `check_node` refuses. Source: Mastodon and Misskey refuse the same."""
    if not key_stub and not any(entry in AS_CONTEXTS for entry in _strings(document.get("@context"))):
        raise BadMessage("no ActivityStreams @context", reason="no_context")
    check_node(document)


def check_node(node: dict[str, Any]) -> None:
    """Refuses a node with a forbidden keyword (`forbidden_keyword`), with both an `@id` and another `id` (or `type`,
    `ambiguous_keyword`), or with an inline context that changes a native term (`redefined_term`)."""
    for keyword in FORBIDDEN_KEYWORDS:
        if keyword in node:
            raise BadMessage(f"{keyword} in a document", reason="forbidden_keyword")
    for alias, keyword in _KEYWORD_ALIASES.items():
        if alias in node and keyword in node and node[alias] != node[keyword]:
            raise BadMessage(f"{alias} and {keyword} differ", reason="ambiguous_keyword")
    if "@context" in node:
        _check_unless_known(node["@context"])


def _strings(context: Any) -> Iterator[str]:
    yield from (entry for entry in (context if isinstance(context, list) else [context]) if isinstance(entry, str))


def _check_unless_known(context: Any) -> None:
    # A server sends the same context with everything it says, and checking it is a tenth of an arrival.
    try:
        written = orjson.dumps(context)
    except TypeError:
        written = b""
    if 0 < len(written) <= _REMEMBERED_BYTES:
        _check_written(written)
    else:
        _check_context(context, depth=0)


@lru_cache(maxsize=512)
def _check_written(context: bytes) -> None:
    """Remembers contexts that passed; what is raised is not remembered."""
    _check_context(orjson.loads(context), depth=0)


def _check_context(context: Any, depth: int) -> None:
    if depth > limits.JSON_DEPTH:
        raise BadMessage("contexts nested too deeply", reason="too_deep")
    for entry in context if isinstance(context, list) else [context]:
        if isinstance(entry, list):
            _check_context(entry, depth + 1)
        elif isinstance(entry, dict):
            for term, definition in entry.items():
                _check_term(term, definition, entry)
                if isinstance(definition, dict) and "@context" in definition:
                    _check_context(definition["@context"], depth + 1)


def _check_term(term: str, definition: Any, context: dict[str, Any]) -> None:
    """A definition must leave native terms as they are and may not make a new name for a keyword."""
    if isinstance(definition, dict) and any(keyword in definition for keyword in FORBIDDEN_KEYWORDS):
        raise BadMessage(f"{term} is defined with a forbidden keyword", reason="forbidden_keyword")
    meaning = _meaning(definition, context)
    if term in _GUARDED:
        if meaning != _GUARDED[term] and term not in _TOLERATED:
            raise BadMessage(f"{term} is redefined as {meaning}", reason="redefined_term")
    elif meaning is not None and meaning.startswith("@") and not term.startswith("@"):
        raise BadMessage(f"{term} is an alias of {meaning}", reason="redefined_term")


def _meaning(definition: Any, context: dict[str, Any]) -> str | None:
    """The full address that a term definition gives, or None when it gives none."""
    value = definition.get("@id") if isinstance(definition, dict) else definition
    if not isinstance(value, str):
        return None
    prefix, colon, rest = value.partition(":")
    if not colon or rest.startswith("//"):
        return value
    base = context.get(prefix, _PREFIXES.get(prefix))
    if isinstance(base, dict):
        base = base.get("@id")
    return base + rest if isinstance(base, str) else value
