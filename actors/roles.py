"""Who may act as whom: what each role of an account at an actor allows. Pure."""

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


_PUBLISHERS = frozenset({Role.ADMIN, Role.EDITOR, Role.AUTHOR})


def may_publish(roles: frozenset[Role]) -> bool:
    """Whether these roles may post, follow and delete as the actor. An author's posts need approval only where the actor
    asks for it, which none does yet."""
    return bool(roles & _PUBLISHERS)


def may_edit_profile(roles: frozenset[Role]) -> bool:
    """Whether these roles may change what the actor shows of itself and how its posts begin."""
    return bool(roles & {Role.ADMIN, Role.EDITOR})


def may_give_roles(roles: frozenset[Role]) -> bool:
    """Whether these roles may invite people to speak as the actor, and take roles from them."""
    return Role.ADMIN in roles
