"""Whoever reads statuses: what they come to is told in their language, and with what their filters say of it."""

from dataclasses import dataclass
from typing import Any

from actors.visibility import NOBODY
from coopfed.api.asking import spoken
from coopfed.api.filtered import in_context
from coopfed.api.languages import in_language
from coopfed.db.tx import Tx
from coopfed.features.filters.rules import Context
from coopfed.node import Node
from coopfed.oauth.tokens import Bearer

Shape = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Reader:
    """The account and the actor it speaks as (NOBODY both for a stranger), the languages it reads, and the moment."""

    account_id: int
    actor_id: int
    languages: tuple[str, ...]
    now: int


def reader(node: Node, who: Bearer | None) -> Reader:
    """Whoever sent the request that is being answered."""
    account, actor = (who.account_id, who.actor.id) if who is not None else (NOBODY, NOBODY)
    return Reader(account, actor, tuple(spoken()), node.clock.now())


def as_read(tx: Tx, shown: list[Shape], by: Reader, context: Context) -> list[Shape]:
    """The statuses as that reader is told them. A unit of work, in that which found them: nobody asks the database twice."""
    if shown and by.languages:
        shown = in_language(tx, shown, by.languages)
    if shown and by.account_id != NOBODY:
        shown = in_context(tx, (by.account_id, by.actor_id), shown, context, by.now)
    return shown
