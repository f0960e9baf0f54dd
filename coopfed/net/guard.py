"""What may be dialled. Pure: an address or a URL in, silence or AddressRefused out.

Other projects fixed this two to five times each, because lists were partial (Fedify CVE-2024-39687 and CVE-2026-50131,
Lemmy CVE-2025-25194 and CVE-2026-33693, Mastodon GHSA-vwhj-3g83-v276). So every range stands here with its document,
IPv6 is closed except where it is open, and the standard library is not asked: `ipaddress.is_global` of Python 3.11
calls NAT64, 6to4 and multicast addresses global.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final
from urllib.parse import quote

from coopfed.errors import AddressRefused, BadMessage
from coopfed.vocab.origin import normalise_id

CLOSED_V4: Final = tuple(
    (IPv4Network(network), source)
    for network, source in (
        ("0.0.0.0/8", "RFC 791 this network; reaches the own host on Linux"),
        ("10.0.0.0/8", "RFC 1918 private"),
        ("100.64.0.0/10", "RFC 6598 carrier-grade NAT"),
        ("127.0.0.0/8", "RFC 1122 loopback"),
        ("169.254.0.0/16", "RFC 3927 link-local; cloud metadata"),
        ("172.16.0.0/12", "RFC 1918 private"),
        ("192.0.0.0/24", "RFC 6890 protocol assignments"),
        ("192.0.2.0/24", "RFC 5737 documentation"),
        ("192.31.196.0/24", "RFC 7535 AS112"),
        ("192.52.193.0/24", "RFC 7450 AMT"),
        ("192.88.99.0/24", "RFC 7526 6to4 relay"),
        ("192.168.0.0/16", "RFC 1918 private"),
        ("192.175.48.0/24", "RFC 7534 AS112"),
        ("198.18.0.0/15", "RFC 2544 benchmarks"),
        ("198.51.100.0/24", "RFC 5737 documentation"),
        ("203.0.113.0/24", "RFC 5737 documentation"),
        ("224.0.0.0/4", "RFC 5771 multicast"),
        ("240.0.0.0/4", "RFC 1112 reserved, and broadcast"),
    )
)

OPEN_V6: Final = IPv6Network("2000::/3")
"""RFC 4291 global unicast. Outside it lie loopback, unspecified, v4-compatible (::/96), NAT64 of local use
(64:ff9b:1::/48, RFC 8215), discard (100::/64), unique local (fc00::/7), link-local (fe80::/10), site-local (fec0::/10),
multicast (ff00::/8) and whatever is invented next."""

CLOSED_V6: Final = tuple(
    (IPv6Network(network), source)
    for network, source in (
        ("2001::/23", "RFC 2928 protocol assignments; Teredo 2001::/32 (RFC 4380) carries an IPv4 address"),
        ("2001:db8::/32", "RFC 3849 documentation"),
        ("2002::/16", "RFC 3056 6to4; carries an IPv4 address"),
        ("2620:4f:8000::/48", "RFC 7534 AS112"),
        ("3fff::/20", "RFC 9637 documentation"),
    )
)

_V4_MAPPED: Final = IPv6Network("::ffff:0:0/96")
_NAT64: Final = IPv6Network("64:ff9b::/96")
"""RFC 4291 and RFC 6052: an IPv4 address in the last 32 bits, which is the one to judge. A host behind DNS64 sees every
IPv4 peer through the second, so it cannot be closed."""

RESERVED_NAMES: Final = frozenset({
    "localhost", "local", "internal", "onion", "home.arpa", "test", "invalid", "example", "alt", "localdomain", "lan",
})  # fmt: skip
"""RFC 6761, 6762, 7686, 8375, 9476, and what routers call the network behind them."""

_NUMERIC_LABEL: Final = re.compile(r"(?:0x[0-9a-f]*|[0-9]+)")
"""A last label like this makes C libraries read the whole name as an IPv4 address (127.1, 0x7f.1, 2130706433)."""

_PRINTABLE: Final = "".join(map(chr, range(0x21, 0x7F)))


class AddressFault(StrEnum):
    """The `reason` of every AddressRefused raised here."""

    URL = "bad_url"
    """No http(s) URL, or one that parsers read differently (user info, backslash, control characters)."""
    SCHEME = "scheme"
    PORT = "port"
    LITERAL = "ip_literal"
    """An IP address where a name is expected; no peer of the fediverse needs one."""
    NAME = "reserved_name"
    """A name without a dot, or below one that is not for the public network."""
    RANGE = "address_range"
    """The address that would be dialled is not one of the public network."""
    OWN = "own_authority"
    """This node itself: what lies here is looked up here."""


@dataclass(frozen=True, slots=True)
class DialRules:
    """What this node may dial. `development` lifts http, private addresses, reserved names and ports.

    `own_authorities` are host[:port] of this node, the port only when it is not the scheme's default. `chosen` lifts the same for a
    client that only ever dials an address which the operator wrote into the settings, as for a service beside this node.
    """

    development: bool = False
    allowed_ports: frozenset[int] = frozenset()
    own_authorities: frozenset[str] = frozenset()
    chosen: bool = False

    @property
    def anywhere(self) -> bool:
        """Whether also the own network may be dialled, and without TLS."""
        return self.development or self.chosen


def check_address(address: str | IPv4Address | IPv6Address) -> None:
    """Passes for an address of the public network; AddressRefused `address_range` else. For production rules only."""
    try:
        ip = ip_address(address)
    except ValueError as error:
        raise _refused(AddressFault.RANGE, f"no IP address: {address!r}") from error
    embedded = _embedded(ip) if isinstance(ip, IPv6Address) else ip
    source = _closed(embedded)
    if source is not None:
        raise _refused(AddressFault.RANGE, f"{address} ({source})")


def check_url(url: str, rules: DialRules) -> None:
    """Passes for a URL that may be fetched under these rules; AddressRefused (reason: an `AddressFault`) else.

    What the name resolves to is judged when it is dialled, see `check_address`.
    """
    scheme, host, port = _parts(wire_url(url))
    authority = host if port == _default_port(scheme) else f"{host}:{port}"
    if authority in rules.own_authorities:
        raise _refused(AddressFault.OWN, authority)
    if rules.anywhere:
        return
    if scheme != "https":
        raise _refused(AddressFault.SCHEME, scheme)
    if port != _default_port(scheme) and port not in rules.allowed_ports:
        raise _refused(AddressFault.PORT, str(port))
    labels = host.split(".")
    if host.startswith("[") or _NUMERIC_LABEL.fullmatch(labels[-1]):
        raise _refused(AddressFault.LITERAL, host)
    suffixes = {".".join(labels[start:]) for start in range(len(labels))}
    if len(labels) == 1 or suffixes & RESERVED_NAMES:
        raise _refused(AddressFault.NAME, host)


def wire_url(url: str) -> str:
    """The URL as it goes on the wire: scheme and host in lower case, the host in A-labels, no default port, no fragment,
    characters beyond ASCII percent-encoded; what is encoded already stays as it is, since signatures cover it.

    AddressRefused `bad_url` when it is no http(s) URL or one that parsers read differently. Source: RFC 3987 3.1.
    """
    try:
        text = normalise_id(url)
    except BadMessage as error:
        raise _refused(AddressFault.URL, str(error)) from error
    return quote(text.partition("#")[0], safe=_PRINTABLE)


def _parts(url: str) -> tuple[str, str, int]:
    """Scheme, host and port of a URL out of `wire_url`."""
    scheme, _, rest = url.partition("://")
    authority = re.split(r"[/?]", rest, maxsplit=1)[0]
    host, colon, port = authority.rpartition(":")
    if not colon or authority.endswith("]"):
        return scheme, authority, _default_port(scheme)
    return scheme, host, int(port)


def _default_port(scheme: str) -> int:
    return 443 if scheme == "https" else 80


def _embedded(ip: IPv6Address) -> IPv4Address | IPv6Address:
    return IPv4Address(int(ip) & 0xFFFF_FFFF) if ip in _V4_MAPPED or ip in _NAT64 else ip


def _closed(ip: IPv4Address | IPv6Address) -> str | None:
    """Why an address is closed; None when it is open."""
    if isinstance(ip, IPv4Address):
        return next((source for network, source in CLOSED_V4 if ip in network), None)
    if ip not in OPEN_V6:
        return "RFC 4291: not global unicast"
    return next((source for network, source in CLOSED_V6 if ip in network), None)


def _refused(fault: AddressFault, detail: str) -> AddressRefused:
    return AddressRefused(f"{fault.value}: {detail}", reason=fault.value)
