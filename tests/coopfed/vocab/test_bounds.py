"""Every bound of the readers, at n and at n + 1: what is over it is cut, or refused where cutting would lie."""

import time
from typing import Any

import pytest

from coopfed import limits
from coopfed.errors import BadMessage
from coopfed.vocab.document import read_activity, read_actor, read_keys, read_post
from coopfed.vocab.normalise import normalise
from coopfed.vocab.terms import AS_CONTEXT
from tests.coopfed.vocab.test_spellings import ACTOR, BO, FOLLOW, PEER, PICTURE, POST, spelt


def post(**members: Any) -> Any:
    """The post with these members."""
    return read_post(normalise(spelt(POST, members)))


def actor(**members: Any) -> Any:
    """The actor with these members."""
    return read_actor(normalise(spelt(ACTOR, members)))


def key(number: int) -> dict[str, str]:
    """One of an actor's keys."""
    return {"id": f"{BO}#{number}", "controller": BO, "publicKeyMultibase": "z6Mk"}


LISTS: list[tuple[str, int, Any]] = [
    (
        "mentions",
        limits.MENTIONS,
        lambda n: post(tag=[{"type": "Mention", "href": f"{PEER}/{i}"} for i in range(n)]).mentions,
    ),
    ("hashtags", limits.TAGS, lambda n: post(tag=[{"type": "Hashtag", "name": f"#{i}"} for i in range(n)]).hashtags),
    (
        "emojis",
        limits.TAGS,
        lambda n: post(tag=[{"type": "Emoji", "name": f":{i}:", "icon": PICTURE} for i in range(n)]).emojis,
    ),
    ("attachments", limits.ATTACHMENTS, lambda n: post(attachment=[f"{PEER}/{i}" for i in range(n)]).attachments),
    ("authors", limits.ALIASES, lambda n: post(attributedTo=[f"{PEER}/{i}" for i in range(n)]).attributed_to),
    ("to", limits.RECIPIENTS, lambda n: post(to=[f"{PEER}/{i}" for i in range(n)], cc=[], audience=[]).to),
    ("cc", limits.RECIPIENTS - 2, lambda n: post(to=[BO, PEER], cc=[f"{PEER}/{i}" for i in range(n)]).cc),
    (
        "audience",
        limits.RECIPIENTS - 1,
        lambda n: post(to=[], cc=[BO], audience=[f"{PEER}/{i}" for i in range(n)]).audience,
    ),
    (
        "recipients of an activity",
        limits.RECIPIENTS,
        lambda n: read_activity(normalise(spelt(FOLLOW, {"to": [f"{PEER}/{i}" for i in range(n)]}))).to,
    ),
    (
        "fields",
        limits.FIELDS,
        lambda n: actor(attachment=[{"type": "PropertyValue", "name": str(i), "value": ""} for i in range(n)]).fields,
    ),
    ("aliases", limits.ALIASES, lambda n: actor(alsoKnownAs=[f"{PEER}/{i}" for i in range(n)]).also_known_as),
    ("keys of an actor", limits.KEYS, lambda n: actor(assertionMethod=[key(i) for i in range(n - 1)]).keys),
    (
        "keys",
        limits.KEYS,
        lambda n: read_keys(normalise(spelt(ACTOR, {"publicKey": [key(i) for i in range(n)]}))),
    ),
    (
        "items",
        limits.COLLECTION_ITEMS,
        lambda n: normalise({"@context": AS_CONTEXT, "items": [f"{PEER}/{i}" for i in range(n)]})["items"],
    ),
    (
        "languages of a text",
        limits.LANGUAGES_READ,
        lambda n: normalise(spelt(POST, {"contentMap": {f"l{i}": "text" for i in range(n)}}))["contentMap"],
    ),
    ("content", limits.CONTENT_LENGTH, lambda n: post(content="ş" * n).content),
    ("source", limits.CONTENT_LENGTH, lambda n: post(source="ş" * n).source.content),
    ("name", limits.NAME_LENGTH, lambda n: post(name="ş" * n).name),
    ("summary", limits.SUMMARY_LENGTH, lambda n: post(summary="ş" * n).summary),
    ("name of an actor", limits.NAME_LENGTH, lambda n: actor(name="ş" * n).name),
    ("summary of an actor", limits.SUMMARY_LENGTH, lambda n: actor(summary="ş" * n).summary),
    (
        "description",
        limits.SUMMARY_LENGTH,
        lambda n: post(attachment={"url": PICTURE, "name": "ş" * n}).attachments[0].description,
    ),
    (
        "mention's name",
        limits.NAME_LENGTH,
        lambda n: post(tag={"type": "Mention", "href": BO, "name": "ş" * n}).mentions[0].name,
    ),
    (
        "field's name",
        limits.NAME_LENGTH,
        lambda n: actor(attachment={"type": "PropertyValue", "name": "ş" * n, "value": ""}).fields[0].name,
    ),
    (
        "field's value",
        limits.SUMMARY_LENGTH,
        lambda n: actor(attachment={"type": "PropertyValue", "name": "", "value": "ş" * n}).fields[0].value,
    ),
]


@pytest.mark.parametrize(("bound", "read"), [row[1:] for row in LISTS], ids=[row[0] for row in LISTS])
def test_what_is_too_long_is_cut(bound: int, read: Any) -> None:
    """Security, denial of service: arrays and texts have constant bounds."""
    assert len(read(bound - 1)) == bound - 1
    assert len(read(bound)) == bound
    assert len(read(bound + 1)) == bound


@pytest.mark.parametrize(
    ("bound", "read"),
    [
        (limits.NAME_LENGTH, lambda n: post(tag={"type": "Hashtag", "name": "#" + "ş" * n}).hashtags),
        (limits.NAME_LENGTH, lambda n: post(tag={"type": "Emoji", "name": "ş" * n, "icon": PICTURE}).emojis),
        (limits.ID_LENGTH, lambda n: [post(context="t" * n).context] if post(context="t" * n).context else []),
        (limits.ID_LENGTH, lambda n: post(to=["https://peer.example/".ljust(n, "a")]).to),
    ],
    ids=["hashtag", "emoji", "thread", "recipient"],
)
def test_what_would_be_another_thing_when_cut_is_left_out(bound: int, read: Any) -> None:
    """A name or an id that is cut would name something else."""
    assert len(read(bound)) == 1
    assert len(read(bound + 1)) == 0


def test_translations_without_number_cost_no_more_than_their_length() -> None:
    """Security 1.4: a text of a quarter of it beside ten thousand translations, in a message of 1 MiB, is read in a moment."""
    text, other = "a " * (limits.MIB // 8), {f"x{number}": "b c" for number in range(10_000)}
    started = time.process_time()

    found = post(content=text, contentMap={"it": text.replace(" ", "\n")} | other)

    assert found.language == "it"
    assert time.process_time() - started < 1


def test_a_text_under_a_proof_is_kept_whole_or_refused() -> None:
    """FEP-8b32: what was signed is never cut."""
    proof = {"type": "DataIntegrityProof"}

    assert post(content="x" * limits.CONTENT_LENGTH, proof=proof)
    for member, length in (
        ("content", limits.CONTENT_LENGTH),
        ("summary", limits.SUMMARY_LENGTH),
        ("name", limits.NAME_LENGTH),
    ):
        with pytest.raises(BadMessage) as caught:
            post(**{member: "x" * (length + 1)}, proof=proof)
        assert caught.value.reason == "too_long"


def test_a_username_that_is_too_long_is_refused() -> None:
    """Mastodon refuses the same: a name that was cut would be somebody else's."""
    assert actor(preferredUsername="b" * limits.USERNAME_LENGTH)
    with pytest.raises(BadMessage) as caught:
        actor(preferredUsername="b" * (limits.USERNAME_LENGTH + 1))
    assert caught.value.reason == "no_username"


@pytest.mark.parametrize("member", ["object", "first", "result", "items"])
def test_documents_within_documents_are_bounded(member: str) -> None:
    """Security, recursion: `limits.EMBEDDED_DEPTH`, at n and n + 1."""

    def nested(depth: int) -> dict[str, Any]:
        inner: Any = {"type": "Note", "name": "x"}
        for _ in range(depth - 1):
            inner = {"type": "Undo", "object": inner}
        return {"@context": AS_CONTEXT, "type": "Undo", member: inner}

    assert normalise(nested(limits.EMBEDDED_DEPTH))[member]
    with pytest.raises(BadMessage) as caught:
        normalise(nested(limits.EMBEDDED_DEPTH + 1))
    assert caught.value.reason == "too_deep"
