"""Requests as peers send them, signed by an implementation of its own: the code under test signs nothing here.

Every refusal is tested on a request whose signature is mathematically good, so that only the rule can refuse it.
"""

import base64
import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from coopfed.signing.request import Request

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
NOW_TEXT = "Tue, 24 Nov 2026 08:00:00 GMT"
NOW_SECONDS = int(NOW.timestamp())

MEMBER_RSA = rsa.generate_private_key(65_537, 2_048)
OTHER_RSA = rsa.generate_private_key(65_537, 2_048)
MEMBER_ED25519 = Ed25519PrivateKey.generate()
OTHER_ED25519 = Ed25519PrivateKey.generate()

KEY_ID = "https://peer.example/ap/actors/7#main-key"
BODY = b'{"type":"Follow"}'

POST_NAMES = ("(request-target)", "host", "date", "digest")
GET_NAMES = ("(request-target)", "host", "date")
POST_COMPONENTS = ("@method", "@target-uri", "content-digest")


def sha256(body: bytes) -> str:
    """The digest in base64."""
    return base64.b64encode(hashlib.sha256(body).digest()).decode()


def post(
    *,
    target: str = "/inbox",
    body: bytes = BODY,
    date: str = NOW_TEXT,
    digest: str | None = None,
    host: str = "coop.example",
) -> Request:
    """An unsigned delivery to coop.example."""
    headers = (
        ("host", host),
        ("date", date),
        ("digest", digest or f"SHA-256={sha256(body)}"),
        ("content-digest", f"sha-256=:{sha256(body)}:"),
        ("content-type", "application/activity+json"),
    )
    return Request("POST", "coop.example", "https", target, headers, body)


def get(*, target: str = "/ap/actors/7", date: str = NOW_TEXT) -> Request:
    """An unsigned fetch from coop.example."""
    return Request("GET", "coop.example", "https", target, (("host", "coop.example"), ("date", date)), b"")


def with_headers(request: Request, *more: tuple[str, str]) -> Request:
    """The request with further headers behind its own."""
    return Request(
        request.method, request.authority, request.scheme, request.target, request.headers + more, request.body
    )


def without_header(request: Request, name: str) -> Request:
    """The request without a header."""
    kept = tuple(header for header in request.headers if header[0] != name)
    return Request(request.method, request.authority, request.scheme, request.target, kept, request.body)


def altered(request: Request, **changes: object) -> Request:
    """The request with other fields, its headers and signature as they were."""
    fields = {name: getattr(request, name) for name in ("method", "authority", "scheme", "target", "headers", "body")}
    return Request(**{**fields, **changes})


def raw_signature(
    key: RSAPrivateKey | Ed25519PrivateKey, data: bytes, *, sha512: bool = False, pss: bool = False
) -> str:
    """The signature in base64."""
    if isinstance(key, Ed25519PrivateKey):
        return base64.b64encode(key.sign(data)).decode()
    digest = hashes.SHA512() if sha512 else hashes.SHA256()
    scheme = padding.PSS(padding.MGF1(digest), 64) if pss else padding.PKCS1v15()
    return base64.b64encode(key.sign(data, scheme, digest)).decode()


def cavage_signed(
    request: Request,
    names: Sequence[str] = POST_NAMES,
    *,
    key: RSAPrivateKey | Ed25519PrivateKey = MEMBER_RSA,
    key_id: str = KEY_ID,
    algorithm: str | None = "rsa-sha256",
    created: str | None = None,
    expires: str | None = None,
    target: str | None = None,
    sha512: bool = False,
) -> Request:
    """The request with a Signature header after draft-cavage, over these names; a header that is absent counts as empty."""
    special = {
        "(request-target)": f"{request.method.lower()} {target or request.target}",
        "(created)": created,
        "(expires)": expires,
    }
    headers = dict(request.headers)
    base = "\n".join(f"{name}: {special.get(name) or headers.get(name, '')}" for name in names)
    parameters = [f'keyId="{key_id}"']
    parameters += [f'algorithm="{algorithm}"'] if algorithm else []
    parameters += [f"created={created}"] if created else []
    parameters += [f"expires={expires}"] if expires else []
    parameters += [f'headers="{" ".join(names)}"', f'signature="{raw_signature(key, base.encode(), sha512=sha512)}"']
    return with_headers(request, ("signature", ",".join(parameters)))


def message_values(request: Request) -> dict[str, str]:
    """The components of RFC 9421 that the builders can sign."""
    path, mark, query = request.target.partition("?")
    return {
        "@method": request.method,
        "@target-uri": f"{request.scheme}://{request.authority}{request.target}",
        "@authority": request.authority,
        "@scheme": request.scheme,
        "@request-target": request.target,
        "@path": path,
        "@query": f"?{query}" if mark else "?",
        **dict(request.headers),
    }


def message_signed(
    request: Request,
    names: Sequence[str] = POST_COMPONENTS,
    *,
    key: RSAPrivateKey | Ed25519PrivateKey = MEMBER_RSA,
    key_id: str = KEY_ID,
    created: object = NOW_SECONDS,
    more: str = "",
    label: str = "sig1",
    pss: bool = False,
) -> Request:
    """The request with the pair of headers of RFC 9421; a component that is unknown or absent counts as empty."""
    listed = " ".join(f'"{name}"' for name in names)
    parameters = f'({listed});created={created};keyid="{key_id}"{more}'
    values = message_values(request)
    lines = [f'"{name}": {values.get(name, "")}' for name in names]
    base = "\n".join([*lines, f'"@signature-params": {parameters}'])
    signature = raw_signature(key, base.encode(), sha512=pss, pss=pss)
    return with_headers(request, ("signature-input", f"{label}={parameters}"), ("signature", f"{label}=:{signature}:"))
