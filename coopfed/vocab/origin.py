"""Who may speak for what: ids in one spelling, the authority they lie on, and the ownership rules of FEP-fe34.

One parser for all of it. URL parsers disagree about user info, backslashes, control characters, trailing dots and
percent signs in host names (CVE-2025-1211, CVE-2023-42451): all of these are refused, none is interpreted.
That an address uses https, and may be dialled at all, is asked in `coopfed.net` and in the inbox.
"""

import ipaddress
import re
from functools import lru_cache
from typing import TypeGuard

import idna

from coopfed import limits
from coopfed.errors import BadMessage
from coopfed.outcomes import Outcome, Refusal
from coopfed.vocab.records import Activity, PostRecord

_URL = re.compile(r"(https?)://([^/?#]+)([/?#].*)?", re.IGNORECASE | re.DOTALL)
_AUTHORITY = re.compile(r"(\[[0-9a-fA-F:.]+\]|[^:@\[\]]+)(?::([0-9]{1,5}))?", re.ASCII)
_HOST = re.compile(r"(?:[a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}")
_HOST_LENGTH = 253
_DEFAULT_PORTS = {"http": 80, "https": 443}


@lru_cache(maxsize=4096)
def normalise_id(url: str) -> str:
    """The address in the one spelling in which ids are stored and compared: scheme and host in lower case, the host as
    IDNA A-labels, without its default port; path, query and fragment untouched.

    BadMessage (`bad_id`; `capability_url` for Streams' `bear:`) when it is no http or https address, carries user info,
    a backslash, a space or anything unprintable, or is longer than `limits.ID_LENGTH` bytes. Source: RFC 3986 6.2.2, 6.2.3.
    """
    scheme, host, port, rest = _split(url)
    return f"{scheme}://{host}{port}{rest}"


@lru_cache(maxsize=4096)
def authority(url: str) -> str:
    """`host[:port]` of an id, the port only when it is not the scheme's default: what is meant by "host" in every table.

    BadMessage as for `normalise_id`. Source: FEP-fe34 *Origin*; RFC 3986 3.2.
    """
    _, host, port, _ = _split(url)
    return f"{host}{port}"


def base_of(url: str) -> str:
    """Scheme and authority of an id: where its host's own documents lie. BadMessage as for `normalise_id`."""
    scheme, host, port, _ = _split(url)
    return f"{scheme}://{host}{port}"


def same_authority(first: str, second: str) -> bool:
    """Whether both ids lie on one authority. BadMessage as for `normalise_id`."""
    return authority(first) == authority(second)


def lies_with(url: str | None, author: str) -> TypeGuard[str]:
    """Whether an address lies on this author's authority; what is none, or no address, lies with nobody. Source: FEP-fe34 *Origin*."""
    try:
        return url is not None and same_authority(url, author)
    except BadMessage:
        return False


def check_activity_origin(activity: Activity) -> None:
    """Refuses an activity whose id lies on another authority than its actor (`refused_origin`): who could name foreign
    ids could use up the ids of a victim before the victim does. An activity without id passes; it cannot be stored by id.

    Source: FEP-fe34 *Identifiers*; Misskey refuses the same.
    """
    if activity.id is not None and not same_authority(activity.id, activity.actor):
        raise Refusal(Outcome.REFUSED_ORIGIN, f"{activity.id} is not an id of {activity.actor}")


def may_author(actor: str, post: PostRecord) -> None:
    """Refuses a post that this actor may not publish: attributed to somebody else first (`refused_author`), also to
    somebody on another authority (`refused_author`), or with an id elsewhere (`refused_origin`).

    PeerTube attributes a video to an account and its channel, both on one authority; nobody attributes across.
    Source: FEP-fe34 *Ownership*; Mastodon CVE-2024-37903.
    """
    if post.author != actor or not all(same_authority(other, actor) for other in post.attributed_to):
        raise Refusal(Outcome.REFUSED_AUTHOR, f"{post.id} is attributed to {', '.join(post.attributed_to)}")
    if not same_authority(post.id, actor):
        raise Refusal(Outcome.REFUSED_ORIGIN, f"{post.id} is not an id of {actor}")


def _split(url: str) -> tuple[str, str, str, str]:
    """Scheme, host, `:port` or nothing, and the rest; BadMessage when it is no acceptable address."""
    if len(url) > limits.ID_LENGTH:
        raise BadMessage(f"an id of {len(url)} characters", reason="bad_id")
    if url[:5].lower() == "bear:":
        raise BadMessage("bear: is a capability, not an id", reason="capability_url")
    # `isprintable` also refuses lone surrogates, bidirectional controls and every space but U+0020.
    if not url.isprintable() or " " in url or "\\" in url:
        raise BadMessage(f"an id with a forbidden character: {url!a}", reason="bad_id")
    match = _URL.fullmatch(url)
    parts = match and _AUTHORITY.fullmatch(match.group(2))
    if match is None or parts is None:
        raise BadMessage(f"not an http(s) address: {url!a}", reason="bad_id")
    scheme = match.group(1).lower()
    port = int(parts.group(2) or _DEFAULT_PORTS[scheme])
    if not 0 < port < 65536:
        raise BadMessage(f"not a port: {port}", reason="bad_id")
    suffix = "" if port == _DEFAULT_PORTS[scheme] else f":{port}"
    host, rest = _host(parts.group(1)), match.group(3) or ""
    # As it is stored, in bytes: an index of PostgreSQL takes no more than 2,704 of them.
    if len(f"{scheme}://{host}{suffix}{rest}".encode()) > limits.ID_LENGTH:
        raise BadMessage(f"an id of {len(url)} characters in more than {limits.ID_LENGTH} bytes", reason="bad_id")
    return scheme, host, suffix, rest


def _host(host: str) -> str:
    """The host in lower case, as A-labels. A trailing dot, `%41` and an empty label are refused."""
    try:
        if host.startswith("["):
            return f"[{ipaddress.IPv6Address(host[1:-1])}]"
        if not host.isascii():
            host = idna.encode(host, uts46=True).decode("ascii")
    except ValueError as error:
        raise BadMessage(f"not a host name: {host!a}", reason="bad_id") from error
    host = host.lower()
    if len(host) > _HOST_LENGTH or not _HOST.fullmatch(host):
        raise BadMessage(f"not a host name: {host!a}", reason="bad_id")
    return host
