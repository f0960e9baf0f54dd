"""`coopfed profile show|edit` and `coopfed code list`: what a cooperative says of itself, and the codes it says it in."""

from typing import TYPE_CHECKING, Any

import typer

from coopfed.cli.common import Json, say, table, with_node

if TYPE_CHECKING:
    from coopfed.node import Node

_TABLES = {
    "sectors": "nace_divisions",
    "regions": "regions",
    "offers": "collaboration_categories",
    "needs": "collaboration_categories",
    "cooperative_type": "cooperative_types",
    "size_class": "size_class",
}


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    profile = typer.Typer(help="What cooperatives say of themselves, in codes.", no_args_is_help=True)
    profile.command("show")(show)
    profile.command("edit")(edit)
    app.add_typer(profile, name="profile")
    code = typer.Typer(help="The codes of profiles and requests.", no_args_is_help=True)
    code.command("list")(codes)
    app.add_typer(code, name="code")


def show(handle: str, as_json: Json = False) -> None:
    """Show what a cooperative says of itself. It is of this node, or another that is known here."""
    found = with_node(lambda node: _show(node, handle), as_json=as_json)
    say("\n".join(f"{name}: {_in_words(value)}" for name, value in found.items() if value), found, as_json=as_json)


def edit(
    handle: str,
    kind: str | None = typer.Option(None, "--type", help="Kind of cooperative; '' for none."),
    size: str | None = typer.Option(None, help="Size class; '' for none."),
    legal_name: str | None = typer.Option(None, help="Name in the registry."),
    name: list[str] | None = typer.Option(None, help="LANGUAGE=TEXT, once for each language; replaces all."),
    description: list[str] | None = typer.Option(None, help="LANGUAGE=TEXT, once for each language; replaces all."),
    sector: list[str] | None = typer.Option(None, help="NACE division, up to five; replaces all."),
    region: list[str] | None = typer.Option(None, help="Country or region; replaces all."),
    language: list[str] | None = typer.Option(None, help="In which it can be written to; replaces all."),
    offers: list[str] | None = typer.Option(None, help="Category; replaces all."),
    needs: list[str] | None = typer.Option(None, help="Category; replaces all."),
    sdg: list[int] | None = typer.Option(None, help="Goal of the United Nations; replaces all."),
    identifier: list[str] | None = typer.Option(None, help="SCHEME=NUMBER, shown to everybody; replaces all."),
    members: int | None = typer.Option(None, help="How many members it has."),
    workers: int | None = typer.Option(None, help="How many people work there."),
    aggregation: bool | None = typer.Option(
        None, "--aggregation/--no-aggregation", help="Whether umbrellas may show its posts."
    ),
    match_mails: str | None = typer.Option(None, help="none, daily or weekly."),
    as_json: Json = False,
) -> None:
    """Change what a cooperative says of itself. It is of this node; codes may be given by their labels, in any language."""
    several = {
        "sectors": sector,
        "regions": region,
        "languages": language,
        "offers": offers,
        "needs": needs,
        "sdgs": sdg,
    }
    given: dict[str, Any] = {field: _codes(field, found) for field, found in several.items() if found is not None}
    one = {"cooperative_type": kind, "size_class": size}
    given |= {field: _codes(field, [found])[0] if found else "" for field, found in one.items() if found is not None}
    plain = {
        "legal_name": legal_name,
        "members_count": members,
        "workers_count": workers,
        "aggregation_consent": aggregation,
    }
    given |= {field: found for field, found in plain.items() if found is not None}
    texts = {"names": name, "descriptions": description}
    given |= {field: dict(_pairs(found)) for field, found in texts.items() if found is not None}
    if identifier is not None:
        given["identifiers"] = [{"scheme": one, "value": number, "public": True} for one, number in _pairs(identifier)]
    if match_mails is not None:
        given["settings"] = {"match_digest": match_mails}
    found, doubts = with_node(lambda node: _edit(node, handle, given), as_json=as_json)
    words = [f"{name}: {_in_words(value)}" for name, value in found.items() if value]
    say("\n".join([*words, *(f"doubtful: {one}" for one in doubts)]), {**found, "doubts": doubts}, as_json=as_json)


def codes(
    name: str = typer.Argument("", help="A table; without one the tables are listed."),
    words: str = typer.Argument("", help="Words of a label, in any language."),
    as_json: Json = False,
) -> None:
    """List the code tables, or the codes of one, found by their labels."""
    from coopfed.codes import tables
    from coopfed.errors import NotFound

    if not name:
        table(
            [{"table": one, "size": len(tables.table(one))} for one in tables.names()],
            ("table", "size"),
            as_json=as_json,
        )
        return
    if name not in tables.names():
        raise NotFound(f"no table {name}; see: coopfed code list")
    rows = [{"code": row.code, **row.labels} for row in tables.find(name, words)]
    table(rows, ("code", "en", "it", "tr"), as_json=as_json)


def _pairs(given: list[str]) -> list[tuple[str, str]]:
    from coopfed.errors import InvalidInput

    found = [one.partition("=") for one in given]
    if not all(sign for _key, sign, _value in found):
        raise InvalidInput("write KEY=VALUE, like it=Pescatori")
    return [(key, value) for key, _sign, value in found]


def _codes(field: str, given: list[Any]) -> list[Any]:
    """The codes that somebody means; what is none is left for the rules to refuse."""
    from coopfed.codes import tables

    wanted = _TABLES.get(field)
    return [tables.meant(wanted, str(one)) or one for one in given] if wanted is not None else given


def _in_words(value: Any) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{key}={one}" for key, one in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


async def _show(node: "Node", handle: str) -> dict[str, Any]:
    from webfinger.resolve import find_actor

    return await _said(node, await find_actor(node, handle))


async def _edit(node: "Node", handle: str, given: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    from coopfed.features.cooperatives.actions import edit
    from webfinger.resolve import find_actor

    saved = await edit(node, await find_actor(node, handle), given)
    return await _said(node, saved.actor), [f"{one.field}: {one.code}" for one in saved.doubts]


async def _said(node: "Node", row: Any) -> dict[str, Any]:
    from actors.cooperative import cooperative_of
    from coopfed.features.match_wishes import rhythm_of

    said = await node.db.read(cooperative_of, row.id)
    found: dict[str, Any] = {"acct": row.acct, "name": row.name, "legal_name": said.legal_name}
    found |= {"names": dict(said.names), "descriptions": {tag: one.html for tag, one in said.descriptions.items()}}
    found |= {kind.value: list(codes) for kind, codes in said.codes.items()}
    found |= {"identifiers": {one.scheme: one.value for one in said.identifiers}}
    found |= {"members": said.members_count, "workers": said.workers_count, "aggregation": said.aggregation_consent}
    return found | ({"match_mails": (await node.db.read(rhythm_of, row.id)).value} if row.local else {})
