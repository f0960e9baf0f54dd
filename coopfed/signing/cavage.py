"""draft-cavage-http-signatures-12, the signature that the whole fediverse reads.

Written strictly, read as widely as peers write it: quoted and token values, a leading word, `hs2019`, the target with
and without the query. Which components must be signed is not decided here but in `coopfed.signing.verify`.
"""

import base64
import binascii
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from coopfed import limits
from coopfed.signing.digests import digest_header
from coopfed.signing.faults import SignatureFault, malformed, refused
from coopfed.signing.keys import PrivateKey, PublicKey, sign_bytes, verifies
from coopfed.signing.request import SYNCHRONIZATION, Prepared, Request

ACTIVITY_JSON: Final = "application/activity+json"

TARGET: Final = "(request-target)"
CREATED: Final = "(created)"
EXPIRES: Final = "(expires)"

_RSA_ALGORITHMS: Final = frozenset({"rsa-sha256", "rsa-sha512", "hs2019"})
_ED25519_ALGORITHMS: Final = frozenset({"ed25519", "ed25519-sha512", "hs2019"})
_ALGORITHMS: Final = _RSA_ALGORITHMS | _ED25519_ALGORITHMS

_PARAMETER: Final = re.compile(
    r'\s*([A-Za-z][A-Za-z0-9_-]*)\s*=\s*(?:"([^"\\]*(?:\\.[^"\\]*)*)"|([A-Za-z0-9!#$%&\'*+.^_`|~-]+))\s*'
)
_LEADING_WORD: Final = re.compile(r"\s*Signature\s+(?=[A-Za-z])", re.IGNORECASE)
_ESCAPED: Final = re.compile(r"\\(.)")
_SECONDS: Final = re.compile(r"\d{1,12}(?:\.\d{1,9})?")


@dataclass(frozen=True, slots=True)
class Parsed:
    """The parameters of a `Signature` header. `created` and `expires` are the texts as sent: they are signed so."""

    key_id: str
    algorithm: str | None
    names: tuple[str, ...]
    signature: bytes
    created: str | None
    expires: str | None


def prepare(key: PrivateKey, key_id: str, request: Request, now: datetime, *, with_query: bool = True) -> Prepared:
    """What to sign for a request, to be sent now: a retry needs a new one. Source: draft-cavage 12, 2.

    POST signs target, host, date, digest and content type; GET target, host and date; both a follower synchronisation that
    the request carries. `with_query=False` is for the peers that check the path alone (Takahe, Friendica, Mobilizon).
    """
    headers = {"Host": request.origin, "Date": format_datetime(now.astimezone(UTC), usegmt=True)}
    names = [TARGET, "host", "date"]
    if request.method != "GET":
        headers["Digest"] = digest_header(request.body)
        headers["Content-Type"] = request.header("content-type") or ACTIVITY_JSON
        names += ["digest", "content-type"]
    if (synchronization := request.header(SYNCHRONIZATION.lower())) is not None:
        headers[SYNCHRONIZATION] = synchronization
        names.append(SYNCHRONIZATION.lower())
    lowered = {name.lower(): value for name, value in headers.items()}
    target = request.target if with_query else request.path
    lines = [f"{name}: {lowered[name]}" for name in names[1:]]
    base = "\n".join([f"{TARGET}: {request.method.lower()} {target}", *lines])
    algorithm = "hs2019" if isinstance(key, Ed25519PrivateKey) else "rsa-sha256"
    before = f'keyId="{key_id}",algorithm="{algorithm}",headers="{" ".join(names)}",signature="'
    return Prepared(base.encode("utf-8"), tuple(headers.items()), before, '"')


def sign(key: PrivateKey, key_id: str, request: Request, now: datetime) -> dict[str, str]:
    """The headers to send: Host, Date, Signature, and for POST Digest and Content-Type. Signs in this thread."""
    prepared = prepare(key, key_id, request, now)
    return prepared.headers(sign_bytes(key, prepared.base))


def parse(header: str) -> Parsed:
    """The parameters of a `Signature` header.

    Raises BadMessage when it cannot be parsed or names a parameter twice, Unauthenticated when it parses and lacks what
    is needed or names an unknown algorithm. Source: draft-cavage 12, 2.1 and 4.1.
    """
    if len(header) > limits.SIGNATURE_HEADER_LENGTH:
        raise malformed(f"a Signature of {len(header)} characters")
    values = parameters(header)
    key_id, encoded = values.get("keyid"), values.get("signature")
    if not key_id or not encoded:
        raise refused(SignatureFault.INCOMPLETE, "no keyId or no signature")
    # Without `headers` only (created) is signed, which the coverage rule then refuses.
    names = tuple(values.get("headers", CREATED).lower().split())
    if not names or len(names) > limits.SIGNED_COMPONENTS:
        raise malformed(f"{len(names)} signed headers")
    algorithm = values.get("algorithm")
    if algorithm is not None and algorithm.lower() not in _ALGORITHMS:
        raise refused(SignatureFault.ALGORITHM, f"unknown: {algorithm[:40]}")
    try:
        signature = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as error:
        raise malformed(f"the signature is no base64: {error}") from error
    return Parsed(
        key_id,
        algorithm.lower() if algorithm else None,
        names,
        signature,
        _seconds(values, "created"),
        _seconds(values, "expires"),
    )


def base(parsed: Parsed, request: Request, *, with_query: bool = True) -> bytes:
    """The signing string; Unauthenticated when a listed component is absent or unknown. draft-cavage 12, 2.3."""
    lines = [f"{name}: {_component(name, parsed, request, with_query)}" for name in parsed.names]
    return "\n".join(lines).encode("utf-8", errors="surrogateescape")


def verify(parsed: Parsed, request: Request, key: PublicKey) -> bool:
    """Whether the signature is one of this request by this key, under any of the readings that peers use.

    The kind of the key decides; the algorithm parameter must agree with it, or it raises Unauthenticated `algorithm`.
    """
    ed25519 = isinstance(key, Ed25519PublicKey)
    if parsed.algorithm not in (None, *(_ED25519_ALGORITHMS if ed25519 else _RSA_ALGORITHMS)):
        raise refused(SignatureFault.ALGORITHM, f"{parsed.algorithm} does not fit the key")
    # hs2019 leaves the hash to the key's metadata, which nobody publishes: SHA-256 is what peers mean by it.
    hashes = {"rsa-sha512": (True,), "hs2019": (False, True)}.get(parsed.algorithm or "", (False,))
    targets = (True, False) if "?" in request.target else (True,)
    return any(
        verifies(key, parsed.signature, base(parsed, request, with_query=with_query), sha512=sha512)
        for with_query in targets
        for sha512 in (hashes if not ed25519 else (False,))
    )


def _component(name: str, parsed: Parsed, request: Request, with_query: bool) -> str:
    if name == TARGET:
        return f"{request.method.lower()} {request.target if with_query else request.path}"
    if name in (CREATED, EXPIRES):
        value = parsed.created if name == CREATED else parsed.expires
        # The draft forbids both with the algorithms that name a hash, where a verifier would not look at them.
        if value is None or (parsed.algorithm or "").startswith(("rsa", "hmac", "ecdsa")):
            raise refused(SignatureFault.COMPONENT_MISSING, f"{name} with {parsed.algorithm}")
        return value
    if name.startswith(("(", "@")):
        raise refused(SignatureFault.COMPONENT_UNKNOWN, name[:40])
    found = request.signed_header(name)
    if found is None:
        raise refused(SignatureFault.COMPONENT_MISSING, name[:40])
    return found


def parameters(header: str) -> dict[str, str]:
    """Names, in lower case, and values of a header written as `Signature` is; BadMessage when it is not, or a name occurs twice.

    Source: draft-cavage 12, 4.1.
    """
    leading = _LEADING_WORD.match(header)
    position = leading.end() if leading else 0
    values: dict[str, str] = {}
    while True:
        match = _PARAMETER.match(header, position)
        if match is None:
            raise malformed(f"at character {position}")
        name, quoted, token = match[1].lower(), match[2], match[3]
        if name in values:
            raise malformed(f"the parameter {name[:40]} twice")
        value = token if quoted is None else quoted
        values[name] = _ESCAPED.sub(r"\1", value) if "\\" in value else value
        position = match.end()
        if position == len(header):
            return values
        if header[position] != ",":
            raise malformed(f"at character {position}")
        position += 1


def _seconds(values: dict[str, str], name: str) -> str | None:
    text = values.get(name)
    if text is not None and not _SECONDS.fullmatch(text):
        raise malformed(f"{name} is no number of seconds")
    return text
