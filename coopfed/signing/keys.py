"""Keys: making, storing, publishing and reading them, and the two primitives that use them.

Own private keys live in the database, sealed with the node's SECRET_KEY; foreign public keys arrive as text from
strangers and are measured before they are used.
"""

import os

from cryptography.exceptions import InvalidSignature, InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey, generate_private_key
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from coopfed import limits
from coopfed.errors import BadMessage, ConfigError
from coopfed.signing import multibase
from coopfed.signing.faults import SignatureFault, refused

PrivateKey = RSAPrivateKey | Ed25519PrivateKey
PublicKey = RSAPublicKey | Ed25519PublicKey

_ED25519 = b"\xed\x01"
_RSA = b"\x85\x24"
"""Multicodec prefixes 0xed and 0x1205 as varints."""

_SEAL_VERSION = b"\x01"
_NONCE_BYTES = 12

# The y coordinates (little endian, without the sign bit) of the points whose order divides 8, canonical or not. A
# signature by such a "key" verifies for many messages, so it would prove nothing about a membership or an agreement.
_SMALL_ORDER = frozenset(
    bytes.fromhex(text)
    for text in (
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    )
)


def generate_rsa() -> RSAPrivateKey:
    """A new RSA key of 2048 bits, exponent 65537. Takes about 50 ms: call it in a thread."""
    return generate_private_key(public_exponent=65_537, key_size=limits.RSA_BITS[0])


def generate_ed25519() -> Ed25519PrivateKey:
    """A new Ed25519 key."""
    return Ed25519PrivateKey.generate()


def private_bytes(key: PrivateKey) -> bytes:
    """The private key as PKCS#8 DER, unencrypted: seal it before it is stored."""
    return key.private_bytes(Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def load_private(data: bytes) -> PrivateKey:
    """The private key of PKCS#8 DER made by `private_bytes`; ConfigError when it is none.

    For own keys only: the primes are not tested again, which makes loading 140 times faster.
    """
    try:
        key = serialization.load_der_private_key(data, password=None, unsafe_skip_rsa_key_validation=True)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ConfigError(f"a stored private key cannot be read: {error}", reason="stored_key") from error
    if not isinstance(key, RSAPrivateKey | Ed25519PrivateKey):
        raise ConfigError(f"a stored private key is of the unknown kind {type(key).__name__}", reason="stored_key")
    return key


def public_pem(key: PublicKey) -> str:
    """The public key as SPKI PEM, the only form that every peer reads (Lemmy parses nothing else)."""
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode("ascii")


def load_public_pem(text: str) -> PublicKey:
    """The public key in a PEM text: SPKI, or PKCS#1 as some peers publish it.

    Raises Unauthenticated: `bad_key` when it cannot be read (one and even exponents among them), `weak_key` outside
    `limits.RSA_BITS` and for exponents so large that verifying becomes an attack.
    """
    if len(text) > limits.KEY_TEXT_LENGTH:
        raise refused(SignatureFault.BAD_KEY, f"{len(text)} characters of PEM")
    try:
        return _measured(serialization.load_pem_public_key(text.encode("utf-8")))
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise refused(SignatureFault.BAD_KEY, str(error)) from error


def multikey(key: PublicKey) -> str:
    """The key as `publicKeyMultibase`: `z` and base58btc of codec and key. Source: FEP-521a, Multikey."""
    if isinstance(key, Ed25519PublicKey):
        return multibase.encode(_ED25519 + key.public_bytes_raw())
    return multibase.encode(_RSA + key.public_bytes(Encoding.DER, PublicFormat.PKCS1))


def load_multikey(text: str) -> PublicKey:
    """The key of a `publicKeyMultibase`, Ed25519 or RSA; Unauthenticated `bad_key` or `weak_key` else.

    Source: FEP-521a.
    """
    try:
        data = multibase.decode(text, limits.KEY_TEXT_LENGTH)
        if data.startswith(_ED25519):
            return _measured(Ed25519PublicKey.from_public_bytes(data.removeprefix(_ED25519)))
        if data.startswith(_RSA):
            return _measured(serialization.load_der_public_key(data.removeprefix(_RSA)))
    except (ValueError, TypeError, UnsupportedAlgorithm, BadMessage) as error:
        raise refused(SignatureFault.BAD_KEY, str(error)) from error
    raise refused(SignatureFault.BAD_KEY, f"a Multikey of unknown kind {data[:2].hex()}")


def sign_bytes(key: PrivateKey, data: bytes, *, pss: bool = False) -> bytes:
    """The signature: RSASSA-PKCS1-v1_5 with SHA-256 (with `pss` RSASSA-PSS with SHA-512), or Ed25519.

    RSA takes 250 us and frees the GIL: use a thread.
    """
    if isinstance(key, Ed25519PrivateKey):
        return key.sign(data)
    if pss:
        digest = hashes.SHA512()
        return key.sign(data, padding.PSS(padding.MGF1(digest), digest.digest_size), digest)
    return key.sign(data, padding.PKCS1v15(), hashes.SHA256())


def verifies(key: PublicKey, signature: bytes, data: bytes, *, sha512: bool = False, pss: bool = False) -> bool:
    """Whether the signature is one of these bytes by this key. `sha512` and `pss` choose the RSA variant."""
    try:
        if isinstance(key, Ed25519PublicKey):
            key.verify(signature, data)
            return True
        digest = hashes.SHA512() if sha512 else hashes.SHA256()
        scheme = padding.PSS(padding.MGF1(digest), digest.digest_size) if pss else padding.PKCS1v15()
        key.verify(signature, data, scheme, digest)
    except InvalidSignature:
        return False
    return True


def seal(secret: bytes, plain: bytes, context: str) -> bytes:
    """The bytes encrypted for storage: version, nonce, AES-256-GCM of key HKDF-SHA256(secret), bound to the context.

    The context names the row (for example the key id), so that a sealed key cannot be moved to another actor.
    """
    nonce = os.urandom(_NONCE_BYTES)
    return _SEAL_VERSION + nonce + AESGCM(_sealing_key(secret)).encrypt(nonce, plain, context.encode("utf-8"))


def unseal(secret: bytes, sealed: bytes, context: str) -> bytes:
    """What `seal` was given; ConfigError when the secret or the context is another one, or the bytes are damaged."""
    if not sealed.startswith(_SEAL_VERSION):
        raise ConfigError("stored keys were sealed by another version of this program", reason="sealed_version")
    start = len(_SEAL_VERSION) + _NONCE_BYTES
    nonce, cipher = sealed[len(_SEAL_VERSION) : start], sealed[start:]
    try:
        return AESGCM(_sealing_key(secret)).decrypt(nonce, cipher, context.encode("utf-8"))
    except (InvalidTag, ValueError) as error:
        message = f"SECRET_KEY is not the one these keys were sealed with ({context}); restore the former SECRET_KEY"
        raise ConfigError(message, reason="secret_key") from error


def _sealing_key(secret: bytes) -> bytes:
    if not secret:
        raise ConfigError("SECRET_KEY is empty; run `coopfed init`", reason="secret_key")
    return HKDF(hashes.SHA256(), length=32, salt=None, info=b"coopfed sealed keys").derive(secret)


def _measured(key: PublicKeyTypes) -> PublicKey:
    """The key itself if it is of a known kind and strong enough."""
    if isinstance(key, Ed25519PublicKey):
        raw = key.public_bytes_raw()
        if raw[:-1] + bytes([raw[-1] & 0x7F]) in _SMALL_ORDER:
            raise refused(SignatureFault.WEAK_KEY, "an Ed25519 point of small order")
        return key
    if not isinstance(key, RSAPublicKey):
        raise refused(SignatureFault.BAD_KEY, f"a key of the unknown kind {type(key).__name__}")
    least, most = limits.RSA_BITS
    exponent = key.public_numbers().e
    if not least <= key.key_size <= most:
        raise refused(SignatureFault.WEAK_KEY, f"RSA of {key.key_size} bits")
    # One and even exponents do not come this far: the library refuses to read them.
    if exponent > limits.RSA_EXPONENT_MAX:
        raise refused(SignatureFault.WEAK_KEY, f"RSA exponent {exponent}")
    return key
