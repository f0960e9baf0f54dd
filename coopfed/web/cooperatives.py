"""What a cooperative says of itself, in the words of whoever reads the page. Pure but for the reader."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from actors.cooperative import TABLES, Cooperative, Kind
from actors.lookup import ActorRow
from coopfed.codes import tables
from coopfed.text.i18n import mark as _
from coopfed.web.reader import Reader, name_of


@dataclass(frozen=True, slots=True)
class Text:
    """A text, its language as far as that is known, and in which languages there is one."""

    text: str
    language: str | None = None
    languages: tuple[str, ...] = ()


def in_language(said: Cooperative, actor: ActorRow, reads: Sequence[str]) -> tuple[Text, Text]:
    """Name and description (HTML) in the first of the languages that somebody reads and that there is one in; else those that are shown
    where no languages are known."""
    described = {tag: one.html for tag, one in said.descriptions.items()}
    return _chosen(said.names, actor.name, reads), _chosen(described, actor.summary, reads)


def _chosen(texts: Mapping[str, str], main: str, reads: Sequence[str]) -> Text:
    own = next((tag for tag, text in texts.items() if text == main), None)
    for wanted in reads:
        for tag in texts:
            if tag.lower() == wanted.lower() or tag.lower().startswith(f"{wanted.lower()}-"):
                return Text(texts[tag], tag, tuple(texts))
    return Text(main, own, tuple(texts))


def told(said: Cooperative, who: Reader) -> list[tuple[str, list[str]]]:
    """Each thing that it says, with its label; what it does not say is left out, and so are numbers that are not public."""
    return [(who.texts.gettext(label), texts) for label, texts in _told(said, who) if texts]


def _told(said: Cooperative, who: Reader) -> Iterator[tuple[str, list[str]]]:
    def words(kind: Kind) -> list[str]:
        return [tables.label(TABLES[kind], code, who.language) for code in said.of(kind)]

    def number(count: int | None) -> list[str]:
        return [who.number(count)] if count is not None else []

    yield _("Legal name"), [said.legal_name] if said.legal_name else []
    yield _("Kind of cooperative"), words(Kind.TYPE)
    yield _("Category in the registry"), [said.registry_category] if said.registry_category else []
    yield _("Sector"), words(Kind.SECTOR)
    yield _("Region"), words(Kind.REGION)
    yield _("Languages"), [name_of(tag) for tag in said.of(Kind.LANGUAGE)]
    yield _("Size"), words(Kind.SIZE)
    yield _("Members"), number(said.members_count)
    yield _("People who work in it"), number(said.workers_count)
    yield _("What it offers"), words(Kind.OFFERS)
    yield _("What it looks for"), words(Kind.NEEDS)
    yield _("Goals of the United Nations"), words(Kind.SDG)
    yield _("Principles of the International Cooperative Alliance"), words(Kind.PRINCIPLE)
    for one in said.identifiers:
        if one.public:
            yield tables.label("identifiers", one.scheme, who.language), [one.value]
