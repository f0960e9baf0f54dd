"""What we write about quotes and consent: members added to a note, requests, answers, and the documents that show consent.

The shapes are those of FEP-044f as Mastodon reads them, with the words of older software beside them.
"""

import html
from collections.abc import Iterable, Sequence
from typing import Any, Final

from coopfed.vocab.build import Document, bare
from coopfed.vocab.contexts import QUOTES, REQUESTS
from coopfed.vocab.policies import AUTOMATIC
from coopfed.vocab.terms import LD_JSON

_QUOTE_LINK: Final = "https://misskey-hub.net/ns#_misskey_quote"
_QUOTING: Final = ("quote", "quoteUri", "quoteUrl", "_misskey_quote")
KEPT: Final = (*_QUOTING, "quoteAuthorization", "interactionPolicy", "approvedBy", "replyAuthorization")
"""Members of a note of ours that stay as they are when its text is edited."""


def quoting(note: Document, quoted: str, authorization: str | None = None) -> Document:
    """The note as one that quotes the post with this id, with its author's consent when that is there.

    Source: FEP-044f *Quote posts*, *Compatibility*; FEP-e232.
    """
    link = {"type": "Link", "mediaType": LD_JSON, "rel": _QUOTE_LINK, "href": quoted, "name": f"RE: {quoted}"}
    members = dict.fromkeys(_QUOTING, quoted) | ({"quoteAuthorization": authorization} if authorization else {})
    return {**note, "@context": list(QUOTES), **members, "tag": [*note["tag"], link]}


def without_quote(note: Document) -> Document:
    """The note as one that quotes nothing. The link in its text stays: to link needs nobody's consent."""
    tags = [tag for tag in note["tag"] if tag.get("rel") != _QUOTE_LINK]
    return {name: value for name, value in note.items() if name not in (*_QUOTING, "quoteAuthorization")} | {
        "tag": tags
    }


def kept(note: Document, before: Document) -> Document:
    """The note with what the document before its edit said about quotes and consent."""
    quoted = before.get("quote")
    again = quoting(note, quoted) if isinstance(quoted, str) else note
    context = before.get("@context", note["@context"])
    return {**again, "@context": context, **{name: before[name] for name in KEPT if name in before}}


def with_line(content: str, link: str) -> str:
    """The HTML with a last line that leads to the quoted post, for those who show no quotes; others hide it by its class.

    Source: FEP-044f *Compatibility*.
    """
    address = html.escape(link, quote=True)
    line = f'<span class="quote-inline"><br>RE: <a href="{address}">{html.escape(link)}</a></span>'
    body, end = (content[:-4], "</p>") if content.endswith("</p>") else (f"{content}<p>", "</p>")
    return f"{body}{line}{end}"


def policy(automatic: Iterable[str]) -> Document:
    """The interactionPolicy of a post of ours: who may quote it. Never an empty list, which would say nothing.

    Nothing is said about likes, answers and boosts: what is said is a promise to enforce it. Source: FEP-044f; GoToSocial.
    """
    return {"canQuote": {AUTOMATIC: list(automatic)}}


REQUEST: Final = {"like": "LikeRequest", "reply": "ReplyRequest", "announce": "AnnounceRequest"}
"""Types of the requests to do something with a post. Source: GoToSocial *Interaction Request Types*."""
AUTHORIZATION: Final = {"like": "LikeAuthorization", "reply": "ReplyAuthorization", "announce": "AnnounceAuthorization"}
"""Types of the documents that show consent to that."""
_SHOWN_IN: Final = {"like": "likeAuthorization", "reply": "replyAuthorization", "announce": "announceAuthorization"}


def approved(document: Document, by: str, what: str | None = None) -> Document:
    """A post, Like or Announce of ours with where its consent is shown; `what` it is when that is a document of its own, and not the
    author's Accept. Source: GoToSocial *approvedBy*, *Proving Interaction Authorization*."""
    member = {_SHOWN_IN[what]: by} if what is not None else {}
    return {**document, "@context": list(REQUESTS), "approvedBy": by, **member}


def interaction_request(what: str, id: str, target: str, author: str, interaction: Document) -> Document:
    """The question to the author of a post whether ours may like, answer or boost it: to the author alone, whoever the interaction is
    for. Source: GoToSocial *Sending an Interaction Request*."""
    return {
        "@context": list(REQUESTS),
        "id": id,
        "type": REQUEST[what],
        "actor": interaction.get("actor") or interaction["attributedTo"],
        "object": target,
        "instrument": bare(interaction),
        "to": [author],
        "cc": [],
    }


def quote_request(id: str, actor: str, quoted: str, author: str, note: Document) -> Document:
    """The question to the author of a post whether a note of ours may quote it. Source: FEP-044f *QuoteRequest*."""
    return {
        "@context": list(QUOTES),
        "id": id,
        "type": "QuoteRequest",
        "actor": actor,
        "object": quoted,
        "instrument": bare(note),
        "to": [author],
        "cc": [],
    }


def answer(type: str, id: str, actor: str, request: Document, result: str | None = None) -> Document:
    """The Accept or Reject of a request (with `type`, `id`, `actor`, `object` and `instrument` as ids), to whom it came from."""
    whole = {
        "@context": list(QUOTES if request["type"] == "QuoteRequest" else REQUESTS),
        "id": id,
        "type": type,
        "actor": actor,
        "object": request,
        "to": [request["actor"]],
        "cc": [],
    }
    return whole if result is None else {**whole, "result": result}


def authorization(id: str, author: str, interacting: str, target: str, what: str = "quote") -> Document:
    """What shows that the author of `target` agrees to be quoted (liked, answered, boosted) by `interacting`. Ids only: who may read
    this may perhaps not read those. Source: FEP-044f *QuoteAuthorization*; GoToSocial *Interaction Authorization Objects*."""
    return {
        "@context": list(QUOTES if what == "quote" else REQUESTS),
        "id": id,
        "type": AUTHORIZATION.get(what, "QuoteAuthorization"),
        "attributedTo": author,
        "interactingObject": interacting,
        "interactionTarget": target,
    }


def revocation(id: str, shown: Document, to: Sequence[str], cc: Sequence[str]) -> Document:
    """The Delete of a QuoteAuthorization of ours. Source: FEP-044f *Revocation*."""
    whole: dict[str, Any] = {
        "@context": list(QUOTES),
        "id": id,
        "type": "Delete",
        "actor": shown["attributedTo"],
        "object": bare(shown),
        "to": list(to),
        "cc": list(cc),
    }
    return whole
