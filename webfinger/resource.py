"""What a WebFinger query asks for: a handle or an address. Pure."""

import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from coopfed import limits
from coopfed.errors import BadMessage
from coopfed.vocab.origin import authority, normalise_id

_URL = re.compile(r"https?:", re.IGNORECASE)
_SCHEME = re.compile(r"(?!acct:)[a-z][a-z0-9+.-]*:(?!\d{1,5}$)", re.IGNORECASE)
_ACCT = re.compile(r"^acct:", re.IGNORECASE)
# Names are compared and shown: nothing that separates, escapes or cannot be seen.
_NAME = re.compile(r"[^\s@/\\?#%:<>\"'\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufffd]+")


@dataclass(frozen=True, slots=True)
class Handle:
    """A name at a host, as people write it: name in lower case, host as an authority (`coopfed.vocab.origin`)."""

    name: str
    host: str

    def __str__(self) -> str:
        return f"{self.name}@{self.host}"

    @property
    def acct(self) -> str:
        """The handle as a URI. Source: RFC 7565."""
        return f"acct:{self}"


@dataclass(frozen=True, slots=True)
class UrlResource:
    """An address, in the spelling of `normalise_id`: an actor's id, a profile page, or a node (path `/`)."""

    url: str


def parse_resource(text: str) -> Handle | UrlResource:
    """What is asked for, with `acct:` or without, with an @ in front or without, or as an http(s) address.

    Names and hosts do not depend on case; both may be percent-encoded; hosts may be in any script. BadMessage when it is none of these,
    or longer than `limits.ID_LENGTH`. Source: RFC 7033 4.1, RFC 7565 3 and 4.
    """
    text = text.strip()
    if len(text) > limits.ID_LENGTH:
        raise BadMessage("the resource is too long", reason="bad_resource")
    return _address(text) if _URL.match(text) else _handle(text)


def _address(text: str) -> UrlResource:
    url = normalise_id(text)
    return UrlResource(url if urlsplit(url).path else f"{url}/")


def _handle(text: str) -> Handle:
    if _SCHEME.match(text):
        raise BadMessage(f"a resource of this kind is not known here: {text[:80]!r}", reason="bad_resource")
    # Some clients encode the colon too, so the scheme is looked for after decoding.
    name, at, host = _ACCT.sub("", unquote(text)).removeprefix("@").partition("@")
    if (
        not at
        or not _NAME.fullmatch(name)
        or len(name) > limits.USERNAME_LENGTH
        or not re.fullmatch(r"[^/?#\\]+", host)
    ):
        raise BadMessage(f"not a handle: {text[:80]!r}", reason="bad_resource")
    return Handle(name.lower(), authority(f"https://{host}"))
