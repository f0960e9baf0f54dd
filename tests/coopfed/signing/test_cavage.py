"""draft-cavage-http-signatures-12: what we write, and the spellings of others that we read."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coopfed.errors import BadMessage, Unauthenticated
from coopfed.signing import cavage
from coopfed.signing.keys import sign_bytes
from coopfed.signing.request import Request
from coopfed.signing.verify import presented, verify
from tests.coopfed.signing.builders import (
    BODY,
    GET_NAMES,
    KEY_ID,
    MEMBER_ED25519,
    MEMBER_RSA,
    NOW,
    NOW_SECONDS,
    NOW_TEXT,
    altered,
    cavage_signed,
    get,
    post,
    sha256,
)

URL_TEXT = st.text("abcXYZ019-._~%!$&'()*+,;=:@/", max_size=40)


def arrived(request: Request, headers: dict[str, str]) -> Request:
    """The request as the other side sees it."""
    return altered(request, headers=tuple((name.lower(), value) for name, value in headers.items()))


# --- shut -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Signature",
        "keyId",
        'keyId="a"signature="b"',
        'keyId="a",,signature="b"',
        'keyId="a",signature="b",',
        'keyId="a,signature="b"',
        '="a"',
        'keyId="https://a/#k",keyId="https://b/#k",signature="YQ=="',
        'keyid="https://a/#k",keyId="https://b/#k",signature="YQ=="',
        'keyId="https://a/#k",signature="not base64!"',
        'keyId="https://a/#k",signature="YQ==",headers=""',
        'keyId="https://a/#k",signature="YQ==",created="soon"',
        'keyId="https://a/#k",signature="YQ==",expires=-5',
        'keyId="https://a/#k",signature="YQ==",headers="' + "a " * 33 + '"',
        'keyId="' + "a" * 9_000 + '",signature="YQ=="',
    ],
)
def test_a_header_that_cannot_be_parsed_is_malformed(header: str) -> None:
    """draft-cavage 12, 2.1; a parameter twice must not be resolved by whoever reads last."""
    with pytest.raises(BadMessage):
        cavage.parse(header)


@pytest.mark.parametrize("header", ['signature="YQ=="', 'keyId="https://a/#k"', 'keyId="",signature="YQ=="'])
def test_a_header_without_key_or_signature_is_refused(header: str) -> None:
    """It parses, and says nothing."""
    with pytest.raises(Unauthenticated) as caught:
        cavage.parse(header)

    assert caught.value.reason == "signature_incomplete"


def test_another_query_is_refused() -> None:
    """A page of a collection is not another page."""
    signed = cavage_signed(get(target="/outbox?page=1"), GET_NAMES)
    moved = altered(signed, target="/outbox?page=2")

    with pytest.raises(Unauthenticated):
        verify(presented(moved, NOW), moved, MEMBER_RSA.public_key())


# --- open: reading ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "rewrite",
    [
        lambda value: "Signature " + value,
        lambda value: "signature   " + value,
        lambda value: value.replace(",", " , "),
        lambda value: value.replace('algorithm="rsa-sha256"', "algorithm=rsa-sha256"),
        lambda value: value.replace('algorithm="rsa-sha256",', ""),
        lambda value: value.replace('"rsa-sha256"', '"RSA-SHA256"'),
        lambda value: value.replace('"rsa-sha256"', '"hs2019"'),
        lambda value: value + ',opaque="\\"quoted\\", with comma"',
        lambda value: value.replace("(request-target) host date digest", "(Request-Target) Host Date Digest"),
    ],
    ids=[
        "word",
        "lower word",
        "blanks",
        "token",
        "no algorithm",
        "upper algorithm",
        "hs2019",
        "unknown",
        "upper names",
    ],
)
def test_spellings_of_peers_are_read(rewrite: object) -> None:
    """As Mastodon's signature parser reads them."""
    signed = cavage_signed(post())
    headers = tuple((n, rewrite(v) if n == "signature" else v) for n, v in signed.headers)  # type: ignore[operator]
    request = altered(signed, headers=headers)

    verify(presented(request, NOW), request, MEMBER_RSA.public_key())


def test_a_target_signed_without_its_query_is_read() -> None:
    """Friendica, Takahe and Mobilizon sign the path alone."""
    request = cavage_signed(get(target="/outbox?page=1"), GET_NAMES, target="/outbox")

    verify(presented(request, NOW), request, MEMBER_RSA.public_key())


@pytest.mark.parametrize("algorithm", ["rsa-sha512", "hs2019"])
def test_sha512_is_read(algorithm: str) -> None:
    """GoToSocial tries it too."""
    request = cavage_signed(post(), algorithm=algorithm, sha512=True)

    verify(presented(request, NOW), request, MEMBER_RSA.public_key())


@pytest.mark.parametrize("algorithm", ["hs2019", "ed25519", None])
def test_ed25519_is_read(algorithm: str | None) -> None:
    """The kind of the key decides."""
    request = cavage_signed(post(), key=MEMBER_ED25519, algorithm=algorithm)

    verify(presented(request, NOW), request, MEMBER_ED25519.public_key())


def test_created_and_expires_are_read() -> None:
    """draft-cavage 12, 2.1.4, 2.1.5; `expires` may have a fraction, and is signed as it is written."""
    names = ("(request-target)", "host", "(created)", "(expires)", "digest")
    request = cavage_signed(
        post(), names, algorithm="hs2019", created=str(NOW_SECONDS), expires=f"{NOW_SECONDS + 30}.5"
    )

    found = presented(request, NOW)

    assert found.created == NOW
    assert found.expires == NOW + timedelta(seconds=30.5)
    verify(found, request, MEMBER_RSA.public_key())


def test_several_lines_of_a_signed_header_are_joined() -> None:
    """draft-cavage 12, 2.3, step 3.2."""
    joined = altered(post(), headers=(*post().headers, ("cache-control", "max-age=60, must-revalidate")))
    signed = cavage_signed(joined, ("(request-target)", "host", "date", "digest", "cache-control"))
    split = tuple(header for header in signed.headers if header[0] != "cache-control")
    request = altered(signed, headers=(*split, ("cache-control", "max-age=60"), ("cache-control", " must-revalidate ")))

    verify(presented(request, NOW), request, MEMBER_RSA.public_key())


# --- open: writing ----------------------------------------------------------------------------------------------


def test_a_delivery_carries_what_every_peer_wants() -> None:
    """s2s 2.2: four parameters, five signed headers, one digest with its name in upper case."""
    request = Request.to("POST", "https://peer.example/inbox", body=BODY)

    headers = cavage.sign(MEMBER_RSA, KEY_ID, request, NOW)

    assert headers["Host"] == "peer.example"
    assert headers["Date"] == NOW_TEXT
    assert headers["Digest"] == f"SHA-256={sha256(BODY)}"
    assert headers["Content-Type"] == "application/activity+json"
    assert headers["Signature"].startswith(
        f'keyId="{KEY_ID}",algorithm="rsa-sha256",headers="(request-target) host date digest content-type",signature="'
    )


def test_a_fetch_signs_target_host_and_date() -> None:
    """s2s 2.2."""
    prepared = cavage.prepare(MEMBER_RSA, KEY_ID, Request.to("GET", "https://peer.example:8443/a?b=c"), NOW)

    assert prepared.base.decode() == f"(request-target): get /a?b=c\nhost: peer.example:8443\ndate: {NOW_TEXT}"
    assert "Digest" not in prepared.headers(b"")


def test_the_third_knock_signs_the_bare_path() -> None:
    """s2s 2.3, double knock rule."""
    request = Request.to("GET", "https://peer.example/a?b=c")

    prepared = cavage.prepare(MEMBER_RSA, KEY_ID, request, NOW, with_query=False)

    assert prepared.base.startswith(b"(request-target): get /a\n")


def test_a_signature_computed_elsewhere_is_the_same() -> None:
    """The expensive step can run in a thread."""
    request = Request.to("POST", "https://peer.example/inbox", body=BODY)

    prepared = cavage.prepare(MEMBER_RSA, KEY_ID, request, NOW)

    assert prepared.headers(sign_bytes(MEMBER_RSA, prepared.base)) == cavage.sign(MEMBER_RSA, KEY_ID, request, NOW)


@pytest.mark.parametrize("key", [MEMBER_RSA, MEMBER_ED25519], ids=["rsa", "ed25519"])
@given(path=URL_TEXT, query=st.none() | URL_TEXT, body=st.binary(max_size=64), method=st.sampled_from(["GET", "POST"]))
def test_what_is_signed_is_verified(key: object, path: str, query: str | None, body: bytes, method: str) -> None:
    """Whatever the path: it is signed as it is sent."""
    url = f"https://peer.example/{path}" + ("" if query is None else f"?{query}")
    request = Request.to(method, url, body=body if method == "POST" else b"")

    seen = arrived(request, cavage.sign(key, KEY_ID, request, NOW))  # type: ignore[arg-type]

    verify(presented(seen, NOW), seen, key.public_key())  # type: ignore[attr-defined]


@given(st.text(max_size=200))
def test_no_header_text_breaks_the_parser(header: str) -> None:
    """Never another error than the two that have a status."""
    try:
        cavage.parse(header)
    except (BadMessage, Unauthenticated):
        return
