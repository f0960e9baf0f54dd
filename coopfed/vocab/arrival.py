"""An activity on its way in: what the door hands to the inbox, with what was proved about it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from coopfed.vocab.records import Activity


class Trust(StrEnum):
    """How far the body can be believed."""

    DIRECT = "direct"
    """Signed by the activity's own actor."""
    RELAYED = "relayed"
    """Signed by somebody else: nothing in the body holds until a proof or its origin confirms it."""
    LOCAL = "local"
    """Made by this node."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """One arrived activity.

    `raw` are the bytes as they came (a proof or a forward needs them untouched), `signer` the actor whose key signed
    the request (None for local ones), `scheme` the kind of signature, `received_at` aware UTC. `group` is the id of the group that
    passed it on, or on which its actor acts as a moderator (`moderation`).
    """

    activity: Activity
    raw: bytes
    signer: str | None
    scheme: str
    trust: Trust
    received_at: datetime
    group: str | None = None
    moderation: bool = False
