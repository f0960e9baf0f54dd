"""Foreign ActivityStreams in one form: the table of what each member may look like and what it becomes.

The canonical document keeps the names of ActivityStreams. Ids and addresses are normalised strings, lists are lists,
texts are strings, times are UTC strings, nulls are gone; `bto` and `bcc` are gone; unknown members are kept as they
came. Normalising a canonical document changes nothing. Nothing is trusted by being normalised.

| members                                              | canonical form                                           |
|------------------------------------------------------|----------------------------------------------------------|
| id, actor, inbox, followers, owner, ...              | an id                                                    |
| attributedTo                                         | list of ids, the first Person-like one in front          |
| to, cc, audience, alsoKnownAs                        | list of ids; the public address always in full           |
| object, items, orderedItems                          | list of ids and canonical documents                      |
| target, origin, instrument, result, first, replies.. | an id or a canonical document                            |
| tag, attachment, oneOf, anyOf                        | list of canonical documents                              |
| url                                                  | list of Links; of an icon, image, attachment: an address |
| content, name, summary; contentMap, ...              | a string; a dict of strings                              |
| published, updated, endTime, closed, ...             | RFC 3339 in UTC; `closed` may be true or false           |
| startTime                                            | RFC 3339 with its offset, which tells where people meet  |
| publicKey, assertionMethod                           | list of keys                                             |
| endpoints                                            | a dict with at most `sharedInbox`                        |
| source                                               | a dict with `content` and at most `mediaType`            |
| interactionPolicy                                    | a dict of sub-policies, each with two lists of ids       |
| context, conversation                                | a string                                                 |
"""

from collections.abc import Callable, Iterable
from typing import Any

from coopfed import limits
from coopfed.errors import BadMessage
from coopfed.vocab import values
from coopfed.vocab.guards import check_document, check_node
from coopfed.vocab.policies import policy_of
from coopfed.vocab.terms import ACTOR_TYPES

Document = dict[str, Any]
Reader = Callable[[Any, int], Any]
"""From a member's value and the number of documents around it to its canonical value, None to leave it out."""


def normalise(document: Document, *, key_stub: bool = False) -> Document:
    """The canonical form of a parsed document (see the module); the argument is not changed.

    `key_stub`: the document may lack the ActivityStreams context, as bare keys do. BadMessage: see `guards`, `bad_id`
    and `capability_url` for a member with authority, `too_deep` for documents within documents within documents.
    Source: ActivityStreams 2, 4; ActivityPub 3.
    """
    check_document(document, key_stub=key_stub)
    return _members(document, 0, _STRICT)


def _members(node: Document, depth: int, table: dict[str, Reader]) -> Document:
    """The node's members by table; what the table does not name is kept, but for nulls."""
    if depth > limits.EMBEDDED_DEPTH:
        raise BadMessage(f"more than {limits.EMBEDDED_DEPTH} documents within each other", reason="too_deep")
    canonical: Document = {}
    for key, value in node.items():
        name = _ALIASES.get(key, key)
        if value is None or name in _DROPPED or (name != key and node.get(name) is not None):
            continue
        reader = table.get(name)
        found = value if reader is None else reader(value, depth)
        if found is not None:
            canonical[name] = found
    if "sharedInbox" in canonical:
        shared = values.lenient_id(canonical.pop("sharedInbox"))
        if shared is not None:
            canonical.setdefault("endpoints", {}).setdefault("sharedInbox", shared)
    return canonical


def _document(value: Any, depth: int) -> str | Document | None:
    """A member with authority: an id, or an embedded document whose ids must be good; bare `{"id": ...}` is the id."""
    if isinstance(value, dict) and not _is_bare(value):
        check_node(value)
        return _members(value, depth + 1, _STRICT)
    return values.strict_id(value)


def _decoration(value: Any, depth: int) -> str | Document | None:
    """A member without authority: as `_document`, but unusable ids are left out instead of refused."""
    if isinstance(value, list):
        value = next(iter(values.many(value)), None)
    if isinstance(value, dict) and not _is_bare(value):
        check_node(value)
        return _members(value, depth + 1, _LENIENT) or None
    return values.lenient_id(value)


def _is_bare(node: Document) -> bool:
    """Whether a dict only names something: an id alone, or a Link."""
    return values.reference(node) is not None and (set(node) <= {"id", "@id"} or values.is_link(node))


def _documents(value: Any, depth: int) -> list[str | Document]:
    found = (_document(item, depth) for item in values.many(value))
    return [item for item in found if item]


def _items(value: Any, depth: int) -> list[str | Document]:
    """Items of a collection, at most `limits.COLLECTION_ITEMS`; one bad item does not spoil the others."""
    items = values.many(value)[: limits.COLLECTION_ITEMS]
    return [item for item in (_decoration(item, depth) for item in items) if item]


def _nodes(table: dict[str, Reader]) -> Reader:
    """A reader of lists of documents; a bare string is a Link to there."""
    return lambda value, depth: _read_nodes(values.many(value), depth, table)


def _read_nodes(found: Iterable[Any], depth: int, table: dict[str, Reader]) -> list[Document]:
    read = (_node(item, depth, table) for item in found if isinstance(item, dict | str) and item)
    return [node for node in read if node]


def _node(item: Document | str, depth: int, table: dict[str, Reader]) -> Document:
    node = {"type": "Link", "href": item} if isinstance(item, str) else item
    check_node(node)
    return _members(node, depth + 1, table)


def _media(value: Any, depth: int) -> list[Document]:
    """Files: of several addresses of one, the first that is no page, with its media type and size."""
    return _read_nodes(map(_flat, values.many(value)), depth, _MEDIA)


def _flat(item: Any) -> Any:
    if not isinstance(item, dict) or not isinstance(item.get("url"), dict | list):
        return item
    found = values.links(item["url"])
    chosen = next((link for link in found if link.get("mediaType") != "text/html"), found[0] if found else {})
    given = {name: value for name, value in item.items() if value is not None and name != "url"}
    return {"url": chosen.get("href")} | {name: chosen[name] for name in _OF_LINKS if name in chosen} | given


def _image(value: Any, depth: int) -> Document | None:
    """The first picture with a usable address; a bare string is the address."""
    pictures = ({"type": "Image", "url": item} if isinstance(item, str) else item for item in values.many(value))
    return next((picture for picture in _media(list(pictures), depth) if "url" in picture), None)


def _authors(read_id: Callable[[Any], str | None]) -> Reader:
    """A reader of authors, the first Person-like in front: PeerTube names the channel (Group) beside the account."""

    def read(value: Any, _: int) -> list[str]:
        ordered = sorted(values.many(value), key=_is_group)
        return list(dict.fromkeys(found for item in ordered if (found := read_id(item)) is not None))

    return read


def _actor(value: Any, depth: int) -> str | None:
    return next(iter(_authors(values.strict_id)(value, depth)), None)


def _is_group(value: Any) -> bool:
    kind = values.type_name(value.get("type") or value.get("@type")) if isinstance(value, dict) else None
    return kind is not None and (kind == "Group" or kind not in ACTOR_TYPES)


def _keys(value: Any, depth: int) -> list[Document]:
    named = ({"id": item} if isinstance(item, str) else item for item in values.many(value))
    return _read_nodes(named, depth, _KEY)


def _endpoints(value: Any, _: int) -> Document | None:
    """Only the shared inbox is read; a string is the id of a node that would have to be fetched (Kroeg), so nothing."""
    node = next(values.nodes(value), {})
    shared = values.lenient_id(node.get("sharedInbox"))
    return None if shared is None else {"sharedInbox": shared}


def _source(value: Any, _: int) -> Document | None:
    """`{content, mediaType}`; Pleroma sends the bare text."""
    value = values.unwrapped(value)
    node = value if isinstance(value, dict) else {"content": value}
    members = {"content": values.text(node.get("content")), "mediaType": values.media_type(node.get("mediaType"))}
    return {name: item for name, item in members.items() if item is not None} if members["content"] else None


def _thread(value: Any, _: int) -> str | None:
    """The first name of a thread; tag: addresses are names too, so any short string will do."""
    named = (values.reference(item) for item in values.many(value))
    return next((name for name in named if name is not None and len(name.encode()) <= limits.ID_LENGTH), None)


def _focal_point(value: Any, _: int) -> list[float] | None:
    numbers = value if isinstance(value, list) else []
    if len(numbers) != 2 or not all(isinstance(item, int | float) and not isinstance(item, bool) for item in numbers):
        return None
    return [min(max(float(item), -1.0), 1.0) for item in numbers]


def _of(read: Callable[[Any], Any]) -> Reader:
    """A reader of single values, which does not care how deep they stand."""
    return lambda value, _: read(value)


def _each(names: str, reader: Reader) -> dict[str, Reader]:
    return dict.fromkeys(names.split(), reader)


_ALIASES = {
    "@id": "id",
    "@type": "type",
    "as:sensitive": "sensitive",
    "as:manuallyApprovesFollowers": "manuallyApprovesFollowers",
    "toot:votersCount": "votersCount",
    "http://joinmastodon.org/ns#votersCount": "votersCount",
}
"""Names that mean another one where that one is absent. The `as:` forms are Kroeg's; none of them carries authority."""

_DROPPED = frozenset({"bto", "bcc"})
"""Never stored, never shown. Source: ActivityPub 6."""

_OF_LINKS = ("mediaType", "width", "height")

_TEXTS = (
    _each("name summary content", _of(values.text))
    | _each("nameMap summaryMap contentMap", _of(values.text_map))
    | {"type": _of(values.type_name), "mediaType": _of(values.media_type)}
)
_TIMES = _each("published updated endTime deleted", _of(values.timestamp)) | {
    "startTime": _of(values.local_timestamp),
    "closed": _of(values.time_or_flag),
}
_COUNTS = _each("width height totalItems votersCount _misskey_votes", _of(values.count))
_MEDIA = (
    _TEXTS
    | _TIMES
    | _COUNTS
    | {
        "id": _of(values.lenient_id),
        "url": _of(values.lenient_id),
        "href": _of(values.lenient_id),
        "focalPoint": _focal_point,
        "blurhash": _of(values.text),
        "sensitive": _of(values.boolean),
    }
)
_TAG = _MEDIA | {"icon": _image}
_KEY = _TEXTS | {
    "id": _of(values.lenient_id),
    "owner": _of(values.lenient_id),
    "controller": _of(values.lenient_id),
    "publicKeyPem": _of(values.text),
    "publicKeyMultibase": _of(values.text),
    "expires": _of(values.timestamp),
}
_COMMON = (
    _TEXTS
    | _TIMES
    | _COUNTS
    | _each("sensitive manuallyApprovesFollowers discoverable indexable suspended memorial", _of(values.boolean))
    | _each("to cc audience alsoKnownAs", _of(values.id_list))
    | _each("inbox outbox followers following featured liked movedTo inReplyTo partOf", _of(values.first_id))
    | _each("quote quoteUri quoteUrl _misskey_quote href owner controller", _of(values.first_id))
    | _each("quoteAuthorization approvedBy interactingObject interactionTarget", _of(values.first_id))
    | _each("likeAuthorization replyAuthorization announceAuthorization", _of(values.first_id))
    | _each("first last next prev current replies likes shares", _decoration)
    | _each("target origin instrument result", _decoration)
    | _each("items orderedItems", _items)
    | _each("context conversation", _thread)
    | _each("icon image", _image)
    | _each("publicKey assertionMethod", _keys)
    | _each("publicKeyPem publicKeyMultibase preferredUsername webfinger", _of(values.text))
    | {"url": _of(values.links), "tag": _nodes(_TAG), "attachment": _media}
    | {
        "endpoints": _endpoints,
        "source": _source,
        "language": _of(values.language_tag),
        "formerType": _of(values.type_name),
        "interactionPolicy": policy_of,
    }
)
_STRICT = _COMMON | {
    "id": _of(values.own_id),
    "actor": _actor,
    "attributedTo": _authors(values.strict_id),
    "object": _documents,
}
_LENIENT = _COMMON | {
    "id": _of(values.lenient_id),
    "actor": _of(values.first_id),
    "attributedTo": _authors(values.lenient_id),
    "object": _items,
}
_OPTIONS = _nodes(_LENIENT)
for _table in (_STRICT, _LENIENT):
    _table["oneOf"] = _table["anyOf"] = _OPTIONS
