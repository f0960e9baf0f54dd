"""Why two match, in words, for pages and mails. Pure."""

from collections.abc import Mapping

from babel import Locale, UnknownLocaleError

from coopfed.codes import tables
from coopfed.features.matching.rules import Reason
from coopfed.text.i18n import Translator
from coopfed.text.i18n import mark as _

_SENTENCES = {
    "category_same": _("The same: %(what)s"),
    "category_in_list": _("In the list of the profile: %(what)s"),
    "sector_same": _("The same sector: %(what)s"),
    "sector_section": _("A related sector: %(what)s"),
    "sector_open": _("Open to all sectors"),
    "place_same": _("The same place: %(what)s"),
    "place_nuts1": _("Nearby: %(what)s"),
    "place_country": _("The same country: %(what)s"),
    "place_open": _("Open to all places"),
    "language_common": _("A language in common: %(what)s"),
    "umbrella_shared": _("Members of the same umbrella: %(what)s"),
    "recent": _("Published within the last month"),
}
_TABLES = {
    "category_same": "collaboration_categories",
    "category_in_list": "collaboration_categories",
    "sector_same": "nace_divisions",
    "sector_section": "nace_sections",
    "place_same": "regions",
    "place_nuts1": "regions",
    "place_country": "regions",
}
_POINTS = _("%(reason)s (%(points)s)")


def told(texts: Translator, reason: Reason, names: Mapping[int, str]) -> str:
    """A reason with its points, as people read it; `names` are those of umbrellas, by their numbers."""
    values = (_value(texts, reason.code, value, names) for value in reason.values)
    sentence = texts.gettext(_SENTENCES[reason.code], what=", ".join(values))
    return texts.gettext(_POINTS, reason=sentence, points=reason.points)


def _value(texts: Translator, code: str, value: str, names: Mapping[int, str]) -> str:
    if code == "umbrella_shared":
        return names.get(int(value), value)
    if code == "language_common":
        return _language(value, texts.language)
    return tables.label(_TABLES[code], value, texts.language)


def _language(code: str, language: str) -> str:
    try:
        return Locale.parse(code).get_display_name(language) or code
    except (UnknownLocaleError, ValueError):
        return code
