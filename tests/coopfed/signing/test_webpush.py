"""Messages that only the browser reads: RFC 8291's own example, and an independent reader for both codings."""

import os
from base64 import urlsafe_b64decode

import http_ece  # type: ignore[import-untyped]
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from coopfed.errors import BadMessage
from coopfed.signing import webpush
from coopfed.signing.webpush import BrowserKeys


def unwritten(text: str) -> bytes:
    """Base64url without padding."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def test_example_of_the_standard() -> None:
    """RFC 8291 5 and appendix A: keys, salt and message give these very bytes."""
    public = unwritten("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4")
    number = int.from_bytes(unwritten("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"), "big")
    to = BrowserKeys(public, unwritten("BTBZMqHH6r4Tts7J_aSIgg"))

    sealed = webpush.encrypted(
        b"When I grow up, I want to be a watermelon",
        to,
        ec.derive_private_key(number, ec.SECP256R1()),
        unwritten("DGv6ra1nlYgDCS1FRnbzlw"),
    )

    assert sealed.body == unwritten(
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_"
        "yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )


@pytest.mark.parametrize("length", [0, 1, 100, 3_000])
def test_independent_reader_reads_both_codings(length: int) -> None:
    """RFC 8188, and the draft before it; any message is sealed anew."""
    browser, auth, plain = webpush.new_key(), os.urandom(16), os.urandom(length)
    to = BrowserKeys(webpush.public_bytes(browser), auth)

    now = webpush.encrypted(plain, to, webpush.new_key(), os.urandom(16))
    before = webpush.encrypted_as_before(plain, to, webpush.new_key(), os.urandom(16))

    assert http_ece.decrypt(now.body, private_key=browser, auth_secret=auth, version="aes128gcm") == plain
    headers = dict(before.headers)
    found = http_ece.decrypt(
        before.body,
        salt=unwritten(headers["Encryption"].removeprefix("salt=")),
        dh=unwritten(headers["Crypto-Key"].removeprefix("dh=")),
        private_key=browser,
        auth_secret=auth,
        version="aesgcm",
    )
    assert found == plain


GOOD = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"


@pytest.mark.parametrize(
    ("p256dh", "auth"),
    [
        ("", webpush.written(bytes(16))),
        (GOOD, ""),
        (GOOD, webpush.written(bytes(15))),
        (GOOD[:-4], webpush.written(bytes(16))),
        (webpush.written(b"\x04" + bytes(64)), webpush.written(bytes(16))),
        ("ü" * 87, webpush.written(bytes(16))),
        ("A" * 100_000, webpush.written(bytes(16))),
    ],
)
def test_keys_that_are_none_are_refused(p256dh: str, auth: str) -> None:
    """RFC 8291 2: a point on the curve (CVE-2017-16007 and its like), 16 bytes; nothing long is read."""
    with pytest.raises(BadMessage):
        webpush.browser_keys(p256dh, auth)


def test_keys_are_read_with_and_without_padding() -> None:
    """client_api 8: padding is optional; some libraries write the other alphabet."""
    auth = webpush.written(os.urandom(16))

    plain = webpush.browser_keys(GOOD, auth)

    assert webpush.browser_keys(f"{GOOD}=", f"{auth}==") == plain
    assert webpush.browser_keys(GOOD.replace("-", "+").replace("_", "/"), auth) == plain
