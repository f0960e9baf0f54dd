"""Whatever JSON arrives, it is read or refused with a reason: nothing else is ever raised."""

import contextlib
import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from coopfed.errors import BadMessage
from coopfed.outcomes import Refusal
from coopfed.vocab.audience import visibility
from coopfed.vocab.document import clamp_published, read_activity, read_actor, read_keys, read_post
from coopfed.vocab.kinds import kind_of
from coopfed.vocab.normalise import normalise
from coopfed.vocab.origin import authority, check_activity_origin, may_author, normalise_id
from coopfed.vocab.strict_json import parse
from coopfed.vocab.terms import AS_CONTEXT, KNOWN_TYPES, is_activity_media_type, wants_activity
from coopfed.vocab.values import when
from tests.coopfed.vocab.test_spellings import ACTOR, ACTOR_ROWS, FOLLOW, FOLLOW_ROWS, POST, POST_ROWS
from tests.coopfed.vocab.test_strict_json import VALUES

NAMES = sorted(
    {name for document in (POST, ACTOR, FOLLOW) for name in document}
    | {name for rows in (POST_ROWS, ACTOR_ROWS, FOLLOW_ROWS) for row in rows.values() for one in row for name in one}
    | {"id", "href", "owner", "items", "orderedItems", "first", "oneOf", "closed", "endTime", "focalPoint", "value"}
    | {"assertionMethod", "publicKeyMultibase", "webfinger", "mediaType", "@value", "proof", "icon", "image", "@graph"}
)
IDS = st.sampled_from(
    ["https://peer.example/a", "https://coop.example/b", "as:Public", "bear:?u=x", "/a", "", "http://["]
)
LEAVES = (
    VALUES
    | IDS
    | st.sampled_from(sorted(KNOWN_TYPES))
    | st.sampled_from(["2026-11-24T08:00:00Z", "0001-01-01T00:00:00+23:59"])
)
DOCUMENTS = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=8),
    max_leaves=12,
)
OBJECTS = st.dictionaries(st.sampled_from(NAMES), DOCUMENTS, max_size=12)


def read_all(document: dict[str, Any]) -> None:
    """Everything that is done with a message before anything is stored."""
    canonical = normalise(document, key_stub=True)
    assert normalise(canonical, key_stub=True) == canonical
    for read in (read_actor, read_keys, read_post, read_activity):
        with contextlib.suppress(BadMessage):
            repr(read(canonical))
    with contextlib.suppress(BadMessage, Refusal):
        activity = read_activity(canonical)
        assert kind_of(activity).value
        hash(activity)
        check_activity_origin(activity)
    with contextlib.suppress(BadMessage, Refusal):
        post = read_post(canonical)
        assert visibility(post.to, post.cc, None).value
        may_author("https://peer.example/a", post)


@given(OBJECTS)
@settings(max_examples=100, deadline=None)
def test_any_object_is_read_or_refused(document: dict[str, Any]) -> None:
    """Security, denial of service: a message that raises anything else would be a 500 and a stuck queue."""
    with contextlib.suppress(BadMessage):
        read_all(parse(json.dumps(document).encode()))


@given(st.sampled_from([POST, ACTOR, FOLLOW]), OBJECTS)
@settings(max_examples=100, deadline=None)
def test_any_change_of_a_good_message_is_read_or_refused(document: dict[str, Any], change: dict[str, Any]) -> None:
    """The same with most members as they should be, so that the readers are reached."""
    with contextlib.suppress(BadMessage):
        read_all(parse(json.dumps(document | change | {"@context": AS_CONTEXT}).encode()))


@given(DOCUMENTS)
def test_any_context_is_read_or_refused(context: Any) -> None:
    """The guards walk contexts of any shape."""
    with contextlib.suppress(BadMessage):
        read_all({"@context": [AS_CONTEXT, context], "type": "Note"})


@given(st.text() | st.from_regex(r"https?://\S{0,40}"))
def test_any_text_is_an_id_or_refused(text: str) -> None:
    """An id that was accepted is in its one spelling, and has an authority."""
    with contextlib.suppress(BadMessage):
        normal = normalise_id(text)
        assert normalise_id(normal) == normal
        assert authority(normal) == authority(text)
        assert "://" in normal
        assert authority(normal) == authority(normal).lower()


@given(st.text())
def test_any_header_and_any_time_is_read(text: str) -> None:
    """Headers and times never raise."""
    assert is_activity_media_type(text) in (True, False)
    assert wants_activity(text) in (True, False)
    moment = when(text)
    assert moment is None or clamp_published(moment, moment) == moment
