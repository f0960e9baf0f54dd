"""What every resource of the client API needs of a request: who speaks, parameters from query, form or JSON, and answers."""

from typing import Any

import orjson
from quart import Response, request

from actors.roles import may_publish
from coopfed import limits
from coopfed.errors import BadMessage, CoopFedError, Forbidden, InvalidInput
from coopfed.features.consent.rules import QuotePolicy
from coopfed.features.timelines import Range
from coopfed.node import Node
from coopfed.oauth.tokens import Bearer, bearer
from coopfed.text.i18n import wanted
from coopfed.vocab.audience import Visibility

PAGE, PAGE_MAX = 20, 40
_VISIBILITY = {
    "public": Visibility.PUBLIC,
    "unlisted": Visibility.UNLISTED,
    "private": Visibility.FOLLOWERS,
    "direct": Visibility.DIRECT,
}


async def speaker(node: Node, scope: str) -> Bearer:
    """Who the request's token speaks for. Raises as `coopfed.oauth.tokens.bearer`."""
    return await bearer(node, request.headers.get("Authorization"), scope)


async def publisher(node: Node, scope: str) -> Bearer:
    """As `speaker`; Forbidden unless the account's roles let it act publicly as the actor."""
    who = await speaker(node, scope)
    if not may_publish(who.roles):
        raise Forbidden("a reader may not act as this actor", reason="insufficient_role")
    return who


async def parameters() -> dict[str, Any]:
    """The request's parameters: query, then form, then JSON body. BadMessage when the JSON is none."""
    found: dict[str, Any] = {**request.args}
    if request.mimetype == "application/json":
        try:
            body = orjson.loads(await request.get_data() or b"{}")
        except orjson.JSONDecodeError as error:
            raise BadMessage("the body is not JSON") from error
        if not isinstance(body, dict):
            raise BadMessage("the body is no JSON object")
        found.update(body)
    else:
        found.update(await request.form)
    return found


def spoken() -> list[str]:
    """The languages of the reader, as the app tells them (Accept-Language), the most wanted first."""
    return wanted(request.headers.get("Accept-Language", ""))


def is_markdown(content_type: object) -> bool | None:
    """Whether `content_type` says Markdown; None when nothing is said. InvalidInput for what is neither that nor plain text."""
    if content_type in (None, ""):
        return None
    if content_type not in ("text/plain", "text/markdown"):
        raise InvalidInput("content_type is text/plain or text/markdown")
    return content_type == "text/markdown"


def translations(given: object) -> dict[str, str]:
    """The same text in other languages, as a JSON object from language to text. InvalidInput for anything else."""
    if given in (None, "", {}):
        return {}
    if not isinstance(given, dict) or not all(isinstance(text, str) for text in given.values()):
        raise InvalidInput("translations are a JSON object from language to text")
    return given


async def several(name: str) -> list[str] | None:
    """A list among the parameters, `name[]` as often as it has items, or a JSON array; None when it is not there at all."""
    if request.mimetype == "application/json":
        found = (await parameters()).get(name)
        return None if found is None else [str(item) for item in (found if isinstance(found, list) else [found])]
    for given in (await request.form, request.args):
        for spelling in (f"{name}[]", name):
            if spelling in given:
                return [str(item) for item in given.getlist(spelling)]
    return None


async def members(name: str) -> dict[str, Any]:
    """An object among the parameters, a JSON object or `name[member]` for each; empty when it is not there. InvalidInput for anything
    else."""
    if request.mimetype == "application/json":
        found = (await parameters()).get(name) or {}
        if not isinstance(found, dict):
            raise InvalidInput(f"{name} is an object")
        return found
    given = {**request.args, **await request.form}
    begin = f"{name}["
    return {key[len(begin) : -1]: value for key, value in given.items() if key.startswith(begin) and key[-1] == "]"}


def truth(value: object) -> bool | None:
    """Yes or no, as clients write it; None when nothing is said."""
    return None if value in (None, "") else str(value).lower() in ("true", "1", "on", "t", "yes")


def number(text: str, what: str = "id") -> int:
    """A number that the client had from us. InvalidInput when it is none."""
    if not text.isascii() or not text.isdigit() or len(text) > 19 or int(text) > limits.NUMBER_MAX:
        raise InvalidInput(f"{what}={text[:50]!r} is not an id of this node")
    return int(text)


def visibility(value: object, otherwise: Visibility = Visibility.PUBLIC) -> Visibility:
    """A visibility by the word that clients use; `otherwise` when there is none. InvalidInput for another word."""
    if value in (None, ""):
        return otherwise
    found = _VISIBILITY.get(str(value))
    if found is None:
        raise InvalidInput(f"visibility must be one of: {', '.join(_VISIBILITY)}")
    return found


def quote_policy(value: object) -> QuotePolicy | None:
    """Who may quote, by the word that clients use; None when there is none. InvalidInput for another word."""
    if value in (None, ""):
        return None
    if value not in list(QuotePolicy):
        raise InvalidInput(f"quote_approval_policy must be one of: {', '.join(QuotePolicy)}")
    return QuotePolicy(str(value))


def stretch() -> Range:
    """The part of a list that the query asks for: limit, max_id, since_id, min_id."""
    limit = request.args.get("limit", "")
    count = int(limit) if limit.isascii() and limit.isdigit() and len(limit) < 5 else PAGE

    def cursor(name: str) -> int | None:
        value = request.args.get(name)
        return number(value, name) if value else None

    return Range(max(1, min(count, PAGE_MAX)), cursor("max_id"), cursor("since_id"), cursor("min_id"))


def answer(document: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A JSON answer, readable by web apps of other origins."""
    return Response(
        orjson.dumps(document),
        status,
        {"Access-Control-Allow-Origin": "*", "Cache-Control": "private, no-store", **(headers or {})},
        content_type="application/json; charset=utf-8",
    )


def refusal(error: CoopFedError) -> Response:
    """The JSON answer to an error. What is the client's own fault is told in full, the rest by its safe sentence."""
    told = str(error) if isinstance(error, InvalidInput | BadMessage) else error.safe
    headers = {"WWW-Authenticate": f'Bearer error="{error.reason}"'} if error.status_code == 401 else {}
    return answer({"error": error.reason, "error_description": told}, error.status_code, headers)


def page_links(base: str, path: str, ids: list[int], limit: int) -> dict[str, str]:
    """The Link header of a page: `next` (older) before `prev` (newer)."""
    if not ids:
        return {}
    older = f'<{base}{path}?limit={limit}&max_id={ids[-1]}>; rel="next"'
    newer = f'<{base}{path}?limit={limit}&min_id={ids[0]}>; rel="prev"'
    return {"Link": f"{older}, {newer}"}
