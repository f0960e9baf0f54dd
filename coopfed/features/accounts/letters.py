"""Mails to people who use this node: written and sealed in the transaction that causes them, sent by a job."""

from dataclasses import dataclass
from email.headerregistry import BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import Policy
from email.policy import default as usual
from email.utils import format_datetime, make_msgid

import orjson
from sqlalchemy import bindparam, delete, insert, select

from coopfed import limits
from coopfed.db import jobs
from coopfed.db.models import Letter
from coopfed.db.tx import Tx, table
from coopfed.net import mail
from coopfed.node import Node, Stamp
from coopfed.observe.logs import logger
from coopfed.signing.keys import seal, unseal
from coopfed.text.i18n import Translator

SEND_LETTER = "send_letter"

log = logger("mail")
letter = table(Letter)
_ADD = insert(letter)
_FIND = select(letter.c.sealed).where(letter.c.id == bindparam("which"))
_SENT = delete(letter).where(letter.c.id == bindparam("which"))


class Unfolded(UnstructuredHeader, BaseHeader):
    """A header on one line: an address longer than 78 letters would be written as encoded words, which no mail program reads as one."""

    def fold(self, *, policy: Policy) -> str:
        """The line."""
        return f"{self.name}: {self}{policy.linesep}"


_HEADERS = HeaderRegistry()
_HEADERS.map_to_type("list-unsubscribe", Unfolded)
_POLICY = usual.clone(header_factory=_HEADERS)


@dataclass(frozen=True, slots=True)
class Text:
    """What a mail says, in plain text: paragraphs, and between them on a line of its own the link to follow, if there is one.
    `unsubscribe` is where its reader gets no more of its kind, for those that they may do without."""

    subject: str
    before: str
    link: str = ""
    after: str = ""
    unsubscribe: str = ""

    def body(self, signed: str) -> str:
        """The whole text with the node's name below it."""
        parts = (part for part in (self.before, self.link, self.after, f"-- \n{signed}") if part)
        return "\n\n".join(parts) + "\n"


def confirm_address(texts: Translator, host: str, link: str) -> Text:
    """For whoever gave this address."""
    return Text(
        texts.gettext("Confirm your address for %(host)s", host=host),
        texts.gettext(
            "Somebody, probably you, gave this address to sign in at %(host)s. Open this page to confirm it:", host=host
        ),
        link,
        texts.gettext("If it was not you, nothing needs to be done."),
    )


def choose_password(texts: Translator, host: str, link: str) -> Text:
    """For whoever forgot their password."""
    return Text(
        texts.gettext("A new password for %(host)s", host=host),
        texts.gettext(
            "Somebody, probably you, asked for a new password at %(host)s. Choose it on this page:", host=host
        ),
        link,
        texts.gettext("If it was not you, nothing needs to be done: your password stays as it is."),
    )


def come_in(texts: Translator, host: str, actor: str, link: str) -> Text:
    """An invitation to speak as an actor."""
    return Text(
        texts.gettext("Invitation to %(host)s", host=host),
        texts.gettext(
            "You are invited to take part at %(host)s for %(actor)s. Choose a password on this page:",
            host=host,
            actor=actor,
        ),
        link,
        texts.gettext("It can be used once, within %(days)s days.", days=limits.INVITATION_DAYS),
    )


def let_in(texts: Translator, host: str, link: str) -> Text:
    """For whoever asked for an account and got it."""
    return Text(
        texts.gettext("Welcome to %(host)s", host=host),
        texts.gettext("Your account at %(host)s is ready. Sign in here, or with any app for Mastodon:", host=host),
        link,
    )


def turned_away(texts: Translator, host: str) -> Text:
    """For whoever asked for an account and did not get it."""
    return Text(
        texts.gettext("Your request to %(host)s", host=host),
        texts.gettext("Those who run %(host)s did not open an account for you. Your address was deleted.", host=host),
    )


def somebody_waits(texts: Translator, host: str, email: str, link: str) -> Text:
    """For those who run the node."""
    return Text(
        texts.gettext("%(email)s asks for an account", email=email),
        texts.gettext("%(email)s asks for an account at %(host)s. Decide on this page:", email=email, host=host),
        link,
    )


def post_waits(texts: Translator, host: str, actor: str, link: str) -> Text:
    """For those who decide on what authors wrote."""
    return Text(
        texts.gettext("A post for %(actor)s waits for you", actor=actor),
        texts.gettext("Somebody wrote a post for %(actor)s at %(host)s. Read it and decide:", actor=actor, host=host),
        link,
        texts.gettext("Posts that come while this one waits are found there too, without another mail."),
    )


def post_refused(texts: Translator, actor: str, reason: str, written: str) -> Text:
    """For whoever wrote it."""
    why = texts.gettext("The reason: %(reason)s", reason=reason) if reason else ""
    return Text(
        texts.gettext("Your post for %(actor)s was not published", actor=actor),
        "\n\n".join(
            part
            for part in (texts.gettext("An editor of %(actor)s did not agree to your post.", actor=actor), why)
            if part
        ),
        after=texts.gettext("You wrote: %(text)s", text=written),
    )


def request_waits(texts: Translator, host: str, actor: str, link: str) -> Text:
    """For those who publish what authors drafted."""
    return Text(
        texts.gettext("A request for %(actor)s waits for you", actor=actor),
        texts.gettext(
            "Somebody wrote a request or offer for %(actor)s at %(host)s. Read it and decide:", actor=actor, host=host
        ),
        link,
        texts.gettext("Those that come while this one waits are found there too, without another mail."),
    )


def request_given_back(texts: Translator, actor: str, title: str, reason: str) -> Text:
    """For whoever drafted it."""
    why = texts.gettext("The reason: %(reason)s", reason=reason) if reason else ""
    return Text(
        texts.gettext("Your request for %(actor)s was not published", actor=actor),
        texts.gettext(
            "An editor of %(actor)s gave your draft back: %(title)s. You can change it and hand it in again.",
            actor=actor,
            title=title,
        ),
        after=why,
    )


def moderated(texts: Translator, host: str, actor: str, act: str, said: str) -> Text:
    """For the people of an actor to which operators did something; `act` is a word of `features.moderation.rules.Act`."""
    done = {
        "none": texts.gettext("Those who run %(host)s write to you about %(actor)s.", host=host, actor=actor),
        "sensitive": texts.gettext(
            "Those who run %(host)s marked the files of %(actor)s: readers are asked before they see them.",
            host=host,
            actor=actor,
        ),
        "disable": texts.gettext(
            "Those who run %(host)s shut the accounts that can act as %(actor)s.", host=host, actor=actor
        ),
        "silence": texts.gettext(
            "Those who run %(host)s limited %(actor)s: it is shown to its followers only.", host=host, actor=actor
        ),
        "suspend": texts.gettext("Those who run %(host)s suspended %(actor)s.", host=host, actor=actor),
    }
    return Text(texts.gettext("About %(actor)s at %(host)s", host=host, actor=actor), done[act], after=said)


def password_changed(texts: Translator, host: str) -> Text:
    """For whoever has a new password, or another does who should not."""
    return Text(
        texts.gettext("Your password at %(host)s was changed", host=host),
        texts.gettext(
            "The password of your account at %(host)s was changed, and every browser and app was signed out. If it was not you, "
            "ask for a new one at once on the page for signing in.",
            host=host,
        ),
    )


def passkey_added(texts: Translator, host: str, name: str, link: str) -> Text:
    """For whoever has a new passkey, or another does who should not."""
    return Text(
        texts.gettext("A new passkey for %(host)s", host=host),
        texts.gettext(
            "The passkey “%(name)s” was added to your account at %(host)s: whoever has it can sign in without your password. "
            "If it was not you, remove it at once on this page, and change your password:",
            name=name,
            host=host,
        ),
        link,
    )


def post(tx: Tx, key: bytes, to: str, text: Text, stamp: Stamp) -> None:
    """Leaves a mail to be sent. `key` is the node's. A unit of work."""
    number = stamp.mint(None)
    body = text.body(stamp.urls.base)
    whole = orjson.dumps({"to": to, "subject": text.subject, "body": body, "unsubscribe": text.unsubscribe})
    tx.execute(_ADD, {"id": number, "sealed": seal(key, whole, _context(number)), "created_at": stamp.now})
    jobs.enqueue(tx, number, SEND_LETTER, str(number), stamp.now)


async def send_letter(node: Node, key: str) -> None:
    """The job `send_letter` (key: the letter's number). What a mail server refuses for good is dropped, and said in the log."""
    number = int(key)
    sealed = await node.db.read(_find, number)
    if sealed is None:
        return
    written = orjson.loads(unseal(node.secret, sealed, _context(number)))
    try:
        path = await mail.send(node.config, _message(node, number, written), key)
    except mail.MailError as error:
        if not error.lasting:
            raise
        log.error("mail_refused", letter=number, detail=str(error))
    else:
        log.info("mail_written" if path else "mail_sent", letter=number, **({"file": str(path)} if path else {}))
    await node.db.write(_sent, number)


def _message(node: Node, number: int, written: dict[str, str]) -> EmailMessage:
    message = EmailMessage(policy=_POLICY)
    host = node.config.domain
    message["From"] = node.config.mail_from or f"coopfed@{host}"
    message["To"], message["Subject"] = written["to"], written["subject"]
    message["Date"] = format_datetime(node.utc())
    message["Message-ID"] = make_msgid(str(number), host)
    message["Auto-Submitted"] = "auto-generated"
    # A letter that was left by an earlier version has none.
    if written.get("unsubscribe"):
        message["List-Unsubscribe"] = f"<{written['unsubscribe']}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(written["body"])
    return message


def _find(tx: Tx, number: int) -> bytes | None:
    found = tx.execute(_FIND, {"which": number}).scalar_one_or_none()
    return bytes(found) if found is not None else None


def _sent(tx: Tx, number: int) -> None:
    tx.execute(_SENT, {"which": number})


def _context(number: int) -> str:
    return f"letter {number}"
