"""`/account/…`: pages of signed-in people, and of those who want to be."""

from quart import Blueprint

from coopfed.node import Node
from coopfed.web.account import (
    answers,
    approvals,
    board,
    data,
    joining,
    mails,
    matches,
    members,
    memberships,
    own,
    passkeys,
    people,
    profile,
    requests,
    signing_in,
)


def register(pages: Blueprint, node: Node) -> None:
    """Adds the routes."""
    signing_in.register(pages, node)
    joining.register(pages, node)
    own.register(pages, node)
    passkeys.register(pages, node)
    mails.register(pages, node)
    people.register(pages, node)
    approvals.register(pages, node)
    board.register(pages, node)
    profile.register(pages, node)
    memberships.register(pages, node)
    answers.register(pages, node)
    members.register(pages, node)
    matches.register(pages, node)
    data.register(pages, node)
    requests.register(pages, node)
