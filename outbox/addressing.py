"""From an activity's addressing to those it is for. Pure."""

from dataclasses import dataclass
from typing import Any

from coopfed.vocab.terms import PUBLIC

_MEMBERS = ("to", "cc", "bto", "bcc", "audience")


@dataclass(frozen=True, slots=True)
class Audience:
    """Whom an activity of ours is for: everybody, the author's followers, and these actors (ids, in order of mention)."""

    public: bool
    followers: bool
    actors: tuple[str, ...]


def audience(document: dict[str, Any], followers_uri: str | None) -> Audience:
    """The audience of an activity of ours, with what its object addresses besides.

    Includes bto and bcc; the public address is not a recipient, the followers collection is not expanded, the author is not
    a recipient of their own words. Source: ActivityPub 6, 7.1.
    """
    addressed: list[str] = []
    for part in (document, document.get("object")):
        if isinstance(part, dict):
            for member in _MEMBERS:
                value = part.get(member, [])
                addressed.extend([value] if isinstance(value, str) else value)
    skipped = {PUBLIC, followers_uri, document.get("actor")}
    return Audience(
        public=PUBLIC in addressed,
        followers=followers_uri is not None and followers_uri in addressed,
        actors=tuple(dict.fromkeys(uri for uri in addressed if uri not in skipped)),
    )


def without_blind(document: dict[str, Any]) -> dict[str, Any]:
    """The document without bto and bcc, on the activity and its object: they are never on the wire. Source: ActivityPub 6."""
    stripped = {name: value for name, value in document.items() if name not in ("bto", "bcc")}
    if isinstance(stripped.get("object"), dict):
        stripped["object"] = without_blind(stripped["object"])
    return stripped
