"""Apps as they register themselves. Source: client_api research 3; RFC 6749 2."""

import hmac
from dataclasses import dataclass
from urllib.parse import urlsplit

from sqlalchemy import bindparam, insert, select

from coopfed import limits
from coopfed.db.models import OAuthApp
from coopfed.db.tx import Tx, table
from coopfed.errors import InvalidInput, Unauthenticated
from coopfed.features.accounts.secrets import hashed, new_secret
from coopfed.node import Node
from coopfed.oauth import scopes

OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"
"""The code is shown on a page, for its reader to copy it into the app."""
_FORBIDDEN = frozenset({"javascript", "data", "vbscript", "file", "blob", "about"})
_PURPOSE = "oauth-app"

oauth_app = table(OAuthApp)
_ADD = insert(oauth_app)


@dataclass(frozen=True, slots=True)
class AppRow:
    """An app; `secret` is only the hash of its own. `created_at` in milliseconds."""

    id: int
    client_id: str
    secret: bytes
    name: str
    website: str | None
    redirect_uris: str
    scopes: str
    created_at: int

    @property
    def redirects(self) -> list[str]:
        """Where its readers may be sent to."""
        return self.redirect_uris.split("\n")


_COLUMNS = tuple(oauth_app.c[name] for name in AppRow.__dataclass_fields__)
_BY_CLIENT = select(*_COLUMNS).where(oauth_app.c.client_id == bindparam("client"))
_BY_ID = select(*_COLUMNS).where(oauth_app.c.id == bindparam("id"))


async def register_app(
    node: Node, name: str, redirect_uris: list[str], wanted: str, website: str | None
) -> tuple[AppRow, str]:
    """Stores an app. The app, and its secret, which is told once. InvalidInput says what is wrong with it."""
    shown = name.strip()
    if not shown or len(shown) > limits.APP_NAME_LENGTH:
        raise InvalidInput("Validation failed: Application name can't be blank or longer than 200 characters")
    redirects = [_redirect(uri.strip()) for uri in redirect_uris if uri.strip()]
    if not redirects or len(redirects) > limits.REDIRECT_URIS:
        raise InvalidInput("Validation failed: Redirect URI can't be blank, and there may be ten of them")
    asked, site = scopes.parse(wanted or scopes.DEFAULT), _website(website)
    secret, stamp = new_secret(), node.stamp()
    row = AppRow(
        id=stamp.mint(None),
        client_id=new_secret(),
        secret=hashed(node.secret, _PURPOSE, secret),
        name=shown,
        website=site,
        redirect_uris="\n".join(dict.fromkeys(redirects)),
        scopes=" ".join(asked),
        created_at=stamp.now,
    )
    await node.db.write(_add, row)
    return row, secret


def _redirect(uri: str) -> str:
    """Any scheme that no browser runs as code: apps have schemes of their own. What follows is compared letter by letter."""
    if uri == OUT_OF_BAND:
        return uri
    scheme = uri.partition(":")[0].lower()
    if ":" not in uri or not scheme or not scheme[0].isalpha() or scheme in _FORBIDDEN:
        raise InvalidInput("Validation failed: Redirect URI must be an absolute address, of an app or of a page")
    if (
        "#" in uri
        or not uri.isascii()
        or len(uri) > limits.ID_LENGTH
        or any(character <= " " or character == "\x7f" for character in uri)
    ):
        raise InvalidInput(
            "Validation failed: Redirect URI may have no fragment, only ASCII without spaces, and at most 2048 characters"
        )
    return uri


def _website(address: str | None) -> str | None:
    found = (address or "").strip()
    if not found:
        return None
    try:
        parts = urlsplit(found)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname or len(found) > limits.ID_LENGTH:
        raise InvalidInput("Validation failed: Website must be an address that begins with https:// or http://")
    return found


def _add(tx: Tx, row: AppRow) -> None:
    tx.execute(_ADD, {name: getattr(row, name) for name in AppRow.__dataclass_fields__})


def by_client(tx: Tx, client_id: str) -> AppRow | None:
    """The app with this public id. A unit of work."""
    row = tx.execute(_BY_CLIENT, {"client": client_id}).one_or_none() if "\x00" not in client_id else None
    return None if row is None else AppRow(*row)


def by_id(tx: Tx, number: int) -> AppRow | None:
    """The app with this number. A unit of work."""
    row = tx.execute(_BY_ID, {"id": number}).one_or_none()
    return None if row is None else AppRow(*row)


async def authenticated(node: Node, client_id: str, secret: str) -> AppRow:
    """The app that knows this secret. Unauthenticated (`invalid_client`) otherwise. Source: RFC 6749 2.3.1, 5.2."""
    found = await node.db.read(by_client, client_id)
    if found is None or not hmac.compare_digest(found.secret, hashed(node.secret, _PURPOSE, secret)):
        raise Unauthenticated(
            "Client authentication failed due to unknown client or wrong secret.", reason="invalid_client"
        )
    return found
