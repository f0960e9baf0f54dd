"""What the acting actor shows of itself, and how its posts begin. Source: client_api research 5; Mastodon 4.6, Profile."""

from dataclasses import replace
from typing import Any

from quart import Blueprint, Response, request

from actors.lookup import ActorRow
from actors.profile import profile_of
from coopfed.api import assemble, people
from coopfed.api.asking import answer, editor, is_markdown, parameters, quote_policy, speaker, visibility
from coopfed.api.tags import featured_tag
from coopfed.api.uploads import Form, drop, is_form, read_form
from coopfed.db.tx import Tx
from coopfed.errors import InvalidInput
from coopfed.features.media import actions as media
from coopfed.features.media import files
from coopfed.features.media.rules import AVATAR, HEADER, IMAGE, checked_description
from coopfed.features.posts.defaults import Defaults, checked_defaults, defaults_of, set_defaults
from coopfed.features.profiles.edit import edit
from coopfed.features.profiles.rules import Edit, Portrait, checked
from coopfed.features.tags import featured
from coopfed.ids import Urls
from coopfed.net.windows import Allowance
from coopfed.node import Node
from coopfed.oauth.tokens import Bearer
from coopfed.text.parameters import folded, listed, truth

_PICTURES = (AVATAR, HEADER)
_CHANGES = Allowance(30, 900)
"""Of pictures: each is unpacked, and told to every follower."""
_UPLOAD_SECONDS = 300


def register(api: Blueprint, node: Node) -> None:
    """Adds the routes."""

    @api.patch("/api/v1/accounts/update_credentials")
    async def update_credentials() -> Response:
        row, account_id = await _saved(node)
        return answer(await node.db.read(assemble.own, row, account_id, node.urls))

    @api.get("/api/v1/profile")
    async def get_profile() -> Response:
        who = await speaker(node, "read:accounts", "profile")
        return answer(await node.db.read(_profile, who.actor, node.urls))

    @api.patch("/api/v1/profile")
    async def update_profile() -> Response:
        row, _account_id = await _saved(node)
        return answer(await node.db.read(_profile, row, node.urls))

    @api.delete("/api/v1/profile/avatar")
    async def remove_avatar() -> Response:
        return await _without(node, Edit(avatar=Portrait(remove=True)))

    @api.delete("/api/v1/profile/header")
    async def remove_header() -> Response:
        return await _without(node, Edit(header=Portrait(remove=True)))


def _profile(tx: Tx, row: ActorRow, urls: Urls) -> dict[str, Any]:
    tags = [featured_tag(found, urls) for found in featured.of_actor(tx, row.id)]
    return people.own_profile(row, profile_of(tx, row.id), tags, urls)


async def _without(node: Node, wanted: Edit) -> Response:
    who = await editor(node, "write:accounts")
    row = await edit(node, who.actor, wanted)
    return answer(await node.db.read(assemble.own, row, who.account_id, node.urls))


async def _saved(node: Node) -> tuple[ActorRow, int]:
    """The acting actor as it is after the present request, and the number of the account that changed it."""
    who = await editor(node, "write:accounts")
    request.body_timeout = _UPLOAD_SECONDS
    form = await read_form(node, _PICTURES) if is_form() else Form()
    try:
        asked = folded(form.pairs) if is_form() else await parameters()
        return await _changed(node, who, asked, form), who.account_id
    finally:
        drop(node, form)


async def _changed(node: Node, who: Bearer, asked: dict[str, Any], form: Form) -> ActorRow:
    """Everything is looked at before anything is changed."""
    source = asked.get("source") or {}
    if not isinstance(source, dict):
        raise InvalidInput("source is an object")
    defaults = asked_defaults(source, await node.db.read(defaults_of, who.actor.id))
    checked_defaults(defaults)
    wanted = asked_edit(asked)
    checked(wanted, who.actor)
    pictures: dict[str, Portrait] = {}
    try:
        await _add_pictures(node, who, asked, form, pictures)
        row = await edit(node, who.actor, replace(wanted, avatar=pictures[AVATAR], header=pictures[HEADER]))
    except BaseException:
        for portrait in pictures.values():
            if portrait.file is not None:
                await files.forget(node, portrait.file.name)
        raise
    if source:
        await set_defaults(node, row, defaults)
    return row


def asked_edit(asked: dict[str, Any]) -> Edit:
    """What a client asks to change, but for pictures; what it does not name stays. InvalidInput for fields that are none."""
    return Edit(
        name=_text(asked.get("display_name")),
        note=_text(asked.get("note")),
        fields=_fields(asked.get("fields_attributes")),
        locked=truth(asked.get("locked")),
        bot=truth(asked.get("bot")),
        discoverable=truth(asked.get("discoverable")),
        indexable=truth(asked.get("indexable")),
        hide_collections=truth(asked.get("hide_collections")),
    )


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _fields(given: object) -> list[tuple[str, str]] | None:
    """Names and values of `fields_attributes`: a list, or an object by number (masto.js, Mastodon.py, Ivory each have their own)."""
    found = listed(given)
    if found is None:
        return None
    if not all(isinstance(field, dict) for field in found):
        raise InvalidInput("fields_attributes are objects with name and value")
    return [(str(field.get("name") or ""), str(field.get("value") or "")) for field in found]


async def _add_pictures(node: Node, who: Bearer, asked: dict[str, Any], form: Form, found: dict[str, Portrait]) -> None:
    """Adds the changes of avatar and header to `found`. InvalidInput for what is no picture."""
    if form.files:
        node.allow("portrait", _CHANGES, str(who.account_id))
    for shape in _PICTURES:
        name = f"{shape}_description"
        described = checked_description(asked[name]) if asked.get(name) is not None else None
        upload, file = form.files.get(shape), None
        if upload is not None:
            if upload.kind is None or upload.kind.kind != IMAGE:
                raise InvalidInput(
                    f"Validation failed: {shape.title()} content type is invalid; send JPEG, PNG, GIF or WebP"
                )
            file = await media.portrait(node, upload.name, shape, who.actor, who.account_id)
        found[shape] = Portrait(file, description=described)


def asked_defaults(wanted: dict[str, Any], usual: Defaults) -> Defaults:
    """The defaults that a client asks for; what it does not name stays, an empty language is none. InvalidInput says what to change."""
    language = usual.language if wanted.get("language") is None else str(wanted["language"])
    sensitive, markdown = truth(wanted.get("sensitive")), is_markdown(wanted.get("content_type"))
    return Defaults(
        visibility=visibility(wanted.get("privacy"), usual.visibility),
        language=language or None,
        sensitive=usual.sensitive if sensitive is None else sensitive,
        markdown=usual.markdown if markdown is None else markdown,
        quote_policy=quote_policy(wanted.get("quote_policy")) or usual.quote_policy,
    )
