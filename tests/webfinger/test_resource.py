"""What may be asked of WebFinger: RFC 7033 4.1, RFC 7565."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coopfed import limits
from coopfed.errors import BadMessage
from webfinger.resource import Handle, UrlResource, parse_resource


@pytest.mark.parametrize(
    "text",
    [
        "acct:solarcoop@coop.example",
        "ACCT:SolarCoop@Coop.Example",
        "solarcoop@coop.example",
        "@solarcoop@coop.example",
        "acct:@solarcoop@coop.example",
        "acct:solar%63oop@coop.example",
        "acct%3Asolarcoop%40coop.example",
        "  acct:solarcoop@coop.example:443 ",
    ],
)
def test_a_handle_is_the_same_in_every_spelling(text: str) -> None:
    """RFC 7565 3 and 4: case and percent-encoding make no difference; people leave the scheme out."""
    assert parse_resource(text) == Handle("solarcoop", "coop.example")


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("acct:bo@çiftlik.example", "xn--iftlik-vua.example"),
        ("acct:bo@xn--iftlik-vua.example", "xn--iftlik-vua.example"),
        ("acct:bo@%C3%A7iftlik.example", "xn--iftlik-vua.example"),
        ("bo@localhost:8001", "localhost:8001"),
        ("bo@127.0.0.1:8001", "127.0.0.1:8001"),
    ],
)
def test_a_host_has_one_spelling(text: str, host: str) -> None:
    """RFC 7565 7: hosts are compared in their ASCII form; design 9: with the port when it is not the default."""
    assert parse_resource(text) == Handle("bo", host)


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://Coop.Example/ap/actors/7", "https://coop.example/ap/actors/7"),
        ("HTTPS://coop.example/@SolarCoop", "https://coop.example/@SolarCoop"),
        ("https://coop.example", "https://coop.example/"),
        ("https://coop.example:443/", "https://coop.example/"),
        ("https://coop.example/?x", "https://coop.example/?x"),
        ("http://localhost:8001/ap/node", "http://localhost:8001/ap/node"),
    ],
)
def test_an_address_may_be_asked_for(text: str, url: str) -> None:
    """s2s 2.5: an actor's id, a profile page, or the host itself (the node's actor)."""
    assert parse_resource(text) == UrlResource(url)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "@",
        "acct:",
        "acct:solarcoop",
        "@solarcoop",
        "acct:@coop.example",
        "acct:a@b@c.example",
        "acct:solar coop@coop.example",
        "acct:solar%2Fcoop@coop.example",
        "acct:solar%00coop@coop.example",
        "acct:solar%FFcoop@coop.example",
        "acct:solar\u202ecoop@coop.example",
        "acct:solarcoop@coop.example/path",
        "acct:solarcoop@user:pass@coop.example",
        "mailto:bo@coop.example",
        "javascript:alert(1)@coop.example",
        "https://user@coop.example/",
        "https://",
        "acct:bo@" + "a" * 300 + ".example",
    ],
)
def test_what_is_neither_handle_nor_address_is_refused(text: str) -> None:
    """RFC 7033 4.2: a malformed resource is a bad request."""
    with pytest.raises(BadMessage):
        parse_resource(text)


@pytest.mark.parametrize(("length", "taken"), [(limits.ID_LENGTH, True), (limits.ID_LENGTH + 1, False)])
def test_a_resource_is_no_longer_than_an_id(length: int, taken: bool) -> None:
    """limits.ID_LENGTH: at n and at n + 1."""
    address = "https://coop.example/".ljust(length, "x")

    if taken:
        assert parse_resource(address) == UrlResource(address)
    else:
        with pytest.raises(BadMessage):
            parse_resource(address)


@given(st.text(max_size=60) | st.text(max_size=20).map(lambda text: f"acct:{text}@coop.example"))
def test_nothing_else_happens_than_an_answer_or_a_refusal(text: str) -> None:
    """Whatever strangers ask, it is read or refused, and what is read reads the same again."""
    try:
        resource = parse_resource(text)
    except BadMessage:
        return

    again = parse_resource(resource.acct if isinstance(resource, Handle) else resource.url)
    assert again == resource
