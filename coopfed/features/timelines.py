"""Home timelines: entries are placed on arrival; `home_timeline` asks again what may be seen when they are read.

A post stands in a timeline once. Its entry has the post's number, or that of the boost that brought it first.
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    and_,
    bindparam,
    case,
    cast,
    delete,
    exists,
    func,
    literal,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import Insert, insert

from actors.lookup import actor
from actors.visibility import follow, object_
from coopfed.db.models import Endorsement, FollowedTag, Hashtag, ListMember, Reaction, ReadingList, TimelineEntry
from coopfed.db.tx import Tx, table

_PLACED_AFTER_FOLLOW = 20

timeline_entry, reaction = table(TimelineEntry), table(Reaction)
list_member, reading_list = table(ListMember), table(ReadingList)
hashtag, followed_tag, endorsement = table(Hashtag), table(FollowedTag), table(Endorsement)
also, booster = follow.alias("also"), actor.alias("booster")
_number_of_object, _number_of_entry = cast(bindparam("object"), BigInteger), cast(bindparam("entry"), BigInteger)
_accepted = follow.c.state == literal_column("'accepted'")


def _among(code: ColumnElement[str]) -> ColumnElement[bool]:
    return follow.c.languages.like(literal("%,").concat(func.lower(code)).concat(literal(",%")))


_short = case(
    (func.substr(object_.c.language, 3, 1).in_(["", "-"]), func.substr(object_.c.language, 1, 2)),
    else_=func.substr(object_.c.language, 1, 3),
)
"""Of `pt-br` the `pt`: languages have two letters, or three."""
_in_language = or_(
    follow.c.languages == literal_column("''"), object_.c.language.is_(None), _among(object_.c.language), _among(_short)
)
"""Whether the follower reads the language of the post, or nobody knows which it is."""

_PLACE = (
    insert(timeline_entry)
    .from_select(
        ["owner_id", "entry_id", "object_id"],
        select(follow.c.follower_id, _number_of_object, _number_of_object)
        .join(actor, actor.c.id == follow.c.follower_id)
        .join(object_, object_.c.id == _number_of_object)
        .where(
            follow.c.followed_id == bindparam("author"),
            _accepted,
            _in_language,
            actor.c.local,
            or_(
                cast(bindparam("answered"), BigInteger).in_([literal_column("0"), bindparam("author")]),
                follow.c.follower_id == bindparam("answered"),
                exists(
                    select(literal_column("1")).where(
                        also.c.follower_id == follow.c.follower_id,
                        also.c.followed_id == bindparam("answered"),
                        also.c.state == literal_column("'accepted'"),
                    )
                ),
            ),
        ),
    )
    .on_conflict_do_nothing()
)
_PLACE_BOOST = (
    insert(timeline_entry)
    .from_select(
        ["owner_id", "entry_id", "object_id"],
        select(follow.c.follower_id, _number_of_entry, _number_of_object)
        .join(actor, actor.c.id == follow.c.follower_id)
        .join(object_, object_.c.id == _number_of_object)
        .where(follow.c.followed_id == bindparam("booster"), _accepted, follow.c.boosts, _in_language, actor.c.local),
    )
    .on_conflict_do_nothing()
)
_PLACE_OWN = (
    insert(timeline_entry)
    .values(owner_id=bindparam("owner"), entry_id=bindparam("entry"), object_id=bindparam("object"))
    .on_conflict_do_nothing()
)
_PLACE_RECENT = (
    insert(timeline_entry)
    .from_select(
        ["owner_id", "entry_id", "object_id"],
        select(cast(bindparam("owner"), BigInteger), object_.c.id, object_.c.id)
        .where(
            object_.c.actor_id == bindparam("author"),
            object_.c.visibility != literal_column("'direct'"),
            object_.c.deleted_at.is_(None),
            object_.c.in_reply_to.is_(None),
            ~exists(
                select(literal_column("1")).where(
                    follow.c.follower_id == bindparam("owner"),
                    follow.c.followed_id == bindparam("author"),
                    ~_in_language,
                )
            ),
        )
        .order_by(object_.c.id.desc())
        .limit(_PLACED_AFTER_FOLLOW),
    )
    .on_conflict_do_nothing()
)
_is_open = (
    object_.c.visibility == literal_column("'public'"),
    object_.c.consent == literal_column("''"),
    object_.c.deleted_at.is_(None),
)
_TAGGED = (
    select(followed_tag.c.actor_id, object_.c.id, object_.c.id)
    .select_from(object_)
    .join(hashtag, hashtag.c.object_id == object_.c.id)
    .join(followed_tag, followed_tag.c.folded == hashtag.c.folded)
    .where(object_.c.id == bindparam("object"), *_is_open)
    .distinct()
)
_PLACE_TAGGED = (
    insert(timeline_entry).from_select(["owner_id", "entry_id", "object_id"], _TAGGED).on_conflict_do_nothing()
)
_PLACE_RECENT_TAGGED = (
    insert(timeline_entry)
    .from_select(
        ["owner_id", "entry_id", "object_id"],
        select(cast(bindparam("owner"), BigInteger), object_.c.id, object_.c.id)
        .select_from(hashtag)
        .join(object_, object_.c.id == hashtag.c.object_id)
        .where(hashtag.c.folded == bindparam("tag"), *_is_open)
        .order_by(hashtag.c.object_id.desc())
        .limit(_PLACED_AFTER_FOLLOW),
    )
    .on_conflict_do_nothing()
)
_also_followed = exists(
    select(literal_column("1"))
    .select_from(hashtag)
    .join(followed_tag, followed_tag.c.folded == hashtag.c.folded)
    .where(hashtag.c.object_id == object_.c.id, followed_tag.c.actor_id == bindparam("owner"))
)
_REMOVE_TAGGED = delete(timeline_entry).where(
    timeline_entry.c.owner_id == bindparam("owner"),
    timeline_entry.c.entry_id == timeline_entry.c.object_id,
    timeline_entry.c.object_id.in_(
        select(object_.c.id)
        .join(hashtag, hashtag.c.object_id == object_.c.id)
        .where(
            hashtag.c.folded == bindparam("tag"),
            object_.c.actor_id != bindparam("owner"),
            ~_also_followed,
            ~exists(
                select(literal_column("1")).where(
                    follow.c.follower_id == bindparam("owner"),
                    follow.c.followed_id == object_.c.actor_id,
                    _accepted,
                )
            ),
        )
    ),
)
"""Of what came itself: a boost brought the rest."""
_REMOVE_AUTHOR = delete(timeline_entry).where(
    timeline_entry.c.owner_id == bindparam("owner"),
    or_(
        and_(
            timeline_entry.c.entry_id == timeline_entry.c.object_id,
            timeline_entry.c.object_id.in_(select(object_.c.id).where(object_.c.actor_id == bindparam("author"))),
        ),
        timeline_entry.c.entry_id.in_(select(reaction.c.id).where(reaction.c.actor_id == bindparam("author"))),
    ),
)
_UNENDORSE = delete(endorsement).where(
    endorsement.c.actor_id == bindparam("owner"), endorsement.c.target_id == bindparam("author")
)
_LEAVE_LISTS = delete(list_member).where(
    list_member.c.actor_id == bindparam("author"),
    list_member.c.list_id.in_(select(reading_list.c.id).where(reading_list.c.actor_id == bindparam("owner"))),
)
_REMOVE_BOOSTS = delete(timeline_entry).where(
    timeline_entry.c.owner_id == bindparam("owner"),
    timeline_entry.c.entry_id.in_(
        select(reaction.c.id).where(
            reaction.c.actor_id == bindparam("booster"), reaction.c.object_id == timeline_entry.c.object_id
        )
    ),
)
_RAISE_OWN = (
    update(timeline_entry)
    .where(timeline_entry.c.owner_id == bindparam("owner"), timeline_entry.c.object_id == bindparam("object"))
    .values(entry_id=bindparam("entry"))
)
_REMOVE_BOOST = delete(timeline_entry).where(
    timeline_entry.c.object_id == bindparam("object"), timeline_entry.c.entry_id == bindparam("entry")
)
_boosts = (
    reaction.c.object_id == bindparam("object"),
    reaction.c.kind == literal_column("'announce'"),
    reaction.c.visibility != literal_column("'direct'"),
    actor.c.local,
)


def _give_back(found: Select[Any]) -> Insert:
    return insert(timeline_entry).from_select(["owner_id", "entry_id", "object_id"], found).on_conflict_do_nothing()


_GIVE_BACK = (
    _give_back(
        select(object_.c.actor_id, object_.c.id, object_.c.id)
        .join(actor, actor.c.id == object_.c.actor_id)
        .where(object_.c.id == bindparam("object"), object_.c.deleted_at.is_(None), actor.c.local)
    ),
    _give_back(
        select(follow.c.follower_id, object_.c.id, object_.c.id)
        .select_from(object_)
        .join(follow, follow.c.followed_id == object_.c.actor_id)
        .join(actor, actor.c.id == follow.c.follower_id)
        .where(
            object_.c.id == bindparam("object"),
            object_.c.visibility != literal_column("'direct'"),
            object_.c.deleted_at.is_(None),
            object_.c.in_reply_to.is_(None),
            _accepted,
            _in_language,
            actor.c.local,
        )
    ),
    _give_back(
        select(reaction.c.actor_id, reaction.c.id, reaction.c.object_id)
        .join(actor, actor.c.id == reaction.c.actor_id)
        .where(*_boosts)
    ),
    _give_back(
        select(follow.c.follower_id, func.max(reaction.c.id), reaction.c.object_id)
        .select_from(reaction)
        .join(follow, follow.c.followed_id == reaction.c.actor_id)
        .join(actor, actor.c.id == follow.c.follower_id)
        .join(object_, object_.c.id == reaction.c.object_id)
        .where(*_boosts, _accepted, follow.c.boosts, _in_language)
        .group_by(follow.c.follower_id, reaction.c.object_id)
    ),
    _PLACE_TAGGED,
)
"""What brings a post besides the boost that is gone: its author's own words, a follow of the author, boosts of one's own and of
others, a hashtag."""
_REMOVE_OBJECT = delete(timeline_entry).where(timeline_entry.c.object_id == bindparam("object"))


def place(tx: Tx, object_id: int, author_id: int, answered_id: int) -> int:
    """Puts a post into the home timelines of the author's followers here. In how many it is new.

    An answer to somebody else goes only to those who follow both (as Mastodon does): `answered_id` is the number of the
    answered author, 0 for a post of its own.
    """
    placed: int = tx.execute(_PLACE, {"object": object_id, "author": author_id, "answered": answered_id}).rowcount
    return placed


def place_tagged(tx: Tx, object_id: int) -> int:
    """Puts a public post into the home timelines of those who follow one of its hashtags. In how many it is new."""
    placed: int = tx.execute(_PLACE_TAGGED, {"object": object_id}).rowcount
    return placed


def place_boost(tx: Tx, boost_id: int, object_id: int, booster_id: int) -> int:
    """Puts a boosted post into the home timelines of the booster's followers here who do not have it. In how many it is new."""
    parameters = {"entry": boost_id, "object": object_id, "booster": booster_id}
    placed: int = tx.execute(_PLACE_BOOST, parameters).rowcount
    return placed


def place_own(tx: Tx, entry_id: int, object_id: int, owner_id: int) -> None:
    """Puts a post, or with a boost's number as `entry_id` a boosted one, into the home timeline of whoever did it."""
    tx.execute(_PLACE_OWN, {"entry": entry_id, "object": object_id, "owner": owner_id})


def raise_own(tx: Tx, boost_id: int, object_id: int, owner_id: int) -> None:
    """Whoever boosts a post sees the boost in their home timeline, also when the post stood there already."""
    parameters = {"entry": boost_id, "object": object_id, "owner": owner_id}
    if not tx.execute(_RAISE_OWN, parameters).rowcount:
        tx.execute(_PLACE_OWN, parameters)


def place_recent(tx: Tx, owner_id: int, author_id: int) -> None:
    """After a new follow: the author's last posts that are known here."""
    tx.execute(_PLACE_RECENT, {"owner": owner_id, "author": author_id})


def place_recent_tagged(tx: Tx, owner_id: int, folded: str) -> None:
    """After a hashtag was followed (in the form by which it is found): the last public posts with it that are known here."""
    tx.execute(_PLACE_RECENT_TAGGED, {"owner": owner_id, "tag": folded})


def remove_tagged(tx: Tx, owner_id: int, folded: str) -> None:
    """After a hashtag was unfollowed: what neither its author nor another followed hashtag brings leaves the home timeline."""
    tx.execute(_REMOVE_TAGGED, {"owner": owner_id, "tag": folded})


def remove_author(tx: Tx, owner_id: int, author_id: int) -> None:
    """After an unfollow: the author's posts and boosts leave the home timeline, and the author the owner's lists and
    recommendations."""
    tx.execute(_REMOVE_AUTHOR, {"owner": owner_id, "author": author_id})
    tx.execute(_LEAVE_LISTS, {"owner": owner_id, "author": author_id})
    tx.execute(_UNENDORSE, {"owner": owner_id, "author": author_id})


def remove_boosts(tx: Tx, owner_id: int, booster_id: int) -> None:
    """The owner wants no boosts of that actor any more: what they brought leaves the home timeline."""
    tx.execute(_REMOVE_BOOSTS, {"owner": owner_id, "booster": booster_id})


def remove_boost(tx: Tx, boost_id: int, object_id: int) -> None:
    """A boost was taken back: what only it brought leaves every timeline. Call it when the boost's row is gone."""
    if tx.execute(_REMOVE_BOOST, {"entry": boost_id, "object": object_id}).rowcount:
        for statement in _GIVE_BACK:
            tx.execute(statement, {"object": object_id})


def remove_object(tx: Tx, object_id: int) -> None:
    """A post leaves every timeline."""
    tx.execute(_REMOVE_OBJECT, {"object": object_id})
