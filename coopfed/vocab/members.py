"""Members that more than one reader of canonical documents asks for."""

from typing import Any

from coopfed import limits
from coopfed.errors import BadMessage


def required(doc: dict[str, Any], member: str, reason: str) -> str:
    """A member that is a string in canonical documents; BadMessage with this reason when it is missing or empty."""
    value = doc.get(member)
    if not isinstance(value, str) or not value:
        raise BadMessage(f"no usable {member}", reason=reason)
    return value


def recipients(doc: dict[str, Any]) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """to, cc and audience of a canonical document, together at most `limits.RECIPIENTS`, cut from the end."""
    to = tuple(doc.get("to", ()))[: limits.RECIPIENTS]
    cc = tuple(doc.get("cc", ()))[: limits.RECIPIENTS - len(to)]
    return to, cc, tuple(doc.get("audience", ()))[: limits.RECIPIENTS - len(to) - len(cc)]
