"""A request is what goes over the wire, character by character."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coopfed.errors import BadMessage
from coopfed.signing.request import Request


@pytest.mark.parametrize(
    "url", ["", "/inbox", "peer.example/inbox", "ftp://peer.example/", "javascript://x", "//peer.example/"]
)
def test_only_absolute_http_urls_can_be_asked(url: str) -> None:
    """Nothing is guessed."""
    with pytest.raises(BadMessage):
        Request.to("GET", url)


@pytest.mark.parametrize(
    ("url", "authority", "target"),
    [
        ("https://peer.example", "peer.example", "/"),
        ("https://peer.example?a=1", "peer.example", "/?a=1"),
        ("https://peer.example/a%2Fb/%7e?x=%20#frag", "peer.example", "/a%2Fb/%7e?x=%20"),
        ("https://peer.example/a?", "peer.example", "/a"),
        ("https://peer.example/a/../b//c", "peer.example", "/a/../b//c"),
        ("https://peer.example:8443/a?b=/c?d", "peer.example:8443", "/a?b=/c?d"),
        ("http://[::1]:8000/a", "[::1]:8000", "/a"),
    ],
)
def test_a_url_is_taken_apart_without_changing_it(url: str, authority: str, target: str) -> None:
    """What is signed must be what is sent; normalising breaks the signature."""
    request = Request.to("GET", url)

    assert (request.authority, request.target) == (authority, target)


@pytest.mark.parametrize(
    ("scheme", "authority", "origin"),
    [
        ("https", "Peer.Example:443", "peer.example"),
        ("http", "peer.example:80", "peer.example"),
        ("http", "peer.example:443", "peer.example:443"),
        ("https", "peer.example:80", "peer.example:80"),
    ],
)
def test_the_origin_has_no_default_port(scheme: str, authority: str, origin: str) -> None:
    """RFC 9421 2.2.3."""
    request = Request("GET", authority, scheme, "/a?b")

    assert request.origin == origin
    assert request.url == f"{scheme}://{origin}/a?b"


def test_an_ordinary_header_on_several_lines_is_one_value() -> None:
    """RFC 9110 5.3."""
    request = Request("GET", "a.example", "https", "/", (("accept", " a/b "), ("x", "1"), ("accept", "c/d")))

    assert request.header("accept") == "a/b, c/d"
    assert request.header("absent") is None


@given(
    st.from_regex(r"https://[a-z]{1,8}\.example(:[1-9][0-9]{0,3})?", fullmatch=True),
    st.text("abc019-._~%!$&'()*+,;=:@/", max_size=30),
    st.text("abc019-._~%!$&'()*+,;=:@/?", max_size=30),
)
def test_the_parts_make_the_url_again(origin: str, path: str, query: str) -> None:
    """Nothing is lost on the way, but for what clients do not send."""
    url = f"{origin}/{path}" + (f"?{query}" if query else "")

    request = Request.to("GET", url)

    assert f"{request.scheme}://{request.authority}{request.target}" == url
    assert request.path + (request.query if query else "") == request.target
