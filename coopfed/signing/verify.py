"""The verdict on an arriving request: first all that is cheap, then the mathematics.

Two steps, because between them stands the only thing that waits: having the key. `presented` looks at the request alone
and refuses what no key could save; `verify` is asked with the key, and again with a fresher one if it says
`SignatureFault.INVALID`. Neither says who may do what: that the key's owner is the activity's actor is for the caller.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from functools import lru_cache
from typing import Final

from coopfed import limits
from coopfed.signing import cavage, messages
from coopfed.signing.digests import check_content_digest, check_digest
from coopfed.signing.faults import SignatureFault, refused
from coopfed.signing.keys import PublicKey
from coopfed.signing.request import Request

__all__ = ["Presented", "Scheme", "SignatureFault", "presented", "verify"]

_PAST: Final = timedelta(seconds=limits.SIGNATURE_PAST_SECONDS)
_FUTURE: Final = timedelta(seconds=limits.SIGNATURE_FUTURE_SECONDS)
_BODILESS: Final = frozenset({"GET", "HEAD"})


class Scheme(StrEnum):
    """How a request is signed; stored per peer, to knock the right way first."""

    CAVAGE = "cavage"
    RFC9421 = "rfc9421"


@dataclass(frozen=True, slots=True)
class Presented:
    """A signature that deserves a look at its key. Times are aware UTC; `created` is (created), else Date. `base` are the bytes that
    it must be a signature of (cavage: in the reading with the query)."""

    key_id: str
    scheme: Scheme
    covered: tuple[str, ...]
    created: datetime
    expires: datetime | None
    parsed: cavage.Parsed | messages.Parsed
    base: bytes


def presented(request: Request, now: datetime, key_id: str | None = None) -> Presented:
    """The signature of a request, after every check that needs no key.

    `key_id` chooses among several RFC 9421 signatures. Raises BadMessage when headers cannot be parsed or occur twice,
    Unauthenticated (reason: a `SignatureFault`) when anything that must be signed is not, when it is too old, too new
    or expired, and when the digest is not that of the body. A request with both kinds of headers is judged by RFC 9421
    alone. Source: draft-cavage 12, 2.5; RFC 9421 3.2.
    """
    request.check_single()
    if request.header("signature-input") is not None:
        found = _from_messages(messages.parse(request, key_id), request)
    elif (header := request.header("signature")) is not None:
        found = _from_cavage(cavage.parse(header), request)
    else:
        raise refused(SignatureFault.MISSING, "no Signature header")
    if not found.key_id.startswith(("https://", "http://")) or len(found.key_id) > limits.ID_LENGTH:
        raise refused(SignatureFault.KEY_ID, "the key id is no URL of bearable length")
    for moment in _signed_times(found, request):
        _check_window(moment, now)
    if found.expires is not None and found.expires < now:
        raise refused(SignatureFault.EXPIRED, f"at {found.expires.isoformat()}")
    _check_digests(found, request)
    return found


def verify(presented: Presented, request: Request, key: PublicKey) -> None:
    """Passes when the signature is one of this request by this key.

    Raises Unauthenticated: `signature_invalid` when it is not, `algorithm` when the named one does not fit the key.
    """
    if not _valid(presented.parsed, request, key):
        raise refused(SignatureFault.INVALID, f"not signed by the key {presented.key_id[:200]}")


def _valid(parsed: cavage.Parsed | messages.Parsed, request: Request, key: PublicKey) -> bool:
    if isinstance(parsed, cavage.Parsed):
        return cavage.verify(parsed, request, key)
    return messages.verify(parsed, request, key)


def _from_cavage(parsed: cavage.Parsed, request: Request) -> Presented:
    names = set(parsed.names)
    _check_coverage(cavage.TARGET in names, "(request-target)")
    _check_coverage("host" in names, "host")
    _check_coverage("date" in names or cavage.CREATED in names, "date or (created)")
    _check_coverage(not _needs_digest(request) or bool(names & {"digest", "content-digest"}), "digest")
    base = cavage.base(parsed, request)
    created = _moment(parsed.created) if cavage.CREATED in names else _date(request)
    expires = _moment(parsed.expires) if parsed.expires is not None else None
    return Presented(parsed.key_id, Scheme.CAVAGE, parsed.names, created, expires, parsed, base)


def _from_messages(parsed: messages.Parsed, request: Request) -> Presented:
    names = set(parsed.names)
    # Without a query there is nothing that @query would protect.
    parts = {"@authority", "@path"} | ({"@query"} if "?" in request.target else set())
    whole = "@target-uri" in names or parts <= names or {"@authority", "@request-target"} <= names
    _check_coverage("@method" in names, "@method")
    _check_coverage(whole, "@target-uri")
    _check_coverage(not _needs_digest(request) or "content-digest" in names, "content-digest")
    base = messages.base(parsed, request)
    created = _moment(str(parsed.created))
    expires = _moment(str(parsed.expires)) if parsed.expires is not None else None
    return Presented(parsed.key_id, Scheme.RFC9421, parsed.names, created, expires, parsed, base)


def _check_coverage(covered: bool, what: str) -> None:
    if not covered:
        raise refused(SignatureFault.COVERAGE, f"{what} is not signed")


def _needs_digest(request: Request) -> bool:
    return bool(request.body) or request.method not in _BODILESS


def _signed_times(found: Presented, request: Request) -> Iterator[datetime]:
    yield found.created
    if "date" in found.covered:
        yield _date(request)


def _check_window(moment: datetime, now: datetime) -> None:
    if moment < now - _PAST:
        raise refused(SignatureFault.STALE, f"signed at {moment.isoformat()}")
    if moment > now + _FUTURE:
        raise refused(SignatureFault.FUTURE, f"signed at {moment.isoformat()}")


def _check_digests(found: Presented, request: Request) -> None:
    """Each digest header that is there must be right, also one that is not signed: some handler may look at it."""
    for name, check in (("digest", check_digest), ("content-digest", check_content_digest)):
        value = request.header(name)
        if value is not None or name in found.covered:
            check(value, request.body)


def _date(request: Request) -> datetime:
    return _parsed_date(request.header("date") or "")


@lru_cache(maxsize=256)
def _parsed_date(text: str) -> datetime:
    """Cached, for it is asked twice of a request and many requests of one second say the same."""
    try:
        moment = parsedate_to_datetime(text)
        # Inside: the last day of the year 9999 has no UTC when its zone lies west.
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, TypeError, OverflowError) as error:
        raise refused(SignatureFault.DATE, f"Date: {text[:40]!r}") from error


def _moment(seconds: str | None) -> datetime:
    try:
        return datetime.fromtimestamp(float(seconds or "nan"), UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise refused(SignatureFault.DATE, f"{str(seconds)[:40]!r} seconds") from error
