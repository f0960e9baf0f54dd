"""Pages for people, in their language, complete without scripts; a file per subject, templates and style beside them."""

from quart import Blueprint, Response, request

from coopfed.node import Node
from coopfed.web import (
    account,
    confirmations,
    consent,
    feeds,
    files,
    forms,
    house,
    media,
    memberships,
    posts,
    profiles,
    requests,
    verification,
)


def create_pages(node: Node) -> Blueprint:
    """The blueprint of the pages."""
    pages = Blueprint("pages", __name__)
    profiles.register(pages, node)
    posts.register(pages, node)
    requests.register(pages, node)
    confirmations.register(pages, node)
    feeds.register(pages, node)
    house.register(pages, node)
    memberships.register(pages, node)
    verification.register(pages, node)
    account.register(pages, node)
    consent.register(pages, node)
    files.register(pages)
    media.register(pages, node)

    @pages.errorhandler(forms.NotSignedIn)
    async def not_signed_in(error: forms.NotSignedIn) -> Response:
        # A form that was sent too late is lost; the page it stood on is shown again.
        return forms.to_sign_in(request.full_path.rstrip("?") if request.method == "GET" else "/account")

    return pages
