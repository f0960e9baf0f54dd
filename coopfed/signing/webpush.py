"""Messages to browsers and phones, which nobody on the way can read, and the word by which push services know who sends them. Pure.

Two codings: `aes128gcm` (RFC 8188, RFC 8291), and `aesgcm`, which was the draft before it and is what relays of older apps read.
"""

import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass

import orjson
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)

from coopfed.errors import BadMessage, ConfigError

SALT_BYTES = 16
_AUTH_BYTES = 16
_RECORD_BYTES = 4_096
_LAST_RECORD = b"\x02"
"""RFC 8188 2: the delimiter of the only, and so the last, record."""


@dataclass(frozen=True, slots=True)
class BrowserKeys:
    """What a browser gives with a subscription: its public key (65 bytes, uncompressed) and a secret (16 bytes). RFC 8291 2."""

    public: bytes
    auth: bytes


@dataclass(frozen=True, slots=True)
class Sealed:
    """An encrypted message with the headers that belong to its coding."""

    body: bytes
    headers: tuple[tuple[str, str], ...]


def new_key() -> ec.EllipticCurvePrivateKey:
    """A new key on P-256: for one message, or by which push services know a node."""
    return ec.generate_private_key(ec.SECP256R1())


def private_bytes(key: ec.EllipticCurvePrivateKey) -> bytes:
    """The key as PKCS#8 DER, unencrypted: seal it before it is stored."""
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def load_private(data: bytes) -> ec.EllipticCurvePrivateKey:
    """What `private_bytes` made; ConfigError when it is no such key."""
    key = load_der_private_key(data, password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ConfigError(f"a stored push key is of the unknown kind {type(key).__name__}", reason="stored_key")
    return key


def public_bytes(key: ec.EllipticCurvePrivateKey) -> bytes:
    """Its public half, 65 bytes, uncompressed."""
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def browser_keys(p256dh: str, auth: str) -> BrowserKeys:
    """The keys as a browser writes them (base64url, padded or not). BadMessage when they are none."""
    try:
        found = BrowserKeys(_unwritten(p256dh), _unwritten(auth))
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), found.public)
    except ValueError as error:
        raise BadMessage("p256dh is no public key on P-256, or auth no base64", reason="push_keys") from error
    if len(found.public) != 65 or len(found.auth) != _AUTH_BYTES:
        raise BadMessage("p256dh has 65 bytes and auth 16", reason="push_keys")
    return found


def written(data: bytes) -> str:
    """The bytes as base64url without padding."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _unwritten(text: str) -> bytes:
    if len(text) > 200 or not text.isascii():
        raise ValueError("too long, or no base64")
    plain = text.strip().replace("+", "-").replace("/", "_").rstrip("=")
    return urlsafe_b64decode(plain + "=" * (-len(plain) % 4))


def encrypted(plain: bytes, to: BrowserKeys, once: ec.EllipticCurvePrivateKey, salt: bytes) -> Sealed:
    """The message in `aes128gcm`. `once` and `salt` (16 bytes) are new for each message. Source: RFC 8291 3.4, RFC 8188 2."""
    own = public_bytes(once)
    key = _derived(to.auth, _agreed(once, to), b"WebPush: info\x00" + to.public + own, 32)
    cipher = AESGCM(_derived(salt, key, b"Content-Encoding: aes128gcm\x00", 16))
    nonce = _derived(salt, key, b"Content-Encoding: nonce\x00", 12)
    head = salt + struct.pack("!IB", _RECORD_BYTES, len(own)) + own
    return Sealed(head + cipher.encrypt(nonce, plain + _LAST_RECORD, None), (("Content-Encoding", "aes128gcm"),))


def encrypted_as_before(plain: bytes, to: BrowserKeys, once: ec.EllipticCurvePrivateKey, salt: bytes) -> Sealed:
    """The message in `aesgcm`, whose salt and key stand in headers. Source: draft-ietf-webpush-encryption-04 4."""
    own = public_bytes(once)
    key = _derived(to.auth, _agreed(once, to), b"Content-Encoding: auth\x00", 32)
    both = b"P-256\x00" + b"".join(struct.pack("!H", len(part)) + part for part in (to.public, own))
    cipher = AESGCM(_derived(salt, key, b"Content-Encoding: aesgcm\x00" + both, 16))
    nonce = _derived(salt, key, b"Content-Encoding: nonce\x00" + both, 12)
    headers = (
        ("Content-Encoding", "aesgcm"),
        ("Encryption", f"salt={written(salt)}"),
        ("Crypto-Key", f"dh={written(own)}"),
    )
    return Sealed(cipher.encrypt(nonce, b"\x00\x00" + plain, None), headers)


def signed_word(key: ec.EllipticCurvePrivateKey, origin: str, contact: str, expires: int) -> str:
    """The JSON Web Token for a push service: for whom (`https://push.example`), who to turn to, until when (seconds since 1970).

    Source: RFC 8292 2, RFC 7518 3.4.
    """
    head = {"typ": "JWT", "alg": "ES256"}
    claims = {"aud": origin, "exp": expires, "sub": contact}
    text = ".".join(written(orjson.dumps(part)) for part in (head, claims))
    first, second = decode_dss_signature(key.sign(text.encode(), ec.ECDSA(hashes.SHA256())))
    return f"{text}.{written(first.to_bytes(32, 'big') + second.to_bytes(32, 'big'))}"


def _agreed(once: ec.EllipticCurvePrivateKey, to: BrowserKeys) -> bytes:
    return once.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), to.public))


def _derived(salt: bytes, key: bytes, info: bytes, length: int) -> bytes:
    return HKDF(hashes.SHA256(), length, salt, info).derive(key)
