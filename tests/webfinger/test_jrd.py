"""The documents of WebFinger and host-meta: RFC 7033 4.4, RFC 6415, s2s 2.5."""

import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from coopfed import limits
from coopfed.errors import BadMessage
from webfinger.jrd import (
    Jrd,
    nodeinfo_links,
    read_jrd,
    read_lrdd,
    write_host_meta,
    write_host_meta_json,
    write_jrd,
)
from webfinger.resource import Handle

SOLARCOOP = Handle("solarcoop", "coop.example")
ACTOR = "https://web.example/ap/actors/7"
PAGE = "https://web.example/@solarcoop"


def self_link(href: str, **more: object) -> dict[str, object]:
    """A link to an actor."""
    return {"rel": "self", "type": "application/activity+json", "href": href, **more}


def test_our_answer_has_the_agreed_form() -> None:
    """s2s 2.5, as far as there are pages for it."""
    assert write_jrd(SOLARCOOP, ACTOR, PAGE) == {
        "subject": "acct:solarcoop@coop.example",
        "aliases": [PAGE, ACTOR],
        "links": [
            {"rel": "self", "type": "application/activity+json", "href": ACTOR},
            {"rel": "http://webfinger.net/rel/profile-page", "type": "text/html", "href": PAGE},
        ],
    }


def test_what_we_write_we_read() -> None:
    """RFC 7033 4.4, both ways."""
    assert read_jrd(write_jrd(SOLARCOOP, ACTOR, PAGE)) == Jrd(SOLARCOOP, (ACTOR,), (PAGE, ACTOR))


def test_the_actor_of_the_wanted_type_comes_first() -> None:
    """s2s 2.5: Lemmy links a Person and a Group of the same name."""
    kind = "https://www.w3.org/ns/activitystreams#type"
    person, group = "https://lemmy.example/u/coop", "https://lemmy.example/c/coop"
    document = {
        "subject": "acct:coop@lemmy.example",
        "links": [self_link(person, properties={kind: "Person"}), self_link(group, properties={kind: "Group"})],
    }

    assert read_jrd(document, "Group").self_links == (group, person)
    assert read_jrd(document, "Person").self_links == (person, group)
    assert read_jrd(document).self_links == (person, group)


def test_both_media_types_of_an_actor_are_known_and_no_other() -> None:
    """s2s 2.5: one of the two ActivityPub types; a `self` link of another kind is not an actor."""
    ld_json = 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"'
    document = {
        "subject": "acct:bo@peer.example",
        "links": [
            {"rel": "self", "type": "text/html", "href": "https://peer.example/page"},
            {"rel": "self", "type": "application/ld+json", "href": "https://peer.example/rdf"},
            {"rel": "self", "type": ld_json, "href": "https://peer.example/bo"},
            {"rel": "self", "href": "https://peer.example/untyped"},
            {"rel": "self", "type": "application/activity+json", "href": "javascript:alert(1)"},
        ],
    }

    assert read_jrd(document).self_links == ("https://peer.example/bo",)


@pytest.mark.parametrize(
    "document", [None, [], "x", {}, {"subject": 1}, {"subject": "https://x.example/"}, {"links": [1, None, {}]}]
)
def test_a_document_that_tells_nothing_is_refused(document: object) -> None:
    """Foreign JSON is guilty until normalised."""
    with pytest.raises(BadMessage):
        read_jrd(document)


@pytest.mark.parametrize("extra", [0, 1])
def test_no_more_aliases_are_kept_than_allowed(extra: int) -> None:
    """limits.ALIASES: at n and at n + 1."""
    document = {
        "subject": "acct:bo@peer.example",
        "aliases": [f"https://peer.example/{n}" for n in range(limits.ALIASES + extra)],
    }

    assert len(read_jrd(document).aliases) == limits.ALIASES


def test_friendica_is_understood(foreign_messages: Path) -> None:
    """A real answer with fifteen links, two of them without a type."""
    document = json.loads((foreign_messages / "mobilizon" / "friendica-webfinger.json").read_text())

    assert read_jrd(document) == Jrd(
        Handle("lain", "squeet.me"),
        ("https://squeet.me/profile/lain",),
        ("https://squeet.me/~lain", "https://squeet.me/profile/lain"),
        "https://squeet.me/follow?url={uri}",
    )


def test_pleroma_is_understood(foreign_messages: Path) -> None:
    """A real answer that names the same actor under both media types."""
    document = json.loads((foreign_messages / "mobilizon" / "pleroma-webfinger.json").read_text())

    assert read_jrd(document) == Jrd(
        Handle("lain", "pleroma.soykaf.com"),
        ("https://pleroma.soykaf.com/users/lain",),
        ("https://pleroma.soykaf.com/users/lain",),
        "https://pleroma.soykaf.com/ostatus_subscribe?acct={uri}",
    )


def test_wordpress_is_understood(foreign_messages: Path) -> None:
    """A real answer with thirty links, and mail and acct addresses among the aliases."""
    stored = json.loads((foreign_messages / "wordpress" / "notiz-blog-well-known-webfinger.json").read_text())

    jrd = read_jrd(json.loads(stored["body"]))

    assert jrd.subject == Handle("pfefferle", "notiz.blog")
    assert jrd.self_links == ("https://notiz.blog/author/matthias-pfefferle/",)
    assert jrd.aliases[-1] == "mailto:pfefferle@notiz.blog"


def test_host_meta_tells_where_webfinger_is_asked() -> None:
    """RFC 6415 2 and 3: the same template as XRD, checked with a real parser, and as JSON."""
    template = "https://web.example/.well-known/webfinger?resource={uri}"

    root = ElementTree.fromstring(write_host_meta("https://web.example"))

    link = root.find("{http://docs.oasis-open.org/ns/xri/xrd-1.0}Link")
    assert link is not None
    assert link.attrib == {"rel": "lrdd", "type": "application/jrd+json", "template": template}
    assert write_host_meta_json("https://web.example")["links"][0]["template"] == template


def test_the_template_of_a_peer_is_followed() -> None:
    """RFC 6415 4.2: the resource takes its place in the template, encoded."""
    expected = "https://web.example/.well-known/webfinger?resource=acct%3Abo%40peer.example"

    assert read_lrdd(write_host_meta("https://web.example"), "acct:bo@peer.example") == expected
    assert read_lrdd("<XRD><Link template='https://x.example/?a=1&amp;r={uri}' rel='lrdd' /></XRD>", "a") == (
        "https://x.example/?a=1&r=a"
    )


@pytest.mark.parametrize(
    "host_meta",
    [
        "",
        "<XRD></XRD>",
        '<Link rel="lrdd" template="file:///{uri}"/>',
        '<Link rel="lrdd" template="https://x/"/>',
        "<Link " * 9999,
    ],
)
def test_a_host_meta_without_a_template_is_refused(host_meta: str) -> None:
    """s2s 2.5: host-meta is the second try; when it does not help, there is no third."""
    with pytest.raises(BadMessage):
        read_lrdd(host_meta, "acct:bo@peer.example")


def test_nodeinfo_is_found_with_the_node_actor() -> None:
    """NodeInfo *Discovery*, FEP-2677: an array with one link for each version and one for the actor of the node."""
    document = nodeinfo_links([("2.0", "https://web.example/nodeinfo/2.0")], "https://web.example/ap/node")

    assert document["links"] == [
        {"rel": "http://nodeinfo.diaspora.software/ns/schema/2.0", "href": "https://web.example/nodeinfo/2.0"},
        {"rel": "https://www.w3.org/ns/activitystreams#Application", "href": "https://web.example/ap/node"},
    ]
