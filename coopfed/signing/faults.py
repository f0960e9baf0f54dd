"""Why a signature was refused: one word each, the same in the answer to the sender, the log and the counters."""

from enum import StrEnum

from coopfed.errors import BadMessage, Unauthenticated


class SignatureFault(StrEnum):
    """The `reason` of every `Unauthenticated` that `coopfed.signing` raises."""

    MISSING = "signature_missing"
    """There is no Signature header, or none that can be chosen."""
    AMBIGUOUS = "signature_ambiguous"
    """Several signatures and no rule that says which one speaks for the sender."""
    INCOMPLETE = "signature_incomplete"
    """A parameter without which nothing can be judged (keyId, signature, created) is absent."""
    KEY_ID = "key_id"
    """The key id is not an http(s) URL."""
    COVERAGE = "coverage"
    """Something that must be signed is not: method and target, host, time, digest."""
    COMPONENT_UNKNOWN = "component_unknown"
    """A signed component that this program does not know; guessing its value would be guessing the signature."""
    COMPONENT_MISSING = "component_missing"
    """A header is listed as signed and is not in the message."""
    DATE = "date_malformed"
    """A signed time cannot be read."""
    STALE = "stale"
    """Signed too long ago."""
    FUTURE = "future"
    """Signed in the future, beyond what clocks differ."""
    EXPIRED = "expired"
    """The signer's own limit has passed."""
    DIGEST_MISSING = "digest_missing"
    """A body without a SHA-256 or SHA-512 digest."""
    DIGEST_MISMATCH = "digest_mismatch"
    """The digest is that of another body."""
    DIGEST_MALFORMED = "digest_malformed"
    """The digest header cannot be read, or names one algorithm twice."""
    ALGORITHM = "algorithm"
    """The algorithm is unknown or does not fit the key."""
    INVALID = "signature_invalid"
    """The mathematics says no. The only fault after which fetching the key again makes sense."""
    BAD_KEY = "bad_key"
    """The public key cannot be read or is of an unknown kind."""
    WEAK_KEY = "weak_key"
    """The public key can be read and is not strong enough, or too large to be computed with."""
    PROOF_MISSING = "proof_missing"
    """The document carries no integrity proof that is read here."""
    PROOF_MALFORMED = "proof_malformed"
    """A member of the proof is absent or of a wrong kind."""
    PROOF_CONTEXT = "proof_context"
    """The document's context is not the one that the proof was made for."""
    PROOF_INVALID = "proof_invalid"
    """The proof is not one of this document by this key."""


def refused(fault: SignatureFault, detail: str) -> Unauthenticated:
    """The error to raise for a fault; the detail is for the log."""
    return Unauthenticated(f"{fault.value}: {detail}", reason=fault.value)


def malformed(detail: str) -> BadMessage:
    """The error for signature headers that are no headers at all (RFC 9651 parse errors, a parameter twice)."""
    return BadMessage(f"signature_malformed: {detail}", reason="signature_malformed")
