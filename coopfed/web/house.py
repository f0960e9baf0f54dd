"""`/privacy-policy` and `/terms-of-service`: what the operators wrote; 404 where they wrote nothing."""

from quart import Blueprint, Response

from coopfed.features.house import PRIVACY_POLICY, TERMS_OF_SERVICE, text_of
from coopfed.node import Node
from coopfed.web.page import About, page
from coopfed.web.reader import reader


def register(pages: Blueprint, node: Node) -> None:
    """Adds the routes."""

    @pages.get("/privacy-policy")
    async def privacy_policy() -> Response:
        found = await text_of(node, PRIVACY_POLICY)
        title = reader(node).texts.gettext("Privacy policy")
        return page(node, "house.html", About(title, canonical=f"{node.urls.base}/privacy-policy"), text=found)

    @pages.get("/terms-of-service")
    async def terms_of_service() -> Response:
        found = await text_of(node, TERMS_OF_SERVICE)
        title = reader(node).texts.gettext("Terms of service")
        return page(node, "house.html", About(title, canonical=f"{node.urls.base}/terms-of-service"), text=found)
