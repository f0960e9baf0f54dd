"""Rows of memberships and of what each side attests. Units of work."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Select, and_, bindparam, delete, func, insert, literal_column, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from actors.lookup import actor, by_ids, on_blocked_hosts
from coopfed import limits
from coopfed.db import jobs
from coopfed.db.models import Attestation, Membership
from coopfed.db.tx import Tx, table
from coopfed.features.memberships.rules import DEFAULT_KIND, PENDING, Side, State, Status
from coopfed.features.ranges import Range
from coopfed.node import Stamp

CHECK_MEMBERSHIP = "check_membership"

membership, attestation = table(Membership), table(Attestation)


class MembershipRow(NamedTuple):
    """A membership; see `coopfed.db.models.memberships`."""

    id: int
    member_id: int
    umbrella_id: int | None
    umbrella_code: str | None
    kind: str
    status: str
    state: str
    claimed_by: str | None
    problems: str
    started_on: str
    ended_on: str | None
    offer_uri: str | None
    invite_uri: str | None
    created_at: int
    updated_at: int
    checked_at: int | None

    @property
    def lives(self) -> bool:
        """Whether it has not ended."""
        return self.status != Status.ENDED

    @property
    def only_seen(self) -> bool:
        """Whether it was looked up, and neither side asked for it here."""
        return self.offer_uri is None and self.invite_uri is None and self.umbrella_code is None


class Signed(NamedTuple):
    """What one side attests, as bytes; `updated_at` is the moment that it bears."""

    id: int
    membership_id: int
    side: str
    uri: str
    document: bytes
    updated_at: int


_COLUMNS = tuple(membership.c[name] for name in MembershipRow._fields)
_SIGNED = tuple(attestation.c[name] for name in Signed._fields)
_FIXED = ("id", "member_id", "umbrella_id", "umbrella_code", "created_at")
_pair = (membership.c.member_id == bindparam("member"), membership.c.umbrella_id == bindparam("umbrella"))
_live = membership.c.status != literal_column("'ended'")
_BY_IDS = select(*_COLUMNS).where(membership.c.id.in_(bindparam("ids", expanding=True)))
_BY_ID = select(*_COLUMNS).where(membership.c.id == bindparam("id"))
_OF_PAIR = select(*_COLUMNS).where(*_pair).order_by(membership.c.id.desc()).limit(1)
_DECLARED = select(*_COLUMNS).where(
    membership.c.member_id == bindparam("member"), membership.c.umbrella_code == bindparam("code"), _live
)
_BY_REQUEST = (
    select(*_COLUMNS)
    .where(or_(membership.c.offer_uri == bindparam("uri"), membership.c.invite_uri == bindparam("uri")))
    .order_by(membership.c.id.desc())
    .limit(limits.READ_ROWS)
)
_INSERT = insert(membership)
_UPDATE = (
    update(membership)
    .where(membership.c.id == bindparam("which"))
    .values({name: bindparam(f"new_{name}") for name in MembershipRow._fields if name not in _FIXED})
)
_DELETE = delete(membership).where(membership.c.id == bindparam("which"))
_SIGNED_OF = select(*_SIGNED).where(attestation.c.membership_id.in_(bindparam("ids", expanding=True)))
_PUT = upsert(attestation)
_PUT = _PUT.on_conflict_do_update(
    index_elements=["membership_id", "side"],
    set_={name: _PUT.excluded[name] for name in ("id", "uri", "document", "updated_at")},
)
_BY_URI = select(attestation.c.document).where(attestation.c.uri == bindparam("uri")).limit(1)
_MINE = or_(
    and_(membership.c.member_id == bindparam("actor"), literal_column("1") == bindparam("as_member")),
    and_(membership.c.umbrella_id == bindparam("actor"), literal_column("1") == bindparam("as_umbrella")),
)


def _listed() -> Select[Any]:
    return (
        select(*_COLUMNS)
        .where(
            _MINE,
            membership.c.status.in_(bindparam("statuses", expanding=True)),
            membership.c.state.in_(bindparam("states", expanding=True)),
            or_(
                literal_column("1") == bindparam("any_kind"), membership.c.kind.in_(bindparam("kinds", expanding=True))
            ),
            membership.c.id > bindparam("above"),
            membership.c.id < bindparam("below"),
        )
        .limit(bindparam("count"))
    )


_NEWEST = _listed().order_by(membership.c.id.desc())
_JUST_ABOVE = _listed().order_by(membership.c.id)
_ACTIVE_OF = (
    select(*_COLUMNS)
    .where(membership.c.member_id == bindparam("member"), membership.c.status == literal_column("'active'"))
    .order_by(membership.c.id)
)
_ABOVE_LIVE = (
    select(membership.c.umbrella_id)
    .where(
        membership.c.member_id.in_(bindparam("members", expanding=True)), membership.c.umbrella_id.is_not(None), _live
    )
    .order_by(membership.c.id)
)
_ABOVE_CONFIRMED = _ABOVE_LIVE.where(membership.c.state == literal_column("'confirmed'"))
_WAITING = select(func.count()).where(
    or_(
        and_(membership.c.umbrella_id == bindparam("actor"), membership.c.status == literal_column("'requested'")),
        and_(membership.c.member_id == bindparam("actor"), membership.c.status == literal_column("'invited'")),
    )
)
_umbrella = actor.alias("umbrella")
_STALE = (
    select(membership.c.id)
    .join(actor, actor.c.id == membership.c.member_id)
    .join(_umbrella, _umbrella.c.id == membership.c.umbrella_id)
    .where(
        membership.c.status.in_([literal_column("'active'"), literal_column("'suspended'")]),
        or_(membership.c.checked_at.is_(None), membership.c.checked_at <= bindparam("before")),
        or_(actor.c.local, _umbrella.c.local),
    )
    .order_by(membership.c.checked_at)
    .limit(bindparam("count"))
)
_DOCUMENT = select(actor.c.document).where(actor.c.id == bindparam("id"))
_SOME_OF = (
    select(membership.c.id)
    .where(or_(membership.c.member_id == bindparam("actor"), membership.c.umbrella_id == bindparam("actor")))
    .limit(bindparam("count"))
)


def by_id(tx: Tx, id: int) -> MembershipRow | None:
    """The membership with this number."""
    row = tx.execute(_BY_ID, {"id": id}).one_or_none()
    return None if row is None else MembershipRow(*row)


def among(tx: Tx, ids: Collection[int]) -> dict[int, MembershipRow]:
    """These memberships, by their numbers."""
    rows = tx.execute(_BY_IDS, {"ids": list(ids)}) if ids else ()
    return {row.id: MembershipRow(*row) for row in rows}


def of_pair(tx: Tx, member_id: int, umbrella_id: int) -> MembershipRow | None:
    """The newest membership of the pair: the one that lives, if there is one."""
    row = tx.execute(_OF_PAIR, {"member": member_id, "umbrella": umbrella_id}).one_or_none()
    return None if row is None else MembershipRow(*row)


def declared(tx: Tx, member_id: int, code: str) -> MembershipRow | None:
    """What the member declares of this umbrella body."""
    row = tx.execute(_DECLARED, {"member": member_id, "code": code}).one_or_none()
    return None if row is None else MembershipRow(*row)


def by_request(tx: Tx, uri: str) -> list[MembershipRow]:
    """Memberships that this Offer or Invite asked for, the newest first: neighbours on one host may have taken the same id."""
    return [MembershipRow(*row) for row in tx.execute(_BY_REQUEST, {"uri": uri})]


def new(
    stamp: Stamp,
    member_id: int,
    umbrella_id: int | None,
    status: Status,
    by: Side | None,
    kind: str = DEFAULT_KIND,
    started_on: str | None = None,
    **more: Any,
) -> MembershipRow:
    """A membership that is claimed by one side, of today where nothing else is said; it is not stored. Pure."""
    found = MembershipRow(
        id=stamp.mint(None),
        member_id=member_id,
        umbrella_id=umbrella_id,
        umbrella_code=None,
        kind=kind,
        status=status.value,
        state=State.CLAIMED.value,
        claimed_by=by.value if by is not None else None,
        problems="",
        started_on=started_on or stamp.utc().date().isoformat(),
        ended_on=None,
        offer_uri=None,
        invite_uri=None,
        created_at=stamp.now,
        updated_at=stamp.now,
        checked_at=None,
    )
    return found._replace(**more)


def add(tx: Tx, row: MembershipRow) -> MembershipRow:
    """Stores a new one."""
    tx.execute(_INSERT, row._asdict())
    return row


def save(tx: Tx, row: MembershipRow) -> MembershipRow:
    """Stores what has changed of it."""
    values = {f"new_{name}": value for name, value in row._asdict().items() if name not in _FIXED}
    tx.execute(_UPDATE, {"which": row.id, **values})
    return row


def forget(tx: Tx, id: int) -> None:
    """It is not here any more, with what was signed."""
    tx.execute(_DELETE, {"which": id})


def signed_of(tx: Tx, ids: Sequence[int]) -> dict[int, dict[Side, Signed]]:
    """What each side attests of each of these memberships."""
    found: dict[int, dict[Side, Signed]] = {id: {} for id in ids}
    for row in tx.execute(_SIGNED_OF, {"ids": list(ids)}) if ids else ():
        found[row.membership_id][Side(row.side)] = Signed(*row)
    return found


def put_signed(tx: Tx, row: Signed) -> None:
    """Stores what a side attests in place of what it said before."""
    tx.execute(_PUT, row._asdict())


def is_public(row: MembershipRow, signed: Mapping[Side, Signed]) -> bool:
    """Whether everybody may know of it: what is asked for, and what was refused, only the two sides do. Pure. Source: API contract 8."""
    if row.status in PENDING:
        return False
    return row.umbrella_code is not None or row.only_seen or Side.UMBRELLA in signed


def shown(tx: Tx, rows: Sequence[MembershipRow]) -> list[MembershipRow]:
    """Those of these memberships of which everybody may know, and whose sides are both to be seen here: neither gone, nor suspended, nor
    on a host that is blocked."""
    parties = [*dict.fromkeys(id for row in rows for id in (row.member_id, row.umbrella_id) if id is not None)]
    hidden = on_blocked_hosts(tx, parties)
    hidden |= {one.id for one in by_ids(tx, parties).values() if one.gone_at is not None or one.suspended}
    signed = signed_of(tx, [row.id for row in rows])
    return [
        row for row in rows if hidden.isdisjoint((row.member_id, row.umbrella_id)) and is_public(row, signed[row.id])
    ]


def document_by_uri(tx: Tx, uri: str) -> bytes | None:
    """What is attested under this id of ours."""
    found: bytes | None = tx.execute(_BY_URI, {"uri": uri}).scalar_one_or_none()
    return found


def listed(
    tx: Tx,
    actor_id: int,
    sides: Collection[Side],
    stretch: Range,
    statuses: Collection[str] = tuple(Status),
    states: Collection[str] = tuple(State),
    kinds: Collection[str] = (),
) -> list[MembershipRow]:
    """Memberships in which the actor is on one of these sides, the newest first; of all kinds where none is named."""
    rows = tx.execute(
        _JUST_ABOVE if stretch.min_id is not None else _NEWEST,
        {
            "actor": actor_id,
            "as_member": int(Side.MEMBER in sides),
            "as_umbrella": int(Side.UMBRELLA in sides),
            "statuses": [str(one) for one in statuses] or [""],
            "states": [str(one) for one in states] or [""],
            "any_kind": int(not kinds),
            "kinds": [*kinds] or [""],
            "above": stretch.above,
            "below": stretch.max_id or limits.NUMBER_MAX,
            "count": stretch.limit,
        },
    ).all()
    found = [MembershipRow(*row) for row in rows]
    return found[::-1] if stretch.min_id is not None else found


def within(tx: Tx, member_id: int) -> list[MembershipRow]:
    """The memberships in force that the member itself says it has, as far as everybody may know: what an umbrella claims alone is not
    shown in a profile."""
    own = (State.CONFIRMED, State.DECLARED)
    found = [MembershipRow(*row) for row in tx.execute(_ACTIVE_OF, {"member": member_id})]
    return shown(tx, [row for row in found if row.state in own or row.claimed_by == Side.MEMBER])


def live_umbrellas(tx: Tx, member_ids: Collection[int]) -> list[int]:
    """Umbrellas right above these, also where that is only asked for yet."""
    return list(tx.execute(_ABOVE_LIVE, {"members": list(member_ids)}).scalars()) if member_ids else []


def confirmed_umbrellas(tx: Tx, member_ids: Collection[int]) -> list[int]:
    """Umbrellas right above these by confirmed memberships."""
    return list(tx.execute(_ABOVE_CONFIRMED, {"members": list(member_ids)}).scalars()) if member_ids else []


def waiting(tx: Tx, actor_id: int) -> int:
    """How many requests and invitations wait for this actor's answer."""
    count: int = tx.execute(_WAITING, {"actor": actor_id}).scalar_one()
    return count


def stale(tx: Tx, before: int, count: int) -> list[int]:
    """Numbers of memberships with one of ours that were not checked since, the oldest check first."""
    return list(tx.execute(_STALE, {"before": before, "count": count}).scalars())


def document_of(tx: Tx, actor_id: int) -> bytes | None:
    """The document of an actor elsewhere as it came; None of ours."""
    found: bytes | None = tx.execute(_DOCUMENT, {"id": actor_id}).scalar_one_or_none()
    return found


def check_later(tx: Tx, membership_id: int, stamp: Stamp) -> None:
    """Leaves a job that hears both sides."""
    jobs.enqueue(tx, stamp.mint(None), CHECK_MEMBERSHIP, str(membership_id), stamp.now)


def some_of(tx: Tx, actor_id: int, count: int) -> list[int]:
    """Numbers of some memberships in which the actor is on either side."""
    return list(tx.execute(_SOME_OF, {"actor": actor_id, "count": count}).scalars())
