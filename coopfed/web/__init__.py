"""Pages for people, in their language, complete without scripts; a file per subject, templates and style beside them."""

from quart import Blueprint

from coopfed.node import Node
from coopfed.web import files, posts, profiles


def create_pages(node: Node) -> Blueprint:
    """The blueprint of the pages."""
    pages = Blueprint("pages", __name__)
    profiles.register(pages, node)
    posts.register(pages, node)
    files.register(pages)
    return pages
