"""What the author of a post allows to whom (interactionPolicy), and the documents that show that they agreed.

Read as GoToSocial and Mastodon write it, under its older names too. Source: GoToSocial *Interaction Policy*; FEP-044f.
"""

from typing import Any

from coopfed import limits
from coopfed.errors import BadMessage
from coopfed.vocab import values
from coopfed.vocab.members import required
from coopfed.vocab.records import AuthorizationRecord, PolicyRecord, PolicyRule

Document = dict[str, Any]

AUTOMATIC, MANUAL = "automaticApproval", "manualApproval"
SUB_POLICIES = ("canQuote", "canLike", "canReply", "canAnnounce")
_OLDER_NAMES = {AUTOMATIC: "always", MANUAL: "approvalRequired"}
"""Those of GoToSocial before 0.20."""

AUTHORIZATIONS = {
    "QuoteAuthorization": "quote",
    "LikeAuthorization": "like",
    "LikeApproval": "like",
    "ReplyAuthorization": "reply",
    "ReplyApproval": "reply",
    "AnnounceAuthorization": "announce",
    "AnnounceApproval": "announce",
}
"""Types of the documents that show consent, and to what; `...Approval` is GoToSocial's word before 0.20."""


def takes_requests(document: Document, sub_policy: str) -> bool:
    """Whether the author of a post (its document as it came) is asked by a LikeRequest, ReplyRequest or AnnounceRequest, and not by the
    interaction itself. GoToSocial takes those since 0.20, which is also the first to write its policies in today's words."""
    policy = next(values.nodes(document.get("interactionPolicy")), {})
    return any(name in rule for rule in values.nodes(policy.get(sub_policy)) for name in (AUTOMATIC, MANUAL))


def policy_of(value: Any, _depth: int = 0) -> Document | None:
    """The canonical interactionPolicy: for each sub-policy that says something two lists of ids; None when none does.

    An empty list says nothing: JSON-LD knows no difference between an empty set and an absent one.
    """
    node = next(values.nodes(value), {})
    found = {name: rule for name in SUB_POLICIES if (rule := _rule_of(node.get(name)))}
    return found or None


def _rule_of(value: Any) -> dict[str, list[str]]:
    node = next(values.nodes(value), {})
    lists = {
        name: values.id_list(node.get(name) if node.get(name) is not None else node.get(older))[: limits.ALIASES]
        for name, older in _OLDER_NAMES.items()
    }
    return lists if any(lists.values()) else {}


def read_policy(canonical: Document | None) -> PolicyRecord | None:
    """The policy in a canonical interactionPolicy."""
    if not canonical:
        return None
    return PolicyRecord(*(_read_rule(canonical.get(name)) for name in SUB_POLICIES))


def _read_rule(rule: Document | None) -> PolicyRule | None:
    return None if rule is None else PolicyRule(tuple(rule[AUTOMATIC]), tuple(rule[MANUAL]))


def written(policy: PolicyRecord) -> Document:
    """The canonical interactionPolicy that says this."""
    rules = zip(SUB_POLICIES, (policy.quote, policy.like, policy.reply, policy.announce), strict=True)
    return {
        name: {AUTOMATIC: list(rule.automatic), MANUAL: list(rule.manual)} for name, rule in rules if rule is not None
    }


def read_authorization(doc: Document) -> AuthorizationRecord:
    """The consent that a canonical document shows. BadMessage (`not_an_authorization`) when it shows none.

    Read too: an Accept of the interaction itself, in which GoToSocial before 0.19 let consent be looked up.
    """
    identity, kind = required(doc, "id", "no_id"), required(doc, "type", "not_an_authorization")
    authors = [doc["actor"]] if kind == "Accept" and "actor" in doc else doc.get("attributedTo", [])
    interacting = doc.get("interactingObject") or next(map(values.reference, doc.get("object", [])), None)
    if (kind != "Accept" and kind not in AUTHORIZATIONS) or not authors or not interacting:
        raise BadMessage(f"{kind} shows no consent", reason="not_an_authorization")
    target = doc.get("interactionTarget") or values.reference(doc.get("target"))
    return AuthorizationRecord(identity, AUTHORIZATIONS.get(kind), authors[0], interacting, target)
