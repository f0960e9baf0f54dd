"""The named outcomes of an arrived activity: the same word in the row, the log, the metrics and the tests."""

from enum import StrEnum


class Outcome(StrEnum):
    """What became of an arrived activity after it was acknowledged. Each member's comment is its page in FEDERATION.md."""

    ACCEPTED = "accepted"
    """It took effect."""
    DUPLICATE = "duplicate"
    """The same activity, or its effect, was here already."""
    IRRELEVANT = "irrelevant"
    """Nobody here follows the author, is addressed or is answered; nothing was stored."""
    UNSUPPORTED = "unsupported"
    """No handler for this activity type and kind of object."""
    REFUSED_OWNER = "refused_owner"
    """The actor does not own what it wants to change."""
    REFUSED_AUTHOR = "refused_author"
    """The object is attributed to somebody else."""
    REFUSED_ORIGIN = "refused_origin"
    """An id lies on a host that the actor may not speak for."""
    REFUSED_UNASKED = "refused_unasked"
    """An Accept or Reject of something that was not asked for."""
    REFUSED_RELAYED = "refused_relayed"
    """Signed by somebody else, without a proof of the actor and not to be had from its origin."""
    REFUSED_BLOCKED = "refused_blocked"
    """An actor here blocks the sender."""
    REFUSED_HIDDEN = "refused_hidden"
    """The actor may not see what it reacts to, or not pass it on."""
    REFUSED_DELETED = "refused_deleted"
    """The object was deleted, or the activity undone, before it came; it does not come back."""
    REFUSED_POLICY = "refused_policy"
    """The author of the post does not allow it, or did not show to have agreed."""
    REFUSED_MOVED = "refused_moved"
    """The actor moved away: it is not followed anew, and does not move again within seven days."""
    REFUSED_CLOSED = "refused_closed"
    """A vote in a poll that is over."""
    REFUSED_PROOF = "refused_proof"
    """A document that has to carry a proof of its author carries none that holds."""
    REFUSED_LOOP = "refused_loop"
    """The umbrella is itself, directly or through others, a member of the member."""
    REFUSED_FLOOD = "refused_flood"
    """Too many reports of the sender's host, or requests to the same actor, wait to be looked at."""
    MALFORMED = "malformed"
    """A member that the handler needs is missing or of a wrong kind."""
    ACTOR_SUSPENDED = "actor_suspended"
    """The operators of this node suspended the sender, or whom it is about."""
    REFUSED_REPORTS = "refused_reports"
    """The operators take no reports of the sender's host."""
    PEER_BLOCKED = "peer_blocked"
    """The peer's host is blocked here."""
    UNREACHABLE = "unreachable"
    """Something that had to be fetched could not be, in all tries."""
    FAILED = "failed"
    """A fault of this program; the item keeps its error and can be replayed."""


class Refusal(Exception):
    """Raised by a check: this activity has no effect, for the named reason. Not an error of the program."""

    def __init__(self, outcome: Outcome, detail: str = "") -> None:
        super().__init__(f"{outcome.value}: {detail}" if detail else outcome.value)
        self.outcome = outcome
        self.detail = detail
