"""Ids in one spelling, and who may speak for them: RFC 3986, FEP-fe34."""

from typing import Any

import pytest

from coopfed import limits
from coopfed.errors import BadMessage
from coopfed.outcomes import Outcome, Refusal
from coopfed.vocab.document import Activity, PostRecord, read_activity, read_post
from coopfed.vocab.normalise import normalise
from coopfed.vocab.origin import (
    authority,
    check_activity_origin,
    lies_with,
    may_author,
    normalise_id,
    same_authority,
)
from coopfed.vocab.terms import AS_CONTEXT

MEMBER = "https://coop.example/ap/actors/1"
OTHER_MEMBER = "https://coop.example/ap/actors/2"
STRANGER = "https://peer.example/users/bo"


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("https://coop.example/ap/actors/1", "https://coop.example/ap/actors/1"),
        ("HTTPS://Coop.EXAMPLE/Ap/A", "https://coop.example/Ap/A"),
        ("https://coop.example:443/a", "https://coop.example/a"),
        ("http://coop.example:80/a", "http://coop.example/a"),
        ("http://coop.example:443/a", "http://coop.example:443/a"),
        ("https://coop.example:08443/a", "https://coop.example:8443/a"),
        ("https://coop.example", "https://coop.example"),
        ("https://coop.example?author=0#main-key", "https://coop.example?author=0#main-key"),
        ("https://Bücher.example/ä", "https://xn--bcher-kva.example/ä"),
        ("https://KÖPRÜ.example/a", "https://xn--kpr-sna6a.example/a"),
        ("http://127.0.0.1:8001/a", "http://127.0.0.1:8001/a"),
        ("http://[::1]:8001/a", "http://[::1]:8001/a"),
        ("http://[0:0::0:1]/a", "http://[::1]/a"),
        ("http://test_server/actor", "http://test_server/actor"),
        ("https://coop.example/a%20b/../c//d", "https://coop.example/a%20b/../c//d"),
    ],
)
def test_ids_have_one_spelling(written: str, normal: str) -> None:
    """RFC 3986 6.2.2, 6.2.3: scheme and host without case, no default port; the rest is opaque."""
    assert normalise_id(written) == normal
    assert normalise_id(normal) == normal


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("", "bad_id"),
        ("coop.example/a", "bad_id"),
        ("//coop.example/a", "bad_id"),
        ("https:coop.example/a", "bad_id"),
        ("https:///a", "bad_id"),
        ("https://", "bad_id"),
        ("ftp://coop.example/a", "bad_id"),
        ("javascript://coop.example/%0aalert(1)", "bad_id"),
        ("urn:uuid:00000000-0000-0000-0000-000000000000", "bad_id"),
        ("https://victim.example@evil.example/a", "bad_id"),
        ("https://user:secret@coop.example/a", "bad_id"),
        ("https://evil.example\\@coop.example/a", "bad_id"),
        ("https://coop.example\\a", "bad_id"),
        ("https://coop.example/a b", "bad_id"),
        (" https://coop.example/a", "bad_id"),
        ("https://coop.example/a\n", "bad_id"),
        ("https://coop.example/\ta", "bad_id"),
        ("https://coop.example/\x00", "bad_id"),
        ("https://coop.example/\x7f", "bad_id"),
        ("https://coop.example/\u00a0", "bad_id"),
        ("https://coop.example/\u202egpj.exe", "bad_id"),
        ("https://coop.example/\ud800", "bad_id"),
        ("https://coop.example./a", "bad_id"),
        ("https://coop..example/a", "bad_id"),
        ("https://.example/a", "bad_id"),
        ("https://coop.ex%61mple/a", "bad_id"),
        ("https://coop.example:/a", "bad_id"),
        ("https://coop.example:0/a", "bad_id"),
        ("https://coop.example:65536/a", "bad_id"),
        ("https://coop.example:４４３/a", "bad_id"),
        ("https://coop.example:80:80/a", "bad_id"),
        ("https://[::1/a", "bad_id"),
        ("https://[coop.example]/a", "bad_id"),
        ("https://{{DOMAIN}}/actor", "bad_id"),
        ("https://a⒈b.example/a", "bad_id"),
        (f"https://{'a' * 64}.example/a", "bad_id"),
        (f"https://{'a.' * 126}example/a", "bad_id"),
        ("bear:?u=https://coop.example/a&t=token", "capability_url"),
        ("BEAR:?u=https://coop.example/a", "capability_url"),
    ],
)
def test_what_url_parsers_read_differently_is_no_id(written: str, reason: str) -> None:
    """Security, URL parser disagreement: refused, never interpreted (CVE-2025-1211, CVE-2023-42451)."""
    with pytest.raises(BadMessage) as caught:
        normalise_id(written)

    assert caught.value.reason == reason


def test_length_of_ids_is_bounded() -> None:
    """Security: `limits.ID_LENGTH`, at n and n + 1 (Mastodon GHSA-gg8q)."""
    longest = "https://coop.example/".ljust(limits.ID_LENGTH, "a")

    assert normalise_id(longest) == longest
    with pytest.raises(BadMessage):
        normalise_id(longest + "a")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://Coop.example/a", "coop.example"),
        ("https://coop.example:443", "coop.example"),
        ("http://coop.example:80/", "coop.example"),
        ("https://coop.example:8443/a", "coop.example:8443"),
        ("http://127.0.0.1:8001?x", "127.0.0.1:8001"),
        ("http://[::1]:8001/a", "[::1]:8001"),
    ],
)
def test_host_means_the_authority_without_the_default_port(url: str, expected: str) -> None:
    """FEP-fe34 *Origin*: two nodes on one address with two ports are two."""
    assert authority(url) == expected


def test_authorities_are_compared_as_a_whole() -> None:
    """FEP-fe34 *Origin*: neither a subdomain, a port, nor a longer name is the same."""
    assert same_authority("https://coop.example/a", "HTTPS://COOP.example:443/b")
    for stranger in (
        "https://www.coop.example/a",
        "https://coop.example:8443/a",
        "https://coop.example.evil.example/a",
    ):
        assert not same_authority("https://coop.example/a", stranger)


def test_what_is_no_address_lies_with_nobody() -> None:
    """FEP-fe34 *Origin*."""
    assert lies_with("https://coop.example/a", "https://coop.example/b")
    for address in ("https://other.example/a", "bear:?u=https://coop.example/a", "coop.example/a", "", None):
        assert not lies_with(address, "https://coop.example/b")


def test_an_activity_id_must_lie_where_its_actor_lies() -> None:
    """FEP-fe34 *Identifiers*: foreign ids would let a stranger use up a victim's."""
    check_activity_origin(activity(id="https://coop.example/ap/activities/9"))
    check_activity_origin(activity(id=None))

    with pytest.raises(Refusal) as caught:
        check_activity_origin(activity(id="https://peer.example/activities/9"))

    assert caught.value.outcome is Outcome.REFUSED_ORIGIN


@pytest.mark.parametrize(
    ("members", "outcome"),
    [
        ({"attributedTo": STRANGER}, Outcome.REFUSED_AUTHOR),
        ({"attributedTo": OTHER_MEMBER}, Outcome.REFUSED_AUTHOR),
        ({"attributedTo": [STRANGER, MEMBER]}, Outcome.REFUSED_AUTHOR),
        ({"attributedTo": [MEMBER, STRANGER]}, Outcome.REFUSED_AUTHOR),
        ({"id": "https://peer.example/notes/1"}, Outcome.REFUSED_ORIGIN),
        ({"id": "https://coop.example:8443/notes/1"}, Outcome.REFUSED_ORIGIN),
    ],
)
def test_nobody_publishes_for_another(members: dict[str, Any], outcome: Outcome) -> None:
    """FEP-fe34 *Ownership*; Mastodon CVE-2024-37903: the author is the actor, the id is on the actor's authority."""
    with pytest.raises(Refusal) as caught:
        may_author(MEMBER, post(**members))

    assert caught.value.outcome is outcome


def test_an_author_publishes_their_own_posts() -> None:
    """FEP-fe34 *Ownership*: also beside a channel on the same authority (PeerTube)."""
    channel = {"type": "Group", "id": OTHER_MEMBER}

    may_author(MEMBER, post())
    may_author(MEMBER, post(attributedTo=[channel, MEMBER]))


def activity(**members: Any) -> Activity:
    """An activity of the member."""
    return read_activity(normalise({"@context": AS_CONTEXT, "type": "Like", "actor": MEMBER, **members}))


def post(**members: Any) -> PostRecord:
    """A post of the member."""
    document = {
        "@context": AS_CONTEXT,
        "type": "Note",
        "id": "https://coop.example/ap/objects/1",
        "attributedTo": MEMBER,
    }
    return read_post(normalise({**document, **members}))
