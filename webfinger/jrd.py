"""The documents of WebFinger and host-meta, written and read. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from typing import Any
from urllib.parse import quote

from coopfed import limits
from coopfed.errors import BadMessage
from webfinger.resource import Handle, UrlResource, parse_resource

CONTENT_TYPE = "application/jrd+json"

ACTIVITY_JSON = "application/activity+json"
_PROFILE_PAGE = "http://webfinger.net/rel/profile-page"
_SUBSCRIBE = "http://ostatus.org/schema/1.0/subscribe"
"""As Mastodon and others name the page on which a reader goes on at home. Source: OStatus 1.0 5.1."""
_TYPE_HINT = "https://www.w3.org/ns/activitystreams#type"
_LINKS = 256

_XRD_LINK = re.compile(r"<(?:\w+:)?Link\b[^<>]*>")
_XRD_ATTRIBUTE = re.compile(r"""(rel|template)\s*=\s*(?:"([^"<>]*)"|'([^'<>]*)')""")


@dataclass(frozen=True, slots=True)
class Jrd:
    """What a peer says about a resource: the canonical handle, the ids of its actors (best first), other names of it; `interact` is the
    template (with `{uri}`) of the page on which it deals with an object of somebody else's."""

    subject: Handle | None
    self_links: tuple[str, ...]
    aliases: tuple[str, ...]
    interact: str | None = None


def write_jrd(handle: Handle, actor_id: str, profile_url: str) -> dict[str, Any]:
    """The answer for an actor of ours. `handle` is the canonical one, whatever alias was asked for.

    One `self` link, since one handle is one actor here. Source: RFC 7033 4.4; s2s 2.5.
    """
    return {
        "subject": handle.acct,
        "aliases": [profile_url, actor_id],
        "links": [
            {"rel": "self", "type": ACTIVITY_JSON, "href": actor_id},
            {"rel": _PROFILE_PAGE, "type": "text/html", "href": profile_url},
        ],
    }


def read_jrd(document: object, wanted_type: str | None = None) -> Jrd:
    """A peer's answer. BadMessage when it is no object, or names neither a subject nor an actor.

    `wanted_type` is the ActivityStreams type that the asker hopes for: Lemmy gives a Person and a Group of one name two
    `self` links, with the type under `properties`. Links of the type come first, then those without one, then others.
    A subject that is an address, not a handle, counts as none. Source: RFC 7033 4.4.
    """
    if not isinstance(document, dict):
        raise BadMessage("a JRD must be an object", reason="bad_jrd")
    links = [link for link in _list(document.get("links")) if isinstance(link, dict) and _is_actor_link(link)]
    links.sort(key=lambda link: _distance(link, wanted_type))
    subject = _subject(document.get("subject"))
    found = tuple(dict.fromkeys(str(link["href"]) for link in links))
    if subject is None and not found:
        raise BadMessage("a JRD without subject and without actor", reason="bad_jrd")
    aliases = (alias for alias in _list(document.get("aliases")) if isinstance(alias, str))
    return Jrd(subject, found, tuple(dict.fromkeys(aliases))[: limits.ALIASES], _interact(document))


def _interact(document: dict[str, object]) -> str | None:
    for link in _list(document.get("links")):
        template = link.get("template") if isinstance(link, dict) and link.get("rel") == _SUBSCRIBE else None
        if isinstance(template, str) and "{uri}" in template and len(template) <= limits.ID_LENGTH:
            return template if template.startswith(("https://", "http://")) else None
    return None


def _list(value: object) -> list[object]:
    return value[:_LINKS] if isinstance(value, list) else [] if value is None else [value]


def _is_actor_link(link: dict[str, object]) -> bool:
    media_type, href = link.get("type"), link.get("href")
    if link.get("rel") != "self" or not isinstance(media_type, str) or not isinstance(href, str):
        return False
    essence, _, parameters = media_type.replace(" ", "").lower().partition(";")
    is_activity = essence == ACTIVITY_JSON or (essence == "application/ld+json" and "activitystreams" in parameters)
    return is_activity and href.startswith(("https://", "http://")) and len(href) <= limits.ID_LENGTH


def _distance(link: dict[str, object], wanted: str | None) -> int:
    properties = link.get("properties")
    hint = properties.get(_TYPE_HINT) if isinstance(properties, dict) else None
    if wanted is None or hint is None:
        return 1
    return 0 if hint == wanted else 2


def _subject(value: object) -> Handle | None:
    if not isinstance(value, str):
        return None
    try:
        resource = parse_resource(value)
    except BadMessage:
        return None
    return None if isinstance(resource, UrlResource) else resource


# --- host-meta --------------------------------------------------------------------------------------------------


def write_host_meta(base_url: str) -> str:
    """The XRD under /.well-known/host-meta, which tells where WebFinger is asked. Source: RFC 6415 2."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0">'
        f'<Link rel="lrdd" type="{CONTENT_TYPE}" template="{escape(_template(base_url))}"/></XRD>\n'
    )


def write_host_meta_json(base_url: str) -> dict[str, Any]:
    """The same as JSON, for who accepts it. Source: RFC 6415 3."""
    return {"links": [{"rel": "lrdd", "type": CONTENT_TYPE, "template": _template(base_url)}]}


def _template(base_url: str) -> str:
    return f"{base_url}/.well-known/webfinger?resource={{uri}}"


def read_lrdd(host_meta: str, resource: str) -> str:
    """The address under which a peer's WebFinger answers for a resource. BadMessage when its host-meta does not say.

    No XML parser reads it: entities and external references are attacks, and one attribute is all that is wanted.
    Source: RFC 6415 2, 4.2.
    """
    for link in _XRD_LINK.findall(host_meta[: limits.CONTENT_LENGTH]):
        attributes: dict[str, str] = {name: double or single for name, double, single in _XRD_ATTRIBUTE.findall(link)}
        template = attributes.get("template", "").replace("&amp;", "&")
        if attributes.get("rel") == "lrdd" and "{uri}" in template and template.startswith(("https://", "http://")):
            return template.replace("{uri}", quote(resource, safe=""))
    raise BadMessage("host-meta names no WebFinger address", reason="bad_host_meta")


def nodeinfo_links(documents: Iterable[tuple[str, str]], node_actor: str) -> dict[str, Any]:
    """The JRD under /.well-known/nodeinfo: one link for each (version, address), and the node's own actor.

    Source: NodeInfo 2.1 *Discovery*; FEP-2677.
    """
    links = [
        {"rel": f"http://nodeinfo.diaspora.software/ns/schema/{version}", "href": address}
        for version, address in documents
    ]
    return {"links": [*links, {"rel": "https://www.w3.org/ns/activitystreams#Application", "href": node_actor}]}
