"""Who may act as whom: what each role of an account at an actor allows. Pure."""

from collections.abc import Collection
from enum import StrEnum


class Role(StrEnum):
    """A role of an account at an actor; one account may hold several. Source: the API contract, section 1."""

    ADMIN = "admin"
    EDITOR = "editor"
    AUTHOR = "author"
    NEGOTIATOR = "negotiator"
    SIGNATORY = "signatory"
    OFFICER = "officer"
    MODERATOR = "moderator"
    READER = "reader"


_EDITORS = frozenset({Role.ADMIN, Role.EDITOR})
_WRITERS = _EDITORS | {Role.AUTHOR}


def may_write(roles: frozenset[Role]) -> bool:
    """Whether these roles may write as the actor, and keep what only its own people see: files, bookmarks, lists, mutes."""
    return bool(roles & _WRITERS)


def may_publish(roles: frozenset[Role], *, needs_approval: bool) -> bool:
    """Whether these roles may do at once what others see: post, edit, delete, like, boost, follow. Where the actor wants its authors'
    posts approved (`needs_approval`), authors may not."""
    return may_approve(roles) or (may_write(roles) and not needs_approval)


def may_approve(roles: Collection[Role]) -> bool:
    """Whether these roles may decide on what authors of the actor wrote."""
    return not _EDITORS.isdisjoint(roles)


def may_edit_profile(roles: frozenset[Role]) -> bool:
    """Whether these roles may change what the actor shows of itself and how its posts begin."""
    return bool(roles & _EDITORS)


def may_negotiate(roles: frozenset[Role]) -> bool:
    """Whether these roles may answer for the actor, and shortlist, accept and complete what others answered."""
    return may_approve(roles) or Role.NEGOTIATOR in roles


def may_give_roles(roles: frozenset[Role]) -> bool:
    """Whether these roles may invite people to speak as the actor, and take roles from them."""
    return Role.ADMIN in roles


def may_sign(roles: frozenset[Role]) -> bool:
    """Whether these roles may sign as the actor that it is a member of an umbrella, and that it is one no more."""
    return bool(roles & {Role.ADMIN, Role.SIGNATORY})


def may_take_members(roles: frozenset[Role]) -> bool:
    """Whether these roles may invite, take in, suspend and let go members of the actor, which is their umbrella."""
    return bool(roles & {Role.ADMIN, Role.OFFICER})
