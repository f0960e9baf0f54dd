"""What an actor document says of a cooperative, in terms of our own namespace. Codes that nobody here knows are read as they are.

Source: domain research 7.1; docs/decisions/0035.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from coopfed import limits
from coopfed.vocab import values
from coopfed.vocab.records import CooperativeRecord

Document = dict[str, Any]

_OWN = frozenset(
    (
        *(
            "cooperativeType",
            "registryCategory",
            "sector",
            "region",
            "acceptsLanguages",
            "sizeClass",
            "memberCount",
            "workerCount",
        ),
        *("offers", "needs", "sdg", "icaPrinciple", "legalName", "aggregationConsent"),
    )
)
"""The terms of which one says that the actor is a cooperative."""


def read_cooperative(doc: Document) -> CooperativeRecord | None:
    """What the canonical document of an actor says of a cooperative; None when it says nothing of the kind. Members of a wrong kind
    are passed over: a profile decorates, and authority does not hang on it."""
    if not any(doc.get(term) not in (None, "", []) for term in _OWN):
        return None
    return CooperativeRecord(
        cooperative_type=next(_codes(doc, "cooperativeType"), None),
        size_class=next(_codes(doc, "sizeClass"), None),
        sectors=codes_of(doc, "sector"),
        regions=codes_of(doc, "region"),
        languages=languages_of(doc),
        offers=codes_of(doc, "offers"),
        needs=codes_of(doc, "needs"),
        sdgs=codes_of(doc, "sdg"),
        ica_principles=codes_of(doc, "icaPrinciple"),
        names=_texts(doc, "nameMap", limits.NAME_LENGTH),
        descriptions=_texts(doc, "summaryMap", limits.SUMMARY_LENGTH),
        legal_name=_text(doc, "legalName"),
        registry_category=_text(doc, "registryCategory"),
        identifiers=tuple(islice(_identifiers(doc), limits.IDENTIFIERS)),
        members_count=_count(doc, "memberCount"),
        workers_count=_count(doc, "workerCount"),
        aggregation_consent=values.boolean(doc.get("aggregationConsent")) or False,
    )


def codes_of(doc: Document, member: str) -> tuple[str, ...]:
    """The codes of a member, each once, at most `limits.CODES_READ`; what is none is passed over."""
    return tuple(dict.fromkeys(_codes(doc, member)))[: limits.CODES_READ]


def _codes(doc: Document, member: str) -> Iterator[str]:
    """Codes are strings; of goals and principles numbers."""
    for item in islice(values.many(doc.get(member)), limits.CODES_READ):
        code = values.unwrapped(item)
        code = str(code) if isinstance(code, int) and not isinstance(code, bool) else code
        if isinstance(code, str) and 0 < len(code := code.strip()) <= limits.CODE_LENGTH:
            yield code


def languages_of(doc: Document) -> tuple[str, ...]:
    """BCP 47 tags, each once."""
    found = (values.language_tag(code) for code in _codes(doc, "acceptsLanguages"))
    return tuple(dict.fromkeys(tag for tag in found if tag is not None))


def _texts(doc: Document, member: str, longest: int) -> dict[str, str]:
    """By language, at most `limits.TRANSLATIONS`; of tags that differ in capitals the first counts."""
    found: dict[str, str] = {}
    for key, text in (doc.get(member) or {}).items():
        tag = values.language_tag(key)
        if tag is not None and text.strip() and len(tag) <= limits.CODE_LENGTH and len(found) < limits.TRANSLATIONS:
            found.setdefault(tag, text[:longest])
    return found


def _text(doc: Document, member: str) -> str:
    return (values.text(doc.get(member)) or "")[: limits.LEGAL_NAME_CHARACTERS]


def _count(doc: Document, member: str) -> int | None:
    found = values.count(doc.get(member))
    return found if found is not None and found <= limits.PEOPLE_COUNT else None


def _identifiers(doc: Document) -> Iterator[tuple[str, str]]:
    """Source: schema.org, `identifier` as PropertyValue with `propertyID`."""
    for node in values.nodes(doc.get("identifier")):
        scheme, value = values.text(node.get("propertyID")), values.text(node.get("value"))
        if scheme and value and len(scheme) <= limits.CODE_LENGTH and len(value) <= limits.IDENTIFIER_CHARACTERS:
            yield scheme, value
