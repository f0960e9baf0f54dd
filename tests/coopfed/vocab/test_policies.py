"""What authors allow, and what shows that they agreed, as peers write it."""

from typing import Any

import pytest

from coopfed.errors import BadMessage
from coopfed.vocab.document import PolicyRule, read_authorization, read_post
from coopfed.vocab.normalise import normalise
from coopfed.vocab.policies import policy_of, read_policy, takes_requests, written
from coopfed.vocab.terms import AS_CONTEXT, PUBLIC

PEER = "https://peer.example"
ALICE = f"{PEER}/users/alice"
QUOTED, QUOTING = f"{PEER}/notes/1", "https://other.example/notes/2"


@pytest.mark.parametrize("value", [None, {}, [], "x", 5, {"canQuote": None}, {"canQuote": {}}, {"canLike": "x"}])
def test_a_policy_that_says_nothing_is_none(value: Any) -> None:
    """GoToSocial *Default / fallback interactionPolicy*: absent, null and empty say the same."""
    assert read_policy(policy_of(value)) is None


@pytest.mark.parametrize(
    ("rule", "takes"),
    [
        ({"manualApproval": [PUBLIC]}, True),
        ({"automaticApproval": PUBLIC, "always": PUBLIC}, True),
        ([{"manualApproval": []}], True),
        ({"always": [PUBLIC], "approvalRequired": []}, False),
        (None, False),
        ("x", False),
    ],
)
def test_who_writes_todays_words_takes_requests(rule: Any, takes: bool) -> None:
    """GoToSocial 0.20 is the first to write them, and the first to take a LikeRequest; each part speaks for itself."""
    newer = {"manualApproval": [PUBLIC]}

    assert takes_requests({"interactionPolicy": {"canLike": rule, "canQuote": newer}}, "canLike") is takes
    assert not takes_requests({"interactionPolicy": newer}, "canLike")


def test_an_empty_list_is_an_absent_one() -> None:
    """s2s 2.21: JSON-LD knows no difference; nobody is written as the author's own id."""
    assert read_policy(policy_of({"canQuote": {"automaticApproval": []}})) is None
    found = read_policy(policy_of({"canReply": {"automaticApproval": [], "manualApproval": [PUBLIC]}}))

    assert found is not None
    assert (found.reply, found.like) == (PolicyRule((), (PUBLIC,)), None)
    assert read_policy(written(found)) == found


@pytest.mark.parametrize("word", ["quoteUri", "quoteUrl", "_misskey_quote"])
def test_what_only_older_software_names_is_a_legacy_quote(word: str) -> None:
    """FEP-044f *Compatibility*: it was asked for of nobody."""
    note = {"@context": AS_CONTEXT, "id": QUOTING, "type": "Note", "attributedTo": ALICE, "content": "x"}

    old, new = read_post(normalise(note | {word: QUOTED})), read_post(normalise(note | {"quote": QUOTED}))

    assert (old.quote, old.legacy_quote) == (QUOTED, True)
    assert (new.quote, new.legacy_quote) == (QUOTED, False)


def test_a_link_tag_quotes_only_when_it_says_so() -> None:
    """FEP-e232: links to objects are many things; the relation tells a quote."""
    note = {"@context": AS_CONTEXT, "id": QUOTING, "type": "Note", "attributedTo": ALICE, "content": "x"}
    link = {"type": "Link", "mediaType": "application/activity+json", "href": QUOTED, "name": "RE: x"}
    marked = link | {"rel": ["x", "https://misskey-hub.net/ns#_misskey_quote"]}

    assert read_post(normalise(note | {"tag": [link]})).quote is None
    assert read_post(normalise(note | {"tag": [link, marked]})).quote == QUOTED


STAMP = {
    "@context": AS_CONTEXT,
    "id": f"{PEER}/stamps/1",
    "type": "QuoteAuthorization",
    "attributedTo": ALICE,
    "interactingObject": QUOTING,
    "interactionTarget": QUOTED,
}


@pytest.mark.parametrize(
    ("change", "kind", "target"),
    [
        ({}, "quote", QUOTED),
        ({"interactingObject": {"id": QUOTING}, "interactionTarget": [QUOTED]}, "quote", QUOTED),
        ({"type": "ReplyAuthorization"}, "reply", QUOTED),
        (
            {"type": "LikeApproval", "interactingObject": None, "object": QUOTING, "interactionTarget": None},
            "like",
            None,
        ),
        (
            {
                "type": "AnnounceApproval",
                "interactingObject": None,
                "object": [{"id": QUOTING}],
                "interactionTarget": None,
                "target": QUOTED,
            },
            "announce",
            QUOTED,
        ),
        (
            {
                "type": "Accept",
                "attributedTo": None,
                "actor": ALICE,
                "interactingObject": None,
                "object": QUOTING,
                "interactionTarget": None,
            },
            None,
            None,
        ),
    ],
)
def test_consent_is_read_in_each_of_its_shapes(change: dict[str, Any], kind: str | None, target: str | None) -> None:
    """FEP-044f; GoToSocial *Approval Objects*, of 0.17 to 0.20."""
    found = read_authorization(normalise(STAMP | change))

    assert (found.kind, found.author, found.interacting, found.target) == (kind, ALICE, QUOTING, target)


@pytest.mark.parametrize(
    "change", [{"type": "Note"}, {"attributedTo": None}, {"interactingObject": None}, {"id": None}]
)
def test_what_shows_no_consent_is_none(change: dict[str, Any]) -> None:
    """Mastodon GHSA-8h43-rcqj-wpc6: both ends and the author must be named."""
    with pytest.raises(BadMessage):
        read_authorization(normalise(STAMP | change))
