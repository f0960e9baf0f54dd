"""Documents of other servers: signed, knocked for twice, followed through redirects, and believed only about themselves.

What a document is worth is decided by the URL it came from, never by the `id` it claims (CVE-2024-23832).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, BinaryIO, Final

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from yarl import URL

from coopfed import limits
from coopfed.errors import AddressRefused, BadMessage, FetchError, RemoteGone
from coopfed.net.client import Answer, HttpClient
from coopfed.net.guard import wire_url
from coopfed.signing import cavage, messages
from coopfed.signing.keys import sign_bytes
from coopfed.signing.request import Prepared, Request
from coopfed.vocab import strict_json
from coopfed.vocab.normalise import normalise
from coopfed.vocab.origin import lies_with
from coopfed.vocab.terms import ACTIVITY_JSON, LD_JSON, is_activity_media_type

ACCEPT_ACTIVITY: Final = f"{ACTIVITY_JSON}, {LD_JSON}"
ACCEPT_JSON: Final = "application/jrd+json, application/json"
ACCEPT_PAGE: Final = "text/html, application/xhtml+xml"
ACCEPT_FILE: Final = "image/webp, image/png, image/jpeg, image/gif, video/*, audio/*"

_JSON_TYPES: Final = frozenset({"application/jrd+json", "application/json", "application/activity+json"})
_PAGE_TYPES: Final = frozenset({"text/html", "application/xhtml+xml"})
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_KNOCK_AGAIN: Final = frozenset({400, 401, 403})
_GONE: Final = frozenset({404, 410})


@dataclass(frozen=True, slots=True)
class Signer:
    """Who asks: the key id and the RSA key of an actor of this node, for fetches the node actor."""

    key_id: str
    key: RSAPrivateKey


@dataclass(frozen=True, slots=True)
class Fetched:
    """A document and where it was found. `url` is the last one after redirects, as on the wire; `raw` the bytes of
    the body; `document` canonical, see `coopfed.vocab.normalise`. Its `id` is one that this URL may speak for."""

    url: str
    document: dict[str, Any]
    raw: bytes


@dataclass(frozen=True, slots=True)
class FetchedJson:
    """A JSON document without an origin of its own (WebFinger, NodeInfo); `url` is the last one after redirects."""

    url: str
    document: dict[str, Any]


@dataclass(frozen=True, slots=True)
class FetchedPage:
    """The beginning of a web page: `body` is at most what was wanted, still encoded as `content_type` or the page itself says. `url`
    is the last one after redirects."""

    url: str
    body: bytes
    content_type: str


@dataclass(frozen=True, slots=True)
class _Get:
    """What is asked for and how much of it is taken; see `HttpClient.request`."""

    accept: str
    max_bytes: int = limits.FETCH_BODY_BYTES
    only: int | None = None
    into: BinaryIO | None = None
    seconds: float | None = None


class BudgetSpent(FetchError):
    """One activity made this node ask too often. Never worth a retry: the same would happen again."""

    reason = "budget"

    @property
    def temporary(self) -> bool:
        """Never."""
        return False


class Budget:
    """How many requests one activity may still cause. Children inherit the object, or what is `left` of it."""

    def __init__(self, left: int = limits.FETCHES_PER_ACTIVITY) -> None:
        self.left = left

    def spend(self) -> None:
        """Takes one; BudgetSpent when none is left."""
        if self.left <= 0:
            raise BudgetSpent("budget: no fetches left for this activity")
        self.left -= 1


def utc_now() -> datetime:
    """The time that signatures carry: the machine's, aware UTC."""
    return datetime.now(UTC)


async def fetch_document(
    http: HttpClient,
    url: str,
    *,
    signer: Signer | None,
    budget: Budget,
    allow_key_stub: bool = False,
    now: Callable[[], datetime] = utc_now,
) -> Fetched:
    """The ActivityPub document that a URL leads to, which may be another one than was asked for: look at its `id`.

    A document whose `id` is not where it was found is fetched once more by that id. With `allow_key_stub` a key
    document passes whose id is another one on the same authority (GoToSocial's `/main-key` answers with a stub of the
    actor); the caller then compares the key's own id and owner.
    Raises RemoteGone for 404 and 410, AddressRefused, BudgetSpent, and FetchError (reasons of `coopfed.net.client`,
    and `status`, `redirect`, `content_type`, `malformed`, `id_missing`, `id_mismatch`). Source: ActivityPub 3.2.
    """
    found = await _activity(http, url, signer, budget, now, allow_key_stub)
    claimed = found.document.get("id")
    if not isinstance(claimed, str):
        raise FetchError(f"id_missing: {found.url}", reason="id_missing", status=200)
    if _speaks_for(url, found.url, claimed) or (allow_key_stub and lies_with(found.url, claimed)):
        return found
    again = await _activity(http, claimed, signer, budget, now, allow_key_stub)
    if again.document.get("id") != claimed or not _speaks_for(claimed, again.url, claimed):
        raise FetchError(f"id_mismatch: {found.url} claims to be {claimed[:200]}", reason="id_mismatch", status=200)
    return again


async def fetch_json(http: HttpClient, url: str, *, budget: Budget, accept: str = ACCEPT_JSON) -> FetchedJson:
    """A JSON object (NodeInfo and the like), asked for without a signature. Raises as `fetch_document`."""
    answer = await _followed(http, url, None, budget, utc_now, _Get(accept))
    if _media_type(answer) not in _JSON_TYPES:
        raise _unfit(answer, "content_type", answer.headers.get("Content-Type", "none")[:80])
    return FetchedJson(answer.url, _parsed(answer))


async def fetch_jrd(http: HttpClient, url: str, *, budget: Budget) -> FetchedJson:
    """A JSON Resource Descriptor, from WebFinger. Redirects may lead to another host: a domain of handles is often
    served elsewhere. Raises as `fetch_document`. Source: RFC 7033 4.2, 4.4."""
    return await fetch_json(http, url, budget=budget)


async def fetch_text(http: HttpClient, url: str, *, budget: Budget, accept: str, types: frozenset[str]) -> str:
    """A text of one of the given media types (host-meta is XRD), in UTF-8, damaged characters replaced.

    Raises as `fetch_document`.
    """
    answer = await _followed(http, url, None, budget, utc_now, _Get(accept))
    if _media_type(answer) not in types:
        raise _unfit(answer, "content_type", answer.headers.get("Content-Type", "none")[:80])
    return answer.body.decode("utf-8", errors="replace")


async def fetch_page(http: HttpClient, url: str, *, budget: Budget, only: int = limits.PAGE_BYTES) -> FetchedPage:
    """The beginning of a web page, asked for by nobody in particular: without signature, cookie or referrer. Raises as
    `fetch_document`."""
    answer = await _followed(http, url, None, budget, utc_now, _Get(ACCEPT_PAGE, only=only))
    if _media_type(answer) not in _PAGE_TYPES:
        raise _unfit(answer, "content_type", answer.headers.get("Content-Type", "none")[:80])
    return FetchedPage(answer.url, answer.body, answer.headers.get("Content-Type", ""))


async def fetch_file(http: HttpClient, url: str, into: BinaryIO, *, max_bytes: int, budget: Budget) -> None:
    """Writes a file of any type to `into`, asked for by nobody in particular: without signature, cookie or referrer. Its bytes say what
    it is, not its type. Raises as `fetch_document`; then what was written is of no use."""
    get = _Get(accept=ACCEPT_FILE, max_bytes=max_bytes, into=into, seconds=limits.COPY_SECONDS)
    await _followed(http, url, None, budget, utc_now, get)


async def _activity(
    http: HttpClient, url: str, signer: Signer | None, budget: Budget, now: Callable[[], datetime], key_stub: bool
) -> Fetched:
    answer = await _followed(http, url, signer, budget, now, _Get(ACCEPT_ACTIVITY))
    # Uploaded files are served under other types: whatever is not declared as ActivityPub is not believed to be
    # (CVE-2024-25623).
    content_type = answer.headers.get("Content-Type")
    if not is_activity_media_type(content_type):
        raise _unfit(answer, "content_type", str(content_type)[:80])
    return Fetched(answer.url, _normalised(answer, key_stub), answer.body)


async def _followed(
    http: HttpClient,
    url: str,
    signer: Signer | None,
    budget: Budget,
    now: Callable[[], datetime],
    get: _Get,
) -> Answer:
    """The 2xx answer at the end of at most `limits.FETCH_REDIRECTS` redirects, each judged and signed anew."""
    current = wire_url(url)
    seen = {current}
    for _ in range(limits.FETCH_REDIRECTS + 1):
        answer = await _knocked(http, current, signer, budget, now, get)
        if answer.status not in _REDIRECTS:
            return _successful(answer, now())
        current = _next(answer)
        if current in seen:
            raise _unfit(answer, "redirect", "a loop")
        seen.add(current)
    raise _unfit(answer, "redirect", f"more than {limits.FETCH_REDIRECTS}")


async def _knocked(
    http: HttpClient,
    url: str,
    signer: Signer | None,
    budget: Budget,
    now: Callable[[], datetime],
    get: _Get,
) -> Answer:
    """The answer to the first knock that is not refused: cavage, cavage over the bare path, RFC 9421.

    Some servers verify cavage over the path alone, others have turned to RFC 9421; none says so beforehand. Signs in
    the loop: 250 us beside a request that takes milliseconds.
    """
    request = Request.to("GET", url)

    async def knock(prepared: Prepared | None, *, pss: bool = False) -> Answer:
        budget.spend()
        signed = prepared.headers(sign_bytes(signer.key, prepared.base, pss=pss)) if signer and prepared else {}
        headers = {**signed, "Accept": get.accept}
        return await http.request(
            "GET", url, headers, max_bytes=get.max_bytes, only=get.only, into=get.into, seconds=get.seconds
        )

    if signer is None:
        return await knock(None)
    answer = await knock(cavage.prepare(signer.key, signer.key_id, request, now()))
    if answer.status in _KNOCK_AGAIN and "?" in request.target:
        answer = await knock(cavage.prepare(signer.key, signer.key_id, request, now(), with_query=False))
    if answer.status in _KNOCK_AGAIN:
        keys = dict.fromkeys((messages.RSA, messages.RSA_PSS), signer.key_id)
        wanted = messages.challenge(answer.headers.get("Accept-Signature"), request, keys)
        pss = wanted is not None and wanted.algorithm == messages.RSA_PSS
        answer = await knock(messages.prepare(signer.key_id, request, now(), wanted), pss=pss)
    return answer


def _successful(answer: Answer, now: datetime) -> Answer:
    """The answer itself if it is 2xx."""
    if 200 <= answer.status < 300:
        return answer
    if answer.status in _GONE:
        raise RemoteGone(f"{answer.status}: {answer.url}", status=answer.status)
    raise FetchError(
        f"status {answer.status}: {answer.url}",
        reason="status",
        status=answer.status,
        retry_after=retry_after(answer.headers.get("Retry-After"), now),
    )


def retry_after(header: str | None, now: datetime) -> int | None:
    """Seconds to wait by a `Retry-After`, between 0 and `limits.RETRY_AFTER_MAX_SECONDS`; None when it says nothing.

    Source: RFC 9110 10.2.3.
    """
    text = (header or "").strip()
    if re.fullmatch(r"[0-9]{1,12}", text):
        return min(int(text), limits.RETRY_AFTER_MAX_SECONDS)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return min(max(0, int((aware - now).total_seconds())), limits.RETRY_AFTER_MAX_SECONDS)


def _next(answer: Answer) -> str:
    """Where a redirect leads, as on the wire. That it may be dialled is asked when it is."""
    location = answer.headers.get("Location")
    if not location:
        raise _unfit(answer, "redirect", "without Location")
    try:
        return wire_url(str(URL(answer.url, encoded=True).join(URL(location, encoded=True))))
    except (ValueError, AddressRefused) as error:
        raise _unfit(answer, "redirect", f"to {location[:200]!r}") from error


def _speaks_for(asked: str, found: str, claimed: str) -> bool:
    """Whether the document at `found` may claim this id: it is where it was found, or what was asked for on the same
    authority, whose server then vouches for both by its redirect."""
    try:
        wire = wire_url(claimed)
    except AddressRefused:
        return False
    return wire == found or (wire == wire_url(asked) and lies_with(found, claimed))


def _media_type(answer: Answer) -> str:
    return answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()


def _parsed(answer: Answer) -> dict[str, Any]:
    """The JSON object of an answer. That a peer's document is malformed is no fault of whoever made us fetch it, so it
    becomes a FetchError here and no 400 there."""
    try:
        return strict_json.parse(answer.body)
    except BadMessage as error:
        raise _unfit(answer, "malformed", str(error)) from error


def _normalised(answer: Answer, key_stub: bool) -> dict[str, Any]:
    document = _parsed(answer)
    try:
        return normalise(document, key_stub=key_stub)
    except BadMessage as error:
        raise _unfit(answer, "malformed", str(error)) from error


def _unfit(answer: Answer, reason: str, detail: str) -> FetchError:
    """The error for an answer that came and is of no use; with its status, so that nobody tries again."""
    return FetchError(f"{reason}: {answer.url}: {detail}", reason=reason, status=answer.status)
