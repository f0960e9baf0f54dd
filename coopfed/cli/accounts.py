"""`coopfed account create`, `coopfed token create`."""

from typing import Any

import typer

from coopfed.cli.common import Json, say, with_node


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    account = typer.Typer(help="People who use this node.", no_args_is_help=True)
    account.command("create")(create)
    app.add_typer(account, name="account")
    token = typer.Typer(help="Bearer tokens of apps.", no_args_is_help=True)
    token.command("create")(create_token)
    app.add_typer(token, name="token")


def create(
    email: str,
    actor: str = typer.Option(..., help="Handle of the actor the account may act as."),
    role: str = typer.Option(..., help="admin, editor, author, negotiator, signatory, officer, moderator or reader."),
    operator: bool = typer.Option(False, "--operator", help="The account may run the node."),
    as_json: Json = False,
) -> None:
    """Make an account, or give an existing one another role."""
    number = with_node(lambda node: _create(node, email, actor, role, operator), as_json=as_json)
    text = f"{email} is {role} of @{actor.removeprefix('@')}"
    say(text, {"id": number, "email": email, "actor": actor, "role": role, "operator": operator}, as_json=as_json)


async def _create(node: Any, email: str, actor: str, role: str, operator: bool) -> int:
    from coopfed.features.accounts.store import give_role
    from webfinger.resolve import find_actor

    row = await find_actor(node, actor)
    number: int = await give_role(node, email, row, role, operator=operator)
    return number


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
