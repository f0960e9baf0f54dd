"""Names of hosts as operators write them, and which blocks cover which host. Pure."""

import ipaddress

from coopfed.errors import BadMessage, InvalidInput
from coopfed.vocab.origin import authority

EVERYBODY = "*"
"""The name of the block that covers every host (ALLOWLIST)."""


def written_host(written: str) -> str:
    """The authority that somebody means: in lower case, IDNA as A-labels, without default port, trailing dot, `*.` or address
    around it. InvalidInput when it is no host. Source: security research 1.7, *Blocks*."""
    text = written.strip().removeprefix("*.")
    scheme, separator, rest = text.partition("://")
    scheme, place = (scheme, rest.partition("/")[0]) if separator else ("https", text)
    if not place.startswith("["):
        name, colon, port = place.partition(":")
        place = f"{name.rstrip('.')}{colon}{port}"
    try:
        return authority(f"{scheme}://{place}")
    except BadMessage as error:
        raise InvalidInput(f"{written[:100]!r} is no host name; use one like peer.example") from error


def covering(host: str) -> tuple[str, ...]:
    """The hosts whose block covers this authority, the nearest first: itself, itself on every port, the domains above it."""
    name, colon, port = host.rpartition(":")
    named = name if colon and port.isdigit() else host
    parents: list[str] = []
    if not _is_address(named):
        labels = named.split(".")
        parents = [".".join(labels[index:]) for index in range(1, len(labels))]
    return tuple(dict.fromkeys((host, named, *parents)))


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True
