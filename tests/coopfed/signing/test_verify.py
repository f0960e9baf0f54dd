"""The door: what an arriving request must show before anybody looks at its body. First everything that stays outside."""

import base64
import hashlib
from datetime import timedelta

import pytest

from coopfed.errors import BadMessage, Unauthenticated
from coopfed.signing.request import Request
from coopfed.signing.verify import Scheme, SignatureFault, presented, verify
from tests.coopfed.signing.builders import (
    BODY,
    GET_NAMES,
    KEY_ID,
    MEMBER_ED25519,
    MEMBER_RSA,
    NOW,
    NOW_SECONDS,
    OTHER_ED25519,
    OTHER_RSA,
    POST_COMPONENTS,
    POST_NAMES,
    altered,
    cavage_signed,
    get,
    message_signed,
    post,
    sha256,
    with_headers,
    without_header,
)

WINDOW_PAST = timedelta(hours=12)
WINDOW_FUTURE = timedelta(hours=1)
OTHER_BODY = b'{"type":"Delete"}'


def refusal(request: Request, key: object = None) -> str:
    """The reason for which the request is refused."""
    with pytest.raises(Unauthenticated) as caught:
        verify(presented(request, NOW), request, key or MEMBER_RSA.public_key())  # type: ignore[arg-type]
    return caught.value.reason


# --- shut: nothing to judge -------------------------------------------------------------------------------------


def test_a_request_without_signature_is_refused() -> None:
    """Refuse by default."""
    assert refusal(post()) == SignatureFault.MISSING


@pytest.mark.parametrize(
    "key_id", ["acct:member@peer.example", "", "key-1", "javascript:alert(1)", "https://x/" + "a" * 2048]
)
def test_a_key_id_that_is_no_url_is_refused(key_id: str) -> None:
    """Misskey refuses acct: too; an endless one would be stored in every log."""
    expected = SignatureFault.KEY_ID if key_id else SignatureFault.INCOMPLETE

    assert refusal(cavage_signed(post(), key_id=key_id)) == expected
    assert refusal(message_signed(post(), key_id=key_id)) == SignatureFault.KEY_ID


@pytest.mark.parametrize("name", ["signature", "signature-input", "digest", "date", "host", "content-digest"])
def test_a_deciding_header_twice_is_malformed(name: str) -> None:
    """Two parsers may take different ones (security 1.2, duplicate headers)."""
    signed = cavage_signed(post()) if name == "signature" else message_signed(post())
    value = dict(signed.headers)[name]

    with pytest.raises(BadMessage) as caught:
        presented(with_headers(signed, (name, value)), NOW)

    assert caught.value.status_code == 400


# --- shut: what must be signed and is not -----------------------------------------------------------------------


@pytest.mark.parametrize("missing", POST_NAMES)
def test_cavage_post_must_cover_target_host_date_and_digest(missing: str) -> None:
    """Without the target or host a delivery replays elsewhere, without the digest another body goes with it."""
    names = [name for name in POST_NAMES if name != missing]

    assert refusal(cavage_signed(post(), names)) == SignatureFault.COVERAGE


@pytest.mark.parametrize("missing", GET_NAMES)
def test_cavage_get_must_cover_target_host_and_date(missing: str) -> None:
    """A signed fetch is a permission to read: it must not replay either."""
    names = [name for name in GET_NAMES if name != missing]

    assert refusal(cavage_signed(get(), names)) == SignatureFault.COVERAGE


@pytest.mark.parametrize("missing", POST_COMPONENTS)
def test_message_post_must_cover_method_target_and_digest(missing: str) -> None:
    """As Mastodon demands."""
    names = [name for name in POST_COMPONENTS if name != missing]

    assert refusal(message_signed(post(), names)) == SignatureFault.COVERAGE


@pytest.mark.parametrize(
    ("names", "target"),
    [
        (("@method", "@path", "@query"), "/a?page=1"),
        (("@method", "@authority", "@query"), "/a?page=1"),
        (("@method", "@authority", "@path"), "/a?page=1"),
        (("@method", "@authority"), "/a"),
        (("@method", "@request-target"), "/a"),
        (("@target-uri",), "/a"),
        ((), "/a"),
    ],
)
def test_message_get_must_cover_the_whole_target(names: tuple[str, ...], target: str) -> None:
    """A part of the URL that is not signed can be exchanged."""
    assert refusal(message_signed(get(target=target), names)) == SignatureFault.COVERAGE


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_every_method_that_changes_something_needs_a_digest(method: str) -> None:
    """Not POST alone."""
    request = altered(post(), method=method)

    assert refusal(cavage_signed(request, GET_NAMES)) == SignatureFault.COVERAGE


def test_a_get_with_a_body_needs_a_digest() -> None:
    """Otherwise the body would be unsigned and read."""
    assert refusal(cavage_signed(altered(get(), body=BODY), GET_NAMES)) == SignatureFault.COVERAGE


# --- shut: digests ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sign", [cavage_signed, message_signed])
def test_another_body_is_refused(sign: object) -> None:
    """Misskey CVE-2026-28432: the hash is computed here over the raw bytes."""
    request = altered(sign(post()), body=OTHER_BODY)  # type: ignore[operator]

    assert refusal(request) == SignatureFault.DIGEST_MISMATCH


def test_a_signed_digest_that_is_absent_is_refused() -> None:
    """A signature over the empty digest is easily had."""
    signed = cavage_signed(without_header(without_header(post(), "digest"), "content-digest"))

    assert refusal(signed) == SignatureFault.COMPONENT_MISSING


def test_an_unsigned_digest_of_another_body_beside_the_signed_one_is_refused() -> None:
    """Some handler may look at the other one."""
    headers = tuple(
        (n, v) if n != "content-digest" else (n, f"sha-256=:{sha256(OTHER_BODY)}:") for n, v in post().headers
    )

    assert refusal(cavage_signed(altered(post(), headers=headers))) == SignatureFault.DIGEST_MISMATCH


@pytest.mark.parametrize(
    "digest", ["MD5=1B2M2Y8AsgTpgAmY7PhCfg==", "sha1=2jmj7l5rSw0yVb/vlWAYkK/YBwk=", "unixsum=30637"]
)
def test_a_weak_digest_alone_is_refused(digest: str) -> None:
    """Only SHA-256 and SHA-512 bind a body."""
    assert refusal(cavage_signed(post(digest=digest))) == SignatureFault.DIGEST_MISSING


# --- shut: time -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("offset", "fault"),
    [
        (-WINDOW_PAST - timedelta(seconds=1), SignatureFault.STALE),
        (WINDOW_FUTURE + timedelta(seconds=1), SignatureFault.FUTURE),
        (-timedelta(days=20_000), SignatureFault.STALE),
    ],
)
def test_a_signature_outside_the_window_is_refused(offset: timedelta, fault: SignatureFault) -> None:
    """Twelve hours back, one hour ahead (design 9)."""
    moment = NOW + offset
    seconds = str(int(moment.timestamp()))
    names = ("(request-target)", "host", "(created)", "digest")

    assert refusal(cavage_signed(post(date=moment.strftime("%a, %d %b %Y %H:%M:%S GMT")))) == fault
    assert refusal(cavage_signed(post(), names, algorithm="hs2019", created=seconds)) == fault
    assert refusal(message_signed(post(), created=seconds)) == fault


def test_every_signed_time_must_be_in_the_window() -> None:
    """A fresh (created) does not excuse an old Date that is signed too."""
    old = post(date="Mon, 23 Nov 2026 08:00:00 GMT")
    names = (*POST_NAMES, "(created)")

    assert refusal(cavage_signed(old, names, algorithm="hs2019", created=str(NOW_SECONDS))) == SignatureFault.STALE
    assert refusal(message_signed(old, (*POST_COMPONENTS, "date"))) == SignatureFault.STALE


def test_the_signers_own_limit_is_honoured() -> None:
    """`expires`, also when it is not signed: whoever adds one shortens."""
    past = str(NOW_SECONDS - 1)

    assert refusal(cavage_signed(post(), expires=past)) == SignatureFault.EXPIRED
    assert refusal(message_signed(post(), more=f";expires={past}")) == SignatureFault.EXPIRED


@pytest.mark.parametrize(
    "date",
    ["", "yesterday", "2026-11-24", "Tue, 99 Nov 2026 08:00:00 GMT", "1795507200", "Fri, 31 Dec 9999 23:59:59 -0500"],
)
def test_a_date_that_is_none_is_refused(date: str) -> None:
    """Never an exception out of the date parser."""
    assert refusal(cavage_signed(post(date=date or "."))) == SignatureFault.DATE


# --- shut: components -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["(secret)", "@method", "(algorithm)"])
def test_cavage_with_an_unknown_special_component_is_refused(name: str) -> None:
    """A guessed value would be a guessed signature."""
    assert refusal(cavage_signed(post(), (*POST_NAMES, name))) == SignatureFault.COMPONENT_UNKNOWN


@pytest.mark.parametrize("name", ["@status", "@query-param", "@signature-params", "@unheard-of"])
def test_message_with_an_unknown_component_is_refused(name: str) -> None:
    """RFC 9421 2.2: derived components of responses and unknown ones."""
    assert refusal(message_signed(post(), (*POST_COMPONENTS, name))) == SignatureFault.COMPONENT_UNKNOWN


@pytest.mark.parametrize("parameter", ["sf", "bs", "req", "tr", 'key="a"'])
def test_message_with_component_parameters_is_refused(parameter: str) -> None:
    """RFC 9421 2.1: `;req`, `;sf` change what is signed; nobody here needs them."""
    signed = message_signed(post())
    headers = tuple((n, v.replace('"@method"', f'"@method";{parameter}')) for n, v in signed.headers)

    assert refusal(altered(signed, headers=headers)) == SignatureFault.COMPONENT_UNKNOWN


@pytest.mark.parametrize("sign", [cavage_signed, message_signed])
def test_a_signed_header_that_is_absent_is_refused(sign: object) -> None:
    """draft-cavage 12, 2.3: it must not count as empty."""
    names = POST_NAMES if sign is cavage_signed else POST_COMPONENTS

    assert refusal(sign(post(), (*names, "x-absent"))) == SignatureFault.COMPONENT_MISSING  # type: ignore[operator]


@pytest.mark.parametrize("algorithm", ["rsa-sha256", "rsa-sha512"])
def test_created_with_an_algorithm_that_names_a_hash_is_refused(algorithm: str) -> None:
    """draft-cavage 12, 2.3: (created) belongs to hs2019."""
    names = ("(request-target)", "host", "(created)", "digest")
    signed = cavage_signed(
        post(), names, algorithm=algorithm, created=str(NOW_SECONDS), sha512=algorithm == "rsa-sha512"
    )

    assert refusal(signed) == SignatureFault.COMPONENT_MISSING


# --- shut: algorithms and keys ----------------------------------------------------------------------------------


@pytest.mark.parametrize("algorithm", ["hmac-sha256", "none", "rsa-sha1", "ecdsa-sha256", "dsa-sha1", "x" * 500])
def test_an_algorithm_beside_the_key_is_refused(algorithm: str) -> None:
    """The confusion of JWT: HMAC with the public key as secret, or no algorithm at all."""
    assert refusal(cavage_signed(post(), algorithm=algorithm)) == SignatureFault.ALGORITHM
    assert refusal(message_signed(post(), more=f';alg="{algorithm}"')) == SignatureFault.ALGORITHM


def test_an_algorithm_of_another_kind_than_the_key_is_refused() -> None:
    """The parameter must agree with the key, and never chooses."""
    ed25519_as_rsa = cavage_signed(post(), key=MEMBER_ED25519, algorithm="rsa-sha256")
    rsa_as_ed25519 = message_signed(post(), more=';alg="ed25519"')

    assert refusal(ed25519_as_rsa, MEMBER_ED25519.public_key()) == SignatureFault.ALGORITHM
    assert refusal(rsa_as_ed25519) == SignatureFault.ALGORITHM
    assert refusal(cavage_signed(post(), algorithm="ed25519")) == SignatureFault.ALGORITHM


def test_a_sha512_signature_that_calls_itself_sha256_is_refused() -> None:
    """A named hash is the hash."""
    assert refusal(cavage_signed(post(), sha512=True)) == SignatureFault.INVALID


@pytest.mark.parametrize("sign", [cavage_signed, message_signed])
@pytest.mark.parametrize(
    ("key", "other"), [(MEMBER_RSA, OTHER_RSA), (MEMBER_ED25519, OTHER_ED25519)], ids=["rsa", "ed25519"]
)
def test_another_key_is_refused(sign: object, key: object, other: object) -> None:
    """The heart of it; also what a rotated key looks like before it is fetched again."""
    more = {"algorithm": "hs2019"} if sign is cavage_signed else {}
    signed = sign(post(), key=key, **more)  # type: ignore[operator]

    assert refusal(signed, other.public_key()) == SignatureFault.INVALID  # type: ignore[attr-defined]
    verify(presented(signed, NOW), signed, key.public_key())  # type: ignore[attr-defined]


@pytest.mark.parametrize("sign", [cavage_signed, message_signed])
@pytest.mark.parametrize(
    "changes", [{"target": "/ap/actors/8/inbox"}, {"method": "PUT"}, {"authority": "neighbour.example"}], ids=str
)
def test_a_good_request_does_not_open_another_door(sign: object, changes: dict[str, str]) -> None:
    """Replayed to another path, method or node; the Host header travels along unchanged."""
    request = altered(sign(post()), **changes)  # type: ignore[operator]

    assert refusal(request) == SignatureFault.INVALID


@pytest.mark.parametrize("sign", [cavage_signed, message_signed])
def test_a_signature_of_wrong_length_is_refused_without_error(sign: object) -> None:
    """Ed25519 and RSA raise different things for it."""
    signed = sign(post())  # type: ignore[operator]
    short = base64.b64encode(b"short").decode()
    value = f"sig1=:{short}:" if sign is message_signed else dict(signed.headers)["signature"].split('signature="')[0]
    value = value if sign is message_signed else f'{value}signature="{short}"'.replace("rsa-sha256", "hs2019")
    headers = tuple((n, value if n == "signature" else v) for n, v in signed.headers)

    for key in (MEMBER_RSA.public_key(), MEMBER_ED25519.public_key()):
        assert refusal(altered(signed, headers=headers), key) == SignatureFault.INVALID


# --- shut: which signature --------------------------------------------------------------------------------------


def test_two_message_signatures_are_ambiguous() -> None:
    """RFC 9421 3.2: the label is chosen by our rule, and without one there is none."""
    both = _twice_signed()

    assert refusal(both) == SignatureFault.AMBIGUOUS


def test_a_cavage_signature_does_not_help_a_bad_message_signature() -> None:
    """Signature-Input decides; nothing falls back to what might still pass."""
    cavage = cavage_signed(post())
    mixed = with_headers(
        cavage, ("signature-input", f'sig1=("@method" "@target-uri");created={NOW_SECONDS};keyid="{KEY_ID}"')
    )

    with pytest.raises(BadMessage):
        presented(mixed, NOW)


# --- open -------------------------------------------------------------------------------------------------------


def test_a_signed_delivery_is_presented_and_verified() -> None:
    """draft-cavage 12, 2.5."""
    request = cavage_signed(post())

    found = presented(request, NOW)

    assert (found.key_id, found.scheme, found.created, found.expires) == (KEY_ID, Scheme.CAVAGE, NOW, None)
    verify(found, request, MEMBER_RSA.public_key())


@pytest.mark.parametrize("key", [MEMBER_RSA, MEMBER_ED25519], ids=["rsa", "ed25519"])
def test_a_message_signed_delivery_is_presented_and_verified(key: object) -> None:
    """RFC 9421 3.2."""
    request = message_signed(post(), key=key, more=f";expires={NOW_SECONDS + 60}")  # type: ignore[arg-type]

    found = presented(request, NOW)

    assert (found.key_id, found.scheme, found.created) == (KEY_ID, Scheme.RFC9421, NOW)
    assert found.expires == NOW + timedelta(seconds=60)
    verify(found, request, key.public_key())  # type: ignore[attr-defined]


@pytest.mark.parametrize("offset", [-WINDOW_PAST, timedelta(0), WINDOW_FUTURE])
def test_the_edges_of_the_window_are_inside(offset: timedelta) -> None:
    """At n, where n + 1 is refused above."""
    moment = NOW + offset
    request = cavage_signed(post(date=moment.strftime("%a, %d %b %Y %H:%M:%S GMT")))

    assert presented(request, NOW).created == moment
    assert presented(message_signed(post(), created=int(moment.timestamp())), NOW).created == moment


def test_the_signature_of_the_wanted_key_is_chosen() -> None:
    """A second signature, of a proxy for instance, does no harm when the caller knows whom to ask."""
    both = _twice_signed()

    found = presented(both, NOW, KEY_ID)

    verify(found, both, MEMBER_RSA.public_key())


@pytest.mark.parametrize(
    "names",
    [
        ("@method", "@authority", "@path", "@query"),
        ("@method", "@authority", "@request-target"),
        ("@method", "@target-uri"),
    ],
)
def test_the_target_may_be_covered_in_parts(names: tuple[str, ...]) -> None:
    """RFC 9421 2.2."""
    request = message_signed(get(target="/ap/actors/7/outbox?page=1"), names)

    verify(presented(request, NOW), request, MEMBER_RSA.public_key())


def test_a_digest_by_sha512_is_enough() -> None:
    """RFC 9530."""
    digest = base64.b64encode(hashlib.sha512(BODY).digest()).decode()
    request = cavage_signed(post(digest=f"SHA-512={digest}"))

    verify(presented(request, NOW), request, MEMBER_RSA.public_key())


def test_a_proxy_may_rewrite_host() -> None:
    """The caller vouches for the authority; nginx without proxy_set_header says Host: 127.0.0.1:8000."""
    signed = cavage_signed(post())
    headers = tuple((n, "127.0.0.1:8000" if n == "host" else v) for n, v in signed.headers)
    behind = altered(signed, headers=headers)

    verify(presented(behind, NOW), behind, MEMBER_RSA.public_key())


@pytest.mark.parametrize("host", ["Coop.Example", "coop.example:443"])
def test_the_senders_spelling_of_host_is_what_was_signed(host: str) -> None:
    """Host is case-insensitive and its default port optional; the signed line is not."""
    request = cavage_signed(post(host=host))

    verify(presented(request, NOW), request, MEMBER_RSA.public_key())


def _twice_signed() -> Request:
    """A delivery signed by the member as `sig1` and by a proxy as `cdn`."""
    first, second = (
        dict(message_signed(post()).headers),
        dict(message_signed(post(), key=OTHER_RSA, key_id="https://cdn.example/key", label="cdn").headers),
    )
    pair = tuple((name, f"{first[name]}, {second[name]}") for name in ("signature-input", "signature"))
    return with_headers(post(), *pair)
