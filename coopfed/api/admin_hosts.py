"""What operators say of hosts: blocks, limits, exceptions. Source: Mastodon's admin API, domain_blocks and domain_allows."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from quart import Blueprint, Response

from coopfed import limits
from coopfed.api.admin import operator
from coopfed.api.asking import answer, number, page_links, parameters, stretch
from coopfed.api.words import moment
from coopfed.db.tx import Tx
from coopfed.errors import InvalidInput, NotFound
from coopfed.features.moderation import hosts
from coopfed.features.moderation.rules import digest
from coopfed.net import words
from coopfed.net.words import Judged, Severity, Word
from coopfed.node import Node
from coopfed.text.parameters import truth

_USUAL, _MOST = 100, 200
_FLAGS = ("reject_media", "reject_reports", "obfuscate")
_COMMENTS = ("public_comment", "private_comment")


def register(api: Blueprint, node: Node) -> None:
    """Adds the routes."""
    _register_blocks(api, node)
    _register_allows(api, node)


def _register_blocks(api: Blueprint, node: Node) -> None:
    path, read, write = "/api/v1/admin/domain_blocks", "admin:read:domain_blocks", "admin:write:domain_blocks"

    async def known(id: str) -> Judged:
        found = await node.db.read(words.by_id, number(id))
        if found is None:
            raise NotFound(f"no block of a host with the number {id}")
        return found

    @api.get(path)
    async def list_blocks() -> Response:
        await operator(node, read)
        return await _page(node, path, words.listed, _block)

    @api.get(f"{path}/<id>")
    async def show(id: str) -> Response:
        await operator(node, read)
        return answer(_block(await known(id)))

    @api.post(path)
    async def create() -> Response:
        by, asked = await operator(node, write), await parameters()
        return answer(_block(await hosts.judge(node, _domain(asked), _word(asked, Word()), by)))

    @api.put(f"{path}/<id>")
    async def change(id: str) -> Response:
        by = await operator(node, write)
        found = await known(id)
        return answer(_block(await hosts.judge(node, found.host, _word(await parameters(), found.word), by)))

    @api.delete(f"{path}/<id>")
    async def delete(id: str) -> Response:
        by = await operator(node, write)
        await hosts.take_back(node, (await known(id)).host, by)
        return answer({})


def _register_allows(api: Blueprint, node: Node) -> None:
    path, read, write = "/api/v1/admin/domain_allows", "admin:read:domain_allows", "admin:write:domain_allows"

    @api.get(path)
    async def list_allows() -> Response:
        await operator(node, read)
        return await _page(node, path, words.allowed, _allow)

    @api.get(f"{path}/<id>")
    async def show_allow(id: str) -> Response:
        await operator(node, read)
        found = await node.db.read(words.allowed_by_id, number(id))
        if found is None:
            raise NotFound(f"no host {id} is excepted from blocks")
        return answer(_allow(found))

    @api.post(path)
    async def create_allow() -> Response:
        by, asked = await operator(node, write), await parameters()
        return answer(_allow(await hosts.allow(node, _domain(asked), by)))

    @api.delete(f"{path}/<id>")
    async def delete_allow(id: str) -> Response:
        by = await operator(node, write)
        return answer(_allow(await hosts.disallow(node, number(id), by)))


async def _page(
    node: Node, path: str, find: Callable[[Tx, int, int, int], list[Judged]], shape: Callable[[Judged], dict[str, Any]]
) -> Response:
    asked = stretch(_MOST, _USUAL)
    found = await node.db.read_long(find, asked.limit, asked.max_id or limits.NUMBER_MAX, asked.above)
    links = page_links(node.urls.base, path, [one.id for one in found], asked.limit)
    return answer([shape(one) for one in found], headers=links)


def _domain(asked: dict[str, Any]) -> str:
    if not asked.get("domain"):
        raise InvalidInput("Validation failed: domain is missing")
    return str(asked["domain"])


def _word(asked: dict[str, Any], before: Word) -> Word:
    """What is asked to be said; what is not named stays as it was."""
    severity = str(asked.get("severity") or before.severity)
    if severity not in list(Severity):
        raise InvalidInput(f"Validation failed: severity is one of {', '.join(Severity)}")
    said: dict[str, Any] = {name: bool(truth(asked.get(name))) for name in _FLAGS if asked.get(name) is not None}
    said |= {name: str(asked[name] or "") for name in _COMMENTS if name in asked}
    return replace(before, severity=Severity(severity), **said)


def _block(judged: Judged) -> dict[str, Any]:
    """An Admin::DomainBlock."""
    word = judged.word
    return {
        "id": str(judged.id),
        "domain": judged.host,
        "digest": digest(judged.host),
        "created_at": moment(judged.created_at),
        "severity": word.severity.value,
        **{name: getattr(word, name) for name in (*_FLAGS, *_COMMENTS)},
    }


def _allow(judged: Judged) -> dict[str, Any]:
    """An Admin::DomainAllow."""
    return {"id": str(judged.id), "domain": judged.host, "created_at": moment(judged.created_at)}
