"""Privacy policy and terms of service, where the operators wrote some."""

from typing import Any

from quart import Blueprint, Response

from coopfed.api.asking import answer
from coopfed.api.words import day, moment
from coopfed.errors import NotFound
from coopfed.features.house import PRIVACY_POLICY, TERMS_OF_SERVICE, HouseText, text_of
from coopfed.node import Node


def register(api: Blueprint, node: Node) -> None:
    """Adds the routes."""

    @api.get("/api/v1/instance/privacy_policy")
    async def privacy_policy() -> Response:
        found = await text_of(node, PRIVACY_POLICY)
        return answer({"updated_at": moment(found.changed_at), "content": found.content})

    @api.get("/api/v1/instance/terms_of_service")
    async def terms_of_service() -> Response:
        return answer(_terms(await text_of(node, TERMS_OF_SERVICE)))

    @api.get("/api/v1/instance/terms_of_service/<date>")
    async def terms_of_date(date: str) -> Response:
        found = await text_of(node, TERMS_OF_SERVICE)
        if day(found.changed_at) != date:
            # Earlier ones are not kept: the file is the operators'.
            raise NotFound(f"the terms of {date[:20]} are not here")
        return answer(_terms(found))


def _terms(found: HouseText) -> dict[str, Any]:
    """A TermsOfService; they are in force since their file was changed."""
    return {
        "effective_date": day(found.changed_at),
        "effective": True,
        "content": found.content,
        "succeeded_by": None,
    }
