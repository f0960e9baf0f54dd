"""What is refused because JSON-LD would read it differently than plain JSON does, and what is let through for peers."""

import json
from pathlib import Path
from typing import Any

import pytest

from coopfed import limits
from coopfed.errors import BadMessage
from coopfed.vocab.guards import NATIVE_TERMS
from coopfed.vocab.normalise import normalise
from coopfed.vocab.terms import AS_CONTEXT

ID = "https://peer.example/notes/1"
NOTE = {"id": ID, "type": "Note"}


def refusal(document: dict[str, Any]) -> str:
    """The reason for which a document is refused."""
    with pytest.raises(BadMessage) as caught:
        normalise(document)
    return caught.value.reason


@pytest.mark.parametrize(
    "context",
    [
        AS_CONTEXT,
        "https://www.w3.org/ns/activitystreams#",
        "http://www.w3.org/ns/activitystreams",
        [AS_CONTEXT],
        ["https://w3id.org/security/v1", AS_CONTEXT],
        [{"toot": "http://joinmastodon.org/ns#"}, AS_CONTEXT],
    ],
)
def test_the_activitystreams_context_may_stand_anywhere(context: Any) -> None:
    """ActivityStreams 2.1; GoToSocial puts it second, litepub servers use http."""
    assert normalise({"@context": context, **NOTE})["id"] == ID


@pytest.mark.parametrize(
    "context",
    [
        None,
        [],
        {},
        "https://w3id.org/security/v1",
        "https://www.w3.org/ns/activitystreams/evil",
        "https: //www.w3.org/ns/activitystreams",
        {"@vocab": "https://www.w3.org/ns/activitystreams#"},
        [[AS_CONTEXT]],
        17,
    ],
)
def test_a_document_without_the_activitystreams_context_is_refused(context: Any) -> None:
    """ActivityStreams 2.1; Mastodon, Misskey and Friendica refuse it too."""
    assert refusal({"@context": context, **NOTE}) == "no_context"


def test_a_document_without_any_context_is_refused_but_for_bare_keys() -> None:
    """FEP-521a: a Multikey may be served alone, without a context."""
    key = {"id": f"{ID}#key", "type": "Multikey", "controller": ID, "publicKeyMultibase": "z6Mk"}

    assert refusal(key) == "no_context"
    assert normalise(key, key_stub=True) == key


@pytest.mark.parametrize("keyword", ["@graph", "@included", "@reverse", "@nest"])
@pytest.mark.parametrize("place", ["top", "object", "tag", "attachment", "key", "icon", "first", "item", "term"])
def test_keywords_that_move_statements_are_refused_wherever_we_read(keyword: str, place: str) -> None:
    """Security: Mastodon CVE-2026-46349, Fedify GHSA-9rfg-v8g9-9367."""
    bad = {"type": "Note", keyword: []}
    documents: dict[str, dict[str, Any]] = {
        "top": bad,
        "object": {"object": bad},
        "tag": {"tag": bad},
        "attachment": {"attachment": [bad]},
        "key": {"publicKey": bad},
        "icon": {"icon": bad},
        "first": {"first": bad},
        "item": {"items": [bad]},
        "term": {"@context": [AS_CONTEXT, {"friends": {"@id": "x:y", keyword: "x:z"}}]},
    }

    assert refusal({"@context": AS_CONTEXT, **documents[place]}) == "forbidden_keyword"


@pytest.mark.parametrize(
    "definitions",
    [
        {"actor": "https://evil.example/ns#actor"},
        {"actor": None},
        {"actor": {"@type": "@id"}},
        {"to": {"@id": "as:cc", "@type": "@id"}},
        {"object": {"@id": "https://www.w3.org/ns/activitystreams#target"}},
        {"attributedTo": "as:actor"},
        {"Note": "as:Person"},
        {"id": "https://evil.example/ns#id"},
        {"type": {"@id": "as:type"}},
        {"as": "https://evil.example/ns#"},
        {"owner": "https://evil.example/ns#owner"},
        {"publicKey": {"@id": "x:publicKey"}, "x": "https://evil.example/ns#"},
        {"uri": "@id"},
        {"kind": {"@id": "@type"}},
        {"text": "@value"},
        {"friends": {"@id": "x:friends", "@context": {"actor": "x:actor"}}},
        {"friends": {"@id": "x:friends", "@context": [[{"a": {"@context": {"type": "x:type"}}}]]}},
    ],
)
def test_native_terms_may_not_be_given_another_meaning(definitions: dict[str, Any]) -> None:
    """Security: a document must mean the same to readers that expand it and to us, who never do."""
    assert refusal({"@context": [AS_CONTEXT, definitions], **NOTE}) == "redefined_term"
    assert refusal({"@context": AS_CONTEXT, "object": {"@context": definitions, **NOTE}}) == "redefined_term"


@pytest.mark.parametrize(
    "definitions",
    [
        {"alsoKnownAs": {"@id": "as:alsoKnownAs", "@type": "@id"}},
        {"likes": {"@id": "as:likes", "@type": "@id"}},
        {"vcard": "http://www.w3.org/2006/vcard/ns#"},
        {"inbox": "ldp:inbox", "orderedItems": {"@id": "as:items", "@container": "@list"}},
        {"actor": {"@id": "w:actor"}, "w": "https://www.w3.org/ns/activitystreams#"},
        {"actor": {"@id": "w:actor"}, "w": {"@id": "https://www.w3.org/ns/activitystreams#", "@prefix": True}},
        {"owner": {"@id": "sec:owner", "@type": "@id"}, "publicKey": "https://w3id.org/security#publicKey"},
        {"id": "@id", "type": "@type"},
        {"location": {"@id": "sc:location", "@type": "sc:Place"}, "sc": "http://schema.org#"},
        {"@language": "und", "@vocab": "_:", "@version": 1.1},
        {"undefined": None, "number": 5},
    ],
)
def test_saying_again_what_a_term_means_is_allowed(definitions: dict[str, Any]) -> None:
    """Mastodon, PeerTube, Friendica, Mobilizon and Pleroma do so."""
    assert normalise({"@context": [AS_CONTEXT, definitions], **NOTE})["id"] == ID


def test_contexts_within_contexts_are_bounded() -> None:
    """Security: `limits.JSON_DEPTH` levels of nested contexts, also where no parser counted before."""
    context: Any = {"a": "x:a"}
    for _ in range(limits.JSON_DEPTH):
        context = {"a": {"@id": "x:a", "@context": context}}

    assert normalise({"@context": [AS_CONTEXT, context], **NOTE})
    assert refusal({"@context": [AS_CONTEXT, {"a": {"@context": context}}], **NOTE}) == "too_deep"


def test_keyword_spellings_of_id_and_type_are_read() -> None:
    """JSON-LD 1.1 3.3: `id` and `type` are aliases of `@id` and `@type` in the ActivityStreams context."""
    document = normalise({"@context": AS_CONTEXT, "@id": ID, "@type": "Note", "object": {"@id": f"{ID}#object"}})

    assert (document["id"], document["type"], document["object"]) == (ID, "Note", [f"{ID}#object"])
    assert normalise({"@context": AS_CONTEXT, **NOTE, "@id": ID})["id"] == ID


@pytest.mark.parametrize("members", [{"@id": "https://victim.example/notes/1"}, {"@type": "Person"}])
def test_two_ids_in_one_node_are_refused(members: dict[str, Any]) -> None:
    """Security: one checks the one, another acts on the other."""
    assert refusal({"@context": AS_CONTEXT, **NOTE, **members}) == "ambiguous_keyword"


def test_native_terms_are_those_of_the_published_context(foreign_messages: Path) -> None:
    """ActivityStreams, *JSON-LD context*: our table says of each term what the published context says."""
    published = json.loads((foreign_messages / "contexts" / "activitystreams.json").read_text("utf-8"))["@context"]

    def meaning(definition: Any) -> str:
        value = str(definition["@id"] if isinstance(definition, dict) else definition)
        prefix, colon, rest = value.partition(":")
        return str(published[prefix]) + rest if colon and prefix in published else value

    assert {term: meaning(value) for term, value in published.items() if not term.startswith("@")} == NATIVE_TERMS
