"""What apps do with their subscription: one for each token."""

from dataclasses import dataclass
from typing import Any

import orjson

from coopfed import limits
from coopfed.errors import AddressRefused, BadMessage, InvalidInput
from coopfed.features import subscriptions as store
from coopfed.features.push import rules
from coopfed.features.push.rules import Policy
from coopfed.features.subscriptions import SubscriptionRow
from coopfed.net.guard import check_url
from coopfed.node import Node, dial_rules
from coopfed.signing import webpush
from coopfed.signing.keys import seal, unseal
from coopfed.signing.webpush import BrowserKeys


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose subscription it is: a token, by its number and as it is written, and for whom it speaks."""

    token_id: int
    account_id: int
    actor_id: int
    token: str


@dataclass(frozen=True, slots=True)
class Wish:
    """What an app asks for. `standard`: in today's coding; `language` is that of the messages."""

    endpoint: str
    keys: BrowserKeys
    standard: bool
    alerts: tuple[str, ...]
    policy: Policy
    language: str


@dataclass(frozen=True, slots=True)
class Line:
    """How an app is reached: what is sealed in a subscription."""

    endpoint: str
    keys: BrowserKeys
    token: str


def checked(node: Node, endpoint: str, p256dh: str, auth: str) -> tuple[str, BrowserKeys]:
    """Endpoint and keys as the app gave them. InvalidInput when they are none, or lead where nothing may be sent.

    Source: security research 1.3: the endpoint is whatever a stranger says.
    """
    if not endpoint or len(endpoint.encode()) > limits.ID_LENGTH:
        raise InvalidInput("Validation failed: endpoint is missing or too long")
    try:
        check_url(endpoint, dial_rules(node.config))
        return endpoint, webpush.browser_keys(p256dh, auth)
    except AddressRefused as error:
        # Not why: whoever asks could learn what is there.
        raise InvalidInput("Validation failed: endpoint is no public https address") from error
    except BadMessage as error:
        raise InvalidInput(f"Validation failed: {error}") from error


async def subscribe(node: Node, holder: Holder, wish: Wish) -> SubscriptionRow:
    """The subscription of the token from now on, instead of an earlier one."""
    line = {
        "endpoint": wish.endpoint,
        "p256dh": webpush.written(wish.keys.public),
        "auth": webpush.written(wish.keys.auth),
        "token": holder.token,
    }
    values: dict[str, Any] = {
        "token_id": holder.token_id,
        "account_id": holder.account_id,
        "actor_id": holder.actor_id,
        "alerts": rules.stored(wish.alerts),
        "policy": wish.policy.value,
        "standard": wish.standard,
        "language": wish.language,
        "sealed": seal(node.secret, orjson.dumps(line), _context(holder.token_id)),
        "created_at": node.clock.now(),
    }
    return await node.db.write(store.put, values)


def line(secret: bytes, row: SubscriptionRow) -> Line:
    """How the app is reached. `secret` is the node's."""
    known = orjson.loads(unseal(secret, row.sealed, _context(row.token_id)))
    return Line(known["endpoint"], webpush.browser_keys(known["p256dh"], known["auth"]), known["token"])


def _context(token_id: int) -> str:
    return f"push {token_id}"
