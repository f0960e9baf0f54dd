"""Collections and their pages, read from canonical documents."""

from typing import Any

from coopfed import limits
from coopfed.vocab import values


def items_of(doc: dict[str, Any]) -> tuple[list[str], str | None]:
    """Ids of the items on a collection or page, or on its embedded first page, and the address of the page to read on at.

    At most `limits.COLLECTION_ITEMS`, each once, in order. An embedded item gives its id; snac lists Create activities, which give
    that of their object. Source: ActivityStreams 5.5; s2s research 2.13.
    """
    first = doc.get("first")
    page = first if isinstance(first, dict) else doc
    found = [_id(item) for item in page.get("orderedItems") or page.get("items") or doc.get("orderedItems") or ()]
    further = values.reference(page.get("next")) if page is first or "first" not in doc else values.reference(first)
    return list(dict.fromkeys(id for id in found if id is not None))[: limits.COLLECTION_ITEMS], further


def _id(item: str | dict[str, Any]) -> str | None:
    if isinstance(item, str):
        return item
    inner = item.get("object")
    if item.get("type") == "Create" and inner:
        return _id(inner[0] if isinstance(inner, list) else inner)
    return item.get("id")
