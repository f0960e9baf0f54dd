"""Pages for people."""

from quart import Blueprint

from coopfed.node import Node


def create_pages(node: Node) -> Blueprint:
    """The blueprint of the pages."""
    return Blueprint("pages", __name__)
