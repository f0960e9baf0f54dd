"""Tokens as values: scopes, hashes, and who gets one."""

import pytest

from coopfed.errors import Forbidden, InvalidInput, NotFound, Unauthenticated
from coopfed.features.accounts.secrets import new_secret
from coopfed.features.accounts.store import give_role
from coopfed.oauth import scopes
from coopfed.oauth.tokens import bearer, hashed, issue_token
from tests.support.nodes import a_node, an_actor


def test_unknown_scope_is_refused() -> None:
    """client_api research 3: unknown scopes are refused, not ignored; each stands once, in the order asked for."""
    assert scopes.parse("write  read read") == ("write", "read")
    for text in ("", " ", "admin", "read everything", "READ", "read,write", "read:nothing"):
        with pytest.raises(InvalidInput):
            scopes.parse(text)


@pytest.mark.parametrize(
    ("granted", "wanted", "enough"),
    [
        ("read", "read:statuses", True),
        ("read:statuses", "read:statuses", True),
        ("read:statuses", "read:accounts", False),
        ("read:statuses", "read", False),
        ("read", "write:statuses", False),
        ("follow", "write:follows", True),
        ("follow", "read:mutes", True),
        ("follow", "write:statuses", False),
        ("admin:read", "admin:read:reports", True),
        ("admin:read", "admin:umbrella", False),
        ("read write follow push admin:read admin:write", "admin:umbrella", False),
        ("profile", "read:accounts", False),
    ],
)
def test_wide_scope_holds_the_narrow_ones_below_it(granted: str, wanted: str, enough: bool) -> None:
    """client_api research 3; api.md 1: `admin:umbrella` stands alone."""
    assert scopes.allows(granted.split(), wanted) is enough


def test_app_asks_for_no_more_than_it_was_registered_with() -> None:
    """security 1.6: granted within registered; `follow` of an app with all relationships."""
    assert scopes.within(("read:statuses", "follow"), ("read", "write"))
    assert not scopes.within(("write",), ("read",))
    assert not scopes.within(("follow",), ("read",))
    assert not scopes.within(("read",), ("read:statuses",))


def test_tokens_cannot_be_guessed_or_told_from_their_hash() -> None:
    """security 1.6: 256 random bits; the hash is keyed with the node's secret."""
    made = {new_secret() for _ in range(100)}

    assert len(made) == 100
    assert min(map(len, made)) >= 43
    assert hashed(b"one", "token") != hashed(b"two", "token")
    assert hashed(b"one", "token") == hashed(b"one", "token")


async def test_token_is_given_to_accounts_with_a_role_only(database_url: str) -> None:
    """api.md 1: NotFound and InvalidInput say what is missing."""
    async with a_node(database_url) as node:
        member, other = await an_actor(node), await an_actor(node, "other_member")
        with pytest.raises(NotFound):
            await issue_token(node, "ayse@mail.example", member, "read")
        await give_role(node, "Ayse@mail.example", member, "author")
        with pytest.raises(InvalidInput):
            await issue_token(node, "ayse@mail.example", other, "read")
        with pytest.raises(InvalidInput):
            await issue_token(node, "ayse@mail.example", member, "everything")

        token = await issue_token(node, "ayse@mail.example", member, "read")

        who = await bearer(node, f"bearer  {token} ", "read:statuses")
        assert (who.actor.id, who.scopes) == (member.id, {"read"})
        with pytest.raises(Forbidden):
            await bearer(node, f"Bearer {token}", "write:statuses")
        for header in (None, "", "Bearer", f"Bearer {token}x", f"Basic {token}"):
            with pytest.raises(Unauthenticated):
                await bearer(node, header, "read")


async def test_roles_are_given_to_addresses_at_actors_of_ours(database_url: str) -> None:
    """InvalidInput says what to change; one account may hold several roles, and is one account in any case of letters."""
    async with a_node(database_url) as node:
        member = await an_actor(node)
        for email, role in (("no address", "editor"), ("@x", "editor"), ("a@b@c", "editor"), ("a@b", "king")):
            with pytest.raises(InvalidInput):
                await give_role(node, email, member, role)

        first = await give_role(node, "a@mail.example", member, "editor")
        second = await give_role(node, " A@MAIL.example ", member, "reader", operator=True)

        assert first == second
