"""What is said to people when a form was not taken: a sentence by the reason of the error."""

from collections.abc import Mapping

from quart import Response

from coopfed.errors import CoopFedError, TooMany
from coopfed.node import Node
from coopfed.text.i18n import mark as _
from coopfed.web import forms
from coopfed.web.reader import reader

IMPOSSIBLE = _("This is not possible as things stand.")
OVERTAKEN = _("It was changed after you opened this page. Read it again.")
FILES = {
    "file_size": _("The file is too large."),
    "file_rows": _("The file has more than %(most)s rows. Bring it in parts."),
    "file_empty": _("The file has no rows."),
    "file_text": _("The file is no text in UTF-8. Save it as CSV (UTF-8)."),
    "file_csv": _("The file is no CSV."),
    "file_missing": _("Choose a file."),
    "import_runs": _("Another file is being worked off. Wait until that is finished."),
    "rate_limited": _("That was asked for often enough. Please try again later."),
}
"""Of a file that somebody brings."""
SENTENCES = {
    "wrong_password": _("Address and password do not belong together."),
    "wrong_code": _("This is not the right code, or it was used already."),
    "late": _("That took too long. Please begin again."),
    "not_confirmed": _("This address is not confirmed yet. Open the link in the mail that was sent to it."),
    "not_approved": _("Your request waits for those who run this node. You get a mail when they have decided."),
    "disabled": _("This account is shut."),
    "rate_limited": _("Too many tries. Please wait five minutes."),
    "passwords_busy": _("Many people sign in at the moment. Please try again."),
    "passkey_unknown": _("This passkey is not known here, or was removed. Sign in with your password."),
    "passkey_refused": _("This passkey was not accepted. Please try again, or sign in with your password."),
    "passkey_copied": _("Somebody may have a copy of this passkey. Sign in with your password and remove it."),
    "passkey_known": _("This passkey is here already."),
    "passkey_name": _("Give the passkey a name by which you know it again."),
    "passkey_name_long": _("This name is too long."),
    "passkeys_many": _("You have as many passkeys as there may be. Remove one first."),
    "password_short": _("A password has at least ten characters."),
    "password_long": _("This password is too long."),
    "password_easy": _("This password is too easy to guess."),
    "passwords_differ": _("The two passwords are not the same."),
    "email": _("This is no email address."),
    "reason_missing": _("Say in a few words who you are."),
    "only_admin": _("Somebody must stay who can give roles. Make another person admin first."),
}


def page(
    node: Node,
    name: str,
    title: str,
    values: Mapping[str, object],
    error: CoopFedError | None,
    *,
    scripts: bool = False,
) -> Response:
    """The page of a form: as it is at first, or with the sentence for what was wrong."""
    fault, code = (sentence(error), status(error)) if error is not None else ("", 200)
    return forms.private_page(node, name, title, {**values, "fault": fault}, status=code, scripts=scripts)


def titled(node: Node, name: str, title: str, error: CoopFedError | None = None, **values: object) -> Response:
    """As `page`, under a title in English, which is translated."""
    return page(node, name, reader(node).texts.gettext(title), values, error)


def sentence(error: CoopFedError) -> str:
    """The English sentence, to be translated by the page. The error itself when there is none: it is no fault of the form."""
    found = SENTENCES.get(error.reason)
    if found is None:
        raise error
    return found


def status(error: CoopFedError) -> int:
    """422 for what the form says, 403 for who may not, 429 for what comes too often."""
    return error.status_code if isinstance(error, TooMany) or error.status_code in (403, 503) else 422
