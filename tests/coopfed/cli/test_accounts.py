"""`coopfed account …`, `coopfed token …`: people who use the node, as an operator looks after them."""

import pytest

from tests.coopfed.cli.conftest import Run
from tests.coopfed.cli.test_commands import made, said

EMAIL = "ayse@mail.example"
PASSWORD = "four fishes and a boat"


def created(coopfed: Run, *more: str, typed: str | None = None) -> None:
    """An account that is editor of @bakery."""
    made(coopfed, "bakery")
    coopfed("account", "create", EMAIL, "--actor", "bakery", "--role", "editor", *more, typed=typed)


def row_of(coopfed: Run, email: str = EMAIL) -> dict[str, object]:
    """What the list says of an account."""
    [row] = [row for row in said(coopfed("account", "list", "--json")) if row["email"] == email]
    return dict(row)


@pytest.mark.parametrize(
    "arguments",
    [
        ("account", "password", EMAIL, "--password-stdin"),
        ("account", "take-role", EMAIL, "--actor", "bakery", "--role", "editor"),
        ("account", "shut", EMAIL),
        ("account", "open", EMAIL),
        ("account", "second-factor-off", EMAIL, "--yes"),
        ("account", "delete", EMAIL, "--yes"),
        ("token", "list", EMAIL),
        ("token", "revoke", EMAIL, "1"),
    ],
)
def test_unknown_account_is_named(coopfed: Run, arguments: tuple[str, ...]) -> None:
    """Bad input: what to do is said."""
    made(coopfed, "bakery")
    assert f"no account {EMAIL}" in str(coopfed(*arguments, fails=True, typed=f"{PASSWORD}\n").exception)


def test_account_comes_with_a_password(coopfed: Run) -> None:
    """Design 5: `--password-stdin`; a bad one makes no account."""
    made(coopfed, "bakery")
    create = ("account", "create", EMAIL, "--actor", "bakery", "--role", "editor", "--password-stdin")

    refused = coopfed(*create, fails=True, typed="short\n")
    assert "at least 10 characters" in str(refused.exception)
    assert said(coopfed("account", "list", "--json")) == []

    coopfed(*create, typed=f"{PASSWORD}\n")
    row = row_of(coopfed)
    assert (row["password"], row["state"], row["roles"]) == (True, "open", "editor of @bakery")


def test_invitation_prints_its_link(coopfed: Run) -> None:
    """`account invite`: for whom mail does not reach; no account before it is accepted."""
    made(coopfed, "bakery")
    link = coopfed("account", "invite", EMAIL, "--actor", "bakery", "--role", "admin", "--language", "tr").stdout
    assert "/account/invite/" in link
    assert said(coopfed("account", "list", "--json")) == []
    wrong = coopfed("account", "invite", EMAIL, "--actor", "bakery", "--role", "king", fails=True)
    assert "is no role" in str(wrong.exception)


def test_roles_are_given_and_taken(coopfed: Run) -> None:
    """`account create` again gives another role; `take-role` takes one."""
    created(coopfed)
    coopfed("account", "create", EMAIL, "--actor", "bakery", "--role", "signatory")
    assert row_of(coopfed)["roles"] == "editor of @bakery, signatory of @bakery"

    coopfed("account", "take-role", EMAIL, "--actor", "bakery", "--role", "editor")

    assert row_of(coopfed)["roles"] == "signatory of @bakery"
    again = coopfed("account", "take-role", EMAIL, "--actor", "bakery", "--role", "editor", fails=True)
    assert "is not editor" in str(again.exception)


def test_account_is_shut_opened_and_deleted(coopfed: Run) -> None:
    """Its tokens end when it is shut, and do not come back."""
    created(coopfed, "--operator")
    coopfed("token", "create", "--account", EMAIL, "--actor", "bakery")
    coopfed("account", "shut", EMAIL)
    assert (row_of(coopfed)["state"], said(coopfed("token", "list", EMAIL, "--json"))) == ("shut", [])

    coopfed("account", "open", EMAIL)
    assert row_of(coopfed)["state"] == "open"

    assert coopfed("account", "delete", EMAIL, fails=True, typed="n\n").exit_code != 0
    assert row_of(coopfed)["operator"] is True
    coopfed("account", "delete", EMAIL, "--yes")
    assert said(coopfed("account", "list", "--json")) == []


def test_tokens_are_listed_and_revoked(coopfed: Run) -> None:
    """`token list|revoke`: the token itself is stored nowhere."""
    created(coopfed)
    token = coopfed("token", "create", "--account", EMAIL, "--actor", "bakery", "--scopes", "read push").stdout.strip()
    [row] = said(coopfed("token", "list", EMAIL, "--json"))
    assert (row["app"], row["actor"], row["scopes"], row["used_at"]) == ("command line", "@bakery", "read push", None)
    assert token not in coopfed("token", "list", EMAIL).stdout

    coopfed("token", "revoke", EMAIL, str(row["id"]))

    assert said(coopfed("token", "list", EMAIL, "--json")) == []
    assert "no token" in str(coopfed("token", "revoke", EMAIL, str(row["id"]), fails=True).exception)
