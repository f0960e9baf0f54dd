"""From a template and values to a page: escaped, translated, with the headers every page has."""

from dataclasses import dataclass
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from quart import Response

from coopfed.clock import utc
from coopfed.node import Node
from coopfed.web import files
from coopfed.web.headers import guarded
from coopfed.web.reader import Reader, reader


@dataclass(frozen=True, slots=True)
class About:
    """What stands in a page's head: title, description, robots, and where the same thing is for machines."""

    title: str
    description: str = ""
    listed: bool = True
    """Whether search engines may show it."""
    canonical: str = ""
    activity: str = ""
    """Id of the actor or object that the page shows."""
    languages: tuple[str, ...] = ()
    """In which languages the text of the page can be had, when there are several."""
    plain: str = ""
    """The address that gives the text as it was written, whatever language is chosen."""


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=PackageLoader("coopfed.web"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        auto_reload=False,
    )
    environment.globals["static"] = files.address
    environment.filters["iso"] = _iso
    return environment


def _iso(milliseconds: int) -> str:
    return utc(milliseconds).isoformat(timespec="seconds").replace("+00:00", "Z")


def html(node: Node, who: Reader, template: str, about: About, **values: object) -> str:
    """The text of a page in the reader's language."""
    return (
        _templates()
        .get_template(template)
        .render(_=who.texts.gettext, ngettext=who.texts.ngettext, reader=who, node=node, about=about, **values)
    )


def page(node: Node, template: str, about: About, *, status: int = 200, **values: object) -> Response:
    """A page for the present request."""
    body = html(node, reader(node), template, about, **values)
    # What was deleted is gone at the next look; and one address gives several languages, and documents to machines.
    headers = {"Cache-Control": "no-cache", "Vary": "Accept, Accept-Language"}
    return guarded(Response(body, status, headers, content_type="text/html; charset=utf-8"))


def elsewhere(url: str, status: int = 303) -> Response:
    """Sends whoever asked to another address: 303 to the document of what a page shows, 301 to the page's own address."""
    return Response(b"", status, {"Location": url, "Vary": "Accept", "Cache-Control": "no-cache"})
