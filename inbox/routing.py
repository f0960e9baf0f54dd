"""The table: which handlers an arrived activity takes. The whole dispatcher is this dict.

The key is the activity's type and the kind of its first object; the value a tuple of handlers that run in one write, posts first,
then those that observe. What is not here is `unsupported`.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from coopfed.db.tx import Tx
from coopfed.features.agreements import consents as stories
from coopfed.features.agreements import receive as receipts
from coopfed.features.blocks import receive as blocks
from coopfed.features.follows import receive as follows
from coopfed.features.groups import moderate, pass_on
from coopfed.features.memberships import receive as memberships
from coopfed.features.moves import receive as moves
from coopfed.features.polls import receive as polls
from coopfed.features.posts import edits
from coopfed.features.posts import receive as posts
from coopfed.features.profiles import receive as profiles
from coopfed.features.quotes import receive as quotes
from coopfed.features.reactions import receive as reactions
from coopfed.features.relays import receive as relays
from coopfed.features.reports import receive as reports
from coopfed.features.requests import heard
from coopfed.features.requests import receive as proposals
from coopfed.features.requests import receive_answers as offers
from coopfed.node import Node, Stamp
from coopfed.outcomes import Outcome
from coopfed.vocab.arrival import Arrival
from coopfed.vocab.kinds import Kind
from inbox import answers, collected, forward, requested, undo


@dataclass(frozen=True, slots=True)
class Handler:
    """One reaction to an arrival.

    `gather` fetches what is missing, with no transaction open; `check` decides and raises a Refusal, pure; `apply` writes, in one
    short transaction that may be run again.
    """

    gather: Callable[[Node, Arrival], Awaitable[Any]]
    check: Callable[[Arrival, Any], None]
    apply: Callable[[Tx, Arrival, Any, Stamp], Outcome]


_PASSED_ON = Handler(pass_on.gather, pass_on.check, pass_on.apply_change)
_FORWARDED = Handler(forward.gather, forward.check, forward.apply)
_HEARD = Handler(heard.gather, heard.check, heard.apply_said)
_FOLLOW = (Handler(follows.gather_follow, follows.check_follow, follows.apply_follow),)
_JOIN = (Handler(follows.gather_follow, follows.check_join, follows.apply_follow),)
_LEAVE = (Handler(follows.gather_leave, follows.check_leave, follows.apply_leave),)
_ACCEPT = (Handler(answers.gather_answer, answers.check_answer, answers.apply_accept),)
_REJECT = (Handler(answers.gather_answer, answers.check_answer, answers.apply_reject),)
_UNDO = (Handler(undo.gather_undo, undo.check_undo, undo.apply_undo), _PASSED_ON, _FORWARDED)
_REACTION = (
    Handler(reactions.gather_reaction, reactions.check_reaction, reactions.apply_reaction),
    _PASSED_ON,
    _FORWARDED,
)
_BOOST = (
    Handler(reactions.gather_boost, reactions.check_boost, reactions.apply_boost),
    Handler(pass_on.gather_nothing, pass_on.check, pass_on.apply_noted),
)
_MOVE = (Handler(moves.gather_move, moves.check_move, moves.apply_move),)
_FLAG = (Handler(reports.gather_flag, reports.check_flag, reports.apply_flag),)
_BLOCK = (Handler(blocks.gather_block, blocks.check_block, blocks.apply_block),)
_CREATE = (
    Handler(posts.gather_create, posts.check_create, posts.apply_create),
    Handler(pass_on.gather, pass_on.check, pass_on.apply_create),
    _HEARD,
    Handler(stories.gather_post, stories.check_post, stories.apply_post),
    _FORWARDED,
)
_VOTE = (Handler(polls.gather_vote, polls.check_vote, polls.apply_vote),)
_UPDATE = (Handler(edits.gather_update, edits.check_update, edits.apply_update), _PASSED_ON, _HEARD, _FORWARDED)
_RELAYED = (Handler(relays.gather_post, relays.check_post, relays.apply_post),)
_MODERATION = (Handler(moderate.gather, moderate.check, moderate.apply),)
_ADD = (Handler(collected.gather, collected.check, collected.apply_add),)
_REMOVE = (Handler(collected.gather, collected.check, collected.apply_remove),)
_MEMBERSHIP_OFFER = (Handler(memberships.gather_offer, memberships.check_offer, memberships.apply_offer),)
_INVITE = (Handler(memberships.gather_invite, memberships.check_invite, memberships.apply_invite),)
_UPDATE_MEMBERSHIP = (Handler(memberships.gather_update, memberships.check_update, memberships.apply_update),)
_DELETE = (
    Handler(posts.gather_delete, posts.check_delete, posts.apply_delete),
    Handler(proposals.gather_delete, proposals.check_delete, proposals.apply_delete),
    Handler(heard.gather, heard.check, heard.apply_deleted),
    Handler(pass_on.gather, pass_on.check, pass_on.apply_delete),
    Handler(quotes.gather_revocation, quotes.check_revocation, quotes.apply_revocation),
    _FORWARDED,
)
_PROPOSAL = (Handler(proposals.gather_proposal, proposals.check_proposal, proposals.apply_proposal),)
_OFFER = (Handler(offers.gather_offer, offers.check_offer, offers.apply_offer),)
_RECEIPT = (Handler(receipts.gather, receipts.check, receipts.apply),)
_STORY = (Handler(stories.gather_offer, stories.check_offer, stories.apply_offer),)
_QUOTE_REQUEST = (Handler(quotes.gather_request, quotes.check_request, quotes.apply_request),)
_REQUEST = (Handler(requested.gather, requested.check, requested.apply),)
_DELETE_ACTOR = (Handler(posts.gather_actor_delete, posts.check_actor_delete, posts.apply_actor_delete),)
_UPDATE_ACTOR = (Handler(profiles.gather_update, profiles.check_update, profiles.apply_update),)

ROUTES: dict[tuple[str, Kind], tuple[Handler, ...]] = {
    ("Follow", Kind.ID_ONLY): _FOLLOW,
    ("Follow", Kind.ACTOR): _FOLLOW,
    ("Join", Kind.ID_ONLY): _JOIN,
    ("Join", Kind.ACTOR): _JOIN,
    ("Leave", Kind.ID_ONLY): _LEAVE,
    ("Leave", Kind.ACTOR): _LEAVE,
    ("Accept", Kind.FOLLOW): _ACCEPT,
    ("Accept", Kind.ID_ONLY): _ACCEPT,
    ("Accept", Kind.QUOTE_REQUEST): _ACCEPT,
    ("Accept", Kind.INTERACTION_REQUEST): _ACCEPT,
    ("Accept", Kind.POST): _ACCEPT,
    ("Accept", Kind.CREATE): _ACCEPT,
    ("Accept", Kind.LIKE): _ACCEPT,
    ("Accept", Kind.ANNOUNCE): _ACCEPT,
    ("Accept", Kind.OFFER): _ACCEPT,
    ("Reject", Kind.FOLLOW): _REJECT,
    ("Reject", Kind.ID_ONLY): _REJECT,
    ("Reject", Kind.QUOTE_REQUEST): _REJECT,
    ("Reject", Kind.INTERACTION_REQUEST): _REJECT,
    ("Reject", Kind.POST): _REJECT,
    ("Reject", Kind.CREATE): _REJECT,
    ("Reject", Kind.LIKE): _REJECT,
    ("Reject", Kind.ANNOUNCE): _REJECT,
    ("Reject", Kind.OFFER): _REJECT,
    ("Reject", Kind.INVITE): _REJECT,
    ("Offer", Kind.RELATIONSHIP): _MEMBERSHIP_OFFER,
    ("Invite", Kind.ID_ONLY): _INVITE,
    ("Invite", Kind.ACTOR): _INVITE,
    ("QuoteRequest", Kind.ID_ONLY): _QUOTE_REQUEST,
    ("QuoteRequest", Kind.POST): _QUOTE_REQUEST,
    ("LikeRequest", Kind.ID_ONLY): _REQUEST,
    ("LikeRequest", Kind.POST): _REQUEST,
    ("ReplyRequest", Kind.ID_ONLY): _REQUEST,
    ("ReplyRequest", Kind.POST): _REQUEST,
    ("AnnounceRequest", Kind.ID_ONLY): _REQUEST,
    ("AnnounceRequest", Kind.POST): _REQUEST,
    ("Undo", Kind.FOLLOW): _UNDO,
    ("Undo", Kind.JOIN): _UNDO,
    ("Undo", Kind.LIKE): _UNDO,
    ("Undo", Kind.EMOJI_REACT): _UNDO,
    ("Undo", Kind.DISLIKE): _UNDO,
    ("Undo", Kind.ANNOUNCE): _UNDO,
    ("Undo", Kind.OFFER): _UNDO,
    ("Undo", Kind.ID_ONLY): _UNDO,
    ("Undo", Kind.OTHER): _UNDO,
    ("Undo", Kind.BLOCK): _UNDO,
    ("Undo", Kind.INVITE): _UNDO,
    ("Block", Kind.ID_ONLY): _BLOCK,
    ("Block", Kind.ACTOR): _BLOCK,
    ("Move", Kind.ACTOR): _MOVE,
    ("Move", Kind.ID_ONLY): _MOVE,
    ("Flag", Kind.ID_ONLY): _FLAG,
    ("Flag", Kind.ACTOR): _FLAG,
    ("Flag", Kind.POST): _FLAG,
    ("Like", Kind.ID_ONLY): _REACTION,
    ("Like", Kind.POST): _REACTION,
    ("EmojiReact", Kind.ID_ONLY): _REACTION,
    ("EmojiReact", Kind.POST): _REACTION,
    ("Dislike", Kind.ID_ONLY): _REACTION,
    ("Dislike", Kind.POST): _REACTION,
    ("Announce", Kind.ID_ONLY): _BOOST,
    ("Announce", Kind.POST): _BOOST,
    ("Announce", Kind.RELAYED): _RELAYED,
    ("Create", Kind.POST): _CREATE,
    ("Create", Kind.ID_ONLY): _CREATE,
    ("Create", Kind.VOTE): _VOTE,
    ("Create", Kind.MARKET): _PROPOSAL,
    ("Update", Kind.MARKET): _PROPOSAL,
    ("Create", Kind.RECEIPT): _RECEIPT,
    ("Offer", Kind.MARKET): _OFFER,
    ("Offer", Kind.POST): _STORY,
    ("Update", Kind.POST): _UPDATE,
    ("Update", Kind.ID_ONLY): _UPDATE,
    ("Update", Kind.RELATIONSHIP): _UPDATE_MEMBERSHIP,
    ("Delete", Kind.TOMBSTONE): _DELETE,
    ("Delete", Kind.ID_ONLY): _DELETE,
    ("Delete", Kind.POST): _DELETE,
    ("Delete", Kind.MARKET): _DELETE,
    ("Delete", Kind.AUTHORIZATION): _DELETE,
    ("Delete", Kind.ACTOR): _DELETE_ACTOR,
    ("Update", Kind.ACTOR): _UPDATE_ACTOR,
    ("Add", Kind.MODERATION): _MODERATION,
    ("Block", Kind.MODERATION): _MODERATION,
    ("Delete", Kind.MODERATION): _MODERATION,
    ("Lock", Kind.MODERATION): _MODERATION,
    ("Remove", Kind.MODERATION): _MODERATION,
    ("Undo", Kind.MODERATION): _MODERATION,
    ("Add", Kind.ACTOR): _ADD,
    ("Add", Kind.ID_ONLY): _ADD,
    ("Add", Kind.POST): _ADD,
    ("Remove", Kind.ACTOR): _REMOVE,
    ("Remove", Kind.ID_ONLY): _REMOVE,
    ("Remove", Kind.POST): _REMOVE,
}
