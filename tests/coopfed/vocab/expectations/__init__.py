"""What each foreign message means, written by hand from reading it: never copied from what our reader said.

One module per collection of messages. A row names a file (and, in files that list many, a number) and says what must
be read from it, or for which reason it is refused. Rows state what decides about the message: who, what, to whom, in
which language, how it begins; see `test_foreign_messages` for how each member is compared.
"""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Read:
    """The message is read by this reader, and these members come out."""

    reader: str
    members: dict[str, Any]


@dataclass(frozen=True)
class Refused:
    """The message is refused for this reason, by the parser, the normaliser or the reader (activity, actor, ...)."""

    reason: str
    by: str = "normalise"


@dataclass(frozen=True)
class Stripped:
    """The file lacks the `@context` that its software adds on sending: refused as stored, read like this on the wire."""

    wire: Read | Refused


@dataclass(frozen=True)
class NotActivityPub:
    """Another format that lies in the same folder: not for this reader."""

    what: str


Expectation = Read | Refused | Stripped | NotActivityPub


def activity(type: str, **members: Any) -> Read:
    """An activity of this type."""
    return Read("activity", {"type": type, **members})


def post(type: str, **members: Any) -> Read:
    """A post of this type."""
    return Read("post", {"type": type, **members})


def actor(type: str, **members: Any) -> Read:
    """An actor of this type."""
    return Read("actor", {"type": type, **members})


def keys(**members: Any) -> Read:
    """A document that is read only for its keys."""
    return Read("keys", members)


def node(type: str | None, **members: Any) -> Read:
    """A collection, a tombstone or another document without a record of its own."""
    return Read("node", {"type": type, **members})
