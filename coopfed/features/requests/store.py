"""Rows of requests, with their codes, translations and readers. Units of work."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, literal_column, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from actors.requests import readable, recipient, request
from coopfed import limits
from coopfed.db.models import RequestCode, RequestFile, RequestTranslation
from coopfed.db.tx import Tx, table
from coopfed.features.requests import rules
from coopfed.features.requests.rules import Audience, Purpose, Status, Wanted
from coopfed.text.fold import folded
from coopfed.text.sanitise import plain

code, translation, file = table(RequestCode), table(RequestTranslation), table(RequestFile)
not_ended = request.c.status.in_([literal_column(f"'{one}'") for one in Status if one in rules.ANSWERABLE])
"""The clause on `request`: its owner has not ended it. Its time may be over all the same."""

SECTOR, REGION, LANGUAGE, SDG = "sector", "region", "language", "sdg"
KINDS = (SECTOR, REGION, LANGUAGE, SDG)


@dataclass(frozen=True, slots=True)
class Translated:
    """Title and text in another language: sanitised HTML, and what a member of ours typed."""

    title: str
    content: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class RequestRow:
    """A request as the rest of the program reads it; see `coopfed.db.models.requests`. Moments in milliseconds; `codes` by kind, in the
    owner's order; `recipients` are numbers of actors, `files` of what members uploaded for it."""

    id: int
    uri: str
    local: bool
    actor_id: int
    account_id: int | None = None
    purpose: str = Purpose.REQUEST
    status: str = Status.DRAFT
    title: str = ""
    content: str = ""
    source: str = ""
    language: str | None = None
    category: str | None = None
    unit: str = ""
    value: str | None = None
    available: str | None = None
    minimum: str | None = None
    all_or_nothing: bool = False
    reciprocal_unit: str | None = None
    reciprocal_value: str | None = None
    reciprocal_resource: str | None = None
    audience: str = Audience.PUBLIC
    umbrella_id: int | None = None
    url: str | None = None
    companion_uri: str | None = None
    waiting: bool = False
    document: bytes = b""
    created_at: int = 0
    published_at: int | None = None
    updated_at: int = 0
    terms_at: int | None = None
    expires_at: int | None = None
    deleted_at: int | None = None
    codes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    translations: Mapping[str, Translated] = field(default_factory=dict)
    recipients: tuple[int, ...] = ()
    files: tuple[int, ...] = ()

    def at(self, now: int) -> Status:
        """Its status at a moment."""
        return rules.status_at(Status(self.status), self.expires_at, now)

    def of(self, kind: str) -> tuple[str, ...]:
        """Its codes of a kind."""
        return self.codes.get(kind, ())

    @property
    def wanted(self) -> Wanted:
        """How much is wanted or given."""
        return Wanted(
            rules.quantity(self.value),
            rules.quantity(self.available),
            rules.quantity(self.minimum),
            self.all_or_nothing,
        )

    @property
    def public(self) -> bool:
        """Whether everybody may read it."""
        return self.audience == Audience.PUBLIC


_MANY = ("codes", "translations", "recipients", "files")
FIELDS = tuple(name for name in RequestRow.__dataclass_fields__ if name not in _MANY)
COLUMNS = tuple(request.c[name] for name in FIELDS)
_BY_IDS = select(*COLUMNS).where(request.c.id.in_(bindparam("ids", expanding=True)))
_BY_URI = select(request.c.id).where(request.c.uri == bindparam("uri"))
_BY_COMPANION = select(request.c.id).where(request.c.companion_uri == bindparam("uri"))
_BY_PAGE = select(request.c.id).where(request.c.url == bindparam("uri"), request.c.deleted_at.is_(None))
_WAITING = (
    select(request.c.id)
    .where(request.c.actor_id == bindparam("owner"), request.c.waiting, request.c.status == literal_column("'draft'"))
    .order_by(request.c.id)
    .limit(limits.REQUEST_DRAFTS)
)
_READABLE = select(request.c.id).where(
    request.c.id.in_(bindparam("ids", expanding=True)), request.c.deleted_at.is_(None), readable()
)
_CODES = (
    select(code.c.request_id, code.c.kind, code.c.code)
    .where(code.c.request_id.in_(bindparam("ids", expanding=True)))
    .order_by(code.c.request_id, code.c.kind, code.c.place)
)
_TRANSLATIONS = select(
    translation.c.request_id,
    translation.c.language,
    translation.c.title,
    translation.c.content,
    translation.c.source,
).where(translation.c.request_id.in_(bindparam("ids", expanding=True)))
_RECIPIENTS = (
    select(recipient.c.request_id, recipient.c.actor_id)
    .where(recipient.c.request_id.in_(bindparam("ids", expanding=True)))
    .order_by(recipient.c.request_id, recipient.c.actor_id)
)
_FILES = (
    select(file.c.request_id, file.c.media_id)
    .where(file.c.request_id.in_(bindparam("ids", expanding=True)))
    .order_by(file.c.request_id, file.c.place)
)
_PUT = upsert(request)
_PUT = _PUT.on_conflict_do_update(
    index_elements=["id"],
    set_={
        name: _PUT.excluded[name]
        for name in (*FIELDS, "folded")
        if name not in ("id", "uri", "local", "actor_id", "created_at")
    },
)
_ADD = upsert(request).on_conflict_do_nothing(index_elements=["uri"])
_FORGET_MANY = tuple(
    delete(one).where(one.c.request_id == bindparam("which")) for one in (code, translation, recipient, file)
)
_PUT_CODES, _PUT_TRANSLATIONS, _PUT_RECIPIENTS = insert(code), insert(translation), insert(recipient)
_PUT_FILES = insert(file)
_HELD_FILES = select(file.c.media_id).where(
    file.c.media_id.in_(bindparam("ids", expanding=True)), file.c.request_id != bindparam("which")
)
_FORGET = delete(request).where(request.c.id == bindparam("which"))
# Writing nothing new, but writing: two acceptances at one moment must not both count from what was before (PostgreSQL 13.2.2).
_HOLD = update(request).where(request.c.id == bindparam("which")).values(local=request.c.local)
_DRAFTS = (
    select(func.count())
    .select_from(request)
    .where(request.c.actor_id == bindparam("owner"), request.c.status == literal_column("'draft'"))
)
_COME = (
    select(func.count())
    .select_from(request)
    .where(request.c.actor_id == bindparam("owner"), request.c.created_at >= bindparam("since"))
)


def get(tx: Tx, id: int) -> RequestRow | None:
    """The request with this number, also a deleted one. Not for showing: it asks nobody's permission."""
    return by_ids(tx, [id]).get(id)


def by_ids(tx: Tx, ids: list[int]) -> dict[int, RequestRow]:
    """The requests with these numbers, in the order asked for."""
    if not ids:
        return {}
    rows = {row.id: row for row in tx.execute(_BY_IDS, {"ids": ids})}
    codes = _by_kind(tx.execute(_CODES, {"ids": ids}))
    translations: dict[int, dict[str, Translated]] = {}
    for row in tx.execute(_TRANSLATIONS, {"ids": ids}):
        translations.setdefault(row.request_id, {})[row.language] = Translated(row.title, row.content, row.source)
    readers: dict[int, list[int]] = {}
    for row in tx.execute(_RECIPIENTS, {"ids": ids}):
        readers.setdefault(row.request_id, []).append(row.actor_id)
    files: dict[int, list[int]] = {}
    for row in tx.execute(_FILES, {"ids": ids}):
        files.setdefault(row.request_id, []).append(row.media_id)
    return {
        id: _row(
            rows[id],
            codes=codes.get(id, {}),
            translations=translations.get(id, {}),
            recipients=tuple(readers.get(id, ())),
            files=tuple(files.get(id, ())),
        )
        for id in ids
        if id in rows
    }


def _row(row: Any, **many: Any) -> RequestRow:
    said = {name: getattr(row, name) for name in FIELDS}
    for name in ("local", "all_or_nothing", "waiting"):
        said[name] = bool(said[name])
    return RequestRow(**said, **many)


def _by_kind(rows: Iterable[Any]) -> dict[int, dict[str, tuple[str, ...]]]:
    found: dict[int, dict[str, tuple[str, ...]]] = {}
    for number, kind, one in rows:
        of = found.setdefault(number, {})
        of[kind] = (*of.get(kind, ()), one)
    return found


def by_uri(tx: Tx, uri: str) -> RequestRow | None:
    """The request with this id (URL), also a deleted one."""
    number = tx.execute(_BY_URI, {"uri": uri}).scalar_one_or_none()
    return None if number is None else get(tx, number)


def named(tx: Tx, address: str) -> RequestRow | None:
    """The request that an address leads to: its id, that of its companion, or its page."""
    for statement in (_BY_URI, _BY_COMPANION, _BY_PAGE):
        number = next(iter(tx.execute(statement, {"uri": address}).scalars()), None)
        if number is not None:
            return get(tx, number)
    return None


def of_companion(tx: Tx, uri: str) -> RequestRow | None:
    """The request that a post (its id) shows."""
    number = next(iter(tx.execute(_BY_COMPANION, {"uri": uri}).scalars()), None)
    return None if number is None else get(tx, number)


def readable_among(tx: Tx, ids: list[int], viewer: int) -> list[int]:
    """Those of the requests that the viewer may read, in the order asked for."""
    found = set(tx.execute(_READABLE, {"ids": ids, "viewer": viewer}).scalars()) if ids else set()
    return [id for id in ids if id in found]


def hold(tx: Tx, id: int) -> RequestRow | None:
    """The request as it is now; nobody else changes it, or what hangs on it, in this transaction's time."""
    tx.execute(_HOLD, {"which": id})
    return get(tx, id)


def put(tx: Tx, row: RequestRow) -> None:
    """Stores it in place of what was there."""
    tx.execute(_PUT, _values(row))
    _put_many(tx, row)


def add(tx: Tx, row: RequestRow) -> bool:
    """Stores a request that is new here. Whether it is: nobody else had its id meanwhile."""
    if tx.execute(_ADD, _values(row)).rowcount != 1:
        return False
    _put_many(tx, row)
    return True


def _values(row: RequestRow) -> dict[str, Any]:
    values: dict[str, Any] = {name: getattr(row, name) for name in FIELDS}
    values |= {"purpose": str(row.purpose), "status": str(row.status), "audience": str(row.audience)}
    words = [row.title, *(one.title for one in row.translations.values()), plain(row.content)]
    return values | {"folded": folded("\n".join([*words, *(plain(one.content) for one in row.translations.values())]))}


def _put_many(tx: Tx, row: RequestRow) -> None:
    for statement in _FORGET_MANY:
        tx.execute(statement, {"which": row.id})
    codes = [
        {"request_id": row.id, "kind": kind, "code": one, "place": place}
        for kind, found in row.codes.items()
        for place, one in enumerate(found)
    ]
    if codes:
        tx.execute(_PUT_CODES, codes)
    translations = [
        {"request_id": row.id, "language": tag, "title": one.title, "content": one.content, "source": one.source}
        for tag, one in row.translations.items()
    ]
    if translations:
        tx.execute(_PUT_TRANSLATIONS, translations)
    if row.recipients:
        tx.execute(_PUT_RECIPIENTS, [{"request_id": row.id, "actor_id": one} for one in sorted(set(row.recipients))])
    if row.files:
        tx.execute(
            _PUT_FILES,
            [{"media_id": one, "request_id": row.id, "place": place} for place, one in enumerate(row.files)],
        )


def has_files_of_others(tx: Tx, row: RequestRow) -> bool:
    """Whether another request has one of its files."""
    held = tx.execute(_HELD_FILES, {"ids": list(row.files), "which": row.id}) if row.files else None
    return held is not None and held.first() is not None


def forget(tx: Tx, id: int) -> None:
    """A draft is gone without a trace: nobody has heard of it."""
    tx.execute(_FORGET, {"which": id})


def drafts_of(tx: Tx, actor_id: int) -> int:
    """How many drafts the actor has."""
    return int(tx.execute(_DRAFTS, {"owner": actor_id}).scalar_one())


def come_since(tx: Tx, actor_id: int, moment: int) -> int:
    """How many requests of an actor came, or were begun, since a moment (milliseconds)."""
    return int(tx.execute(_COME, {"owner": actor_id, "since": moment}).scalar_one())


def waiting(tx: Tx, actor_id: int) -> list[int]:
    """The numbers of the actor's drafts that wait for an editor, the oldest first."""
    return list(tx.execute(_WAITING, {"owner": actor_id}).scalars())


def amounts(written: Iterable[str | None]) -> list[Decimal]:
    """Those that are amounts."""
    return [found for one in written if (found := rules.quantity(one)) is not None]
