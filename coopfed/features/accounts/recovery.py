"""A new password: by a link for whoever forgot it, by its owner, or by those who run the node. What was signed in with the old one is
signed out."""

from coopfed.db.signals import Topic
from coopfed.db.tx import Tx
from coopfed.errors import NotFound
from coopfed.features.accounts import letters, links, passwords, sessions, store
from coopfed.features.accounts.links import LinkRow, Purpose, page_of
from coopfed.features.accounts.newcomers import is_theirs
from coopfed.features.accounts.store import AccountRow
from coopfed.node import Node, Stamp
from coopfed.text.i18n import Translator, translator

WAKES = (Topic.CACHES,)


async def ask_reset(node: Node, email: str) -> None:
    """Sends a link to choose a new password, if the address has an account. Nobody is told whether it has."""
    await node.db.write(_ask_reset, node.secret, node.config.handle_domain, email, node.stamp())


def _ask_reset(tx: Tx, key: bytes, host: str, email: str, stamp: Stamp) -> None:
    account = store.by_email(tx, email)
    if account is not None and account.disabled_at is None:
        send_reset(tx, key, account, translator(account.language or "en"), host, stamp)


def send_reset(tx: Tx, key: bytes, account: AccountRow, texts: Translator, host: str, stamp: Stamp) -> None:
    secret = links.make(tx, key, Purpose.RESET, LinkRow(account.id, account.email, None, None, None, stamp.now))
    text = letters.choose_password(texts, host, page_of(stamp.urls.base, Purpose.RESET, secret))
    letters.post(tx, key, account.email, text, stamp)


async def reset_password(node: Node, secret: str, password: str) -> None:
    """A new password by a link from a mail; every browser and app is signed out. Gone when the link is void."""
    found = await node.db.read(links.find, node.secret, Purpose.RESET, secret, node.clock.now())
    stored = await passwords.hashed(passwords.checked(password, found.email))
    await node.db.write(_reset, node.secret, node.config.handle_domain, secret, stored, node.stamp(), wakes=WAKES)


def _reset(tx: Tx, key: bytes, host: str, secret: str, stored: str, stamp: Stamp) -> None:
    found = links.use(tx, key, Purpose.RESET, secret, stamp.now)
    account = store.by_id(tx, found.account_id or 0)
    if account is None:
        raise NotFound("the account was deleted meanwhile")
    if account.confirmed_at is None:
        is_theirs(tx, key, host, account, stamp)
    change_password(tx, key, host, account, stored, stamp)


def change_password(
    tx: Tx, key: bytes, host: str, account: AccountRow, stored: str, stamp: Stamp, kept: int = 0
) -> None:
    """A new password (its hash) is in force: sessions but the `kept` one, all tokens, and links for another one that were sent before,
    are over. A unit of work; wakes caches."""
    store.set_value(tx, account.id, "password", stored)
    sessions.end_others(tx, account.id, kept)
    store.end_tokens(tx, account.id)
    links.end(tx, Purpose.RESET, account.id)
    letters.post(tx, key, account.email, letters.password_changed(translator(account.language or "en"), host), stamp)
    tx.wake(Topic.CACHES)


async def choose_password(node: Node, email: str, password: str) -> None:
    """The operator chooses the password of an account: its first one, or another one, for whoever lost it; then everything is signed out
    and its owner told, as by `change_password`. NotFound without such an account; InvalidInput for what may be none."""
    account = await node.db.read(store.by_email, email)
    if account is None:
        raise NotFound(f"no account {email}; run: coopfed account create {email} --actor HANDLE --role ROLE")
    stored = await passwords.hashed(passwords.checked(password, account.email))

    def unit(tx: Tx, stamp: Stamp) -> None:
        if account.password is None:
            store.set_value(tx, account.id, "password", stored)
        else:
            change_password(tx, node.secret, node.config.handle_domain, account, stored, stamp)

    await node.db.write(unit, node.stamp())
