"""Which actor signed a request, with which scheme. Refuses by default: unsigned is 401, not "probably fine"."""

from dataclasses import dataclass

from actors.keys import find_key, refetched_key
from coopfed import limits
from coopfed.errors import Unauthenticated
from coopfed.node import KnownKey, Node
from coopfed.observe.logs import logger
from coopfed.signing.request import Request
from coopfed.signing.verify import Presented, Scheme, SignatureFault, presented, verify
from coopfed.vocab.origin import authority

log = logger("signing")


@dataclass(frozen=True, slots=True)
class Authenticated:
    """Who signed: the actor (number, id, host), the scheme, and when its document was fetched (milliseconds); with which key, the
    names of what was signed, and the bytes."""

    actor_id: int
    actor_uri: str
    host: str
    scheme: Scheme
    fetched_at: int
    key_id: str
    covered: tuple[str, ...]
    signature_base: bytes


async def authenticate(node: Node, request: Request, client: str) -> Authenticated:
    """The actor whose key signed the request, body and digest included. `client` is the address it came from.

    Unauthenticated (401) names the fault, BadMessage (400) for headers that cannot be parsed, Forbidden (403) for a blocked
    host, Unavailable (503) when the key's host does not answer. Source: draft-cavage-12; RFC 9421 3.2.
    """
    shown = presented(request, node.utc())
    await node.refuse_blocked(authority(shown.key_id))
    known = await find_key(node, shown.key_id, client)
    try:
        verify(shown, request, known.key)
    except Unauthenticated as error:
        known = await _verified_with_fresher_key(node, shown, request, known, client, error)
    return Authenticated(
        known.actor_id,
        known.actor_uri,
        known.host,
        shown.scheme,
        known.fetched_at,
        shown.key_id,
        shown.covered,
        shown.base,
    )


async def _verified_with_fresher_key(
    node: Node, shown: Presented, request: Request, known: KnownKey, client: str, error: Unauthenticated
) -> KnownKey:
    if error.reason != SignatureFault.INVALID:
        raise error
    fresher = await refetched_key(node, known, client)
    if fresher is None:
        _tell(shown)
        raise error
    try:
        verify(shown, request, fresher.key)
    except Unauthenticated:
        _tell(shown)
        raise
    return fresher


def _tell(shown: Presented) -> None:
    """What the signature should have been of, line by line: the peer's own log has the other half."""
    base = shown.base[: limits.SIGNATURE_HEADER_LENGTH].decode("utf-8", "replace")
    log.debug("signature_invalid", key=shown.key_id, scheme=shown.scheme.value, base=base.split("\n"))
