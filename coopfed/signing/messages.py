"""RFC 9421, HTTP Message Signatures, as much of it as servers of the fediverse speak.

The subset is on purpose: derived components of requests and plain headers, no component parameters. What is not known
is refused, because a verifier that guesses the value of a component guesses what was signed.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any, Final

import http_sf
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from coopfed import limits
from coopfed.errors import BadMessage, Unauthenticated
from coopfed.signing.cavage import ACTIVITY_JSON
from coopfed.signing.digests import content_digest
from coopfed.signing.faults import SignatureFault, malformed, refused
from coopfed.signing.keys import PrivateKey, PublicKey, sign_bytes, verifies
from coopfed.signing.request import SYNCHRONIZATION, Prepared, Request

LABEL: Final = "sig1"

_DERIVED: Final[dict[str, Callable[[Request], str]]] = {
    "@method": lambda request: request.method,
    "@target-uri": lambda request: request.url,
    "@authority": lambda request: request.origin,
    "@scheme": lambda request: request.scheme,
    "@request-target": lambda request: request.target,
    "@path": lambda request: request.path,
    "@query": lambda request: request.query,
}
RSA, RSA_PSS, ED25519 = "rsa-v1_5-sha256", "rsa-pss-sha512", "ed25519"
_ALGORITHMS: Final = frozenset({RSA, RSA_PSS, ED25519})


@dataclass(frozen=True, slots=True)
class Parsed:
    """One signature of a message. `parameters` is the text of `@signature-params`, in the canonical form."""

    key_id: str
    algorithm: str | None
    names: tuple[str, ...]
    parameters: str
    signature: bytes
    created: int
    expires: int | None


@dataclass(frozen=True, slots=True)
class Challenge:
    """How a peer wants a request signed: under which label, which components besides our own, by which algorithm (None: any),
    with which nonce and tag, and whether with an end."""

    label: str = LABEL
    components: tuple[str, ...] = ()
    algorithm: str | None = None
    nonce: str | None = None
    tag: str | None = None
    expires: bool = False


def accept_signature() -> str:
    """The value of `Accept-Signature` beside a 401.

    `keyid` is not asked for: in a request it would name a key of our choosing. Source: RFC 9421 5.1.
    """
    return f'{LABEL}=("@method" "@target-uri" "content-digest");created'


def challenge(header: str | None, request: Request, keys: Mapping[str, str]) -> Challenge | None:
    """The first signature that an `Accept-Signature` asks for and that can be made; None when there is none, or it is unreadable.

    `keys` are the algorithms that can be used with the id of the key for each. A member that asks for a component that the request
    does not have, for another key or for an unknown algorithm is left to others: a signature that lacks what was asked for proves
    nothing to who asked. Source: RFC 9421 5.2.
    """
    try:
        members = _dictionary(header or "", "Accept-Signature")
        asked = [(label, *_inner_list(member, "Accept-Signature")) for label, member in members.items()]
    except (BadMessage, Unauthenticated):
        return None
    found = (_answerable(label, items, wanted, request, keys) for label, items, wanted in asked)
    return next((challenge for challenge in found if challenge is not None), None)


def _answerable(
    label: str,
    items: list[tuple[Any, dict[str, Any]]],
    wanted: Mapping[str, Any],
    request: Request,
    keys: Mapping[str, str],
) -> Challenge | None:
    names, possible = [name for name, _ in items], {*_DERIVED, *_sendable(request)}
    algorithm, key_id, nonce, tag = (wanted.get(name) for name in ("alg", "keyid", "nonce", "tag"))
    fitting = [kind for kind in keys if algorithm in (None, kind) and key_id in (None, keys[kind])]
    texts = all(text is None or isinstance(text, str) for text in (nonce, tag))
    if not fitting or not texts or len(names) > limits.SIGNED_COMPONENTS or any(extra for _, extra in items):
        return None
    if any(name not in possible for name in names):
        return None
    named = None if algorithm is None and key_id is None else fitting[0]
    return Challenge(label, tuple(dict.fromkeys(names)), named, nonce, tag, bool(wanted.get("expires")))


def _sendable(request: Request) -> Iterable[str]:
    """Headers that a request of ours has or may have. A GET has a digest, of nothing, when it is asked for; it has no type."""
    yield from ("host", "date", "content-digest")
    if request.method != "GET":
        yield "content-type"
    if request.header(SYNCHRONIZATION.lower()) is not None:
        yield SYNCHRONIZATION.lower()


def prepare(key_id: str, request: Request, now: datetime, wanted: Challenge | None = None) -> Prepared:
    """What to sign for a request, to be sent now. Source: RFC 9421 2.5, 3.1.

    Covers method, target URI, authority and, except for GET, the content digest; a follower synchronisation that the request
    carries; and what a challenge asks besides. No `alg` unless it is asked for: peers take it from the key, and some refuse what
    they do not expect.
    """
    wanted = wanted or Challenge()
    headers = {"Host": request.origin, "Date": format_datetime(now.astimezone(UTC), usegmt=True)}
    names = ["@method", "@target-uri", "@authority"]
    if request.method != "GET":
        headers["Content-Type"] = request.header("content-type") or ACTIVITY_JSON
        names.append("content-digest")
    if (synchronization := request.header(SYNCHRONIZATION.lower())) is not None:
        headers[SYNCHRONIZATION] = synchronization
        names.append(SYNCHRONIZATION.lower())
    names += [name for name in wanted.components if name not in names]
    if "content-digest" in names:
        headers["Content-Digest"] = content_digest(request.body)
    text = _serialised([(name, {}) for name in names], _parameters(key_id, now, wanted))
    lowered = {name.lower(): value for name, value in headers.items()}
    values = [_DERIVED[name](request) if name in _DERIVED else lowered[name] for name in names]
    headers["Signature-Input"] = f"{wanted.label}={text}"
    return Prepared(_lines(names, values, text), tuple(headers.items()), f"{wanted.label}=:", ":")


def _parameters(key_id: str, now: datetime, wanted: Challenge) -> dict[str, Any]:
    created = int(now.timestamp())
    found: dict[str, Any] = {"created": created, "keyid": key_id}
    found |= {"expires": created + limits.SIGNATURE_LIFE_SECONDS} if wanted.expires else {}
    asked = {"alg": wanted.algorithm, "nonce": wanted.nonce, "tag": wanted.tag}
    return found | {name: value for name, value in asked.items() if value is not None}


def sign(
    key: PrivateKey, key_id: str, request: Request, now: datetime, wanted: Challenge | None = None
) -> dict[str, str]:
    """The headers to send: Host, Date, Signature-Input, Signature, and for POST Content-Digest and Content-Type.

    Signs in this thread.
    """
    prepared = prepare(key_id, request, now, wanted)
    pss = wanted is not None and wanted.algorithm == RSA_PSS
    return prepared.headers(sign_bytes(key, prepared.base, pss=pss))


def parse(request: Request, key_id: str | None = None) -> Parsed:
    """The one signature of the request; with `key_id`, the one by that key. Source: RFC 9421 3.2, 4.

    Raises BadMessage when the structured fields cannot be parsed or a name, label or parameter occurs twice;
    Unauthenticated when there is none, more than one, or one that lacks `created`, `keyid` or known components.
    """
    inputs = _dictionary(request.header("signature-input") or "", "Signature-Input")
    signatures = _dictionary(request.header("signature") or "", "Signature")
    found = [(label, *_inner_list(member, "Signature-Input")) for label, member in inputs.items()]
    found = [entry for entry in found if key_id is None or entry[2].get("keyid") == key_id]
    if len(found) != 1:
        fault = SignatureFault.AMBIGUOUS if found else SignatureFault.MISSING
        raise refused(fault, f"{len(found)} of {len(inputs)} signatures could be meant")
    label, items, parameters = found[0]
    value = signatures.get(label)
    signature = value[0] if isinstance(value, tuple) else None
    if not isinstance(signature, bytes):
        raise refused(SignatureFault.MISSING, f"no bytes under the label {label[:40]}")
    return _parsed(items, parameters, signature)


def base(parsed: Parsed, request: Request) -> bytes:
    """The signature base; Unauthenticated when a covered component is absent or unknown. Source: RFC 9421 2.5."""
    return _lines(parsed.names, [_component(name, request) for name in parsed.names], parsed.parameters)


def verify(parsed: Parsed, request: Request, key: PublicKey) -> bool:
    """Whether the signature is one of this request by this key.

    The kind of the key decides; `alg` must agree with it, or it raises Unauthenticated `algorithm`. An RSA key without
    `alg` means rsa-v1_5-sha256, as everywhere in the fediverse. Source: RFC 9421 3.2 step 6.
    """
    if parsed.algorithm is not None and (parsed.algorithm == ED25519) != isinstance(key, Ed25519PublicKey):
        raise refused(SignatureFault.ALGORITHM, f"{parsed.algorithm} does not fit the key")
    pss = parsed.algorithm == RSA_PSS
    return verifies(key, parsed.signature, base(parsed, request), sha512=pss, pss=pss)


def _parsed(items: list[tuple[Any, dict[str, Any]]], parameters: dict[str, Any], signature: bytes) -> Parsed:
    created, expires, key_id = parameters.get("created"), parameters.get("expires"), parameters.get("keyid")
    algorithm = parameters.get("alg")
    if type(created) is not int or not isinstance(key_id, str):
        raise refused(SignatureFault.INCOMPLETE, "created (an integer) and keyid (a string) are needed")
    if expires is not None and type(expires) is not int:
        raise refused(SignatureFault.DATE, "expires is no integer")
    if algorithm is not None and algorithm not in _ALGORITHMS:
        raise refused(SignatureFault.ALGORITHM, f"unknown: {str(algorithm)[:40]}")
    if len(items) > limits.SIGNED_COMPONENTS:
        raise malformed(f"{len(items)} signed components")
    if any(extra or not isinstance(name, str) for name, extra in items):
        raise refused(SignatureFault.COMPONENT_UNKNOWN, "a component with parameters, or one that is no string")
    names = tuple(name for name, _ in items)
    if len(set(names)) != len(names):
        raise malformed("a component twice")
    return Parsed(key_id, algorithm, names, _serialised(items, parameters), signature, created, expires)


def _component(name: str, request: Request) -> str:
    if name in _DERIVED:
        return _DERIVED[name](request)
    if name.startswith("@"):
        raise refused(SignatureFault.COMPONENT_UNKNOWN, name[:40])
    value = request.signed_header(name)
    if value is None:
        raise refused(SignatureFault.COMPONENT_MISSING, name[:40])
    return value


def _lines(names: list[str] | tuple[str, ...], values: list[str], parameters: str) -> bytes:
    lines = [f'"{name}": {value}' for name, value in zip(names, values, strict=True)]
    return "\n".join([*lines, f'"@signature-params": {parameters}']).encode("utf-8", errors="surrogateescape")


def _serialised(items: list[tuple[Any, dict[str, Any]]], parameters: dict[str, Any]) -> str:
    field: Any = {LABEL: (list(items), parameters)}
    return http_sf.ser(field).removeprefix(f"{LABEL}=")


def _dictionary(text: str, header: str) -> dict[str, Any]:
    if len(text) > limits.SIGNATURE_HEADER_LENGTH:
        raise malformed(f"{header} of {len(text)} characters")
    try:
        parsed = http_sf.parse(text.encode("utf-8"), tltype="dictionary", on_duplicate_key=_once)
    except (http_sf.StructuredFieldError, ValueError) as error:
        raise malformed(f"{header}: {error}") from error
    return parsed if isinstance(parsed, dict) else {}


def _inner_list(member: Any, header: str) -> tuple[list[tuple[Any, dict[str, Any]]], dict[str, Any]]:
    if not isinstance(member, tuple) or not isinstance(member[0], list):
        raise malformed(f"a member of {header} is no inner list")
    return member[0], member[1]


def _once(name: str, context: str) -> None:
    # RFC 9651 lets the last one win; another parser on the way may let the first one win.
    raise malformed(f"{name[:40]} twice ({context})")
