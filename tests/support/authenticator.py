"""An authenticator in a few lines: it makes passkeys and answers with them as real ones do, and lies where a test asks it to.

Source: WebAuthn 6 (authenticator model), 6.5 (attestation, format `none`); RFC 9053 (COSE keys).
"""

import base64
import hashlib
import json
import os
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePrivateKey, generate_private_key

PRESENT, VERIFIED, MAY_BE_COPIED, IS_COPIED, WITH_KEY = 0x01, 0x04, 0x08, 0x10, 0x40


def text(raw: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def raw(coded: str) -> bytes:
    """What `text` was given."""
    return base64.urlsafe_b64decode(coded + "=" * (-len(coded) % 4))


@dataclass(slots=True)
class Key:
    """A passkey within its authenticator."""

    credential: bytes
    private: EllipticCurvePrivateKey
    rp_id: str
    owner: bytes
    count: int = 0


@dataclass(slots=True)
class Authenticator:
    """One device. `synced`: its keys are copied, and so do not count. What it says may be replaced by a test: the origin, the kind of
    the answer, the site, the flags, the id of a new key; `keys` are those that it made, the newest last."""

    origin: str
    synced: bool = False
    keys: list[Key] = field(default_factory=list)

    def make(self, options: str, **lies: Any) -> str:
        """The answer to what a page asks for to make a passkey."""
        asked = json.loads(options)
        key = Key(
            lies.get("new_credential", os.urandom(32)),
            generate_private_key(SECP256R1()),
            asked["rp"]["id"],
            raw(asked["user"]["id"]),
        )
        self.keys.append(key)
        numbers = key.private.public_key().public_numbers()
        cose = {1: 2, 3: lies.get("algorithm", -7), -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)}
        attested = bytes(16) + len(key.credential).to_bytes(2) + key.credential + cbor2.dumps(cose)
        told = self._told(key, lies, WITH_KEY) + attested
        statement = {"fmt": lies.get("format", "none"), "attStmt": {}, "authData": told}
        response = {
            "clientDataJSON": text(self._client("webauthn.create", asked, lies)),
            "attestationObject": text(cbor2.dumps(statement)),
            "transports": ["internal", "hybrid", "by pigeon"],
        }
        return self._answer(key, response, lies)

    def use(self, options: str, key: Key | None = None, **lies: Any) -> str:
        """The answer to what a page asks for to sign in, by the newest passkey if none is named."""
        asked, chosen = json.loads(options), key or self.keys[-1]
        if not self.synced:
            chosen.count += 1
        client = self._client("webauthn.get", asked, lies)
        told = self._told(chosen, lies)
        signer = lies.get("signer", chosen.private)
        response = {
            "clientDataJSON": text(client),
            "authenticatorData": text(told),
            "signature": text(signer.sign(told + hashlib.sha256(client).digest(), ECDSA(hashes.SHA256()))),
            "userHandle": text(lies.get("owner", chosen.owner)),
        }
        return self._answer(chosen, response, lies)

    def _client(self, kind: str, asked: dict[str, Any], lies: dict[str, Any]) -> bytes:
        says = {
            "type": lies.get("type", kind),
            "challenge": lies.get("challenge", asked["challenge"]),
            "origin": lies.get("origin", self.origin),
            "crossOrigin": lies.get("framed", False),
        }
        return json.dumps(says).encode()

    def _told(self, key: Key, lies: dict[str, Any], more: int = 0) -> bytes:
        flags = PRESENT | VERIFIED | more | (MAY_BE_COPIED | IS_COPIED if self.synced else 0)
        site = hashlib.sha256(lies.get("rp_id", key.rp_id).encode()).digest()
        return (
            site
            + bytes([flags & ~lies.get("without", 0) | lies.get("with_flags", 0)])
            + lies.get("count", key.count).to_bytes(4)
        )

    def _answer(self, key: Key, response: dict[str, Any], lies: dict[str, Any]) -> str:
        named = text(lies.get("credential", key.credential))
        return json.dumps({"id": named, "rawId": named, "type": "public-key", "response": response})
