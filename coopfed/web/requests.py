"""`/requests` and `/requests/<id>`: the board of requests and offers, and one of them. Without an account, as a stranger may see them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from quart import Blueprint, Response, request

from actors.lookup import ActorRow, by_ids
from actors.visibility import NOBODY
from coopfed import limits
from coopfed.codes import tables
from coopfed.db.tx import Tx
from coopfed.errors import CoopFedError, FetchError, Gone, NotFound, PeerBlocked
from coopfed.features.posts import details
from coopfed.features.ranges import Range
from coopfed.features.requests import answers, beside, board, rules, store
from coopfed.features.requests.board import Wanted
from coopfed.features.requests.rules import ANSWERABLE
from coopfed.features.requests.store import LANGUAGE, REGION, SECTOR, RequestRow
from coopfed.net.throttle import network
from coopfed.net.windows import Allowance
from coopfed.node import Node
from coopfed.text.i18n import mark as _
from coopfed.text.i18n import translator
from coopfed.text.sanitise import plain, sanitise
from coopfed.web import forms
from coopfed.web.asking import PAGE, cursor, machine_asks, number
from coopfed.web.headers import guarded
from coopfed.web.names import named
from coopfed.web.page import About, elsewhere, page
from coopfed.web.reader import Reader, name_of, reader, reading
from coopfed.web.shown import File, files_of
from webfinger.resolve import home_page

_HOMES = Allowance(limits.HOMES_ASKED, 300)
_FACETS = (
    ("purpose", _("Kind"), "request_purpose"),
    ("category", _("What"), "collaboration_categories"),
    ("sector", _("Sector"), "nace_divisions"),
    ("region", _("Where"), "regions"),
    ("language", _("Languages"), ""),
)
"""By which the board is narrowed down: name in the query, label, table of the codes (languages have none)."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A request for a page, in the first language that the reader wants and it is written in. `facts` are labels with values; `post` is the
    path of the post that shows it, when that is of this node."""

    row: RequestRow
    owner: ActorRow
    purpose: str
    status: str
    open: bool
    title: str
    content: str
    language: str | None
    languages: tuple[str, ...]
    facts: list[tuple[str, str]]
    post: str | None
    files: tuple[File, ...] = ()

    @property
    def description(self) -> str:
        """Its first words, for search engines and link cards."""
        return plain(self.content)[:200]


@dataclass(frozen=True, slots=True)
class Choice:
    """A value by which the board can be narrowed down; `chosen` when it is. `query` leads to the board with it, or, when it is chosen,
    without it."""

    label: str
    query: dict[str, str]
    count: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class Board:
    """A page of the board, with what it can be narrowed down by, and the cursor of the next page."""

    requests: list[Shown]
    choices: list[tuple[str, str, list[Choice]]]
    older: int | None


def register(pages: Blueprint, node: Node) -> None:
    """Adds the routes."""

    @pages.get("/requests")
    async def requests_page() -> Response:
        who, chosen = reader(node), _chosen()
        found = await node.db.read(board_of, chosen, who, reading(), cursor("before"), node.clock.now())
        title = who.texts.gettext(_("Requests and offers"))
        about = About(
            title, listed=not chosen and not request.args.get("before"), canonical=f"{node.urls.base}/requests"
        )
        names = await named(node, [one.owner for one in found.requests])
        return page(node, "requests.html", about, board=found, named=names, chosen=chosen, feed=_feed(chosen))

    @pages.get("/requests/<id>")
    async def request_page(id: str) -> Response:
        wanted = number(id)
        if machine_asks():
            # Without a look: the document's own door decides who may see it.
            return elsewhere(node.urls.object(wanted))
        found = await node.db.read(request_of, wanted, reader(node), reading(), node.clock.now())
        about = About(
            title=found.title,
            description=found.description,
            listed=found.owner.discoverable and found.row.local,
            canonical=found.row.url or node.urls.request_page(wanted),
            activity=found.row.uri,
            languages=found.languages if len(found.languages) > 1 else (),
            plain=node.urls.request_page(wanted),
        )
        return page(node, "request.html", about, shown=found, named=await named(node, [found.owner]))

    @pages.get("/requests/<id>/answer")
    async def answer_request(id: str) -> Response:
        found = await node.db.read(request_of, number(id), reader(node), reading(), node.clock.now())
        home = request.args.get("home", "").strip()[: limits.ID_LENGTH]
        way, fault = await _way_home(node, found.row, home) if home and found.open else ("", "")
        title = reader(node).texts.gettext("Answer: %(title)s", title=found.title)
        values: dict[str, Any] = {
            "shown": found,
            "home": home,
            "way": way,
            "host": urlsplit(way).netloc,
            "fault": fault,
        }
        named_ = await named(node, [found.owner])
        return guarded(page(node, "answer.html", About(title, listed=False), named=named_, **values), forms=True)


async def _way_home(node: Node, row: RequestRow, home: str) -> tuple[str, str]:
    """Where at their own server a reader answers the post of a request; else why that is not known. TooMany."""
    node.allow("homes asked from", _HOMES, network(forms.client()))
    try:
        return await home_page(node, home, row.companion_uri or row.uri), ""
    except CoopFedError as error:
        if error.status_code >= 500 and not isinstance(error, FetchError | PeerBlocked):
            raise
        return "", _("That server was not found, or does not say how. Search for the address below there instead.")


def _chosen() -> dict[str, str]:
    """What the reader has narrowed the board down by; what is too long names nothing."""
    found = {name: request.args.get(name, "") for name, _label, _table in _FACETS}
    return {name: value for name, value in found.items() if value and len(value) <= limits.CODE_LENGTH}


def _feed(chosen: dict[str, str]) -> str:
    """The query of the feed of the same requests, where the language has another name."""
    query = urlencode({"lang" if name == "language" else name: value for name, value in chosen.items()})
    return f"?{query}" if query else ""


def board_of(tx: Tx, chosen: dict[str, str], who: Reader, reads: Sequence[str], before: int | None, now: int) -> Board:
    """A page of the board. A unit of work."""
    one = {name: (value,) for name, value in chosen.items()}
    wanted = Wanted(
        purposes=one.get("purpose", ()),
        categories=one.get("category", ()),
        codes={SECTOR: one.get("sector", ()), REGION: one.get("region", ()), LANGUAGE: one.get("language", ())},
    )
    ids = board.find(tx, wanted, NOBODY, now, Range(PAGE + 1, max_id=before))
    counts = board.facets(tx, wanted, NOBODY, now)
    choices = [(name, label, _choices(name, table, counts[name], chosen, who)) for name, label, table in _FACETS]
    return Board(
        shown(tx, ids[:PAGE], who, reads, now),
        [(name, who.texts.gettext(label), found) for name, label, found in choices if found],
        ids[PAGE - 1] if len(ids) > PAGE else None,
    )


def _choices(name: str, table: str, counts: list[tuple[str, int]], chosen: dict[str, str], who: Reader) -> list[Choice]:
    found = []
    for code, count in counts[: limits.CODES_READ]:
        label = tables.label(table, code, who.language) if table else name_of(code)
        is_chosen = chosen.get(name) == code
        query = {one: value for one, value in chosen.items() if one != name} | ({} if is_chosen else {name: code})
        found.append(Choice(label, query, count, is_chosen))
    return found


def request_of(tx: Tx, wanted: int, who: Reader, reads: Sequence[str], now: int) -> Shown:
    """A request as a stranger may see it. A unit of work; NotFound, or Gone when it was deleted."""
    row = store.get(tx, wanted)
    if row is not None and row.deleted_at is not None and row.public:
        raise Gone(f"request {wanted} was deleted")
    found = shown(tx, store.readable_among(tx, [wanted], NOBODY), who, reads, now)
    if not found:
        raise NotFound(f"no request {wanted} for strangers")
    return found[0]


def shown(tx: Tx, ids: list[int], who: Reader, reads: Sequence[str], now: int) -> list[Shown]:
    """These requests for a page, in the order asked for. A unit of work; whether the reader may have them was asked before."""
    rows = store.by_ids(tx, ids)
    owners = by_ids(tx, [row.actor_id for row in rows.values()])
    taken = answers.taken(tx, ids)
    companions = beside.posts_of(tx, rows.values())
    files = details.attachments_of(tx, [post.id for post in companions.values()])
    found = []
    for row in rows.values():
        tag, title, content = _in_language(row, reads)
        post, owner = companions.get(row.id), owners[row.actor_id]
        left = rules.remaining(row.wanted, taken[row.id])
        found.append(
            Shown(
                row=row,
                owner=owner,
                purpose=tables.label("request_purpose", row.purpose, who.language),
                status=tables.label("request_status", row.at(now), who.language),
                open=row.at(now) in ANSWERABLE,
                title=title,
                content=sanitise(content),
                language=tag,
                languages=tuple(one for one in (row.language, *row.translations) if one),
                facts=_facts(row, None if left is None else rules.plain(left), who),
                files=files_of(post, files.get(post.id, [])) if post is not None and not post.deleted_at else (),
                post=f"/@{owner.handle}/{post.id}" if post is not None and post.local and not post.deleted_at else None,
            )
        )
    return found


def _in_language(row: RequestRow, reads: Sequence[str]) -> tuple[str | None, str, str]:
    """Language, title and text in the first language that is read and that there is one in; else as it was written."""
    for wanted in reads:
        for tag in (row.language, *row.translations):
            if tag and (tag.lower() == wanted.lower() or tag.lower().startswith(f"{wanted.lower()}-")):
                said = row.translations.get(tag)
                return (
                    (tag, said.title or row.title, said.content or row.content)
                    if said
                    else (tag, row.title, row.content)
                )
    return row.language, row.title, row.content


def _facts(row: RequestRow, left: str | None, who: Reader) -> list[tuple[str, str]]:
    words, language = translator(who.language), who.language
    wanted = row.available or row.value
    found = [
        (_("What"), tables.label("collaboration_categories", row.category, language) if row.category else ""),
        (_("How much"), tables.amount(wanted, row.unit, language)),
        (_("Still to be had"), tables.amount(left, row.unit, language) if left != wanted else ""),
        (_("In return"), tables.in_return(row.reciprocal_value, row.reciprocal_unit, language)),
        (_("Sector"), ", ".join(tables.label("nace_divisions", one, language) for one in row.of(SECTOR))),
        (_("Where"), ", ".join(tables.label("regions", one, language) for one in row.of(REGION))),
        (_("Languages"), ", ".join(name_of(one) for one in row.of(LANGUAGE))),
        (_("Until"), who.day(row.expires_at) if row.expires_at is not None else ""),
    ]
    return [(words.gettext(label), value) for label, value in found if value]
