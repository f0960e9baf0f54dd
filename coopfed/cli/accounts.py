"""`coopfed account …`, `coopfed token …`: people who use this node, and what apps hold in their place."""

from typing import Any

import typer

from coopfed.cli.common import Json, confirmed, say, table, with_node

Actor = typer.Option(..., help="Handle of the actor the account may act as.")
RoleName = typer.Option(..., help="admin, editor, author, negotiator, signatory, officer, moderator or reader.")
PasswordStdin = typer.Option(False, "--password-stdin", help="Read the password from standard input.")
Yes = typer.Option(False, "--yes", help="Do not ask.")


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    account = typer.Typer(help="People who use this node.", no_args_is_help=True)
    for name, command in (
        ("create", create),
        ("invite", invite),
        ("list", list_accounts),
        ("password", password),
        ("take-role", take_role),
        ("shut", shut),
        ("open", reopen),
        ("second-factor-off", second_factor_off),
        ("delete", delete),
    ):
        account.command(name)(command)
    app.add_typer(account, name="account")
    token = typer.Typer(help="Bearer tokens of apps.", no_args_is_help=True)
    token.command("create")(create_token)
    token.command("list")(list_tokens)
    token.command("revoke")(revoke_token)
    app.add_typer(token, name="token")


# --- accounts ---------------------------------------------------------------------------------------------------


def create(
    email: str,
    actor: str = Actor,
    role: str = RoleName,
    operator: bool = typer.Option(False, "--operator", help="The account may run the node."),
    password_stdin: bool = PasswordStdin,
    as_json: Json = False,
) -> None:
    """Make an account, or give an existing one another role."""
    chosen = _typed() if password_stdin else None
    number = with_node(lambda node: _create(node, email, actor, role, operator, chosen), as_json=as_json)
    text = f"{email} is {role} of @{actor.removeprefix('@')}"
    say(text, {"id": number, "email": email, "actor": actor, "role": role, "operator": operator}, as_json=as_json)


def _typed() -> str:
    return typer.get_text_stream("stdin").readline().rstrip("\r\n")


async def _create(node: Any, email: str, actor: str, role: str, operator: bool, chosen: str | None) -> int:
    from coopfed.features.accounts import passwords, recovery, store
    from webfinger.resolve import find_actor

    row = await find_actor(node, actor)
    if chosen is not None:
        passwords.checked(chosen, email)
    number: int = await store.give_role(node, email, row, role, operator=operator)
    if chosen is not None:
        await recovery.choose_password(node, email, chosen)
    return number


def invite(
    email: str,
    actor: str = Actor,
    role: str = RoleName,
    language: str = typer.Option("en", help="Language of the mail."),
    as_json: Json = False,
) -> None:
    """Invite somebody by mail, and print the link. You may hand it over yourself."""
    link = with_node(lambda node: _invite(node, email, actor, role, language), as_json=as_json)
    say(link, {"email": email, "actor": actor, "role": role, "link": link}, as_json=as_json)


async def _invite(node: Any, email: str, actor: str, role: str, language: str) -> str:
    from coopfed.features.accounts import inviting
    from webfinger.resolve import find_actor

    row = await find_actor(node, actor)
    link: str = await inviting.invite(node, email, row, role, invited_by=None, language=language)
    return link


def list_accounts(as_json: Json = False) -> None:
    """Show all accounts with their roles."""
    rows = with_node(_list, as_json=as_json)
    table(rows, ("email", "operator", "state", "password", "second_factor", "roles"), as_json=as_json)


async def _list(node: Any) -> list[dict[str, Any]]:
    from coopfed.features.accounts import overview

    found: list[dict[str, Any]] = await node.db.read_long(overview.accounts)
    return found


def password(email: str, password_stdin: bool = PasswordStdin, as_json: Json = False) -> None:
    """Choose the password of an account. Without --password-stdin it is asked for, twice."""
    chosen = _typed() if password_stdin else typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    with_node(lambda node: _password(node, email, chosen), as_json=as_json)
    say(f"{email} has a new password", {"email": email}, as_json=as_json)


async def _password(node: Any, email: str, chosen: str) -> None:
    from coopfed.features.accounts import recovery

    await recovery.choose_password(node, email, chosen)


def take_role(email: str, actor: str = Actor, role: str = RoleName, as_json: Json = False) -> None:
    """Take a role away from an account."""
    with_node(lambda node: _take_role(node, email, actor, role), as_json=as_json)
    said = {"email": email, "actor": actor, "role": role}
    say(f"{email} is no longer {role} of @{actor.removeprefix('@')}", said, as_json=as_json)


async def _take_role(node: Any, email: str, actor: str, role: str) -> None:
    from coopfed.db.signals import Topic
    from coopfed.errors import NotFound
    from coopfed.features.accounts import store
    from webfinger.resolve import find_actor

    row, account = await find_actor(node, actor), await _account(node, email)
    if not await node.db.write(store.take_role, account.id, row.id, store.is_role(role), wakes=(Topic.CACHES,)):
        raise NotFound(f"{email} is not {role} of @{row.handle}; see: coopfed account list")


def shut(email: str, as_json: Json = False) -> None:
    """Shut an account. Nobody signs in as it, its browsers and apps are signed out."""
    with_node(lambda node: _set_shut(node, email, shut_now=True), as_json=as_json)
    say(f"{email} is shut; open it again with: coopfed account open {email}", {"email": email}, as_json=as_json)


def reopen(email: str, as_json: Json = False) -> None:
    """Open an account that was shut."""
    with_node(lambda node: _set_shut(node, email, shut_now=False), as_json=as_json)
    say(f"{email} may sign in again", {"email": email}, as_json=as_json)


async def _set_shut(node: Any, email: str, *, shut_now: bool) -> None:
    from coopfed.features.accounts import leaving

    account = await _account(node, email)
    await node.db.write(leaving.shut, account.id, node.clock.now() if shut_now else None)


def second_factor_off(email: str, yes: bool = Yes, as_json: Json = False) -> None:
    """Take the second step away. For somebody who lost the phone and all recovery codes."""
    confirmed(f"Is it certain that {email} asks for this? Anybody with the password gets in then.", yes=yes)
    with_node(lambda node: _second_factor_off(node, email), as_json=as_json)
    say(f"{email} signs in with the password alone", {"email": email}, as_json=as_json)


async def _second_factor_off(node: Any, email: str) -> None:
    from coopfed.features.accounts import second_factor

    account = await _account(node, email)
    await node.db.write(second_factor.turn_off, account.id)


def delete(email: str, yes: bool = Yes, as_json: Json = False) -> None:
    """Delete an account. Its roles, browsers and apps go with it; the actors it spoke as stay."""
    confirmed(f"Delete the account {email}? What it wrote as its actors stays.", yes=yes)
    with_node(lambda node: _delete(node, email), as_json=as_json)
    say(f"{email} has no account any more", {"email": email}, as_json=as_json)


async def _delete(node: Any, email: str) -> None:
    from coopfed.db.signals import Topic
    from coopfed.features.accounts import store

    account = await _account(node, email)
    await node.db.write(store.remove, account.id, wakes=(Topic.CACHES,))


async def _account(node: Any, email: str) -> Any:
    from coopfed.errors import NotFound
    from coopfed.features.accounts import store

    account = await node.db.read(store.by_email, email)
    if account is None:
        raise NotFound(f"no account {email}; see: coopfed account list")
    return account


# --- tokens -----------------------------------------------------------------------------------------------------


def create_token(
    account: str = typer.Option(..., help="Email address of the account."),
    actor: str = typer.Option(..., help="Handle of the actor the token speaks as."),
    scopes: str = typer.Option("read write follow push", help="What the token allows."),
    as_json: Json = False,
) -> None:
    """Make a bearer token and print it; it is not shown again."""
    token = with_node(lambda node: _create_token(node, account, actor, scopes), as_json=as_json)
    say(token, {"token": token, "account": account, "actor": actor, "scopes": scopes}, as_json=as_json)


async def _create_token(node: Any, email: str, actor: str, scopes: str) -> str:
    from coopfed.oauth.tokens import issue_token
    from webfinger.resolve import find_actor

    row = await find_actor(node, actor)
    token: str = await issue_token(node, email, row, scopes)
    return token


def list_tokens(email: str, as_json: Json = False) -> None:
    """Show the tokens of an account. The tokens themselves are stored nowhere."""
    rows = with_node(lambda node: _list_tokens(node, email), as_json=as_json)
    table(rows, ("id", "app", "actor", "scopes", "created_at", "used_at"), as_json=as_json)


async def _list_tokens(node: Any, email: str) -> list[dict[str, Any]]:
    from actors.lookup import by_ids
    from coopfed.cli.common import moment
    from coopfed.oauth import tokens

    account = await _account(node, email)
    rows = await node.db.read(tokens.listed, account.id)
    actors = await node.db.read(by_ids, [row.actor_id for row in rows])
    return [
        {
            "id": row.id,
            "app": row.app or "command line",
            "actor": f"@{actors[row.actor_id].handle}" if row.actor_id in actors else None,
            "scopes": row.scopes,
            "created_at": moment(row.created_at),
            "used_at": moment(row.used_at) if row.used_at else None,
        }
        for row in rows
    ]


def revoke_token(email: str, number: int, as_json: Json = False) -> None:
    """End a token by its number, see `coopfed token list`."""
    with_node(lambda node: _revoke_token(node, email, number), as_json=as_json)
    say(f"the token {number} of {email} is void", {"id": number, "email": email}, as_json=as_json)


async def _revoke_token(node: Any, email: str, number: int) -> None:
    from coopfed.db.signals import Topic
    from coopfed.errors import NotFound
    from coopfed.oauth import tokens

    account = await _account(node, email)
    if not await node.db.write(tokens.end_of, account.id, number, wakes=(Topic.CACHES,)):
        raise NotFound(f"{email} has no token {number}; see: coopfed token list {email}")
