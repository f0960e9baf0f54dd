"""What is still on its way and is not to arrive any more. Units of work."""

import orjson
from sqlalchemy import bindparam, delete, exists, literal_column, or_, select

from actors.lookup import ActorRow, actor, by_uris
from coopfed.db.models import Activity, Delivery, Follow
from coopfed.db.tx import Tx, table
from outbox.addressing import audience
from outbox.publish import ENDINGS

activity, delivery, follow = table(Activity), table(Delivery), table(Follow)
_WAITING = (
    select(delivery.c.activity_id, activity.c.body)
    .join(activity, activity.c.id == delivery.c.activity_id)
    .where(
        activity.c.actor_id == bindparam("author"),
        delivery.c.inbox == bindparam("to_inbox"),
        delivery.c.state == literal_column("0"),
        activity.c.type.not_in(sorted(ENDINGS)),
    )
)
_DROP = delete(delivery).where(
    delivery.c.activity_id.in_(bindparam("ids", expanding=True)),
    delivery.c.inbox == bindparam("to_inbox"),
    delivery.c.state == literal_column("0"),
)
_OTHER_FOLLOWERS = select(
    exists(
        select(literal_column("1"))
        .select_from(follow)
        .join(actor, actor.c.id == follow.c.follower_id)
        .where(
            follow.c.followed_id == bindparam("author"),
            follow.c.follower_id != bindparam("reader"),
            follow.c.state == literal_column("'accepted'"),
            or_(actor.c.shared_inbox == bindparam("to_inbox"), actor.c.inbox == bindparam("to_inbox")),
        )
    )
)


def drop_waiting(tx: Tx, author: ActorRow, reader: ActorRow) -> int:
    """Drops what `author` said and only `reader` would still get. How many deliveries.

    What ends something (`ENDINGS`) still goes. A shared inbox stands for all behind it: what others there are to get goes on,
    and their server keeps it from the reader.
    """
    return sum(_drop(tx, author, reader, inbox) for inbox in {reader.inbox, reader.shared_inbox or reader.inbox})


def _drop(tx: Tx, author: ActorRow, reader: ActorRow, inbox: str) -> int:
    waiting = tx.execute(_WAITING, {"author": author.id, "to_inbox": inbox}).all()
    if not waiting:
        return 0
    others = {"author": author.id, "reader": reader.id, "to_inbox": inbox}
    followed = bool(tx.execute(_OTHER_FOLLOWERS, others).scalar_one())
    meant = {row.activity_id: audience(orjson.loads(row.body), author.followers_uri) for row in waiting}
    named = {uri for whom in meant.values() for uri in whom.actors} - {reader.uri}
    here = {uri for uri, row in by_uris(tx, sorted(named)).items() if inbox in (row.inbox, row.shared_inbox)}
    dropped = [
        number for number, whom in meant.items() if not (whom.followers and followed) and here.isdisjoint(whom.actors)
    ]
    if dropped:
        tx.execute(_DROP, {"ids": dropped, "to_inbox": inbox})
    return len(dropped)
