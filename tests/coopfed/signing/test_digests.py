"""RFC 3230 and RFC 9530: the digest is the only tie between a signature and a body."""

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coopfed.errors import BadMessage, Unauthenticated
from coopfed.signing.digests import check_content_digest, check_digest, content_digest, digest_header

BODY = b'{"type":"Note"}'
SHA256 = base64.b64encode(hashlib.sha256(BODY).digest()).decode()
SHA512 = base64.b64encode(hashlib.sha512(BODY).digest()).decode()
OTHER = base64.b64encode(hashlib.sha256(b"other").digest()).decode()


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (None, "digest_missing"),
        ("", "digest_missing"),
        ("MD5=abc", "digest_missing"),
        (SHA256, "digest_missing"),
        (f"SHA-256={OTHER}", "digest_mismatch"),
        (f"SHA-256={SHA256},SHA-512={OTHER}", "digest_mismatch"),
        (f"SHA-512={SHA512},SHA-256={OTHER}", "digest_mismatch"),
        (f"SHA-256={SHA256},SHA-256={SHA256}", "digest_malformed"),
        (f"SHA-256={OTHER},sha-256={SHA256}", "digest_malformed"),
        ("SHA-256=***", "digest_malformed"),
        ("SHA-256=", "digest_mismatch"),
        (f"SHA-256={SHA256[:-4]}", "digest_mismatch"),
        ("SHA-256=\xe9\xe9", "digest_malformed"),
    ],
)
def test_a_bad_digest_is_refused(header: str | None, reason: str) -> None:
    """RFC 3230 4.3.2."""
    with pytest.raises(Unauthenticated) as caught:
        check_digest(header, BODY)

    assert caught.value.reason == reason


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (None, "digest_missing"),
        ("", "digest_missing"),
        ("md5=:YQ==:", "digest_missing"),
        (f"sha-256=:{OTHER}:", "digest_mismatch"),
        (f"sha-256=:{SHA256}:, sha-512=:{OTHER}:", "digest_mismatch"),
        (f"sha-256=:{OTHER}:, sha-256=:{SHA256}:", "digest_malformed"),
        (f'sha-256="{SHA256}"', "digest_malformed"),
        ("sha-256", "digest_malformed"),
        ("sha-256=(:YQ==:)", "digest_malformed"),
    ],
)
def test_a_bad_content_digest_is_refused(header: str | None, reason: str) -> None:
    """RFC 9530 2."""
    with pytest.raises(Unauthenticated) as caught:
        check_content_digest(header, BODY)

    assert caught.value.reason == reason


@pytest.mark.parametrize("header", [f"SHA-256={SHA256}", "sha-256=:***:", "sha-256=", ",", "sha-256=:YQ==:,"])
def test_a_content_digest_that_is_no_dictionary_is_malformed(header: str) -> None:
    """RFC 9651 4.2.2."""
    with pytest.raises(BadMessage):
        check_content_digest(header, BODY)


@pytest.mark.parametrize(
    "header",
    [f"SHA-256={SHA256}", f"sha-256={SHA256}", f"SHA-512={SHA512}", f"MD5=x, SHA-256={SHA256} , SHA-512={SHA512}"],
)
def test_a_good_digest_passes(header: str) -> None:
    """The name in any case, weak ones beside it passed over."""
    check_digest(header, BODY)


@pytest.mark.parametrize(
    "header", [f"sha-256=:{SHA256}:", f"md5=:YQ==:, sha-512=:{SHA512}:", f"sha-256=:{SHA256}:;x=1, sha-512=:{SHA512}:"]
)
def test_a_good_content_digest_passes(header: str) -> None:
    """RFC 9530 2."""
    check_content_digest(header, BODY)


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_our_digests_fit_their_body_and_no_other(body: bytes, other: bytes) -> None:
    """Both headers."""
    check_digest(digest_header(body), body)
    check_content_digest(content_digest(body), body)

    if other != body:
        for check, header in ((check_digest, digest_header(body)), (check_content_digest, content_digest(body))):
            with pytest.raises(Unauthenticated):
                check(header, other)
