"""What authenticators answer: forged, replayed, foreign, copied first; then true. WebAuthn 7.1 and 7.2, by a soft authenticator."""

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from hypothesis import given
from hypothesis import strategies as st

from coopfed import limits
from coopfed.errors import Forbidden
from coopfed.signing.passkeys import Known, Made, Site, creation, is_next, made, named_in, request, site, verified
from tests.support.authenticator import MAY_BE_COPIED, PRESENT, VERIFIED, WITH_KEY, Authenticator, raw, text

ORIGIN = "https://coop.example"
CHALLENGE, OTHER = bytes(range(32)), bytes(reversed(range(32)))
OWNER = b"owner"


@pytest.fixture
def of() -> Site:
    """The site of a node."""
    found = site(ORIGIN, "coop.example")
    assert found is not None
    return found


@pytest.fixture
def device() -> Authenticator:
    """A device whose keys stay on it, and count."""
    return Authenticator(ORIGIN)


def asked_to_make(of: Site, **more: Any) -> str:
    """What a page asks for."""
    return creation(of, more.get("challenge", CHALLENGE), OWNER, "member@mail.example", [])


def a_key(of: Site, device: Authenticator) -> Known:
    """A passkey that was made, as it is known here."""
    new = made(of, CHALLENGE, device.make(asked_to_make(of)))
    return Known(new.credential, new.public_key, new.count, new.synced, OWNER)


# --- shut -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "lie",
    [
        {"origin": "https://evil.example"},
        {"origin": "https://coop.example.evil.example"},
        {"origin": "http://coop.example"},
        {"rp_id": "evil.example"},
        {"challenge": text(OTHER)},
        {"type": "webauthn.get"},
        {"framed": True},
        {"without": VERIFIED},
        {"without": PRESENT},
        {"without": WITH_KEY},
        {"algorithm": -47},
        {"format": "homemade"},
    ],
    ids=str,
)
def test_passkey_that_is_not_what_was_asked_for_is_not_taken(
    of: Site, device: Authenticator, lie: dict[str, Any]
) -> None:
    """WebAuthn 7.1: origin, site, challenge, kind, frame, presence, verification, key, algorithm, attestation, each."""
    answer = device.make(asked_to_make(of), **lie)

    with pytest.raises(Forbidden) as refused:
        made(of, CHALLENGE, answer)

    assert refused.value.reason == "passkey_refused"


@pytest.mark.parametrize(
    "lie",
    [
        {"origin": "https://evil.example"},
        {"origin": "https://coop.example:8443"},
        {"rp_id": "evil.example"},
        {"challenge": text(OTHER)},
        {"type": "webauthn.create"},
        {"framed": True},
        {"without": VERIFIED},
        {"without": PRESENT},
        {"with_flags": MAY_BE_COPIED},
        {"owner": b"another"},
        {"credential": b"another key"},
        {"signer": generate_private_key(SECP256R1())},
    ],
    ids=lambda lie: next(iter(lie)),
)
def test_answer_that_is_forged_or_for_another_signs_nobody_in(
    of: Site, device: Authenticator, lie: dict[str, Any]
) -> None:
    """WebAuthn 7.2: origin, site, challenge, kind, frame, presence, verification, backup flag, owner, key, signature, each."""
    known = a_key(of, device)

    with pytest.raises(Forbidden) as refused:
        verified(of, CHALLENGE, device.use(request(of, CHALLENGE), **lie), known)

    assert refused.value.reason == "passkey_refused"


def test_answer_that_was_changed_on_the_way_signs_nobody_in(of: Site, device: Authenticator) -> None:
    """WebAuthn 7.2, step 21: the signature covers the counter and the flags."""
    known = a_key(of, device)
    answer = json.loads(device.use(request(of, CHALLENGE)))
    told = bytearray(raw(answer["response"]["authenticatorData"]))
    told[-1] += 1
    answer["response"]["authenticatorData"] = text(bytes(told))

    with pytest.raises(Forbidden, match="signature"):
        verified(of, CHALLENGE, json.dumps(answer), known)


def test_passkey_whose_counter_did_not_go_on_is_a_copy(of: Site, device: Authenticator) -> None:
    """WebAuthn 6.1.1, 7.2 step 22: the same counter again, an earlier one, and none any more."""
    known = a_key(of, device)
    now = Known(known.credential, known.public_key, 7, known.synced, OWNER)
    for count in (7, 6, 0):
        with pytest.raises(Forbidden) as refused:
            verified(of, CHALLENGE, device.use(request(of, CHALLENGE), count=count), now)
        assert refused.value.reason == "passkey_copied", count

    assert verified(of, CHALLENGE, device.use(request(of, CHALLENGE), count=8), now) == 8
    assert [is_next(*pair) for pair in ((0, 0), (0, 1), (1, 0), (1, 1), (1, 2))] == [True, True, False, False, True]


@given(
    st.one_of(
        st.text(),
        st.recursive(
            st.none() | st.integers() | st.text(),
            lambda one: st.dictionaries(
                st.sampled_from(
                    ["id", "rawId", "type", "response", "clientDataJSON", "attestationObject", "signature"]
                ),
                one,
            ),
        ).map(json.dumps),
    )
)
def test_nothing_that_is_no_answer_is_taken(answer: str) -> None:
    """Whatever bytes come, they are refused in words, and nothing breaks."""
    of = Site(ORIGIN, "coop.example", "coop.example")
    known = Known(b"key", b"no key", 0, False, OWNER)
    for read in (lambda: made(of, CHALLENGE, answer), lambda: verified(of, CHALLENGE, answer, known)):
        with pytest.raises(Forbidden):
            read()


def test_parts_of_an_answer_that_are_rubbish_are_refused(of: Site, device: Authenticator) -> None:
    """A true answer with one part replaced, each in turn."""
    known, answer = a_key(of, device), json.loads(device.use(request(of, CHALLENGE)))
    for part in answer["response"]:
        for rubbish in ("", "!", "AAAA", 5, [], {}, text(b"{}"), text(b"[]"), text(b"null")):
            spoilt = json.dumps(answer | {"response": answer["response"] | {part: rubbish}})
            with pytest.raises(Forbidden):
                verified(of, CHALLENGE, spoilt, known)


def test_name_of_a_passkey_has_a_bounded_size(of: Site, device: Authenticator) -> None:
    """WebAuthn 4, *credential id*: at most 1,023 bytes."""
    longest = bytes(limits.PASSKEY_ID_BYTES)
    assert made(of, CHALLENGE, device.make(asked_to_make(of), new_credential=longest)).credential == longest

    with pytest.raises(Forbidden):
        made(of, CHALLENGE, device.make(asked_to_make(of), new_credential=longest + b"\0"))


def test_answer_has_a_bounded_size(of: Site, device: Authenticator) -> None:
    """limits.PASSKEY_ANSWER_LENGTH: it is not parsed beyond."""
    answer = device.make(asked_to_make(of))
    at_limit = answer + " " * (limits.PASSKEY_ANSWER_LENGTH - len(answer))
    assert isinstance(made(of, CHALLENGE, at_limit), Made)

    for read in (lambda: made(of, CHALLENGE, f"{at_limit} "), lambda: named_in(f"{at_limit} ")):
        with pytest.raises(Forbidden, match="characters"):
            read()


@pytest.mark.parametrize(
    "base",
    [
        "http://coop.example",
        "https://192.0.2.7",
        "https://[2001:db8::1]",
        "http://127.0.0.1:8000",
        "https://coop_1.example",
    ],
)
def test_where_browsers_make_none_none_are_offered(base: str) -> None:
    """WebAuthn 5.1.3: a domain, and a secure context."""
    assert site(base, "coop.example") is None


# --- open -------------------------------------------------------------------------------------------------------


def test_site_is_the_host_of_the_pages() -> None:
    """WebAuthn 5.1.3; ports belong to origins only."""
    found = [site(base, "coop.example") for base in ("https://social.coop.example", "http://localhost:8000")]

    assert [(one.origin, one.rp_id) for one in found if one] == [
        ("https://social.coop.example", "social.coop.example"),
        ("http://localhost:8000", "localhost"),
    ]


@pytest.mark.parametrize("synced", [False, True])
def test_passkey_is_made_and_answers(of: Site, synced: bool) -> None:
    """WebAuthn 7.1, 7.2: keys of one device count, copied ones do not."""
    device = Authenticator(ORIGIN, synced=synced)

    new = made(of, CHALLENGE, device.make(asked_to_make(of)))
    known = Known(new.credential, new.public_key, new.count, new.synced, OWNER)
    answer = device.use(request(of, OTHER, [(new.credential, new.transports)]))

    assert (new.synced, new.transports, new.credential) == (synced, "hybrid internal", device.keys[0].credential)
    assert named_in(answer) == new.credential
    assert verified(of, OTHER, answer, known) == (0 if synced else 1)


def test_page_asks_for_a_verified_person_and_names_what_is_there(of: Site) -> None:
    """WebAuthn 5.4, 5.5: no attestation, a key that knows whose it is, none twice on a device."""
    asked = json.loads(creation(of, CHALLENGE, OWNER, "member@mail.example", [(b"key", "usb nfc")]))
    wanted = json.loads(request(of, CHALLENGE))

    assert asked["excludeCredentials"] == [{"type": "public-key", "id": text(b"key"), "transports": ["usb", "nfc"]}]
    assert (asked["attestation"], asked["rp"]["id"], asked["challenge"]) == ("none", "coop.example", text(CHALLENGE))
    assert asked["authenticatorSelection"] == {
        "residentKey": "required",
        "requireResidentKey": True,
        "userVerification": "required",
    }
    assert (wanted["userVerification"], wanted["allowCredentials"]) == ("required", [])
