"""When a move may be believed or made. Pure."""

from actors.lookup import ActorRow
from coopfed import limits
from coopfed.clock import Clock
from coopfed.outcomes import Outcome, Refusal


def is_resting(actor: ActorRow, now: int, clock: Clock) -> bool:
    """Whether the actor moved so lately that it may not move again: whoever steals an actor must not throw its followers about.

    Seven days, as on Mastodon.
    """
    return actor.moved_at is not None and now - actor.moved_at < clock.span(limits.MOVE_REST_SECONDS)


def check_consent(old: ActorRow, target: ActorRow, *, pulled: bool = False) -> None:
    """Both ends must say it: the old actor's document where it went, the new one's that the old is its own. Where the new actor
    told of the move itself (`pulled`), it has said so. Raises a Refusal.

    Both rows are from documents fetched for this move. Stricter than Mastodon, which sets `movedTo` itself: then whoever gets
    a Move signed once could use it later. Source: FEP-7628 *Push mode*, *Pull mode*; security research 1.1.
    """
    if old.gone_at is not None or target.gone_at is not None:
        raise Refusal(Outcome.IRRELEVANT, "one of the two is gone")
    if old.moved_to != target.uri:
        raise Refusal(Outcome.REFUSED_OWNER, f"{old.uri} does not say that it moved to {target.uri}")
    if not pulled and old.uri not in target.alias_uris:
        raise Refusal(Outcome.REFUSED_OWNER, f"{target.uri} does not call {old.uri} its own")
    if target.moved_to is not None:
        raise Refusal(Outcome.REFUSED_MOVED, f"{target.uri} moved on itself")
