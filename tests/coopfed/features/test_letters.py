"""Mails: to a real SMTP server, into a folder without one; what a server refuses now and for good."""

import email
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from email.message import Message
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from coopfed.db import jobs
from coopfed.db.models import Letter
from coopfed.db.tx import Tx, table
from coopfed.errors import ConfigError
from coopfed.features.accounts import letters
from coopfed.features.accounts.letters import Text
from coopfed.net.mail import MailError
from coopfed.node import Node
from tests.support.jobs import run_jobs
from tests.support.nodes import a_config, a_node, free_port

TEXT = Text("Üyelik onayı", "İyi günler", "https://coop.example/account/confirm/secret")


@dataclass
class Mailbox:
    """What a mail server does with what it is given."""

    mails: list[Message] = field(default_factory=list)
    answer: str = "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        """Keeps a mail, or refuses it."""
        if self.answer.startswith("250"):
            assert isinstance(envelope.content, bytes)
            self.mails.append(email.message_from_bytes(envelope.content))
        return self.answer


@pytest.fixture
def mailbox() -> Mailbox:
    """What the server got."""
    return Mailbox()


@pytest.fixture
async def node(database_url: str, mailbox: Mailbox) -> AsyncIterator[Node]:
    """A node with a mail server."""
    server = Controller(mailbox, hostname="127.0.0.1", port=free_port(), enable_SMTPUTF8=True)
    server.start()
    try:
        url = f"smtp://127.0.0.1:{server.port}"
        async with a_node(database_url, smtp_url=url, mail_from="kooperatif@coop.example") as opened:
            yield opened
    finally:
        server.stop()


async def post(node: Node, to: str = "ayse@mail.example") -> str:
    """Leaves a mail to be sent. Its number."""
    await node.db.write(letters.post, node.secret, to, TEXT, node.stamp())
    [number] = await node.db.read(_numbers)
    return str(number)


def _numbers(tx: Tx) -> list[int]:
    return list(tx.execute(table(Letter).select().with_only_columns(table(Letter).c.id)).scalars())


async def test_mail_reaches_its_server_and_is_forgotten_here(node: Node, mailbox: Mailbox) -> None:
    """Issue 5, part 1: a real local SMTP server; letters of every language."""
    number = await post(node)

    await letters.send_letter(node, number)

    [mail] = mailbox.mails
    assert (mail["To"], mail["From"]) == ("ayse@mail.example", "kooperatif@coop.example")
    body = mail.get_payload(decode=True)
    assert isinstance(body, bytes)
    assert "İyi günler" in body.decode()
    assert str(email.header.make_header(email.header.decode_header(str(mail["Subject"])))) == "Üyelik onayı"
    assert await node.db.read(_numbers) == []


async def test_mail_lies_sealed_until_it_is_sent(node: Node) -> None:
    """security 1.6: a backup holds no link that lets people in."""
    await post(node)
    [sealed] = await node.db.read(lambda tx: [bytes(row.sealed) for row in tx.execute(table(Letter).select())])
    assert b"secret" not in sealed
    assert b"ayse" not in sealed


async def test_busy_server_gets_it_again_later(node: Node, mailbox: Mailbox) -> None:
    """RFC 5321 4.2.1: 4xx is for now."""
    number = await post(node)
    mailbox.answer = "451 try again later"
    with pytest.raises(MailError):
        await letters.send_letter(node, number)
    mailbox.answer = "250 OK"

    await letters.send_letter(node, number)

    assert len(mailbox.mails) == 1


async def test_refusal_for_good_ends_it(node: Node, mailbox: Mailbox) -> None:
    """RFC 5321 4.2.1: 5xx is for ever; nobody is asked eight times."""
    number = await post(node)
    mailbox.answer = "550 no such person"

    await letters.send_letter(node, number)

    assert (mailbox.mails, await node.db.read(_numbers)) == ([], [])


async def test_dead_server_is_tried_again(database_url: str) -> None:
    """A server that is not there takes nothing; the mail waits."""
    async with a_node(database_url, smtp_url=f"smtp://127.0.0.1:{free_port()}") as node:
        number = await post(node)
        with pytest.raises(MailError):
            await letters.send_letter(node, number)
        assert await node.db.read(_numbers) == [int(number)]


async def test_without_a_server_mails_are_files_for_the_operator(database_url: str, tmp_path: Path) -> None:
    """SMTP_URL empty: the file lies in the data folder, for its owner only."""
    async with a_node(database_url, data_dir=tmp_path) as node:
        number = await post(node)
        await letters.send_letter(node, number)
        path = tmp_path / "mail" / f"{number}.eml"
        assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
        assert "https://coop.example/account/confirm/secret" in path.read_text()


async def test_link_in_a_file_can_be_copied(database_url: str, tmp_path: Path) -> None:
    """Who has no mail server copies the link out of the file: it is not broken, however long it is and whatever stands around it."""
    link = f"https://coop.example/account/invite/{'=a' * 60}"
    async with a_node(database_url, data_dir=tmp_path) as node:
        text = letters.Text("Davet", "Şifrenizi bu sayfada seçin:", link)
        await node.db.write(letters.post, node.secret, "member@example.org", text, node.stamp())

        await letters.send_letter(node, str((await node.db.read(_numbers))[0]))

        (path,) = (tmp_path / "mail").glob("*.eml")
        assert f"Şifrenizi bu sayfada seçin:\r\n\r\n{link}\r\n" in path.read_bytes().decode()


async def test_letter_that_is_gone_is_no_fault(node: Node) -> None:
    """A job that runs twice finds nothing the second time."""
    number = await post(node)
    await letters.send_letter(node, number)
    await letters.send_letter(node, number)


async def test_mail_leaves_with_a_job(node: Node) -> None:
    """The worker finds it."""
    number = await post(node)
    now = node.clock.now()
    found = await node.db.claim(jobs.claim, now, now + 1000, 10)
    assert [(job.kind, job.key) for job in found if job.kind == letters.SEND_LETTER] == [(letters.SEND_LETTER, number)]


@pytest.mark.parametrize("url", ["mail.example", "http://mail.example", "smtp://"])
def test_senseless_address_of_a_mail_server_is_refused(url: str) -> None:
    """Bad input: the setting is named."""
    with pytest.raises((ConfigError, ValueError), match="SMTP_URL"):
        a_config("coopfed.sqlite3", smtp_url=url)


async def test_way_to_no_more_mails_is_written_whole(node: Node, mailbox: Mailbox) -> None:
    """RFC 8058, RFC 2047 5: over SMTP too; a folded address would come as encoded words, which no mail program reads."""
    link = f"https://{'long-' * 20}name.coop.example/account/mails/1-{'a' * 40}"

    def leave(tx: Tx) -> None:
        letters.post(tx, node.secret, "ayse@mail.example", Text("Bildirim", "Merhaba", unsubscribe=link), node.stamp())

    await node.db.write(leave)
    await run_jobs(node, letters.SEND_LETTER)

    [mail] = mailbox.mails
    assert mail["List-Unsubscribe"] == f"<{link}>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
