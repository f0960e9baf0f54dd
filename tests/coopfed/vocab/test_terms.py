"""Media types and the Accept header: ActivityPub 3.2, RFC 9110 12.5.1."""

import pytest

from coopfed.vocab.terms import ACTIVITY_JSON, KNOWN_TYPES, LD_JSON, is_activity_media_type, wants_activity


@pytest.mark.parametrize(
    "header",
    [
        ACTIVITY_JSON,
        LD_JSON,
        "application/activity+json; charset=utf-8",
        "Application/Activity+JSON;charset=UTF-8",
        " application/activity+json ",
        'application/activity+json; profile="https://www.w3.org/ns/activitystreams"',
        "application/ld+json;profile=https://www.w3.org/ns/activitystreams",
        'application/ld+json ; PROFILE = "https://www.w3.org/ns/activitystreams"',
        'application/ld+json; profile="http://www.w3.org/ns/json-ld#expanded https://www.w3.org/ns/activitystreams"',
        'application/ld+json; charset="utf-8"; profile="https://www.w3.org/ns/activitystreams"',
        r'application/ld+json; profile="https:\/\/www.w3.org\/ns\/activitystreams"',
    ],
)
def test_activitystreams_media_types(header: str) -> None:
    """ActivityPub 3.2: activity+json, and ld+json with the profile, in whatever quoting and order."""
    assert is_activity_media_type(header)


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        ";",
        "application/json",
        "application/ld+json",
        'application/ld+json; profile="https://www.w3.org/ns/anno"',
        'application/ld+json; profile="https://www.w3.org/ns/activitystreams/evil"',
        'application/ld+json; profile="https://www.w3.org/ns/anno"; profile="https://www.w3.org/ns/activitystreams"',
        "application/activity+jsonp",
        "text/application/activity+json",
        'text/html; x="application/activity+json"',
        "text/html, application/activity+json",
        "application/activity+json, text/html",
        "application/activity+json text/html",
        'application/ld+json; profile="https://www.w3.org/ns/activitystreams',
        "image/png",
    ],
)
def test_what_only_looks_like_activitystreams_is_not(header: str | None) -> None:
    """Security, Mastodon CVE-2024-25623: an uploaded file is not a document, whatever stands in its header."""
    assert not is_activity_media_type(header)


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        (ACTIVITY_JSON, True),
        (LD_JSON, True),
        ("application/ld+json", True),
        (f"{LD_JSON}, {ACTIVITY_JSON}", True),
        ("application/activity+json, application/ld+json", True),
        (f"{ACTIVITY_JSON}, text/html;q=0.1", True),
        ("text/html;q=0.5, application/activity+json", True),
        ("text/html, application/activity+json", True),
        ("application/activity+json;q=0.9, text/html;q=0.8, */*;q=0.1", True),
        ("APPLICATION/ACTIVITY+JSON;Q=0.7", True),
        ("text/html, application/activity+json;q=0.9", False),
        ("application/activity+json;q=0, text/plain", False),
        ("application/activity+json;q=0.000", False),
        ("application/activity+json;q=nan", False),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", False),
        ("application/xhtml+xml, application/ld+json;q=0.5", False),
        ('text/plain; x="a, application/activity+json"', False),
        ("*/*", False),
        ("application/*", False),
        ("application/json", False),
        ("", False),
        (None, False),
        ("nonsense", False),
    ],
)
def test_who_asks_for_activitystreams_gets_it(header: str | None, wanted: bool) -> None:
    """ActivityPub 3.2: by quality and not by place; a browser never gets it, nor does who asks for anything."""
    assert wants_activity(header) is wanted


def test_a_long_header_is_read_once() -> None:
    """Security, denial of service: no header makes the reader go over it again and again."""
    assert not is_activity_media_type('application/ld+json; profile="' + "\\" * 100_000)
    assert not wants_activity("text/html;" * 20_000 + ", application/activity+json;q=0.5")


def test_known_types_are_words() -> None:
    """A typing error in the tables would be a type with a comma or a prefix."""
    assert all(name.isalpha() and name[0].isupper() for name in KNOWN_TYPES)
