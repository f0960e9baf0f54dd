"""What actors say of themselves as cooperatives: names and descriptions by language, registries' numbers, and codes. Units of work.

Of ours it is what their people say, of others what their documents claim; rows of those hold nothing that was not sanitised. Type and
size are codes like the others, so that whatever has a code is found and counted in one way.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Any

import orjson
from sqlalchemy import bindparam, delete, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert

from actors.lookup import ActorRow
from coopfed.db.models import Cooperative as CooperativeModel
from coopfed.db.models import CooperativeCode
from coopfed.db.tx import Tx, table
from coopfed.text.sanitise import line, plain, sanitise
from coopfed.vocab.document import ActorRecord


class Kind(StrEnum):
    """What a code says."""

    TYPE = "cooperative_type"
    SIZE = "size_class"
    SECTOR = "sector"
    REGION = "region"
    LANGUAGE = "language"
    OFFERS = "offers"
    NEEDS = "needs"
    SDG = "sdg"
    PRINCIPLE = "ica_principle"


TABLES: Mapping[Kind, str] = MappingProxyType(
    {
        Kind.TYPE: "cooperative_types",
        Kind.SIZE: "size_class",
        Kind.SECTOR: "nace_divisions",
        Kind.REGION: "regions",
        Kind.OFFERS: "collaboration_categories",
        Kind.NEEDS: "collaboration_categories",
        Kind.SDG: "sdgs",
        Kind.PRINCIPLE: "ica_principles",
    }
)
"""Where codes of a kind have their labels (`coopfed.codes.tables`); languages are named by their tags."""


@dataclass(frozen=True, slots=True)
class Description:
    """A description in one language: sanitised HTML; of ours `text` is what was typed."""

    html: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Identifier:
    """A number in a registry; `public` when it may be shown."""

    scheme: str
    value: str
    public: bool = True


@dataclass(frozen=True, slots=True)
class Cooperative:
    """What an actor says of itself as a cooperative; see `coopfed.db.models.cooperatives`. `codes` are by kind, in its own order."""

    actor_id: int = 0
    legal_name: str = ""
    registry_category: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    descriptions: Mapping[str, Description] = field(default_factory=dict)
    identifiers: tuple[Identifier, ...] = ()
    members_count: int | None = None
    workers_count: int | None = None
    aggregation_consent: bool = False
    codes: Mapping[Kind, tuple[str, ...]] = field(default_factory=dict)

    def of(self, kind: Kind) -> tuple[str, ...]:
        """Its codes of a kind."""
        return self.codes.get(kind, ())

    def one(self, kind: Kind) -> str | None:
        """Its code of a kind of which there is one."""
        return next(iter(self.of(kind)), None)

    @property
    def says_nothing(self) -> bool:
        """Whether it is as good as not there."""
        return replace(self, actor_id=0, codes={kind: codes for kind, codes in self.codes.items() if codes}) == NONE


NONE = Cooperative()
"""Of an actor who says nothing of the kind."""

cooperative, cooperative_code = table(CooperativeModel), table(CooperativeCode)
_FIELDS = tuple(name for name in Cooperative.__dataclass_fields__ if name != "codes")
_COLUMNS = tuple(cooperative.c[name] for name in _FIELDS)
_OF = select(*_COLUMNS).where(cooperative.c.actor_id == bindparam("whose"))
_CODES = (
    select(cooperative_code.c.kind, cooperative_code.c.code)
    .where(cooperative_code.c.actor_id == bindparam("whose"))
    .order_by(cooperative_code.c.place)
)
_PUT = upsert(cooperative)
_PUT = _PUT.on_conflict_do_update(
    index_elements=["actor_id"], set_={name: _PUT.excluded[name] for name in _FIELDS if name != "actor_id"}
)
_PUT_CODES = insert(cooperative_code)
_FORGET_CODES = delete(cooperative_code).where(cooperative_code.c.actor_id == bindparam("whose"))
_FORGET = delete(cooperative).where(cooperative.c.actor_id == bindparam("whose"))


def cooperative_of(tx: Tx, actor_id: int) -> Cooperative:
    """What the actor says of itself, NONE with its number where it says nothing."""
    row = tx.execute(_OF, {"whose": actor_id}).one_or_none()
    if row is None:
        return replace(NONE, actor_id=actor_id)
    return _row(row, _by_kind(tx.execute(_CODES, {"whose": actor_id})))


def _by_kind(rows: Iterable[Any]) -> dict[Kind, tuple[str, ...]]:
    found: dict[Kind, tuple[str, ...]] = {}
    for kind, code in rows:
        found[Kind(kind)] = (*found.get(Kind(kind), ()), code)
    return found


def _row(row: Any, codes: Mapping[Kind, tuple[str, ...]]) -> Cooperative:
    said = {name: getattr(row, name) for name in _FIELDS}
    said["names"] = orjson.loads(row.names)
    said["descriptions"] = {tag: Description(**one) for tag, one in orjson.loads(row.descriptions).items()}
    said["identifiers"] = tuple(Identifier(**one) for one in orjson.loads(row.identifiers))
    return Cooperative(**{**said, "aggregation_consent": bool(row.aggregation_consent)}, codes=codes)


def put(tx: Tx, row: Cooperative) -> None:
    """Stores it in place of what was said before; what says nothing leaves no row."""
    if row.says_nothing:
        forget(tx, row.actor_id)
        return
    values = {name: getattr(row, name) for name in _FIELDS}
    for name in ("names", "identifiers"):
        values[name] = orjson.dumps(values[name]).decode()
    values["descriptions"] = orjson.dumps({tag: asdict(one) for tag, one in row.descriptions.items()}).decode()
    tx.execute(_PUT, values)
    tx.execute(_FORGET_CODES, {"whose": row.actor_id})
    codes = [
        {"actor_id": row.actor_id, "kind": kind.value, "code": code, "place": place}
        for kind, found in row.codes.items()
        for place, code in enumerate(found)
    ]
    if codes:
        tx.execute(_PUT_CODES, codes)


def forget(tx: Tx, actor_id: int) -> None:
    """The actor says nothing of itself any more; its codes go with it."""
    tx.execute(_FORGET, {"whose": actor_id})


def claimed(actor_id: int, record: ActorRecord) -> Cooperative:
    """What the document of a remote actor claims. Pure."""
    said = record.cooperative
    if said is None:
        return replace(NONE, actor_id=actor_id)
    one = {Kind.TYPE: said.cooperative_type, Kind.SIZE: said.size_class}
    return Cooperative(
        actor_id=actor_id,
        legal_name=line(plain(said.legal_name)),
        registry_category=line(plain(said.registry_category)),
        names={tag: name for tag, text in said.names.items() if (name := line(plain(text)))},
        descriptions={tag: Description(html) for tag, text in said.descriptions.items() if (html := sanitise(text))},
        identifiers=tuple(
            Identifier(line(scheme), shown)
            for scheme, value in said.identifiers
            if line(scheme) and (shown := line(plain(value)))
        ),
        members_count=said.members_count,
        workers_count=said.workers_count,
        aggregation_consent=said.aggregation_consent,
        codes={
            **{kind: (line(code),) for kind, code in one.items() if code},
            Kind.SECTOR: _clean(said.sectors),
            Kind.REGION: _clean(said.regions),
            Kind.LANGUAGE: said.languages,
            Kind.OFFERS: _clean(said.offers),
            Kind.NEEDS: _clean(said.needs),
            Kind.SDG: _clean(said.sdgs),
            Kind.PRINCIPLE: _clean(said.ica_principles),
        },
    )


def _clean(codes: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(found for code in codes if (found := line(code))))


def names_of(said: Cooperative) -> Iterator[str]:
    """Every name by which it may be looked for."""
    yield from said.names.values()
    if said.legal_name:
        yield said.legal_name


def renamed(said: Cooperative, before: ActorRow, after: ActorRow, note: str) -> Cooperative:
    """What it says when name or summary were changed where languages are not known: the entry that was the name is the new one, and so
    of the description, whose typed text is `note`. Pure."""
    name = next((tag for tag, text in said.names.items() if text == before.name), None)
    told = next((tag for tag, one in said.descriptions.items() if one.html == before.summary), None)
    if name is not None and after.name != before.name:
        said = replace(said, names={**said.names, name: after.name})
    if told is not None and after.summary != before.summary:
        kept = {tag: one for tag, one in said.descriptions.items() if tag != told or after.summary}
        said = replace(said, descriptions=kept | ({told: Description(after.summary, note)} if after.summary else {}))
    return said
