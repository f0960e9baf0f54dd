"""Keys of strangers are measured, keys of our own are sealed."""

import base64
import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from coopfed import limits
from coopfed.errors import BadMessage, ConfigError, Unauthenticated
from coopfed.signing import keys, multibase
from tests.coopfed.signing.builders import MEMBER_ED25519, MEMBER_RSA, OTHER_RSA

SECRET = b"the node's secret, long and random"


def _integer(value: int) -> bytes:
    body = value.to_bytes(value.bit_length() // 8 + 1, "big")
    return b"\x02" + _length(len(body)) + body


def _length(size: int) -> bytes:
    if size < 128:
        return bytes([size])
    text = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([0x80 | len(text)]) + text


def pkcs1_pem(modulus: int, exponent: int) -> str:
    """An RSA public key written by hand, so that it may be as bad as an attacker likes."""
    members = _integer(modulus) + _integer(exponent)
    der = b"\x30" + _length(len(members)) + members
    return f"-----BEGIN RSA PUBLIC KEY-----\n{base64.encodebytes(der).decode()}-----END RSA PUBLIC KEY-----\n"


# --- shut -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bits", "exponent"),
    [
        (1_024, 65_537),
        (limits.RSA_BITS[0] - 8, 65_537),
        (limits.RSA_BITS[1] + 8, 65_537),
        (2_048, 1),
        (2_048, 4),
        (2_048, limits.RSA_EXPONENT_MAX + 1),
    ],
)
def test_a_weak_or_monstrous_rsa_key_is_refused(bits: int, exponent: int) -> None:
    """Too small is forged, too large an exponent or modulus is a way to burn our time (s2s 2.1)."""
    modulus = (1 << (bits - 1)) | 0x1234567 | 1

    with pytest.raises(Unauthenticated) as caught:
        keys.load_public_pem(pkcs1_pem(modulus, exponent))

    assert caught.value.reason in {"weak_key", "bad_key"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no key",
        "-----BEGIN PUBLIC KEY-----\nYQ==\n-----END PUBLIC KEY-----\n",
        "-----BEGIN PUBLIC KEY-----\n" + "A" * 5_000 + "\n-----END PUBLIC KEY-----\n",
        "\ud800",
        ec.generate_private_key(ec.SECP256R1())
        .public_key()
        .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        .decode(),
    ],
    ids=["empty", "text", "no der", "long", "surrogate", "elliptic"],
)
def test_what_is_no_known_public_key_is_refused(text: str) -> None:
    """401, never 500, whatever a stranger publishes as a key."""
    with pytest.raises(Unauthenticated) as caught:
        keys.load_public_pem(text)

    assert caught.value.reason == "bad_key"


@pytest.mark.parametrize(
    "text",
    ["", "z", "z6Mk", "mAAAA", "z0OIl", "z" + "1" * 5_000, multibase.encode(b"\xed\x01" + b"a" * 31), multibase.encode(b"\x80\x24abc"),
     multibase.encode(b"\x85\x24abc")],
)  # fmt: skip
def test_what_is_no_known_multikey_is_refused(text: str) -> None:
    """FEP-521a."""
    with pytest.raises(Unauthenticated) as caught:
        keys.load_multikey(text)

    assert caught.value.reason == "bad_key"


# Ed25519 by its definition (RFC 8032 5.1), slow and independent of the table that it checks.
P = 2**255 - 19
D = -121665 * pow(121666, -1, P) % P


def _x_of(y: int) -> int | None:
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    root = pow(square, (P + 3) // 8, P)
    if root * root % P != square:
        root = root * pow(2, (P - 1) // 4, P) % P
    return root if root * root % P == square else None


def _doubled(x: int, y: int) -> tuple[int, int]:
    product = D * x * x * y * y
    return 2 * x * y * pow(1 + product, -1, P) % P, (y * y + x * x) * pow(1 - product, -1, P) % P


def _small(raw: bytes) -> bool:
    y = (int.from_bytes(raw, "little") & (2**255 - 1)) % P
    x = _x_of(y)
    if x is None:
        return False
    point = (x, y)
    for _ in range(3):
        point = _doubled(*point)
    return point == (0, 1)


def _order_eight() -> list[int]:
    """The y of the points of order 8: doubled, they give a point of order 4, whose y is 0, so that y^2 = -x^2."""
    # x^2 = -y^2 in -x^2 + y^2 = 1 + d x^2 y^2 gives d y^4 + 2 y^2 - 1 = 0.
    root = _sqrt((1 + D) % P)
    squares = [(-1 + sign * root) * pow(D, -1, P) % P for sign in (1, -1)]
    ys = [y for square in squares if (y := _sqrt_or_none(square)) is not None]
    return [*ys, *(P - y for y in ys)]


def _sqrt_or_none(square: int) -> int | None:
    root = pow(square, (P + 3) // 8, P)
    if root * root % P != square % P:
        root = root * pow(2, (P - 1) // 4, P) % P
    return root if root * root % P == square % P else None


def _sqrt(square: int) -> int:
    root = _sqrt_or_none(square)
    assert root is not None
    return root


@pytest.mark.parametrize("sign", [0, 0x80])
def test_an_ed25519_key_of_small_order_is_refused(sign: int) -> None:
    """One signature by such a key is good for many documents: an attestation by it proves nothing."""
    candidates = [0, 1, P - 1, P, P + 1, *_order_eight()]
    raws = [y.to_bytes(32, "little") for y in candidates]
    assert len(set(raws)) == 7
    assert all(_small(raw) for raw in raws)

    for raw in raws:
        text = multibase.encode(b"\xed\x01" + raw[:-1] + bytes([raw[-1] | sign]))
        with pytest.raises(Unauthenticated) as caught:
            keys.load_multikey(text)
        assert caught.value.reason == "weak_key"


def test_an_ordinary_ed25519_key_is_not_of_small_order() -> None:
    """The independent check can say no."""
    assert not _small(MEMBER_ED25519.public_key().public_bytes_raw())


@pytest.mark.parametrize(
    ("secret", "context"), [(b"another secret", "key/7"), (SECRET, "key/8")], ids=["another secret", "another row"]
)
def test_a_sealed_key_opens_only_with_its_secret_and_in_its_row(secret: bytes, context: str) -> None:
    """The error tells the operator which setting is wrong."""
    sealed = keys.seal(SECRET, b"private", "key/7")

    with pytest.raises(ConfigError, match="SECRET_KEY is not the one these keys were sealed with"):
        keys.unseal(secret, sealed, context)


@pytest.mark.parametrize("sealed", [b"", b"\x01", b"\x01" + b"a" * 12, b"\x02" + b"a" * 60])
def test_damaged_sealed_bytes_are_an_error_of_the_operator(sealed: bytes) -> None:
    """Not an exception without a name."""
    with pytest.raises(ConfigError):
        keys.unseal(SECRET, sealed, "key/7")


def test_nothing_is_sealed_without_a_secret() -> None:
    """An empty SECRET_KEY would be everybody's."""
    with pytest.raises(ConfigError):
        keys.seal(b"", b"private", "key/7")


@pytest.mark.parametrize("data", [b"", b"no der", base64.b64decode("MC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmi")])
def test_a_stored_key_that_cannot_be_read_is_an_error_of_the_operator(data: bytes) -> None:
    """ConfigError, with words."""
    with pytest.raises(ConfigError):
        keys.load_private(data)


@pytest.mark.parametrize("text", ["", "abc", "z0", "zO", "zI", "zl", "z é", "z" * 12])
def test_what_is_no_base58_is_malformed(text: str) -> None:
    """0, O, I and l are no digits."""
    with pytest.raises(BadMessage):
        multibase.decode(text, 11)


# --- open -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("bits", limits.RSA_BITS)
def test_rsa_keys_at_both_bounds_are_read(bits: int) -> None:
    """At n, where n - 8 and n + 8 are refused above."""
    modulus = (1 << (bits - 1)) | 0x1234567 | 1

    key = keys.load_public_pem(pkcs1_pem(modulus, 3))

    assert isinstance(key, rsa.RSAPublicKey)
    assert key.key_size == bits


def test_both_pem_forms_are_read_and_spki_is_written() -> None:
    """Lemmy parses only SPKI; some peers publish PKCS#1."""
    public = MEMBER_RSA.public_key()
    pkcs1 = public.public_bytes(Encoding.PEM, PublicFormat.PKCS1).decode()

    assert keys.public_pem(public).startswith("-----BEGIN PUBLIC KEY-----\n")
    assert keys.load_public_pem(keys.public_pem(public)) == public
    assert keys.load_public_pem(pkcs1) == public
    assert keys.load_public_pem(f"\n  {pkcs1}".replace("\n", "\r\n")) == public


@pytest.mark.parametrize("key", [MEMBER_RSA, MEMBER_ED25519], ids=["rsa", "ed25519"])
def test_a_key_comes_back_from_storage(key: keys.PrivateKey) -> None:
    """Sealed, unsealed, loaded: the same key signs."""
    sealed = keys.seal(SECRET, keys.private_bytes(key), "key/7")
    assert keys.private_bytes(key) not in sealed

    loaded = keys.load_private(keys.unseal(SECRET, sealed, "key/7"))

    assert keys.verifies(key.public_key(), keys.sign_bytes(loaded, b"data"), b"data")
    assert not keys.verifies(OTHER_RSA.public_key(), keys.sign_bytes(loaded, b"data"), b"data")


def test_sealing_twice_gives_other_bytes() -> None:
    """A nonce is never used twice."""
    assert keys.seal(SECRET, b"private", "key/7") != keys.seal(SECRET, b"private", "key/7")


def test_new_keys_are_what_actors_need() -> None:
    """Design 3, decision 11."""
    rsa_key, ed25519_key = keys.generate_rsa(), keys.generate_ed25519()

    assert rsa_key.key_size == 2_048
    assert rsa_key.public_key().public_numbers().e == 65_537
    assert keys.multikey(ed25519_key.public_key()).startswith("z6Mk")


@pytest.mark.parametrize("key", [MEMBER_RSA, MEMBER_ED25519], ids=["rsa", "ed25519"])
def test_a_multikey_comes_back(key: keys.PrivateKey) -> None:
    """FEP-521a."""
    text = keys.multikey(key.public_key())

    assert keys.load_multikey(text) == key.public_key()


def test_the_published_multikeys_are_read(foreign_messages: Path) -> None:
    """FEP-521a, its examples of Ed25519 and RSA."""
    vectors = json.loads((foreign_messages / "fep" / "integrity-proof-vectors.json").read_text())
    texts = [v["document"]["publicKeyMultibase"] for v in vectors if v["fep"] == "521a"]

    loaded = [keys.load_multikey(text) for text in texts]

    assert any(isinstance(key, Ed25519PublicKey) for key in loaded)
    assert any(isinstance(key, rsa.RSAPublicKey) for key in loaded)
    assert [keys.multikey(key) for key in loaded] == texts


@given(st.binary(max_size=64))
def test_base58_comes_back(data: bytes) -> None:
    """Leading zeros too."""
    assert multibase.decode(multibase.encode(data), 200) == data


def test_base58_is_that_of_its_draft() -> None:
    """draft-msporny-base58, test vectors."""
    assert multibase.encode(b"Hello World!") == "z2NEpo7TZRRrLZSi2U"
    assert multibase.encode(bytes.fromhex("0000287fb4cd")) == "z11233QC4"
