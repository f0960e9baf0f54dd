"""A post in the reader's language: as people wrote it, else as it was translated before, else by the service now.

Only what everybody may read leaves for a service, and only by somebody's wish. Source: domain research 9.8.
"""

from coopfed.errors import BadMessage, Forbidden, InvalidInput
from coopfed.features.posts import translations
from coopfed.features.posts.store import PostRow
from coopfed.features.translation import store
from coopfed.features.translation.rules import Texts, primary, put_back
from coopfed.features.translation.store import Translated
from coopfed.node import Node
from coopfed.vocab.audience import OPEN

PROVIDER = "LibreTranslate"


async def translated(node: Node, post: PostRow, author: str, original: Texts, language: str) -> Translated:
    """The post (which the reader may see) in a language; `author` is named where people wrote it.

    Forbidden for what is not for everybody, and where no service is configured; InvalidInput for the language that it is in or one that
    the service does not know; Unavailable when the service fails.
    """
    by_people = await _by_people(node, post, author, original, language)
    if by_people is not None:
        return by_people
    if post.visibility not in OPEN:
        raise Forbidden("what is not for everybody is shown to no service", reason="not_public")
    if post.language and primary(post.language) == primary(language):
        raise InvalidInput("Validation failed: it is in that language")
    version = post.updated_at or post.published_at
    known = await node.db.read(store.find, post.id, primary(language), version)
    if known is not None:
        return known
    if node.translator is None:
        raise Forbidden("no translation service is configured", reason="translation_off")
    source = primary(post.language) if post.language else None
    made = await node.translator.translate(original.pieces(), source, primary(language))
    found = Translated(primary(language), made.source, PROVIDER, put_back(original, made.texts))
    await node.db.write(store.put, post.id, version, found, node.clock.now())
    return found


async def _by_people(node: Node, post: PostRow, author: str, original: Texts, language: str) -> Translated | None:
    """The text that the author gave in that language; what is beside it is only in the one in which it was written."""
    texts = (await node.db.read(translations.of_posts, [post.id])).get(post.id)
    chosen = texts.chosen([language]) if texts is not None else None
    if texts is None or chosen is None or (post.language and chosen.lower() == post.language.lower()):
        return None
    try:
        content = texts.html(chosen)
    except BadMessage:
        return None
    whole = Texts(content, original.warning, original.options, original.descriptions)
    return Translated(chosen, post.language or "", author, whole)
