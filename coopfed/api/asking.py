"""What every resource of the client API needs of a request: who speaks, parameters from query, form or JSON, and answers."""

from typing import Any
from urllib.parse import urlencode

import orjson
from quart import Response, request

from actors.roles import may_edit_profile, may_give_roles, may_negotiate, may_publish, may_write
from actors.visibility import NOBODY
from coopfed import limits
from coopfed.api import rates
from coopfed.errors import (
    BadMessage,
    CoopFedError,
    Forbidden,
    InsufficientScope,
    InvalidInput,
    TooMany,
)
from coopfed.features.consent.rules import QuotePolicy
from coopfed.features.posts.defaults import needs_approval
from coopfed.features.ranges import Range
from coopfed.node import Node
from coopfed.oauth.tokens import Bearer, bearer
from coopfed.text.i18n import wanted
from coopfed.text.parameters import folded, listed, unbracketed
from coopfed.vocab.audience import Visibility

PAGE, PAGE_MAX = 20, 40
_CURSORS = ("limit", "max_id", "since_id", "min_id")
_VISIBILITY = {
    "public": Visibility.PUBLIC,
    "unlisted": Visibility.UNLISTED,
    "private": Visibility.FOLLOWERS,
    "direct": Visibility.DIRECT,
}


async def speaker(node: Node, *scopes: str) -> Bearer:
    """Who the request's token speaks for. Raises as `coopfed.oauth.tokens.bearer`; TooMany when the account asks too often."""
    who = await bearer(node, request.headers.get("Authorization"), *scopes)
    rates.proven()
    rates.allow_account(node, who.account_id)
    return who


async def anybody(node: Node, *scopes: str) -> Bearer | None:
    """As `speaker`, for what is public: None for whoever comes without a token; a bad one is refused all the same."""
    return await speaker(node, *scopes) if request.headers.get("Authorization") else None


def viewer(who: Bearer | None) -> int:
    """The number of the actor who looks, or NOBODY."""
    return who.actor.id if who is not None else NOBODY


async def writer(node: Node, *scopes: str) -> Bearer:
    """As `speaker`; Forbidden unless the account's roles let it write as the actor, and keep what only the actor's people see."""
    who = await speaker(node, *scopes)
    if not may_write(who.roles):
        raise Forbidden("a reader may not act as this actor", reason="insufficient_role")
    return who


async def publisher(node: Node, *scopes: str) -> Bearer:
    """As `writer`; Forbidden as well where what others see needs an editor."""
    who = await writer(node, *scopes)
    if not await publishes(node, who):
        raise Forbidden("an editor of this actor has to do this; what you write waits for one", reason="needs_approval")
    return who


async def publishes(node: Node, who: Bearer) -> bool:
    """Whether the account may do at once what others see."""
    if may_publish(who.roles, needs_approval=True):
        return True
    return may_publish(who.roles, needs_approval=await node.db.read(needs_approval, who.actor.id))


async def editor(node: Node, *scopes: str) -> Bearer:
    """As `speaker`; Forbidden unless the account's roles let it change the actor's profile, and what goes with it."""
    who = await speaker(node, *scopes)
    if not may_edit_profile(who.roles):
        raise Forbidden("only editors of this actor may do this", reason="insufficient_role")
    return who


async def admin(node: Node, *scopes: str) -> Bearer:
    """As `speaker`; Forbidden unless the account's roles let it give roles at the actor, and decide where it lives."""
    who = await speaker(node, *scopes)
    if not may_give_roles(who.roles):
        raise Forbidden("only admins of this actor may do this", reason="insufficient_role")
    return who


async def negotiator(node: Node, *scopes: str) -> Bearer:
    """As `speaker`; Forbidden unless the account's roles let it answer for the actor and decide about answers."""
    who = await speaker(node, *scopes)
    if not may_negotiate(who.roles):
        raise Forbidden("only a negotiator or editor does this", reason="insufficient_role")
    return who


async def parameters() -> dict[str, Any]:
    """The request's parameters, nested as `coopfed.text.parameters` tells: query, then form, then JSON body.

    BadMessage when the JSON is none.
    """
    query = folded(request.args.items(multi=True))
    if request.mimetype != "application/json":
        return query | folded((await request.form).items(multi=True))
    try:
        body = orjson.loads(await request.get_data() or b"{}")
    except orjson.JSONDecodeError as error:
        raise BadMessage("the body is not JSON") from error
    if not isinstance(body, dict):
        raise BadMessage("the body is no JSON object")
    return query | unbracketed(body)


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
    """A list among the parameters, one or many; None when it is not there at all."""
    found = listed((await parameters()).get(name))
    return None if found is None else [str(item) for item in found]


async def members(name: str) -> dict[str, Any]:
    """An object among the parameters; empty when it is not there. InvalidInput for anything else."""
    found = (await parameters()).get(name) or {}
    if not isinstance(found, dict):
        raise InvalidInput(f"{name} is an object")
    return found


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


def limit(most: int = PAGE_MAX, usual: int = PAGE) -> int:
    """How many the query asks for, of what has no cursors: at most so many; `usual` when it does not say."""
    asked = request.args.get("limit", "")
    return max(1, min(int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 5 else usual, most))


def stretch(most: int = PAGE_MAX, usual: int = PAGE) -> Range:
    """The part of a list that the query asks for: limit (at most so many; `usual` without one), max_id, since_id, min_id."""

    def cursor(name: str) -> int | None:
        value = request.args.get(name)
        return number(value, name) if value else None

    return Range(limit(most, usual), cursor("max_id"), cursor("since_id"), cursor("min_id"))


def answer(document: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A JSON answer, readable by web apps of other origins."""
    return Response(
        orjson.dumps(document),
        status,
        {"Access-Control-Allow-Origin": "*", "Cache-Control": "private, no-store", **(headers or {})},
        content_type="application/json; charset=utf-8",
    )


_SENTENCES = {
    "invalid_token": "The access token is invalid",
    "user_required": "This method requires an authenticated user",
    "insufficient_scope": "This action is outside the authorized scopes",
    "needs_approval": "An editor has to do this; what you write waits for one",
    403: "This action is not allowed",
    404: "Record not found",
    405: "This address does not take that method",
    429: "Too many requests",
}
"""Mastodon's words, by the reason or the status; apps compare some of them. Source: client_api research 4."""


def refusal(error: CoopFedError) -> Response:
    """The JSON answer to an error; see `told`."""
    body, headers = told(error)
    return answer(body, error.status_code, headers)


def told(error: CoopFedError) -> tuple[dict[str, str], dict[str, str]]:
    """What an app is told of an error: Mastodon's `error` in words, and our `reason` for machines; and headers. What is the client's
    own fault is told in full, the rest by its safe sentence."""
    own_fault = isinstance(error, InvalidInput | BadMessage)
    words = str(error) if own_fault else _SENTENCES.get(error.reason) or _SENTENCES.get(error.status_code) or error.safe
    headers = {}
    if error.status_code == 401:
        headers["WWW-Authenticate"] = f'Bearer error="{error.reason}"'
    if isinstance(error, InsufficientScope):
        # A challenge for each scope that would do by itself: within one, RFC 6750 3 reads several as all of them.
        each = (f'Bearer error="{error.reason}", scope="{scope}"' for scope in error.scopes)
        headers["WWW-Authenticate"] = ", ".join(each)
    if isinstance(error, TooMany):
        headers["Retry-After"] = str(error.seconds)
    return {"error": words, "reason": error.reason}, headers


def no_such(status: int, headers: dict[str, str]) -> Response:
    """The answer where nothing is, or where another method is taken: apps read JSON, never a page."""
    return answer(
        {
            "error": _SENTENCES.get(status, "The request was not understood"),
            "reason": "not_found" if status == 404 else "refused",
        },
        status,
        headers,
    )


def page_links(base: str, path: str, ids: list[int], limit: int) -> dict[str, str]:
    """The Link header of a page: `next` (older) before `prev` (newer), with everything else that was asked; none of an empty page.

    Source: client_api research 4; quirks 15 to 19.
    """
    if not ids:
        return {}
    kept = [pair for pair in request.args.items(multi=True) if pair[0] not in _CURSORS]
    query = f"{urlencode(kept)}&" if kept else ""
    older = f'<{base}{path}?{query}limit={limit}&max_id={ids[-1]}>; rel="next"'
    newer = f'<{base}{path}?{query}limit={limit}&min_id={ids[0]}>; rel="prev"'
    return {"Link": f"{older}, {newer}"}
