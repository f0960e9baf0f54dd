"""The contexts that our documents carry define every term we write, and nothing is ever fetched to find out."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from pyld import jsonld  # type: ignore[import-untyped]

from coopfed.vocab import build, contexts, memberships
from coopfed.vocab.guards import check_document
from coopfed.vocab.terms import AS_CONTEXT
from tests.coopfed.vocab.test_build import MEMBER, NODE, NOTE, NOW, everything

BUNDLED = {
    AS_CONTEXT: "activitystreams.json",
    "https://w3id.org/security/v1": "security-v1.json",
    "https://w3id.org/security/multikey/v1": "multikey-v1.json",
    "https://w3id.org/security/data-integrity/v2": "data-integrity-v2.json",
}

KEYED = {
    "publicKey": {"id": f"{MEMBER}#main-key", "owner": MEMBER, "publicKeyPem": "pem"},
    "assertionMethod": [
        {
            "id": f"{MEMBER}#ed25519-key",
            "type": "Multikey",
            "controller": MEMBER,
            "publicKeyMultibase": "z6Mk",
            "expires": "2026-11-24T08:00:00.000Z",
        }
    ],
}
ACTOR: build.Document = {
    "@context": contexts.ACTOR,
    "id": MEMBER,
    "type": "Organization",
    "preferredUsername": "solar",
    "webfinger": "solar@coop.example",
    "name": "Solar",
    "summary": "<p>Sole</p>",
    "url": f"{NODE}/@solar",
    "inbox": f"{MEMBER}/inbox",
    "outbox": f"{MEMBER}/outbox",
    "followers": f"{MEMBER}/followers",
    "following": f"{MEMBER}/following",
    "featured": f"{MEMBER}/featured",
    "endpoints": {"sharedInbox": f"{NODE}/inbox"},
    "manuallyApprovesFollowers": False,
    "discoverable": True,
    "indexable": True,
    "suspended": True,
    "memorial": True,
    "published": "2026-11-24T08:00:00.000Z",
    "updated": "2026-11-24T08:00:00.000Z",
    "icon": {"type": "Image", "mediaType": "image/png", "url": f"{NODE}/media/1.png"},
    "attachment": [{"type": "PropertyValue", "name": "web", "value": "x"}],
    "tag": [{"type": "Emoji", "id": f"{NODE}/emojis/1", "name": ":x:", "icon": {"type": "Image", "url": NODE}}],
    "alsoKnownAs": ["https://old.example/solar"],
    "movedTo": "https://new.example/solar",
    **KEYED,
}
COOPERATIVE: build.Document = {
    **ACTOR,
    "@context": contexts.COOPERATIVE,
    "nameMap": {"it": "Sole"},
    "summaryMap": {"it": "<p>Sole</p>"},
    "legalName": "Sole società cooperativa",
    "cooperativeType": "worker",
    "registryCategory": "produzione e lavoro",
    "sector": ["35"],
    "region": ["ITF4"],
    "acceptsLanguages": ["it"],
    "sizeClass": "small",
    "memberCount": 9,
    "workerCount": 7,
    "offers": ["training"],
    "needs": ["transport"],
    "sdg": [7],
    "icaPrinciple": [6],
    "identifier": [build.identifier("partita_iva", "99000010001")],
    "memberships": f"{MEMBER}/memberships",
    "members": f"{MEMBER}/members",
    "aggregationConsent": True,
}
GONE: build.Document = {
    "@context": contexts.ACTOR,
    "id": MEMBER,
    "type": "Tombstone",
    "formerType": "Organization",
    "deleted": "2026-11-24T08:00:00.000Z",
    **KEYED,
}
NOTE_WITH_POLICY: build.Document = {
    **build.note(NOTE, MEMBER, "<p>x</p>", published=NOW, to=[], cc=[]),
    "votersCount": 3,
    "interactionPolicy": {"canQuote": {"automaticApproval": [MEMBER], "manualApproval": [f"{MEMBER}/followers"]}},
}


def own_types() -> build.Document:
    """A document with every term of our own, under a proof."""
    terms = contexts.COOPFED[2]
    assert isinstance(terms, dict)
    members = {name: f"{NODE}/x" for name in terms if name[0].islower() and name not in PREFIXES}
    types = [name for name in terms if name[0].isupper()]
    proof = {"type": "DataIntegrityProof", "cryptosuite": "eddsa-jcs-2022", "proofPurpose": "assertionMethod"}
    return {"@context": contexts.COOPFED, "id": NOTE, "type": types, **members, "proof": proof | {"proofValue": "z1"}}


PREFIXES = {"coop", "vf", "om2", "schema", "toot", "xsd"}
DOCUMENTS = [
    *(pytest.param(document, id=name) for name, document in everything().items()),
    pytest.param(ACTOR, id="actor"),
    pytest.param(COOPERATIVE, id="cooperative"),
    pytest.param(GONE, id="gone actor"),
    pytest.param(NOTE_WITH_POLICY, id="note with policy"),
    pytest.param(own_types(), id="own types"),
    pytest.param(memberships.members_collection(MEMBER, 1, first=f"{MEMBER}/members?page=true"), id="members"),
    pytest.param(
        memberships.invite(f"{NODE}/ap/activities/1", MEMBER, NOTE, "member", f"{MEMBER}/members"), id="invite"
    ),
]


def expanded(document: build.Document, folder: Path) -> str:
    """The document in expanded form, as JSON; contexts come from the folder alone."""

    def load(url: str, _: Any) -> dict[str, Any]:
        if url not in BUNDLED:
            raise LookupError(f"{url} is not bundled")
        context = json.loads((folder / "contexts" / BUNDLED[url]).read_text("utf-8"))
        return {"contentType": "application/ld+json", "contextUrl": None, "documentUrl": url, "document": context}

    plain = json.loads(json.dumps(document))
    return json.dumps(jsonld.expand(plain, {"documentLoader": load}))


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_term_that_we_write_is_defined(document: build.Document, foreign_messages: Path) -> None:
    """JSON-LD 1.1 4.1.2: undefined terms fall under `_:` in ActivityStreams, and out of every signature over the graph."""
    names = expanded(document, foreign_messages)

    assert "_:" not in names
    assert len(names) > 100


@pytest.mark.parametrize("members", [{"undefinedTerm": "x"}, {"type": "UndefinedType"}])
def test_an_undefined_term_would_be_seen(members: dict[str, str], foreign_messages: Path) -> None:
    """The check above can fail."""
    assert "_:undefined" in expanded(ACTOR | members, foreign_messages).replace("_:U", "_:u")


@pytest.mark.parametrize(
    "context",
    [
        contexts.NOTE,
        contexts.QUOTES,
        contexts.REQUESTS,
        contexts.ACTOR,
        contexts.COOPERATIVE,
        contexts.MEMBERSHIPS,
        contexts.COMPANION,
        contexts.COOPFED,
    ],
)
def test_the_activitystreams_address_comes_first_as_a_string(context: contexts.Context) -> None:
    """Mastodon and Misskey look for exactly that; our own guards let our contexts through."""
    document = {"@context": list(context), "id": NOTE, "type": "Note"}

    assert context[0] == AS_CONTEXT
    assert all(isinstance(entry, str) or entry in (*contexts.QUOTES, *contexts.ACTOR) for entry in context[:-1])
    check_document(document)
    for entry in context:
        assert isinstance(entry, str) or not entry.keys() & {"@vocab", "@language", "@base"}


@pytest.mark.parametrize(
    ("context", "digest"),
    [
        (contexts.NOTE, "f61c03ef3c05fd79"),
        (contexts.QUOTES, "59f2864671238554"),
        (contexts.REQUESTS, "1976abd9605cc1dd"),
        (contexts.ACTOR, "08d6faf174ee84e5"),
        (contexts.COOPERATIVE, "271deaa50df191e0"),
        (contexts.MEMBERSHIPS, "1da11a23937e93a7"),
        (contexts.COMPANION, "d09a99b2db427109"),
        (contexts.COOPFED, "07ec0f58cba940a8"),
    ],
    ids=["note", "quotes", "requests", "actor", "cooperative", "memberships", "companion", "coopfed"],
)
def test_contexts_are_frozen(context: contexts.Context, digest: str) -> None:
    """Peers cache documents and verify proofs over them: another context is another decision, not an edit."""
    written = json.dumps(context, sort_keys=True, separators=(",", ":")).encode()

    assert hashlib.sha256(written).hexdigest()[:16] == digest
