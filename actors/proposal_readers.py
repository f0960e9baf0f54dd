"""Who reads Proposals: actors of others whose document says so, or who spoke the type to us first. Units of work.

Types of our own go to nobody else: to them goes the post beside it. Source: domain research 7, rule 3; FEP-844e.
"""

from sqlalchemy import bindparam, delete, literal_column, or_, select
from sqlalchemy.dialects.postgresql import insert

from actors.lookup import actor
from coopfed.db.models import ProposalReader
from coopfed.db.tx import Tx, table

reader = table(ProposalReader)
_DECLARES = insert(reader).values(actor_id=bindparam("who"), declared=True, spoke=False)
_DECLARES = _DECLARES.on_conflict_do_update(index_elements=["actor_id"], set_={"declared": True})
_SPOKE = insert(reader).values(actor_id=bindparam("who"), declared=False, spoke=True)
_SPOKE = _SPOKE.on_conflict_do_update(index_elements=["actor_id"], set_={"spoke": True})
_NO_MORE = delete(reader).where(reader.c.actor_id == bindparam("who"), ~reader.c.spoke)
_AMONG = (
    select(actor.c.id)
    .outerjoin(reader, reader.c.actor_id == actor.c.id)
    .where(
        actor.c.id.in_(bindparam("ids", expanding=True)),
        or_(literal_column("actor.local"), reader.c.actor_id.is_not(None)),
    )
)


def declare(tx: Tx, actor_id: int, reads: bool) -> None:
    """What the document of a remote actor says of itself."""
    tx.execute(_DECLARES if reads else _NO_MORE, {"who": actor_id})


def spoke(tx: Tx, actor_id: int) -> None:
    """The actor sent us a document of these types."""
    tx.execute(_SPOKE, {"who": actor_id})


def among(tx: Tx, ids: list[int]) -> set[int]:
    """Those of the actors that read Proposals; all of ours do."""
    return set(tx.execute(_AMONG, {"ids": ids}).scalars()) if ids else set()
