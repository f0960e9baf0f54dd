"""Somebody new: the address is theirs, and those who run the node are told."""

from actors.lookup import local_by_handle
from coopfed.db.tx import Tx
from coopfed.features import notifications
from coopfed.features.accounts import letters, store
from coopfed.features.accounts.store import AccountRow
from coopfed.ids import NODE_HANDLE
from coopfed.node import Stamp
from coopfed.text.i18n import translator


def is_theirs(tx: Tx, key: bytes, host: str, account: AccountRow, stamp: Stamp) -> None:
    """The address is confirmed; where somebody has to let its owner in, they are told."""
    store.set_value(tx, account.id, "confirmed_at", stamp.now)
    tell_operators(tx, account.id, stamp)
    if account.approved_at is None:
        for _number, email, language in store.operators(tx):
            text = letters.somebody_waits(
                translator(language or "en"), host, account.email, f"{stamp.urls.base}/account/requests"
            )
            letters.post(tx, key, email, text, stamp)


def tell_operators(tx: Tx, number: int, stamp: Stamp) -> None:
    """Somebody new has an account, or asks for one. Nobody speaks for them yet: the node's own actor is who tells of it."""
    ourselves = local_by_handle(tx, NODE_HANDLE)
    if ourselves is not None:
        notifications.tell_operators(tx, notifications.SIGN_UP, ourselves.id, str(number), stamp)
