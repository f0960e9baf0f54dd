"""Every text of the program exists in Turkish, Italian and English."""

import io
import re
from pathlib import Path
from types import ModuleType

import pytest

from coopfed.config import CATALOGUES
from coopfed.text.i18n import from_catalogue, negotiate, translator

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def messages() -> ModuleType:
    """The module tools/messages.py, which is a script and not on the path."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "tools"))
        import messages  # noqa: PLC0415

        return messages


def forms(string: str | tuple[str, ...]) -> tuple[str, ...]:
    """The plural forms of a translation, one or more."""
    return (string,) if isinstance(string, str) else tuple(string)


@pytest.mark.parametrize("language", CATALOGUES)
def test_every_text_is_translated(messages: ModuleType, language: str) -> None:
    """Issue 2, stage A: catalogues for tr, it, en."""
    catalogue = messages.catalogue(messages.CATALOGUES / f"{language}.po")
    present = {message.id if isinstance(message.id, str) else message.id[0] for message in catalogue if message.id}
    wanted = {message if isinstance(message, str) else message[0] for message in messages.used()}

    assert present == wanted, "run: ./run messages"
    assert all(all(forms(message.string)) for message in catalogue if message.id)


@pytest.mark.parametrize("language", CATALOGUES)
def test_a_translation_has_the_same_places_to_fill(messages: ModuleType, language: str) -> None:
    """A name that is missing in one language would be an error only its readers see."""
    catalogue = messages.catalogue(messages.CATALOGUES / f"{language}.po")

    for message in catalogue:
        expected = set(re.findall(r"%\(\w+\)", " ".join(forms(message.id))))
        for form in forms(message.string) if message.id else ():
            assert set(re.findall(r"%\(\w+\)", form)) <= expected, message.id


@pytest.mark.parametrize("language", CATALOGUES)
def test_apostrophes_are_written_in_one_way(messages: ModuleType, language: str) -> None:
    """Typed straight in one text and bent in the next, they look like a mistake on the page that shows both."""
    catalogue = messages.catalogue(messages.CATALOGUES / f"{language}.po")

    assert [form for one in catalogue if one.id for form in forms(one.string) if re.search(r"\w'\w", form)] == []


def test_languages_and_catalogues_are_the_same_list() -> None:
    """A language that can be set has a catalogue, and the other way round."""
    found = {path.stem for path in (ROOT / "coopfed" / "text" / "catalogues").glob("*.po")}

    assert found == set(CATALOGUES)


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("it-IT,it;q=0.9,en;q=0.8", "it"),
        ("en;q=0.5, tr;q=0.7", "tr"),
        ("de-DE, fr;q=0.9", "tr"),
        ("de, *;q=0.1, en;q=0.05", "tr"),
        ("en;q=0, it;q=0.1", "it"),
        ("", "tr"),
        ("en;q=broken, it;q=0.2", "it"),
        (",;=,", "tr"),
    ],
)
def test_the_reader_chooses_the_language(header: str, language: str) -> None:
    """RFC 9110 12.5.4; what the reader does not read leaves the node's first language."""
    assert negotiate(header, ("tr", "it", "en")) == language


def test_an_unknown_language_is_english() -> None:
    """Also one that is no language but a path."""
    assert translator("de").language == "en"
    assert translator("../en").language == "en"


def test_a_text_without_translation_comes_as_it_is() -> None:
    """A missing translation must not be an error on the page."""
    tr = translator("tr")

    assert tr.gettext("No such text, %(name)s", name="Bo") == "No such text, Bo"
    assert tr.ngettext("%(count)s thing without translation", "%(count)s things without translation", 3) == (
        "3 things without translation"
    )


@pytest.mark.parametrize(
    ("language", "count", "form"), [("en", 1, 0), ("en", 0, 1), ("it", 2, 1), ("tr", 1, 0), ("tr", 2, 1)]
)
def test_the_plural_form_is_that_of_the_language(language: str, count: int, form: int) -> None:
    """Plural-Forms of each catalogue, as gettext reads it."""
    assert translator(language)._plural(count) == form


def test_a_catalogue_is_read_with_values_and_plurals() -> None:
    """Message ids are English; what is translated comes translated, what is empty comes in English."""
    po = """
msgid ""
msgstr ""
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

msgid "Post by %(name)s"
msgstr "Messaggio di %(name)s"

msgid "Not yet"
msgstr ""

msgid "%(count)s post"
msgid_plural "%(count)s posts"
msgstr[0] "%(count)s messaggio"
msgstr[1] "%(count)s messaggi"
"""

    it = from_catalogue("it", io.BytesIO(po.encode()))

    assert it.gettext("Post by %(name)s", name="Bo") == "Messaggio di Bo"
    assert it.gettext("Not yet") == "Not yet"
    assert [it.ngettext("%(count)s post", "%(count)s posts", count) for count in (1, 4)] == [
        "1 messaggio",
        "4 messaggi",
    ]
