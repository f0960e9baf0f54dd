"""What an app may ask to be told of, and what a message says. Pure. Source: client_api research 5 (WebPushSubscription), 8."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

import orjson

from coopfed import limits
from coopfed.errors import InvalidInput
from coopfed.features.notifications import (
    EVERY_TYPE,
    FAVOURITE,
    FOLLOW,
    FOLLOW_REQUEST,
    MENTION,
    POLL,
    QUOTE,
    QUOTED_UPDATE,
    REBLOG,
    REPORTED,
    SIGN_UP,
    STATUS,
    UPDATE,
)
from coopfed.text.i18n import Translator
from coopfed.text.i18n import mark as _

ALERTS = EVERY_TYPE
"""Whoever asks for those of operators keeps the wish; they are told while the account runs the node."""
_HEADLINES = {
    MENTION: _("%(name)s mentioned you"),
    STATUS: _("%(name)s posted"),
    REBLOG: _("%(name)s boosted your post"),
    FOLLOW: _("%(name)s follows you"),
    FOLLOW_REQUEST: _("%(name)s asks to follow you"),
    FAVOURITE: _("%(name)s likes your post"),
    POLL: _("A poll of %(name)s has ended"),
    UPDATE: _("%(name)s edited a post that you boosted"),
    QUOTE: _("%(name)s quoted your post"),
    QUOTED_UPDATE: _("%(name)s edited a post that you quoted"),
    SIGN_UP: _("Somebody new has an account here, or asks for one"),
    REPORTED: _("%(name)s reported an account"),
}


class Policy(StrEnum):
    """Whose doings are told: anybody's, of those whom the actor follows, of those who follow it, or nobody's."""

    ALL = "all"
    FOLLOWED = "followed"
    FOLLOWER = "follower"
    NONE = "none"


def policy(value: object) -> Policy:
    """A policy by its word; ALL when nothing is said. InvalidInput for another word."""
    if value in (None, ""):
        return Policy.ALL
    if value not in list(Policy):
        raise InvalidInput(f"Validation failed: policy is one of {', '.join(Policy)}")
    return Policy(str(value))


def alerts(wanted: Mapping[str, Any]) -> tuple[str, ...]:
    """The types that are wanted, of those that there are; what nobody knows is passed over (quirk 10)."""
    return tuple(type for type in ALERTS if wanted.get(type))


def stored(types: Iterable[str]) -> str:
    """Types as one text in which each is found between blanks."""
    return f" {' '.join(types)} "


def headline(texts: Translator, type: str, name: str) -> str:
    """A notification in a sentence."""
    return texts.gettext(_HEADLINES[type], name=cut(name, limits.PUSH_TITLE))


def message(*, token: str, language: str, notification_id: int, type: str, icon: str, title: str, body: str) -> bytes:
    """What the app is sent, at most `limits.PUSH_BYTES`. The token tells an app with several accounts whose it is."""
    said = {
        "access_token": token,
        "preferred_locale": language,
        "notification_id": notification_id,
        "notification_type": type,
        "icon": icon if len(icon) <= limits.PUSH_TITLE * 2 else "",
        "title": title,
        "body": cut(body, limits.PUSH_TEXT),
    }
    whole = orjson.dumps(said)
    return whole if len(whole) <= limits.PUSH_BYTES else orjson.dumps({**said, "body": "", "icon": ""})


def cut(text: str, length: int) -> str:
    """The beginning of a text."""
    return text if len(text) <= length else f"{text[: length - 1].rstrip()}…"
