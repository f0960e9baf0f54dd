"""Changes what a cooperative of ours says of itself: stored at once, told to its followers with the rest of its profile."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from actors import cooperative as rows
from actors.cooperative import Cooperative, Kind
from actors.lookup import ActorRow, by_id
from coopfed.db.signals import Topic
from coopfed.db.tx import Tx
from coopfed.errors import InvalidInput
from coopfed.features import match_wishes
from coopfed.features.cooperatives import fields, rules
from coopfed.features.cooperatives.rules import Doubtful, Settings, Wanted
from coopfed.features.posts.defaults import (
    acknowledges,
    needs_approval,
    set_acknowledges,
    set_needs_approval,
)
from coopfed.features.profiles import edit as profiles
from coopfed.features.profiles.rules import Edit
from coopfed.node import Node, Stamp


@dataclass(frozen=True, slots=True)
class Saved:
    """The actor after a change, and what was stored although it may be mistyped."""

    actor: ActorRow
    doubts: Sequence[Doubtful]


async def edit(node: Node, row: ActorRow, given: Mapping[str, Any]) -> Saved:
    """Changes these fields of the API. InvalidFields, or InvalidInput for what is no actor of ours; nothing is changed then.

    Source: API contract 3; domain research 7.1.
    """
    if not row.local or row.gone_at is not None or row.uri == node.urls.node_actor:
        raise InvalidInput(f"@{row.acct} is not an actor that speaks from this node")
    rules.checked(given, rows.NONE, {})
    html = {text: await profiles.rendered(node, text) for text in rules.texts(given)}
    return await node.db.write(_edit, row.id, given, html, node.stamp(), wakes=(Topic.CACHES,))


def _edit(tx: Tx, actor_id: int, given: Mapping[str, Any], html: Mapping[str, str], stamp: Stamp) -> Saved:
    row, before = by_id(tx, actor_id), rows.cooperative_of(tx, actor_id)
    assert row is not None
    wanted = rules.checked(given, before, html)
    _set(tx, actor_id, wanted.settings, stamp)
    told, summary = _told(tx, row, before, wanted, stamp)
    changed = wanted.said != before
    if changed:
        rows.put(tx, wanted.said)
    return Saved(profiles.change(tx, actor_id, told, summary, stamp, besides=changed), wanted.doubts)


def _set(tx: Tx, actor_id: int, asked: Settings, stamp: Stamp) -> None:
    if asked.needs_approval is not None and asked.needs_approval is not needs_approval(tx, actor_id):
        set_needs_approval(tx, actor_id, asked.needs_approval)
    if asked.acknowledges is not None and asked.acknowledges is not acknowledges(tx, actor_id):
        set_acknowledges(tx, actor_id, asked.acknowledges)
    if asked.digest is not None:
        match_wishes.want(tx, actor_id, asked.digest, stamp)


def _told(tx: Tx, row: ActorRow, before: Cooperative, wanted: Wanted, stamp: Stamp) -> tuple[Edit, str | None]:
    """What of it stands in the profile that everybody reads: name, note and fields in the language that was the main one; and the note in
    HTML."""
    said, languages = wanted.said, wanted.said.of(Kind.LANGUAGE)
    preferred, name, note, summary = [*languages], None, None, None
    if said.names:
        first = rules.main_language(before.names, row.name, said.names, languages)
        preferred = [first, *languages]
        name = said.names[first] if said.names != before.names else None
    if said.descriptions != before.descriptions and said.descriptions:
        known = {tag: one.html for tag, one in before.descriptions.items()}
        texts = {tag: one.html for tag, one in said.descriptions.items()}
        shown = said.descriptions[rules.main_language(known, row.summary, texts, preferred)]
        note, summary = shown.text, shown.html
    coded = fields.made(tx, row, said, preferred[0] if preferred else "", stamp)
    return Edit(name=name, note=note, coded=coded, discoverable=wanted.discoverable), summary
