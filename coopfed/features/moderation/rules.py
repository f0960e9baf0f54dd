"""What may be done to actors, and what strangers are told of it. Pure."""

import hashlib
from enum import StrEnum

from actors.lookup import ActorRow
from coopfed import limits
from coopfed.errors import InvalidInput


class Act(StrEnum):
    """What is done to an actor, in the words of Mastodon's moderators."""

    NONE = "none"
    """Nothing but the message."""
    SENSITIVE = "sensitive"
    DISABLE = "disable"
    SILENCE = "silence"
    SUSPEND = "suspend"


def checked(row: ActorRow) -> ActorRow:
    """The actor. InvalidInput for one that nothing can be done to: the node speaks by it, or it is deleted."""
    if row.gone_at is not None:
        raise InvalidInput(f"@{row.acct} was deleted")
    if row.local and row.type == "Application":
        raise InvalidInput(f"@{row.acct} is this node itself")
    return row


def message(text: str) -> str:
    """What is told to the people of an actor, or noted. InvalidInput when it is too long."""
    if len(text) > limits.MODERATION_CHARACTERS:
        raise InvalidInput(
            f"Validation failed: a text of a moderator has at most {limits.MODERATION_CHARACTERS} characters"
        )
    return text.strip()


def veiled(host: str) -> str:
    """The host with stars in its middle, so that nobody is led there. Source: Mastodon's *obfuscate*."""
    shown = len(host) // 4
    last = len(host) - shown
    return "".join("*" if shown < place < last and sign != "." else sign for place, sign in enumerate(host))


def digest(host: str) -> str:
    """By which somebody finds a host that they know among veiled ones: SHA-256 in hexadecimal. Source: Mastodon's DomainBlock."""
    return hashlib.sha256(host.encode()).hexdigest()
