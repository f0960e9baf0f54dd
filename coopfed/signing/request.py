"""What is signed: a request as bytes on the wire, free of any framework; and what a signer has yet to sign."""

import base64
from dataclasses import dataclass
from typing import Final, Self

from coopfed.errors import BadMessage

_SINGLE: Final = frozenset({"signature", "signature-input", "digest", "date", "host", "content-digest"})
"""Headers that may occur once: where two parsers join or choose differently, a signature covers what nobody reads."""

_DEFAULT_PORTS: Final = {"https": ":443", "http": ":80"}

SYNCHRONIZATION: Final = "Collection-Synchronization"
"""A header of ours that says something by itself: where a request has it, it is sent and signed. Source: FEP-8fcf."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it was, or will be, on the wire.

    `authority` is host[:port] as in Host. For an arriving request the caller has checked that it is one of this node's
    own names, from configuration and not from a stranger's X-Forwarded-Host; signatures are checked against it.
    `target` is the raw path with the query, never decoded. `headers` have lower-case names, in order.
    """

    method: str
    authority: str
    scheme: str
    target: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    @classmethod
    def to(cls, method: str, url: str, headers: tuple[tuple[str, str], ...] = (), body: bytes = b"") -> Self:
        """A request to send to an absolute http(s) URL, whose characters are kept as they are.

        The fragment is dropped, and so is a "?" that nothing follows, since HTTP clients send neither.
        """
        scheme, separator, rest = url.partition("#")[0].partition("://")
        if not separator or scheme.lower() not in _DEFAULT_PORTS:
            raise BadMessage(f"no absolute http URL: {url[:200]!r}", reason="url")
        end = min((rest.find(mark) for mark in "/?" if mark in rest), default=len(rest))
        authority, target = rest[:end], rest[end:]
        if target.startswith("?") or not target:
            target = f"/{target}"
        path, _, query = target.partition("?")
        return cls(method, authority, scheme.lower(), f"{path}?{query}" if query else path, headers, body)

    @property
    def origin(self) -> str:
        """The authority as signatures name it: lower case, no default port. Source: RFC 9421 2.2.3."""
        return self.authority.lower().removesuffix(_DEFAULT_PORTS[self.scheme])

    @property
    def url(self) -> str:
        """The absolute URL of the request. Source: RFC 9421 2.2.2."""
        return f"{self.scheme}://{self.origin}{self.target}"

    @property
    def path(self) -> str:
        """The raw path without the query."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        """The raw query with its "?"; "?" alone when there is none. Source: RFC 9421 2.2.7."""
        return "?" + self.target.partition("?")[2]

    def header(self, name: str) -> str | None:
        """The value of a header, several lines joined by a comma and a blank; None when absent.

        Raises BadMessage when one of the headers that decide about a signature occurs twice.
        """
        values = [value.strip(" \t") for other, value in self.headers if other == name]
        if not values:
            return None
        if len(values) > 1 and name in _SINGLE:
            raise _twice(name)
        return ", ".join(values)

    def check_single(self) -> None:
        """Passes when each of the headers that decide about a signature occurs at most once; BadMessage else."""
        names = [name for name, _ in self.headers if name in _SINGLE]
        if len(set(names)) != len(names):
            raise _twice(next(name for name in names if names.count(name) > 1))

    def signed_header(self, name: str) -> str | None:
        """The value of a header as its sender saw it when signing.

        Host is the exception: a proxy in front may have rewritten it, so the authority that the caller vouches for is
        taken, in the sender's own spelling where Host still says the same.
        """
        value = self.header(name)
        if name != "host" or (value is not None and self._same_host(value)):
            return value
        return self.authority

    def _same_host(self, value: str) -> bool:
        return value.lower().removesuffix(_DEFAULT_PORTS[self.scheme]) == self.origin


def _twice(name: str) -> BadMessage:
    return BadMessage(f"the header {name} occurs more than once", reason="duplicate_header")


@dataclass(frozen=True, slots=True)
class Prepared:
    """A request on its way to be signed: `base` are the bytes to give to `keys.sign_bytes`, best in a thread."""

    base: bytes
    unsigned: tuple[tuple[str, str], ...]
    before: str
    after: str

    def headers(self, signature: bytes) -> dict[str, str]:
        """All headers to send, the signature among them."""
        text = base64.b64encode(signature).decode("ascii")
        return {**dict(self.unsigned), "Signature": f"{self.before}{text}{self.after}"}
