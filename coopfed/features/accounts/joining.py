"""How people come in by asking: the address is confirmed, and somebody lets them in, where that is asked for.

What a page answers never tells whether an address has an account here: who has one learns it from the mail.
"""

from coopfed import limits
from coopfed.config import Config
from coopfed.db.tx import Tx
from coopfed.errors import Forbidden, InvalidInput, NotFound
from coopfed.features.accounts import letters, links, passwords, store
from coopfed.features.accounts.links import LinkRow, Purpose, page_of
from coopfed.features.accounts.newcomers import is_theirs
from coopfed.features.accounts.recovery import send_reset
from coopfed.features.accounts.store import AccountRow
from coopfed.node import Node, Stamp
from coopfed.text.i18n import translator


async def sign_up(node: Node, email: str, password: str, reason: str, language: str) -> None:
    """Asks for an account: a mail confirms the address, then somebody decides (REGISTRATION=approval), or nobody has to (open).

    Forbidden when this node takes none; InvalidInput says what to change. Answers alike whether the address has an account or not.
    """
    if node.config.registration == "closed":
        raise Forbidden("REGISTRATION is closed", reason="registration_closed")
    to = store.address(email)
    if node.config.registration == "approval" and not reason.strip():
        raise InvalidInput("Say in a few words who you are.", reason="reason_missing")
    stored = await passwords.hashed(passwords.checked(password, to))
    await node.db.write(_sign_up, node.secret, node.config, to, stored, reason.strip(), language, node.stamp())


def _sign_up(
    tx: Tx, key: bytes, config: Config, email: str, password: str, reason: str, language: str, stamp: Stamp
) -> None:
    known, texts, host = store.by_email(tx, email), translator(language), config.handle_domain
    if known is not None and known.confirmed_at is not None:
        # Whoever has an account and asks again has most likely forgotten the password.
        send_reset(tx, key, known, texts, host, stamp)
        return
    approved, cut = stamp.now if config.registration == "open" else None, reason[: limits.REASON_LENGTH]
    if known is None:
        number = stamp.mint(None)
        known = AccountRow(
            number, email, False, stamp.now, password, language, cut, None, approved, None, None, None, 0
        )
        store.add(tx, known)
    else:
        # Whoever asked before may have been somebody else. Who asks last gets the link; who confirms has to know the password too.
        for name, value in {"password": password, "language": language, "reason": cut}.items():
            store.set_value(tx, known.id, name, value)
    secret = links.make(tx, key, Purpose.CONFIRM, LinkRow(known.id, email, None, None, None, stamp.now))
    text = letters.confirm_address(texts, host, page_of(stamp.urls.base, Purpose.CONFIRM, secret))
    letters.post(tx, key, email, text, stamp)


async def confirm(node: Node, secret: str, password: str) -> AccountRow:
    """The address is theirs who know the password: anybody can ask for an account with somebody else's address, and a password of theirs.

    The account, which may sign in unless it waits to be let in. Gone when the link is void; Forbidden for another password.
    """
    found = await node.db.read(links.find, node.secret, Purpose.CONFIRM, secret, node.clock.now())
    account = await node.db.read(store.by_email, found.email)
    stored = account.password if account is not None else None
    if not await passwords.is_right(stored, password):
        raise Forbidden("not the password with which the account was asked for", reason="wrong_password")
    return await node.db.write(_confirm, node.secret, node.config.handle_domain, secret, stored, node.stamp())


def _confirm(tx: Tx, key: bytes, host: str, secret: str, stored: str | None, stamp: Stamp) -> AccountRow:
    found = links.use(tx, key, Purpose.CONFIRM, secret, stamp.now)
    account = store.by_id(tx, found.account_id or 0)
    if account is None:
        raise NotFound("the account was deleted meanwhile")
    if account.password != stored:
        raise Forbidden("the account has another password by now", reason="wrong_password")
    is_theirs(tx, key, host, account, stamp)
    confirmed = store.by_id(tx, account.id)
    assert confirmed is not None
    return confirmed


async def let_in(node: Node, number: int) -> None:
    """Somebody who asked gets the account, and is told. NotFound when nobody with this number waits."""
    await node.db.write(_let_in, node.secret, node.config.handle_domain, number, node.stamp())


def _let_in(tx: Tx, key: bytes, host: str, number: int, stamp: Stamp) -> None:
    account = _waiting(tx, number)
    store.set_value(tx, number, "approved_at", stamp.now)
    text = letters.let_in(translator(account.language or "en"), host, f"{stamp.urls.base}/account/sign-in")
    letters.post(tx, key, account.email, text, stamp)


async def turn_away(node: Node, number: int) -> None:
    """Somebody who asked gets no account: what is known of them is deleted, and they are told. NotFound as `let_in`."""
    await node.db.write(_turn_away, node.secret, node.config.handle_domain, number, node.stamp())


def _turn_away(tx: Tx, key: bytes, host: str, number: int, stamp: Stamp) -> None:
    account = _waiting(tx, number)
    letters.post(tx, key, account.email, letters.turned_away(translator(account.language or "en"), host), stamp)
    store.remove(tx, number)


def _waiting(tx: Tx, number: int) -> AccountRow:
    account = store.by_id(tx, number)
    if account is None or account.approved_at is not None:
        raise NotFound(f"nobody with the number {number} waits for an account")
    return account
