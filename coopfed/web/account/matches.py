"""`/account/matches/<handle>`: who fits an actor's requests and profile, and why, for everybody who acts as it; set aside by its
negotiators. How often they are mailed, its editors choose."""

from collections.abc import Sequence
from dataclasses import dataclass

from quart import Blueprint, Response, request

from actors.roles import may_approve, may_negotiate
from coopfed import limits
from coopfed.db.tx import Tx
from coopfed.errors import InvalidInput
from coopfed.features import match_wishes
from coopfed.features.match_wishes import Rhythm
from coopfed.features.matching import actions, words
from coopfed.features.matching.pairings import Pairing, pairings, umbrella_names
from coopfed.features.matching.rules import Match
from coopfed.features.matching.store import Asked, Known
from coopfed.node import Node
from coopfed.text.i18n import mark as _
from coopfed.web import forms
from coopfed.web.account.acting import Acting, editor_of, negotiator_of, refuse_suspended, speaker_of
from coopfed.web.asking import number
from coopfed.web.page import elsewhere
from coopfed.web.reader import Reader, reader

RHYTHMS = {Rhythm.NONE: _("Never"), Rhythm.DAILY: _("Every day"), Rhythm.WEEKLY: _("Every week")}


@dataclass(frozen=True, slots=True)
class Part:
    """A match for the page, with what is remembered of it, and its reasons in words."""

    known: Known
    pairing: Pairing
    reasons: Sequence[str]


def register(pages: Blueprint, node: Node) -> None:
    """Adds the routes."""

    @pages.get("/account/matches/<handle>")
    async def own_matches(handle: str) -> Response:
        return await _shown(node, await speaker_of(node, handle))

    @pages.post("/account/matches/<handle>/<id>/dismiss")
    async def dismiss_match(handle: str, id: str) -> Response:
        return await _set_aside(node, handle, id, really=True)

    @pages.post("/account/matches/<handle>/<id>/restore")
    async def restore_match(handle: str, id: str) -> Response:
        return await _set_aside(node, handle, id, really=False)

    @pages.post("/account/matches/<handle>/mails")
    async def choose_match_mails(handle: str) -> Response:
        who = await editor_of(node, handle)
        refuse_suspended(who.actor)
        wanted = str((await forms.sent(node)).get("rhythm", ""))
        if wanted not in list(Rhythm):
            raise InvalidInput(f"no rhythm {wanted[:30]!r}")
        await node.db.write(match_wishes.want, who.actor.id, Rhythm(wanted), node.stamp())
        return elsewhere(reader(node).link(f"/account/matches/{who.actor.handle}"))


async def _set_aside(node: Node, handle: str, id: str, *, really: bool) -> Response:
    who = await negotiator_of(node, handle)
    refuse_suspended(who.actor)
    await forms.sent(node)
    await actions.set_aside(node, who.actor, number(id), really=really)
    query = {} if really else {"aside": "yes"}
    return elsewhere(reader(node).link(f"/account/matches/{who.actor.handle}", **query))


async def _shown(node: Node, who: Acting) -> Response:
    here, aside = reader(node), request.args.get("aside") == "yes"
    asked = Asked(dismissed=aside, limit=limits.PAGE_ITEMS + 1, offset=_offset())
    found = await actions.shown(node, who.actor, asked)
    parts = await node.db.read(_parts, found[: limits.PAGE_ITEMS], here)
    values = {
        "actor": who.actor,
        "parts": parts,
        "aside": aside,
        "more": asked.offset + limits.PAGE_ITEMS if len(found) > limits.PAGE_ITEMS else None,
        "decides": may_negotiate(who.roles),
        "chooses": may_approve(who.roles),
        "rhythms": RHYTHMS.items(),
        "rhythm": await node.db.read(match_wishes.rhythm_of, who.actor.id),
    }
    title = here.texts.gettext("Matches of @%(handle)s", handle=who.actor.handle)
    return forms.private_page(node, "matches", title, values)


def _offset() -> int:
    written = request.args.get("after", "0")
    if not (written.isascii() and written.isdigit() and len(written) < 5):
        raise InvalidInput("after is a number")
    return min(int(written), limits.MATCHES_DEEP)


def _parts(tx: Tx, found: Sequence[tuple[Match, Known]], here: Reader) -> list[Part]:
    matches = [match for match, _known in found]
    names = umbrella_names(tx, matches)
    return [
        Part(known, pairing, [words.told(here.texts, reason, names) for reason in pairing.match.reasons])
        for (_match, known), pairing in zip(found, pairings(tx, matches), strict=True)
    ]
