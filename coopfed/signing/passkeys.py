"""Passkeys: what a browser is asked for, and whether what its authenticator answers is true. Bytes in, verdicts out; no rows, no pages.

A passkey is asked for with the person verified (PIN, finger, face) and kept by the authenticator together with whose it is, so that it
stands for the name, the password and the second factor at once. Source: W3C Web Authentication Level 3.
"""

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlsplit

import orjson

from coopfed import limits
from coopfed.errors import Forbidden

Found = TypeVar("Found")

_EDDSA, _ES256, _RS256 = -8, -7, -257
_ALGORITHMS = (_EDDSA, _ES256, _RS256)
"""COSE numbers, the best first. Source: WebAuthn 5.8.5, which asks for these three."""
_LABEL_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")


@dataclass(frozen=True, slots=True)
class Site:
    """For whom passkeys are: the origin of our pages, and its domain, to which authenticators bind them (`rp_id`)."""

    origin: str
    rp_id: str
    name: str


@dataclass(frozen=True, slots=True)
class Made:
    """A new passkey: its id, its public key (COSE), its counter, how it is reached, and whether it is copied to other devices."""

    credential: bytes
    public_key: bytes
    count: int
    transports: str
    synced: bool


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a passkey whose answer is verified."""

    credential: bytes
    public_key: bytes
    count: int
    synced: bool
    owner: bytes
    """The handle of the account that it was made for."""


def site(base_url: str, name: str) -> Site | None:
    """The site of our pages; None where browsers make no passkeys: under an address instead of a name, and without TLS
    elsewhere than on one's own machine. Source: WebAuthn 5.1.3 (effective domain), Secure Contexts 3.1."""
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    labels = host.split(".")
    named = all(label and _LABEL_LETTERS.issuperset(label) for label in labels) and not labels[-1].isdigit()
    local = host == "localhost" or host.endswith(".localhost")
    return Site(base_url, host, name) if named and (parts.scheme == "https" or local) else None


def creation(of: Site, challenge: bytes, owner: bytes, owner_name: str, known: Sequence[tuple[bytes, str]]) -> str:
    """What a browser is asked for to make a passkey, as JSON. `known`: ids and transports of those that the account has, so that none
    is made twice on one device. Source: WebAuthn 5.4, 5.1.8 (PublicKeyCredentialCreationOptionsJSON)."""
    options = {
        "rp": {"id": of.rp_id, "name": of.name},
        "user": {"id": _text(owner), "name": owner_name, "displayName": owner_name},
        "challenge": _text(challenge),
        "pubKeyCredParams": [{"type": "public-key", "alg": number} for number in _ALGORITHMS],
        "timeout": limits.PASSKEY_SECONDS * 1000,
        "excludeCredentials": _descriptors(known),
        "authenticatorSelection": {
            "residentKey": "required",
            "requireResidentKey": True,
            "userVerification": "required",
        },
        # Which make of authenticator somebody uses is not our business, and asking for it shows people a warning.
        "attestation": "none",
    }
    return orjson.dumps(options).decode()


def request(of: Site, challenge: bytes, known: Sequence[tuple[bytes, str]] = ()) -> str:
    """What a browser is asked for to sign in, as JSON. `known`: the passkeys that will do; none named, the person chooses among those
    they have for this site. Source: WebAuthn 5.5, 5.1.10."""
    options = {
        "rpId": of.rp_id,
        "challenge": _text(challenge),
        "timeout": limits.PASSKEY_SECONDS * 1000,
        "allowCredentials": _descriptors(known),
        "userVerification": "required",
    }
    return orjson.dumps(options).decode()


def named_in(answer: str) -> bytes:
    """The id of the passkey that answered, by its own word. Forbidden `passkey_refused` when the answer names none."""
    return _guarded(lambda: _bytes(_json(answer)["rawId"]))


def made(of: Site, challenge: bytes, answer: str) -> Made:
    """The passkey that a browser made. Forbidden `passkey_refused` when it is not for this site, not for this challenge, not of a
    verified person, or does not say what it should. Takes a millisecond (a tenth of a second the first time): call it in a thread.

    Source: WebAuthn 7.1.
    """
    from webauthn import verify_registration_response  # see pyproject.toml: loaded when the first passkey is used
    from webauthn.helpers.cose import COSEAlgorithmIdentifier

    def verify() -> Made:
        told = _json(answer)
        _refuse_framed(told)
        found = verify_registration_response(
            credential=told,
            expected_challenge=challenge,
            expected_rp_id=of.rp_id,
            expected_origin=of.origin,
            require_user_verification=True,
            supported_pub_key_algs=[COSEAlgorithmIdentifier(number) for number in _ALGORITHMS],
        )
        if len(found.credential_id) > limits.PASSKEY_ID_BYTES:
            raise ValueError(f"an id of {len(found.credential_id)} bytes")
        return Made(
            found.credential_id,
            found.credential_public_key,
            found.sign_count,
            _transports(told),
            found.credential_device_type == "multi_device",
        )

    return _guarded(verify)


def verified(of: Site, challenge: bytes, answer: str, known: Known) -> int:
    """The counter that the passkey shows now, when it is this passkey that answered this challenge, for this site and by the will of
    a verified person. Forbidden `passkey_refused` when not; `passkey_copied` when the counter did not go on, as with a copy of the
    key. Call it in a thread, as `made`. Source: WebAuthn 7.2."""
    from webauthn import verify_authentication_response

    def verify() -> int:
        told = _json(answer)
        _refuse_framed(told)
        handle = told["response"].get("userHandle")
        if handle is not None and _bytes(handle) != known.owner:
            raise ValueError("the passkey was made for another account")
        if _bytes(told["rawId"]) != known.credential:
            raise ValueError("another passkey answered")
        # The counter is ours to judge, below: the library tells a copied key like any other fault.
        found = verify_authentication_response(
            credential=told,
            expected_challenge=challenge,
            expected_rp_id=of.rp_id,
            expected_origin=of.origin,
            credential_public_key=known.public_key,
            credential_current_sign_count=-1,
            require_user_verification=True,
        )
        if (found.credential_device_type == "multi_device") != known.synced:
            raise ValueError("whether the key may be copied is settled when it is made (WebAuthn 6.1.3)")
        return found.new_sign_count

    count = _guarded(verify)
    if not is_next(known.count, count):
        raise Forbidden(f"counter {count} after {known.count}", reason="passkey_copied")
    return count


def is_next(before: int, shown: int) -> bool:
    """Whether a counter went on. Keys that are copied to several devices do not count, and always show 0. Source: WebAuthn 6.1.1."""
    return shown > before or (shown == 0 and before == 0)


def _refuse_framed(told: dict[str, Any]) -> None:
    # Our pages stand in no frame of another site (frame-ancestors), so no answer is made in one. Source: WebAuthn 7.2, step 14.
    client = json.loads(_bytes(told["response"]["clientDataJSON"]))
    if client.get("crossOrigin") or "topOrigin" in client:
        raise ValueError("asked for within a page of another site")


def _guarded(read: Callable[[], Found]) -> Found:
    try:
        return read()
    except Exception as error:
        # The library lets through whatever a stranger's bytes make it stumble over: of base64, CBOR, ASN.1, enums, missing members.
        raise Forbidden(f"no answer of a passkey: {type(error).__name__}: {error}", reason="passkey_refused") from error


def _json(answer: str) -> dict[str, Any]:
    if len(answer) > limits.PASSKEY_ANSWER_LENGTH:
        raise ValueError(f"{len(answer)} characters")
    told = orjson.loads(answer)
    if not isinstance(told, dict):
        raise ValueError("no object")
    return told


def _transports(told: dict[str, Any]) -> str:
    named = told["response"].get("transports")
    words = [one for one in named if isinstance(one, str)] if isinstance(named, list) else []
    return " ".join(word for word in ("ble", "hybrid", "internal", "nfc", "smart-card", "usb") if word in words)


def _descriptors(known: Sequence[tuple[bytes, str]]) -> list[dict[str, Any]]:
    return [{"type": "public-key", "id": _text(key), "transports": transports.split()} for key, transports in known]


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
