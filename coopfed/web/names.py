"""Names of actors on pages: text, with the custom emojis in them as pictures which this node serves."""

from collections.abc import Callable, Iterable
from html import escape

from actors.lookup import ActorRow
from coopfed.features.emojis.shown import of_actors
from coopfed.node import Node
from coopfed.text.emojis import with_pictures
from coopfed.web.shown import Shown


class Marked(str):
    """HTML that a template does not escape again."""

    def __html__(self) -> str:
        """Itself. Source: the protocol that Jinja asks for."""
        return str(self)


Named = Callable[[ActorRow], Marked]


async def named(node: Node, actors: Iterable[ActorRow]) -> Named:
    """For templates: the name of each of these actors, escaped. The database is asked where one has what looks like an emoji."""
    rows = {row.id: row for row in actors if ":" in row.name}
    found = await node.db.read(of_actors, rows.values(), node.urls) if rows else {}
    pictures = {
        number: {emoji.shortcode: emoji.picture(node.urls) for emoji in emojis} for number, emojis in found.items()
    }

    def name(who: ActorRow) -> Marked:
        # Escaped here: the only elements in it are our own pictures.
        return Marked(with_pictures(escape(who.name), pictures.get(who.id, {})))

    return name


def authors_of(*lists: Iterable[Shown]) -> list[ActorRow]:
    """Whoever is named with these posts: their authors, and those of what they quote."""
    posts = [post for found in lists for post in found]
    return [post.author for post in posts] + [post.quoted.author for post in posts if post.quoted is not None]
