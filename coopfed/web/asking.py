"""What pages need of a request: whether a machine asks, and from where on a list is to be shown."""

from quart import request

from coopfed import limits
from coopfed.errors import NotFound
from coopfed.vocab.terms import wants_activity

PAGE = 20


def machine_asks() -> bool:
    """Whether the present request wants ActivityPub's document and not the page. Source: ActivityPub 3.2."""
    return wants_activity(request.headers.get("Accept"))


def prefers_json() -> bool:
    """Whether the present request would rather have JSON than a page. Source: RFC 9110 12.5.1."""
    return request.accept_mimetypes.best_match(("text/html", "application/json")) == "application/json"


def number(text: str) -> int:
    """A number of ours. NotFound when it is none: nothing can be behind it."""
    if not text.isascii() or not text.isdigit() or len(text) > len(str(limits.NUMBER_MAX)):
        raise NotFound(f"{text[:50]!r} is no number of ours")
    value = int(text)
    if value > limits.NUMBER_MAX:
        raise NotFound(f"{text} is no number of ours")
    return value


def cursor(name: str) -> int | None:
    """A number of ours in the query: the page of the list begins behind it. Raises as `number`."""
    value = request.args.get(name)
    return None if value is None else number(value)
