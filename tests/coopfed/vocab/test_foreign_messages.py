"""Real messages of other software are read as their senders meant them; each is written down by hand in `expectations`.

The run ends with the rate of acceptance: how many of the messages that are ActivityPub at all we can read.
"""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from coopfed.errors import BadMessage
from coopfed.outcomes import Outcome, Refusal
from coopfed.vocab.audience import visibility
from coopfed.vocab.document import Activity, read_activity, read_actor, read_keys, read_post
from coopfed.vocab.kinds import kind_of
from coopfed.vocab.normalise import normalise
from coopfed.vocab.origin import check_activity_origin, may_author
from coopfed.vocab.strict_json import parse
from coopfed.vocab.terms import AS_CONTEXT
from tests.coopfed.vocab.conftest import Acceptance
from tests.coopfed.vocab.expectations import (
    Expectation,
    NotActivityPub,
    Read,
    Refused,
    Stripped,
    documentation,
    fep,
    lemmy_assets,
    lineage,
    pasture,
)

READERS: dict[str, Any] = {
    "activity": read_activity,
    "actor": read_actor,
    "post": read_post,
    "keys": read_keys,
    "node": dict,
}
FILES: dict[str, Expectation] = {
    **{f"lemmy-assets/{path}": expected for path, expected in lemmy_assets.EXPECTED.items()},
    **lineage.EXPECTED,
}
LISTS: dict[str, list[Expectation]] = {
    "gotosocial-docs/examples.json": documentation.GOTOSOCIAL,
    "mastodon-docs/examples.json": documentation.MASTODON,
    "fep/examples.json": fep.EXAMPLES,
    "fep/integrity-proof-vectors.json": fep.VECTORS,
}
PASTURE = "pasture-inputs/examples.json"


def rows() -> Iterator[Any]:
    """One parameter set for each message: where it lies, its number in the file, what is expected."""
    for path, expected in FILES.items():
        yield pytest.param(path, None, expected, id=path)
    for path, listed in LISTS.items():
        for number, expected in enumerate(listed):
            yield pytest.param(path, number, expected, id=f"{path}-{number}")
    for name, listed in pasture.EXPECTED.items():
        for number, expected in enumerate(listed):
            yield pytest.param(f"{PASTURE}#{name}", number, expected, id=f"pasture-{name}-{number}")


@pytest.mark.parametrize(("path", "number", "expected"), list(rows()))
def test_a_foreign_message_means_what_its_sender_meant(
    foreign_messages: Path, acceptance: Acceptance, path: str, number: int | None, expected: Expectation
) -> None:
    """ActivityPub 3, ActivityStreams 2-5: every spelling that peers use leads to one meaning, or to a named refusal."""
    if isinstance(expected, NotActivityPub):
        return

    raw = stored(foreign_messages, path, number)

    acceptance.count(path, expected)
    if isinstance(expected, Stripped):
        assert_refused(raw, Refused("no_context"), "normalise")
        raw = json.dumps({"@context": AS_CONTEXT} | json.loads(raw)).encode()
        expected = expected.wire
    if isinstance(expected, Refused):
        assert_refused(raw, expected, expected.by)
    else:
        document = normalise(parse(raw))
        assert normalise(document) == document, "a canonical document is canonical already"
        assert_read(document, expected)


def test_every_message_in_the_folder_is_expected(foreign_messages: Path) -> None:
    """No message is left out of the tables above, neither a new file nor a new entry in a file that lists many."""
    files = {str(path.relative_to(foreign_messages)) for path in foreign_messages.rglob("*.json")}

    expected = {path.partition("#")[0] for path in FILES} | set(LISTS) | {PASTURE}
    lengths = {path: len(json.loads((foreign_messages / path).read_text("utf-8"))) for path in LISTS}
    listed = {
        f"{module}/{name}": len(entries) if isinstance(entries, list) else 1
        for module, lists in json.loads((foreign_messages / PASTURE).read_text("utf-8")).items()
        for name, entries in lists.items()
    }

    assert {path for path in files if not path.startswith("contexts/")} == expected
    assert lengths == {path: len(rows) for path, rows in LISTS.items()}
    assert listed == {name: len(rows) for name, rows in pasture.EXPECTED.items()}


def stored(folder: Path, path: str, number: int | None) -> bytes:
    """The bytes of one message: of a file, of an entry, of a recorded answer's body, of the base with an entry over it."""
    path, _, part = path.partition("#")
    raw = (folder / path).read_bytes()
    if part == "body":
        return str(json.loads(raw)["body"]).encode()
    if path == PASTURE:
        module, _, name = part.partition("/")
        return json.dumps(over_base(part, json.loads(raw)[module][name][number or 0])).encode()
    if number is not None:
        return json.dumps(json.loads(raw)[number]["document"]).encode()
    return raw


def over_base(name: str, entry: Any) -> dict[str, Any]:
    """The base note with an entry laid over it; an entry that is no document is the value of one member."""
    if name == pasture.HTML:
        entry = {"content": entry}
    if name == pasture.TYPES:
        entry = {"type": entry}
    return {**pasture.BASE, **entry}


def assert_refused(raw: bytes, refused: Refused, by: str) -> None:
    """The message is refused at this step and for this reason, and not before."""
    steps: list[Callable[[Any], Any]] = [parse]
    if by != "parse":
        steps.append(normalise)
    if by in READERS:
        steps.append(READERS[by])
    *earlier, last = steps
    message: Any = raw
    for step in earlier:
        message = step(message)

    with pytest.raises(BadMessage) as caught:
        last(message)

    assert caught.value.reason == refused.reason


def assert_read(document: dict[str, Any], expected: Read) -> None:
    """The reader reads it, and each stated member is as stated."""
    record = READERS[expected.reader](document)
    for member, value in expected.members.items():
        assert plain(seen(record, document, member)) == value or member == "post", member
    if isinstance(record, Activity):
        assert_activity(record, expected.members)


def assert_activity(activity: Activity, members: dict[str, Any]) -> None:
    """The embedded post, and whether the actor may speak so."""
    if "post" in members:
        embedded = activity.objects[0].embedded
        assert embedded is not None
        assert_read(embedded, members["post"])
    origin = raises_refusal(check_activity_origin, activity)
    assert origin == (Outcome.REFUSED_ORIGIN if members.get("refused_origin") else None)
    if activity.type == "Create" and "post" in members:
        embedded = activity.objects[0].embedded or {}
        author = raises_refusal(may_author, activity.actor, read_post(embedded))
        assert author == (Outcome.REFUSED_AUTHOR if members.get("refused_author") else None)


def raises_refusal(check: Any, *arguments: Any) -> Outcome | None:
    """The outcome with which a check refuses, None when it lets pass."""
    try:
        check(*arguments)
    except Refusal as refusal:
        return refusal.outcome
    return None


def seen(record: Any, document: dict[str, Any], member: str) -> Any:
    """What a row's member is compared with."""
    return SPECIAL[member](record) if member in SPECIAL else look(record, document, member)


def look(record: Any, document: dict[str, Any], member: str) -> Any:
    if isinstance(record, dict):
        return document.get(member)
    if isinstance(record, tuple):
        return [getattr(key, {"ids": "id", "owners": "owner"}[member]) for key in record]
    value = getattr(record, member)
    return value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else value


class Begins(str):
    """A text that equals each of its beginnings."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and self.startswith(other)

    __hash__ = str.__hash__


def plain(value: Any) -> Any:
    """Tuples as the lists in which rows are written."""
    return list(value) if isinstance(value, tuple) else value


SPECIAL: dict[str, Any] = {
    "begins": lambda post: Begins(post.content),
    "visibility": lambda post: visibility(post.to, post.cc, None).value,
    "mentions": lambda post: [mention.href for mention in post.mentions],
    "mention_names": lambda post: [mention.name for mention in post.mentions],
    "attachments": lambda post: [file.url for file in post.attachments],
    "attachment_types": lambda post: [file.type for file in post.attachments],
    "descriptions": lambda post: [file.description for file in post.attachments],
    "options": lambda post: [(option.title, option.votes) for option in post.poll.options],
    "media_types": lambda post: [file.media_type for file in post.attachments],
    "sizes": lambda post: [(file.width, file.height) for file in post.attachments],
    "focal_points": lambda post: [file.focal_point for file in post.attachments],
    "emojis": lambda record: [emoji.name for emoji in record.emojis],
    "source": lambda post: post.source.media_type if post.source else None,
    "source_text": lambda post: post.source.content if post.source else None,
    "objects": lambda activity: [ref.id for ref in activity.objects],
    "instrument": lambda activity: activity.instrument.id if activity.instrument else None,
    "result": lambda activity: activity.result.id if activity.result else None,
    "kind": lambda activity: kind_of(activity).value,
    "keys": lambda actor: [key.id for key in actor.keys],
    "key_owners": lambda actor: [key.owner for key in actor.keys],
    "fields": lambda actor: [field.name for field in actor.fields],
    "icon": lambda actor: actor.icon.url if actor.icon else None,
    "image": lambda actor: actor.image.url if actor.image else None,
    "item_types": lambda node: [item["type"] for item in node.get("items", node.get("orderedItems"))],
    "published": lambda record: moment(record.published),
    "updated": lambda record: moment(record.updated),
    "refused_origin": lambda activity: True,
    "refused_author": lambda activity: True,
    "post": lambda activity: None,
}


class Moment(str):
    """A time that equals every spelling of itself."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and datetime.fromisoformat(self) == datetime.fromisoformat(other)

    __hash__ = str.__hash__


def moment(value: datetime | None) -> Moment | None:
    """A record's time, which must be aware UTC."""
    assert value is None or value.tzinfo is UTC
    return None if value is None else Moment(value.isoformat())
