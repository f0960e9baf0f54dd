"""`/account/passkeys`: the passkeys of one's own account: making, naming and removing them."""

from quart import Blueprint, Response

from coopfed.errors import CoopFedError, Forbidden, InvalidInput, NotFound
from coopfed.features.accounts import ceremonies, passkeys, passwords, signing_in
from coopfed.features.accounts.passkeys import PasskeyRow
from coopfed.features.accounts.store import AccountRow
from coopfed.node import Node
from coopfed.text.i18n import mark as _
from coopfed.web import forms
from coopfed.web.account import faults
from coopfed.web.asking import number
from coopfed.web.page import elsewhere
from coopfed.web.reader import reader

PASSKEYS = "/account/passkeys"


def register(pages: Blueprint, node: Node) -> None:
    """Adds the routes."""
    _register_making(pages, node)
    _register_one(pages, node)


def _register_making(pages: Blueprint, node: Node) -> None:
    async def listed(account: AccountRow, error: CoopFedError | None = None, name: str = "") -> Response:
        rows = await node.db.read(passkeys.listed, account.id)
        values = {"rows": rows, "possible": ceremonies.site(node) is not None, "name": name}
        return _page(node, "passkeys", _("Passkeys"), values, error)

    @pages.get("/account/passkeys")
    async def all_passkeys() -> Response:
        account, _session = await forms.need_account(node)
        return await listed(account)

    @pages.post("/account/passkeys/new")
    async def new_passkey() -> Response:
        account, _session = await forms.need_account(node)
        fields = await forms.sent(node)
        name, password = str(fields.get("name", "")), str(fields.get("password", ""))
        try:
            asked = await ceremonies.asked_to_make(node, account, name, password, forms.client())
        except CoopFedError as error:
            return await listed(account, error, name)
        values = {"asked": asked, "name": passkeys.called(name)}
        return _page(node, "passkey_new", _("A new passkey"), values, scripts=True)

    @pages.post("/account/passkeys")
    async def passkey_made() -> Response:
        account, _session = await forms.need_account(node)
        fields = await forms.sent(node)
        try:
            await ceremonies.make(node, account, str(fields.get("ticket", "")), str(fields.get("answer", "")))
        except CoopFedError as error:
            return await listed(account, error)
        return elsewhere(PASSKEYS)


def _register_one(pages: Blueprint, node: Node) -> None:
    async def found(account: AccountRow, id: str) -> PasskeyRow:
        row = await node.db.read(passkeys.one, account.id, number(id))
        if row is None:
            raise NotFound(f"no passkey {id} of this account")
        return row

    def shown(account: AccountRow, row: PasskeyRow, error: CoopFedError | None = None) -> Response:
        values = {"row": row, "is_step": account.passkey_step_at is not None}
        return _page(node, "passkey", _("Passkey"), values, error)

    @pages.get("/account/passkeys/<id>")
    async def one_passkey(id: str) -> Response:
        account, _session = await forms.need_account(node)
        return shown(account, await found(account, id))

    @pages.post("/account/passkeys/<id>/name")
    async def name_passkey(id: str) -> Response:
        account, _session = await forms.need_account(node)
        fields, row = await forms.sent(node), await found(account, id)
        try:
            name = passkeys.called(str(fields.get("name", "")))
        except InvalidInput as error:
            return shown(account, row, error)
        await node.db.write(passkeys.rename, account.id, row.id, name)
        return elsewhere(PASSKEYS)

    @pages.post("/account/passkeys/<id>/remove")
    async def remove_passkey(id: str) -> Response:
        account, _session = await forms.need_account(node)
        fields, row = await forms.sent(node), await found(account, id)
        try:
            signing_in.refuse_crowds(node, forms.client(), account.email)
            if not await passwords.is_right(account.password, str(fields.get("password", ""))):
                raise Forbidden("not the password", reason="wrong_password")
        except CoopFedError as error:
            return shown(account, row, error)
        await node.db.write(passkeys.remove, account.id, row.id)
        return elsewhere(PASSKEYS)


def _page(
    node: Node,
    name: str,
    title: str,
    values: dict[str, object],
    error: CoopFedError | None = None,
    *,
    scripts: bool = False,
) -> Response:
    return faults.page(node, name, reader(node).texts.gettext(title), values, error, scripts=scripts)
