"""What may be dialled, against a table that was written a second time, from the registries, as first and last address."""

from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from coopfed import limits
from coopfed.errors import AddressRefused
from coopfed.net.guard import DialRules, check_address, check_url, wire_url

PRODUCTION = DialRules()
DEVELOPMENT = DialRules(development=True)

CLOSED_V4 = [
    ("0.0.0.0", "0.255.255.255"),
    ("10.0.0.0", "10.255.255.255"),
    ("100.64.0.0", "100.127.255.255"),
    ("127.0.0.0", "127.255.255.255"),
    ("169.254.0.0", "169.254.255.255"),
    ("172.16.0.0", "172.31.255.255"),
    ("192.0.0.0", "192.0.0.255"),
    ("192.0.2.0", "192.0.2.255"),
    ("192.31.196.0", "192.31.196.255"),
    ("192.52.193.0", "192.52.193.255"),
    ("192.88.99.0", "192.88.99.255"),
    ("192.168.0.0", "192.168.255.255"),
    ("192.175.48.0", "192.175.48.255"),
    ("198.18.0.0", "198.19.255.255"),
    ("198.51.100.0", "198.51.100.255"),
    ("203.0.113.0", "203.0.113.255"),
    ("224.0.0.0", "255.255.255.255"),
]
OPEN_V6 = [
    ("2000::", "2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("2001:200::", "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("2001:db9::", "2001:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("2003::", "2620:4f:7fff:ffff:ffff:ffff:ffff:ffff"),
    ("2620:4f:8001::", "3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("3fff:1000::", "3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
]
EMBEDDING = [("::ffff:0:0", "::ffff:ffff:ffff"), ("64:ff9b::", "64:ff9b::ffff:ffff")]

V4_RANGES = [(int(IPv4Address(first)), int(IPv4Address(last))) for first, last in CLOSED_V4]
V6_RANGES = [(int(IPv6Address(first)), int(IPv6Address(last))) for first, last in OPEN_V6]
EMBEDDING_RANGES = [(int(IPv6Address(first)), int(IPv6Address(last))) for first, last in EMBEDDING]

V4 = st.integers(0, 2**32 - 1)
V6 = st.integers(0, 2**128 - 1)


def edges(ranges: list[tuple[int, int]], most: int) -> list[int]:
    """The first and last address of each range and their neighbours outside."""
    found = {edge + step for first, last in ranges for edge, step in ((first, -1), (first, 0), (last, 0), (last, 1))}
    return sorted(number for number in found if 0 <= number <= most)


def v4_open(number: int) -> bool:
    """By the second table."""
    return not any(first <= number <= last for first, last in V4_RANGES)


def v6_open(number: int) -> bool:
    """By the second table."""
    if any(first <= number <= last for first, last in EMBEDDING_RANGES):
        return v4_open(number & 0xFFFFFFFF)
    return any(first <= number <= last for first, last in V6_RANGES)


def passes(address: IPv4Address | IPv6Address | str) -> bool:
    """What the guard says."""
    try:
        check_address(address)
    except AddressRefused as error:
        return error.temporary or error.reason != "address_range"
    return True


# --- addresses --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "0.0.0.0", "169.254.169.254", "224.0.0.1", "255.255.255.255", "::", "::1", "::127.0.0.1", "::8.8.8.8",
        "::ffff:127.0.0.1", "::ffff:7f00:1", "64:ff9b::127.0.0.1", "64:ff9b:1::808:808", "2002:7f00:1::", "2002:808:808::",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2", "fe80::1", "fe80::1%eth0", "fec0::1", "fc00::1", "fd12:3456::1", "ff02::1",
        "100::1", "5f00::1", "2001:db8::1", "4000::1", "localhost", "", "127.1", "0x7f.0.0.1", "2130706433",
    ],
)  # fmt: skip
def test_addresses_of_published_attacks_are_closed(address: str) -> None:
    """security 1.3: each of these was open somewhere."""
    assert not passes(address)


@pytest.mark.parametrize(
    "address",
    [
        "8.8.8.8",
        "1.1.1.1",
        "193.0.6.139",
        "2a00:1450:4001::1",
        "2001:4860:4860::8888",
        "::ffff:8.8.8.8",
        "64:ff9b::8.8.8.8",
    ],
)
def test_addresses_of_the_public_network_are_open(address: str) -> None:
    """The guard can say yes; also to IPv4 behind DNS64."""
    assert passes(address)


@pytest.mark.parametrize("number", edges(V4_RANGES, 2**32 - 1))
def test_every_ipv4_range_ends_where_it_ends(number: int) -> None:
    """n and n + 1, alone and embedded in IPv6."""
    assert passes(IPv4Address(number)) == v4_open(number)
    for prefix in ("::ffff:0:0", "64:ff9b::"):
        assert passes(IPv6Address(int(IPv6Address(prefix)) + number)) == v4_open(number)


@pytest.mark.parametrize("number", edges(V6_RANGES + EMBEDDING_RANGES, 2**128 - 1))
def test_every_ipv6_range_ends_where_it_ends(number: int) -> None:
    """n and n + 1."""
    assert passes(IPv6Address(number)) == v6_open(number)


@given(V4)
@example(0)
def test_ipv4_agrees_with_the_second_table(number: int) -> None:
    """Anywhere."""
    assert passes(IPv4Address(number)) == v4_open(number)
    assert not passes(IPv6Address(number)), "v4-compatible addresses are closed altogether (GHSA-vwhj-3g83-v276)"


@given(V6 | st.integers(int(IPv6Address("2000::")), int(IPv6Address("4000::"))) | V4.map(lambda n: 0xFFFF << 32 | n))
def test_ipv6_agrees_with_the_second_table(number: int) -> None:
    """Anywhere, and often where it matters."""
    assert passes(IPv6Address(number)) == v6_open(number)


# --- URLs: shut -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://peer.example.com/", "scheme"),
        ("ftp://peer.example.com/", "bad_url"),
        ("file:///etc/passwd", "bad_url"),
        ("data:application/activity+json,{}", "bad_url"),
        ("javascript:alert(1)", "bad_url"),
        ("gopher://peer.example.com/", "bad_url"),
        ("//peer.example.com/", "bad_url"),
        ("peer.example.com", "bad_url"),
        ("", "bad_url"),
        ("https://", "bad_url"),
        ("https:///path", "bad_url"),
        ("https://peer.example.com:80/", "port"),
        ("https://peer.example.com:6379/", "port"),
        ("https://peer.example.com:0/", "bad_url"),
        ("https://peer.example.com:65536/", "bad_url"),
        ("https://peer.example.com:443x/", "bad_url"),
        ("https://member@peer.example.com/", "bad_url"),
        ("https://peer.example.com@evil.example.com/", "bad_url"),
        ("https://evil.example.com\\@peer.example.com/", "bad_url"),
        ("https://peer.example.com\\.evil.example.com/", "bad_url"),
        ("https://peer.example.com /", "bad_url"),
        ("https://peer.example.com/\x00", "bad_url"),
        ("https://peer.example.com/\r\nHost: x", "bad_url"),
        ("https://peer.example.com./", "bad_url"),
        ("https://peer..example.com/", "bad_url"),
        ("https://%6c%6fcalhost/", "bad_url"),
        ("https://127.0.0.1/", "ip_literal"),
        ("https://8.8.8.8/", "ip_literal"),
        ("https://[::1]/", "ip_literal"),
        ("https://[2a00:1450::1]/", "ip_literal"),
        ("https://[::ffff:127.0.0.1]/", "ip_literal"),
        ("https://[fe80::1%25eth0]/", "bad_url"),
        ("https://127.1/", "ip_literal"),
        ("https://2130706433/", "ip_literal"),
        ("https://0x7f000001/", "ip_literal"),
        ("https://0x7f.0.0.0x1/", "ip_literal"),
        ("https://0177.0.0.1/", "ip_literal"),
        ("https://\uff11\uff12\uff17.0.0.1/", "ip_literal"),
        ("https://\u0661\u0662\u0667.0.0.1/", "bad_url"),
        ("https://localhost/", "reserved_name"),
        ("https://LOCALHOST/", "reserved_name"),
        ("https://coopfed/", "reserved_name"),
        ("https://a.localhost/", "reserved_name"),
        ("https://printer.local/", "reserved_name"),
        ("https://metadata.google.internal/", "reserved_name"),
        ("https://abc.onion/", "reserved_name"),
        ("https://router.home.arpa/", "reserved_name"),
        ("https://a.test/", "reserved_name"),
        ("https://a.invalid/", "reserved_name"),
        ("https://peer.example/", "reserved_name"),
        ("https://own.example.com/ap/actors/1", "own_authority"),
        ("https://OWN.example.com:443/", "own_authority"),
        ("https://peer.example.com/" + "a" * limits.ID_LENGTH, "bad_url"),
    ],
)
def test_urls_that_must_not_be_fetched_are_refused(url: str, reason: str) -> None:
    """security 1.3 and 1.1 (parser disagreement)."""
    rules = DialRules(own_authorities=frozenset({"own.example.com"}))

    with pytest.raises(AddressRefused) as caught:
        check_url(url, rules)

    assert caught.value.reason == reason


@pytest.mark.parametrize(
    "url",
    [
        "https://member@peer.example/",
        "https://a\\b.example/",
        "ftp://a.example/",
        "http://own.test:8000/x",
        "http://a b/",
    ],
)
def test_development_does_not_lift_what_is_no_question_of_the_network(url: str) -> None:
    """Parsers disagree there too, and nobody fetches from himself."""
    rules = DialRules(development=True, own_authorities=frozenset({"own.test:8000"}))

    with pytest.raises(AddressRefused):
        check_url(url, rules)


# --- URLs: open -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "https://mastodon.example.com/users/member",
        "https://peer.example.com:443/",
        "https://peer.example.com",
        "https://a-b.xn--bcher-kva.example.com/x?y=z#main-key",
        "https://b\u00fccher.example.com/",
        "https://examples.com/",
        "https://mylocal.net/",
        "https://own.example.com:8443/",
    ],
)
def test_urls_of_peers_pass(url: str) -> None:
    """The guard can say yes; a neighbour port of our own name is another authority."""
    check_url(url, DialRules(allowed_ports=frozenset({8443}), own_authorities=frozenset({"own.example.com"})))


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8000/", "http://localhost/", "https://one.test:9/", "http://[::1]:80/", "http://a/"]
)
def test_development_lifts_scheme_names_ports_and_literals(url: str) -> None:
    """Three nodes on one machine federate."""
    check_url(url, DEVELOPMENT)


@pytest.mark.parametrize(
    ("url", "wire"),
    [
        ("HTTPS://Peer.Example.COM:443/A%2fb?c=%7e#d", "https://peer.example.com/A%2fb?c=%7e"),
        ("https://b\u00fccher.example.com/\u00e7ay?q=\u0131", "https://xn--bcher-kva.example.com/%C3%A7ay?q=%C4%B1"),
        ("https://peer.example.com/a/../b//c%", "https://peer.example.com/a/../b//c%"),
        ("http://peer.example.com:80", "http://peer.example.com"),
        ("http://[0:0::1]:8000/", "http://[::1]:8000/"),
    ],
)
def test_a_url_goes_on_the_wire_as_it_is_but_for_what_cannot(url: str, wire: str) -> None:
    """RFC 3987 3.1; what is encoded stays: the path is signed as it is sent."""
    assert wire_url(url) == wire
    assert wire_url(wire) == wire
