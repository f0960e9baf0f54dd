"""RFC 9421: what we write, what we read, and the published vectors."""

import base64
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.serialization import load_der_private_key, load_pem_public_key
from hypothesis import given
from hypothesis import strategies as st

from coopfed.errors import BadMessage, Unauthenticated
from coopfed.signing import cavage, messages
from coopfed.signing.keys import sign_bytes
from coopfed.signing.request import Request
from coopfed.signing.verify import presented, verify
from tests.coopfed.signing.builders import (
    BODY,
    KEY_ID,
    MEMBER_ED25519,
    MEMBER_RSA,
    NOW,
    NOW_SECONDS,
    NOW_TEXT,
    POST_COMPONENTS,
    altered,
    get,
    message_signed,
    post,
    sha256,
    with_headers,
)

Signs = Callable[..., dict[str, str]]
INPUT = f'("@method" "@target-uri");created={NOW_SECONDS};keyid="{KEY_ID}"'

# RFC 9421 B.1.2, B.1.4 and B.2: test keys and the request that its examples sign.
VECTOR_ED25519_PRIVATE = "MC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF"
VECTOR_PSS_PUBLIC = """-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAr4tmm3r20Wd/PbqvP1s2
+QEtvpuRaV8Yq40gjUR8y2Rjxa6dpG2GXHbPfvMs8ct+Lh1GH45x28Rw3Ry53mm+
oAXjyQ86OnDkZ5N8lYbggD4O3w6M6pAvLkhk95AndTrifbIFPNU8PPMO7OyrFAHq
gDsznjPFmTOtCEcN2Z1FpWgchwuYLPL+Wokqltd11nqqzi+bJ9cvSKADYdUAAN5W
Utzdpiy6LbTgSxP7ociU4Tn0g5I6aDZJ7A8Lzo0KSyZYoA485mqcO0GVAdVw9lq4
aOT9v6d+nb4bnNkQVklLQ3fVAvJm+xdDOp9LCNCN48V2pnDOkFV6+U9nV5oyc6XI
2wIDAQAB
-----END PUBLIC KEY-----
"""
VECTOR_CONTENT_DIGEST = (
    "sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:"
)
VECTOR_REQUEST = Request(
    "POST",
    "example.com",
    "https",
    "/foo?param=Value&Pet=dog",
    (
        ("host", "example.com"),
        ("date", "Tue, 20 Apr 2021 02:07:55 GMT"),
        ("content-type", "application/json"),
        ("content-digest", VECTOR_CONTENT_DIGEST),
        ("content-length", "18"),
    ),
    b'{"hello": "world"}',
)
VECTOR_B21_INPUT = '();created=1618884473;keyid="test-key-rsa-pss";nonce="b3k2pp5k7z-50gnwp.yemd"'
VECTOR_B21 = (
    "d2pmTvmbncD3xQm8E9ZV2828BjQWGgiwAaw5bAkgibUopemLJcWDy/lkbbHAve4cRAtx31Iq786U7it++wgGxbtRxf8Udx7zFZsckzXaJMkA7ChG"
    "52eSkFxykJeNqsrWH5S+oxNFlD4dzVuwe8DhTSja8xxbR/Z2cOGdCbzR72rgFWhzx2VjBqJzsPLMIQKhO4DGezXehhWwE56YCE+O6c0mKZsfxVro"
    "gUvA4HELjVKWmAvtl6UnCh8jYzuVG5WSb/QEVPnP5TmcAnLH1g+s++v6d4s8m0gCw1fV5/SITLq9mhho8K3+7EPYTU8IU1bLhdxO5Nyt8C8ssinQ"
    "98Xw9Q=="
)
VECTOR_B26_INPUT = '("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473;keyid="test-key-ed25519"'
VECTOR_B26 = "wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw=="


def vector(parameters: str, signature: str) -> Request:
    """The RFC's request with one of its signatures."""
    pair = (("signature-input", f"sig={parameters}"), ("signature", f"sig=:{signature}:"))
    return with_headers(VECTOR_REQUEST, *pair)


def arrived(request: Request, headers: dict[str, str]) -> Request:
    """The request as the other side sees it."""
    return altered(request, headers=tuple((name.lower(), value) for name, value in headers.items()))


# --- shut -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("signature_input", "signature"),
    [
        ("sig1", "sig1=:YQ==:"),
        ("sig1=(", "sig1=:YQ==:"),
        ('sig1="@method"', "sig1=:YQ==:"),
        (f"SIG1={INPUT}", "SIG1=:YQ==:"),
        (f"sig1={INPUT}", "sig1=:Y*Q:"),
        (f"sig1={INPUT}", 'keyId="a",signature="b"'),
        (f"sig1={INPUT}, sig1={INPUT}", "sig1=:YQ==:"),
        (f"sig1={INPUT};created=1", "sig1=:YQ==:"),
        (f"sig1={INPUT}", "sig1=:YQ==:, sig1=:Yg==:"),
        (INPUT.replace("(", 'sig1=("@method" '), "sig1=:YQ==:"),
        ("sig1=(" + " ".join(f'"x-{n}"' for n in range(33)) + f');created=1;keyid="{KEY_ID}"', "sig1=:YQ==:"),
        ("sig1=(" + " " * 9_000 + ")", "sig1=:YQ==:"),
        ("sig1=(\xff)", "sig1=:YQ==:"),
    ],
)
def test_structured_fields_that_cannot_be_parsed_are_malformed(signature_input: str, signature: str) -> None:
    """RFC 9651 4.2: 400, as Mastodon; a label, parameter or component twice is no choice to be made."""
    request = with_headers(post(), ("signature-input", signature_input), ("signature", signature))

    with pytest.raises(BadMessage):
        messages.parse(request)


@pytest.mark.parametrize(
    ("signature_input", "signature", "reason"),
    [
        ("", "", "signature_missing"),
        (f"sig1={INPUT}", "sig2=:YQ==:", "signature_missing"),
        (f"sig1={INPUT}", "sig1", "signature_missing"),
        (f"sig1={INPUT}", 'sig1="YQ=="', "signature_missing"),
        (f"sig1={INPUT}, sig2={INPUT}", "sig1=:YQ==:, sig2=:YQ==:", "signature_ambiguous"),
        (f'sig1=("@method");keyid="{KEY_ID}"', "sig1=:YQ==:", "signature_incomplete"),
        (f'sig1=("@method");created="1";keyid="{KEY_ID}"', "sig1=:YQ==:", "signature_incomplete"),
        (f'sig1=("@method");created=1.5;keyid="{KEY_ID}"', "sig1=:YQ==:", "signature_incomplete"),
        (f'sig1=("@method");created;keyid="{KEY_ID}"', "sig1=:YQ==:", "signature_incomplete"),
        ('sig1=("@method");created=1', "sig1=:YQ==:", "signature_incomplete"),
        ('sig1=("@method");created=1;keyid=token', "sig1=:YQ==:", "signature_incomplete"),
        (f"sig1={INPUT};expires=1.5", "sig1=:YQ==:", "date_malformed"),
        (f"sig1={INPUT};alg=token", "sig1=:YQ==:", "algorithm"),
        (f'sig1=(token);created=1;keyid="{KEY_ID}"', "sig1=:YQ==:", "component_unknown"),
    ],
)
def test_a_signature_that_lacks_what_is_needed_is_refused(signature_input: str, signature: str, reason: str) -> None:
    """It parses, and cannot be judged."""
    request = with_headers(post(), ("signature-input", signature_input), ("signature", signature))

    with pytest.raises(Unauthenticated) as caught:
        messages.parse(request)

    assert caught.value.reason == reason


def test_another_query_is_refused() -> None:
    """RFC 9421 2.2.2: the query is part of the target URI, and no reading without it is tried."""
    signed = message_signed(get(target="/outbox"), ("@method", "@target-uri"))
    moved = altered(signed, target="/outbox?page=2")

    with pytest.raises(Unauthenticated):
        verify(presented(moved, NOW), moved, MEMBER_RSA.public_key())


def test_another_scheme_is_refused() -> None:
    """What was signed for https is not for http."""
    signed = altered(message_signed(get(), ("@method", "@target-uri")), scheme="http")

    with pytest.raises(Unauthenticated):
        verify(presented(signed, NOW), signed, MEMBER_RSA.public_key())


# --- published vectors ------------------------------------------------------------------------------------------


@pytest.mark.clause("RFC 9421 B.2.6", "MUST")
def test_the_published_ed25519_signature_is_made_and_verified() -> None:
    """RFC 9421 B.2.6."""
    key = load_der_private_key(base64.b64decode(VECTOR_ED25519_PRIVATE), None)
    request = vector(VECTOR_B26_INPUT, VECTOR_B26)

    parsed = messages.parse(request)

    assert messages.base(parsed, request).decode().splitlines() == [
        '"date": Tue, 20 Apr 2021 02:07:55 GMT',
        '"@method": POST',
        '"@path": /foo',
        '"@authority": example.com',
        '"content-type": application/json',
        '"content-length": 18',
        f'"@signature-params": {VECTOR_B26_INPUT}',
    ]
    assert messages.verify(parsed, request, key.public_key())  # type: ignore[arg-type]
    assert base64.b64encode(sign_bytes(key, messages.base(parsed, request))).decode() == VECTOR_B26  # type: ignore[arg-type]


@pytest.mark.clause("RFC 9421 B.2.1", "MAY")
def test_the_published_rsa_pss_signature_is_verified() -> None:
    """RFC 9421 B.2.1; the algorithm is in the key there and in `alg` here, outside of what was signed."""
    request = vector(VECTOR_B21_INPUT, VECTOR_B21)
    key = load_pem_public_key(VECTOR_PSS_PUBLIC.encode())
    parsed = messages.parse(request)

    pss = messages.Parsed(
        parsed.key_id, "rsa-pss-sha512", parsed.names, parsed.parameters, parsed.signature, parsed.created, None
    )

    assert messages.verify(pss, request, key)  # type: ignore[arg-type]
    assert not messages.verify(parsed, request, key)  # type: ignore[arg-type]


# --- open: reading ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("algorithm", ["rsa-v1_5-sha256", "rsa-pss-sha512"])
def test_an_algorithm_that_agrees_with_the_key_is_read(algorithm: str) -> None:
    """RFC 9421 3.3.1, 3.3.2."""
    request = message_signed(post(), more=f';alg="{algorithm}"', pss=algorithm == "rsa-pss-sha512")

    verify(presented(request, NOW), request, MEMBER_RSA.public_key())


def test_parameters_are_signed_in_canonical_form() -> None:
    """RFC 9421 2.3: blanks between components are the sender's or a proxy's; the base has the canonical ones."""
    signed = message_signed(post())
    headers = tuple((n, v.replace('" "', '"   "') if n == "signature-input" else v) for n, v in signed.headers)
    request = altered(signed, headers=headers)

    verify(presented(request, NOW), request, MEMBER_RSA.public_key())


def test_the_default_port_is_no_part_of_the_target_uri() -> None:
    """RFC 9421 2.2.3, RFC 9110 4.2.3."""
    signed = message_signed(get(), ("@method", "@target-uri", "@authority", "@scheme"))
    request = altered(signed, authority="Coop.Example:443")

    verify(presented(request, NOW), request, MEMBER_RSA.public_key())


# --- open: writing ----------------------------------------------------------------------------------------------


def test_a_delivery_carries_what_every_peer_wants() -> None:
    """s2s 2.3: Mastodon's three components and the authority; created and keyid; no alg, no cavage header."""
    request = Request.to("POST", "https://peer.example/inbox", body=BODY)

    headers = messages.sign(MEMBER_RSA, KEY_ID, request, NOW)

    assert headers["Content-Digest"] == f"sha-256=:{sha256(BODY)}:"
    assert headers["Date"] == NOW_TEXT
    assert headers["Content-Type"] == "application/activity+json"
    assert headers["Signature-Input"] == (
        f'sig1=("@method" "@target-uri" "@authority" "content-digest");created={NOW_SECONDS};keyid="{KEY_ID}"'
    )
    assert "Digest" not in headers


KEYS = {
    messages.RSA: KEY_ID,
    messages.RSA_PSS: KEY_ID,
    messages.ED25519: "https://peer.example/ap/actors/7#ed25519-key",
}
"""What a node of ours can sign with."""


def asked(header: str | None, request: Request | None = None) -> messages.Challenge | None:
    """What a challenge asks of a delivery, or of another request."""
    return messages.challenge(header, request or Request.to("POST", "https://peer.example/inbox", body=BODY), KEYS)


@pytest.mark.parametrize(
    "header", [None, "", "nonsense(", "a", 'a="b"', "a=1", "A=()", "a=(\xff)", "a=(" + " " * 9_000]
)
def test_an_unreadable_challenge_asks_nothing(header: str | None) -> None:
    """A peer's bad header must not stop our knock."""
    assert asked(header) is None


@pytest.mark.parametrize(
    "header",
    [
        'a=("x-unknown")',
        'a=("@method" "@status")',
        'a=("@method";req)',
        'a=("content-type";sf)',
        'a=("@method");alg="hmac-sha256"',
        'a=("@method");alg=5',
        'a=("@method");keyid="https://other.example/key"',
        'a=("@method");nonce=5',
        'a=("@method");tag=5',
        "a=(5)",
        "a=(" + " ".join(f'"@method{number}"' for number in range(40)) + ")",
    ],
)
def test_what_cannot_be_signed_as_asked_is_not_half_signed(header: str) -> None:
    """RFC 9421 5.2: components that the request lacks, foreign keys, unknown algorithms: a signature without them answers nothing."""
    assert asked(header) is None
    assert asked(f'{header}, b=("host")') == messages.Challenge(label="b", components=("host",))


def test_a_challenge_adds_components_and_never_takes_away() -> None:
    """RFC 9421 5.2; s2s 2.3: under the label, with nonce, tag and an end as asked, and at least our own set."""
    wanted = asked('app-1=("host" "date" "@method");created;expires;nonce="n-1";tag="app"')
    request = Request.to("POST", "https://peer.example/inbox", body=BODY)

    headers = messages.sign(MEMBER_RSA, KEY_ID, request, NOW, wanted)

    assert headers["Signature-Input"] == (
        'app-1=("@method" "@target-uri" "@authority" "content-digest" "host" "date")'
        f';created={NOW_SECONDS};keyid="{KEY_ID}";expires={NOW_SECONDS + 300};nonce="n-1";tag="app"'
    )
    assert headers["Signature"].startswith("app-1=:")
    seen = arrived(request, headers)
    verify(presented(seen, NOW), seen, MEMBER_RSA.public_key())


@pytest.mark.parametrize("algorithm", [messages.RSA, messages.RSA_PSS, messages.ED25519])
def test_the_algorithm_that_is_asked_for_signs_and_is_named(algorithm: str) -> None:
    """RFC 9421 3.3, 5.1: each that we have a key for; our own verifier reads them."""
    key = MEMBER_ED25519 if algorithm == messages.ED25519 else MEMBER_RSA
    wanted = asked(f'sig1=("@method");alg="{algorithm}"')
    request = Request.to("POST", "https://peer.example/inbox", body=BODY)

    headers = messages.sign(key, KEY_ID, request, NOW, wanted)

    assert f';alg="{algorithm}"' in headers["Signature-Input"]
    seen = arrived(request, headers)
    verify(presented(seen, NOW), seen, key.public_key())


def test_the_key_that_is_asked_for_decides_the_algorithm() -> None:
    """RFC 9421 5.1 `keyid`: our Ed25519 key by its id."""
    assert asked(f'a=("@method");keyid="{KEYS[messages.ED25519]}"') == messages.Challenge(
        label="a", components=("@method",), algorithm=messages.ED25519
    )


def test_a_fetch_has_a_digest_of_nothing_when_that_is_asked_for() -> None:
    """RFC 9530 2; a GET has no body, and its digest is that of no bytes; it never has a content type."""
    request = Request.to("GET", "https://peer.example/a")

    headers = messages.sign(MEMBER_RSA, KEY_ID, request, NOW, asked('sig1=("content-digest")', request))

    assert headers["Content-Digest"] == f"sha-256=:{sha256(b'')}:"
    seen = arrived(request, headers)
    verify(presented(seen, NOW), seen, MEMBER_RSA.public_key())
    assert asked('a=("content-type")', request) is None


def test_our_own_challenge_asks_for_what_we_need() -> None:
    """RFC 9421 5.1: a signature that answers it passes the door."""
    wanted = asked(messages.accept_signature())

    assert wanted is not None
    assert wanted.components == POST_COMPONENTS
    request = message_signed(post(), wanted.components)
    verify(presented(request, NOW), request, MEMBER_RSA.public_key())


@pytest.mark.parametrize("signs", [messages.sign, cavage.sign], ids=["rfc9421", "cavage"])
def test_a_synchronisation_is_sent_and_signed(signs: Signs) -> None:
    """FEP-8fcf: "a signed Collection-Synchronization header": in both kinds."""
    headers = (("collection-synchronization", 'collectionId="https://peer.example/f"'),)
    request = Request.to("POST", "https://peer.example/inbox", headers, BODY)

    sent = signs(MEMBER_RSA, KEY_ID, request, NOW)

    assert sent["Collection-Synchronization"] == headers[0][1]
    seen = arrived(request, sent)
    shown = presented(seen, NOW)
    verify(shown, seen, MEMBER_RSA.public_key())
    assert "collection-synchronization" in shown.covered


@pytest.mark.parametrize("key", [MEMBER_RSA, MEMBER_ED25519], ids=["rsa", "ed25519"])
@given(
    path=st.text("abcXYZ019-._~%!$&'()*+,;=:@/", max_size=40),
    query=st.none() | st.text("abcXYZ019-._~%!$&'()*+,;=:@/?", max_size=40),
    body=st.binary(max_size=64),
    method=st.sampled_from(["GET", "POST"]),
)
def test_what_is_signed_is_verified(key: object, path: str, query: str | None, body: bytes, method: str) -> None:
    """Whatever the path: it is signed as it is sent."""
    url = f"https://peer.example/{path}" + ("" if query is None else f"?{query}")
    request = Request.to(method, url, body=body if method == "POST" else b"")

    seen = arrived(request, messages.sign(key, KEY_ID, request, NOW))  # type: ignore[arg-type]

    verify(presented(seen, NOW), seen, key.public_key())  # type: ignore[attr-defined]


@given(st.text(max_size=200), st.text(max_size=100))
def test_no_header_text_breaks_the_parser(signature_input: str, signature: str) -> None:
    """Never another error than the two that have a status."""
    request = with_headers(post(), ("signature-input", signature_input), ("signature", signature))

    try:
        messages.parse(request)
    except (BadMessage, Unauthenticated):
        return
