"""What a token allows: the scopes of the Mastodon client API and of our own one. Pure.

A wide scope holds the narrow ones below it (`read` holds `read:statuses`); the old `follow` stands for reading and writing
relationships, as on Mastodon. `admin:umbrella` stands alone. Source: client_api research 3; api.md 1.
"""

from collections.abc import Iterable

from coopfed.errors import InvalidInput

_READ = "accounts blocks bookmarks directory favourites filters follows lists memberships mutes notifications requests search statuses"
_WRITE = (
    "accounts blocks bookmarks conversations favourites filters follows lists media memberships mutes notifications reports "
    "requests statuses"
)
_ADMIN = "accounts reports domain_allows domain_blocks ip_blocks email_domain_blocks canonical_email_blocks"
_RELATIONSHIPS = ("follows", "blocks", "mutes")

SCOPES: tuple[str, ...] = (
    "read",
    *(f"read:{resource}" for resource in _READ.split()),
    "write",
    *(f"write:{resource}" for resource in _WRITE.split()),
    "follow",
    "push",
    "profile",
    "admin:read",
    *(f"admin:read:{resource}" for resource in _ADMIN.split()),
    "admin:write",
    *(f"admin:write:{resource}" for resource in _ADMIN.split()),
    "admin:umbrella",
)
"""All that can be asked for, the wide before the narrow, as the server's metadata lists them."""
DEFAULT = "read"
_FOLLOW = frozenset(f"{kind}:{resource}" for kind in ("read", "write") for resource in _RELATIONSHIPS)


def parse(text: str) -> tuple[str, ...]:
    """The scopes of a list like `read write:statuses`, each once, in the order in which they were asked for.

    InvalidInput for an unknown one, or for none at all: what was not understood is refused, not ignored.
    """
    asked = tuple(dict.fromkeys(text.split()))
    unknown = [scope for scope in asked if scope not in SCOPES]
    if unknown:
        raise InvalidInput(f"Unknown scope: {' '.join(unknown)[:200]}", reason="invalid_scope")
    if not asked:
        raise InvalidInput("No scope was asked for.", reason="invalid_scope")
    return asked


def allows(granted: Iterable[str], scope: str) -> bool:
    """Whether the granted scopes hold this one: themselves, or by a wider one."""
    held = frozenset(granted)
    if scope in held or ("follow" in held and scope in _FOLLOW):
        return True
    parts = scope.split(":")
    return any(":".join(parts[:length]) in held for length in range(1, len(parts)))


def within(asked: Iterable[str], registered: Iterable[str]) -> bool:
    """Whether an app may ask for these: each is one of those that it was registered with, or below one of them."""
    known = tuple(registered)
    return all(
        allows(known, scope) or (scope == "follow" and all(allows(known, one) for one in _FOLLOW)) for scope in asked
    )
