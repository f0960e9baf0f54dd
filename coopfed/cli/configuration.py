"""`coopfed init`, `coopfed config show|check`."""

import secrets
from pathlib import Path
from typing import Any

import typer

from coopfed.cli.common import STATE, Json, configured, say, table, with_node


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    app.command("init")(init)
    config = typer.Typer(help="The settings in force.", no_args_is_help=True)
    config.command("show")(show)
    config.command("check")(check)
    app.add_typer(config, name="config")


def init(
    domain: str = typer.Option("", help="Host name of the node; cannot change later."),
    data: str = typer.Option("", "--data", help="Data folder to make."),
    as_json: Json = False,
) -> None:
    """Make settings, secrets, database and the node's actor. Safe to repeat."""
    from coopfed.config import FILE_NAME, load, process_environment
    from coopfed.db import migrate
    from coopfed.errors import ConfigError

    environment = process_environment()
    folder = Path(data or STATE.data or environment.get("COOPFED_DATA_DIR", "."))
    STATE.data = str(folder)
    file = folder / FILE_NAME
    if not file.exists() and not domain and "COOPFED_DOMAIN" not in environment:
        raise ConfigError("which host name? run: coopfed init --domain your.domain")
    # Private posts lie in the database: a folder that is made here is nobody else's on this machine.
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Who gives the key from outside keeps it apart from the data: a second one beside them would only mislead.
    keyless = bool({"COOPFED_SECRET_KEY", "COOPFED_SECRET_KEY_FILE"} & set(environment))
    made = _write_files(folder, file, domain, with_key=not keyless) if not file.exists() else []
    config = load(environment, folder)
    if domain and config.domain != domain:
        raise ConfigError(
            f"{file} says DOMAIN {config.domain}; ids cannot change. Use another --data folder for {domain}"
        )
    if not config.secret_key.get_secret_value():
        raise ConfigError("SECRET_KEY is empty; set SECRET_KEY_FILE to a file with 32 random bytes or more")
    migrate.upgrade(migrate.target_of(config))
    uri = with_node(_make_node_actor, as_json=as_json, signer=False)
    text = f"node {config.base_url} is ready in {folder.resolve()}"
    say(text, {"node": config.base_url, "data": str(folder.resolve()), "actor": uri, "made": made}, as_json=as_json)


def _write_files(folder: Path, file: Path, domain: str, *, with_key: bool) -> list[str]:
    lines = ["# Settings of this node; docs/settings.md explains each. COOPFED_* variables win over this file."]
    lines += [f'domain = "{domain}"'] if domain else []
    if with_key:
        _make_key(folder / "secret.key")
        lines += [
            "# Seals the private keys in the database. Keep a copy apart from the backups.",
            'secret_key_file = "secret.key"',
        ]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return [file.name, "secret.key"] if with_key else [file.name]


def _make_key(secret: Path) -> None:
    if not secret.exists():
        secret.touch(mode=0o600)
        secret.write_text(secrets.token_urlsafe(48) + "\n", encoding="ascii")


async def _make_node_actor(node: Any) -> str:
    from actors.local import load_signer, make_keys, make_node_actor
    from coopfed.features.push.keys import vapid

    row = await make_node_actor(node, make_keys(node.secret))
    await load_signer(node)
    await vapid(node)
    uri: str = row.uri
    return uri


def show(as_json: Json = False) -> None:
    """Print every setting in force, secrets masked."""
    from coopfed.config import shown

    values = shown(configured(as_json=as_json))
    rows = [{"setting": name.upper(), "value": value} for name, value in values.items()]
    if as_json:
        say("", values, as_json=True)
    else:
        table(rows, ("setting", "value"), as_json=False)


def check(as_json: Json = False) -> None:
    """Check the settings; the first thing to do after changing them."""
    config = configured(as_json=as_json)
    say(f"the settings of {config.base_url} are in order", {"ok": True, "node": config.base_url}, as_json=as_json)
