"""What an Undo is about, as the feature says whose thing it is: the value between features and the look-up in `inbox.undo`."""

from collections.abc import Callable
from dataclasses import dataclass

from coopfed.db.tx import Tx
from coopfed.node import Stamp


@dataclass(frozen=True, slots=True)
class Undone:
    """Something that is here and may be taken back: the id of the actor who did it, and what takes it back (a unit of work)."""

    actor_uri: str
    end: Callable[[Tx, Stamp], None]
