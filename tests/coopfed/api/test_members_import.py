"""Members of an umbrella from a file: shut doors first; then each row by handle or mail, what could not be done, and where a mail leads."""

import asyncio
import csv
import email
import io
from collections.abc import AsyncIterator
from email.message import Message
from pathlib import Path

import pytest

from coopfed import limits
from coopfed.errors import InvalidInput
from coopfed.features.accounts.letters import SEND_LETTER
from coopfed.features.memberships import invitations
from coopfed.features.memberships.importing import Cells, read
from coopfed.features.portability.store import IMPORT_MEMBERS
from tests.coopfed.api.test_api import Client, a_client
from tests.coopfed.web.account.conftest import link_in
from tests.support.browser import Browser
from tests.support.jobs import run_jobs
from tests.support.nodes import an_actor, process_arrivals
from tests.support.peers import Answer
from tests.support.scene import Scene, a_scene

HEADER = "name,email,handle,kind,started_on\n"


@pytest.fixture
async def scene(database_url: str, tmp_path: Path) -> AsyncIterator[Scene]:
    """A node whose mails can be read."""
    async with a_scene(database_url, data_dir=tmp_path) as found:
        yield found


async def an_officer(scene: Scene) -> Client:
    """An app of an officer of the member, which is an umbrella here."""
    return await a_client(scene, role="officer", scopes="admin:umbrella read:memberships")


async def bring(client: Client, rows: str) -> Answer:
    """Sends a file."""
    return await client.post(f"{client.scene.node.urls.base}/api/coopfed/v1/memberships/import", file=HEADER + rows)


async def settle(scene: Scene) -> None:
    """The rows are worked off, and the mails written."""
    await run_jobs(scene.node, IMPORT_MEMBERS, SEND_LETTER)
    await process_arrivals(scene.node)


def mails(scene: Scene) -> list[Message]:
    """What was mailed, the oldest first."""
    written = sorted((scene.node.config.data_dir / "mail").glob("*.eml"), key=lambda path: int(path.stem))
    return [email.message_from_bytes(path.read_bytes()) for path in written]


# --- the file ---------------------------------------------------------------------------------------------------


def test_file_is_read_by_its_header_or_in_the_usual_order() -> None:
    """api.md 8: name, email, handle, kind, started_on; columns in any order; each row with its place; a spreadsheet's apostrophe goes."""
    cells = Cells("Lampara", "", "@lampara@x.example", "", "2026-01-31")
    assert read(b"Lampara,,@lampara@x.example,,2026-01-31\n") == [(1, cells)]
    assert read(b"started_on,handle,name,unknown\n\n2026-01-31,'@lampara@x.example,Lampara,x\n") == [(3, cells)]
    rows = HEADER + "x,,a@b.example,,\n" * limits.MEMBERS_IMPORTED
    assert len(read(rows.encode())) == limits.MEMBERS_IMPORTED
    for wrong in (b"", HEADER.encode(), b"\xff\xfe", (rows + "x,,a@b.example,,\n").encode()):
        with pytest.raises(InvalidInput):
            read(wrong)


# --- shut -------------------------------------------------------------------------------------------------------


async def test_import_is_for_officers_with_the_scope_for_umbrellas(scene: Scene) -> None:
    """api.md 1, 8: `admin:umbrella` is asked for by name; no other role; nobody else's import; one at a time, and some a day."""
    wide, editor = await a_client(scene, role="admin"), await a_client(scene, scopes="admin:umbrella")
    officer = await an_officer(scene)
    other = await a_client(scene, await an_actor(scene.node, "other"), role="officer", scopes="admin:umbrella")

    assert (await bring(wide, "A,,a@b.example,,\n")).json["error"] == "insufficient_scope"
    assert (await bring(editor, "A,,a@b.example,,\n")).json["error"] == "insufficient_role"
    assert (await officer.post(f"{scene.node.urls.base}/api/coopfed/v1/memberships/import")).status == 422
    assert (await bring(officer, "")).status == 422
    found = (await bring(officer, "A,,a@b.example,,\n")).json
    assert (await bring(officer, "A,,a@b.example,,\n")).json["reason"] == "import_runs"
    path = f"{scene.node.urls.base}/api/coopfed/v1/memberships/import/{found['id']}"
    for address in (path, f"{path}/failures.csv"):
        assert (await other.get(address)).status == 404
        assert (await wide.get(address)).status == 403
    assert (await wide.get(f"{scene.node.urls.base}/api/coopfed/v1/imports/{found['id']}")).status == 404
    assert (await wide.get(f"{scene.node.urls.base}/api/coopfed/v1/imports")).json == []
    for _ in range(5):
        answer = await bring(officer, "A,,a@b.example,,\n")
    assert answer.status == 429


async def test_mail_to_strangers_says_nothing_of_the_sender_s_choice(scene: Scene) -> None:
    """A name that mail programs would make a link of is left out, of the cooperative and of the umbrella; and one mailbox is
    written to once, whatever stands behind a plus."""
    umbrella = await an_actor(scene.node, "umbrella", name="Prizes at evil.example")
    officer = await a_client(scene, umbrella, role="officer", scopes="admin:umbrella")
    rows = ["Win https://evil.example/now,a@mail.example,,,", "Soc. Coop. Köprü,b@mail.example,,,"]
    await bring(officer, "\n".join([*rows, *(f"B,b+{number}@mail.example,,," for number in range(3))]))
    await settle(scene)
    told = [f"{mail['Subject']} {mail.get_payload(decode=True).decode()}" for mail in mails(scene)]  # type: ignore[union-attr]
    assert len(told) == 2
    assert not [text for text in told if "evil" in text]
    assert "Soc. Coop. Köprü" in told[1]


async def test_invitation_by_mail_is_used_once_also_at_one_moment(scene: Scene) -> None:
    """Whoever has the link invites one cooperative with it, however fast."""
    officer, coops = await an_officer(scene), [await an_actor(scene.node, name) for name in ("bakers", "fishers")]
    await bring(officer, "Bakers,bakers@mail.example,,,")
    await settle(scene)
    secret = link_in(mails(scene)[0]).rpartition("/")[2]
    found = await asyncio.gather(
        *(invitations.answer(scene.node, secret, f"@{coop.handle}") for coop in coops), return_exceptions=True
    )
    assert sorted(type(one).__name__ for one in found) == ["Gone", "MembershipRow"]


# --- open -------------------------------------------------------------------------------------------------------


async def test_rows_invite_by_handle_and_by_mail_and_tell_what_failed(scene: Scene) -> None:
    """api.md 8: progress, the place of each row that could not be done with its reason, and the same as CSV."""
    officer, fishers = await an_officer(scene), await an_actor(scene.node, "fishers")
    signatory = await a_client(scene, fishers, role="signatory")
    rows = [
        f"Fishers,,@{fishers.acct},,2026-01-31",
        f"Alice,,{scene.alice.uri},,",
        "Bakers,bakers@mail.example,,associate,",
        f"Again,,@{fishers.acct},,",
        "Nobody,,@nobody@localhost:1,,",
        "Neither,,,,",
        "Kind,a@b.example,,no-such,",
        "Day,a@b.example,,,tomorrow",
        "Address,not an address,,,",
    ]
    started = (await bring(officer, "\n".join(rows))).json
    assert (started["state"], started["rows"], started["invited"], started["errors"]) == ("running", 9, 0, [])

    await settle(scene)

    path = f"{scene.node.urls.base}/api/coopfed/v1/memberships/import/{started['id']}"
    for _ in range(limits.IMPORT_TRIES):
        scene.clock.pass_(3600 * 3)
        await settle(scene)
    found = (await officer.get(path)).json
    assert (found["state"], found["rows"], found["invited"]) == ("done", 9, 3), found
    assert [one["row"] for one in found["errors"]] == [5, 6, 7, 8, 9, 10]
    reasons = {one["row"]: one["error"] for one in found["errors"]}
    assert reasons[5] == "There is a membership of these two already, or an invitation went out lately."
    assert reasons[7] == "A row has a handle or an address of mail."
    assert (reasons[8], reasons[9]) == ("This cannot be taken: kind.", "This cannot be taken: started_on.")
    base = f"{scene.node.urls.base}/api/coopfed/v1"
    answer = await officer.get(f"{base}/memberships/import/{started['id']}/failures.csv")
    given_back = list(csv.reader(io.StringIO(answer.body.decode())))
    assert given_back[0] == ["name", "email", "handle", "kind", "started_on", "reason"]
    assert [row[0] for row in given_back[1:]] == ["Again", "Nobody", "Neither", "Kind", "Day", "Address"]
    assert [row[5] for row in given_back[1:]] == [reasons[row] for row in sorted(reasons)]
    assert len(read(answer.body)) == 6, "mended, it can be brought again"

    invited = (await signatory.get(f"{base}/memberships?as=member")).json
    assert [(one["status"], one["started_on"]) for one in invited] == [("invited", "2026-01-31")]
    assert (await signatory.post(f"{base}/memberships/{invited[0]['id']}/accept")).status == 200


async def test_mail_leads_its_reader_to_an_invitation_once(scene: Scene) -> None:
    """api.md 8 *by mail*: its reader names the cooperative, which is invited; a GET changes nothing; then the link is void; not twice to
    one address."""
    officer, bakers = await an_officer(scene), await an_actor(scene.node, "bakers")
    await bring(officer, "Bakers,Bakers@mail.example,,associate,2026-02-01")
    await settle(scene)
    await bring(officer, "Bakers,bakers@mail.example,,,")
    await settle(scene)
    [mail] = mails(scene)
    assert mail["To"] == "bakers@mail.example"
    link = link_in(mail)
    path = link.removeprefix(scene.node.urls.base)
    client = await a_client(scene, bakers, role="signatory")
    mine = f"{scene.node.urls.base}/api/coopfed/v1/memberships?as=member"

    async with Browser(scene.node.urls.base) as browser:
        page = await browser.open(path)
        assert page.status == 200
        assert "Member invites your cooperative" in page.text
        assert (await client.get(mine)).json == [], "servers follow links for previews"
        assert "Nobody was found there." in (await browser.press("This is our cooperative", handle="@nobody")).text
        page = await browser.press("This is our cooperative", handle=f"@{bakers.acct}")
        assert "The invitation is on its way" in page.text
        await process_arrivals(scene.node)
        found = (await client.get(mine)).json
        assert [(one["status"], one["kind"], one["started_on"]) for one in found] == [
            ("invited", "associate", "2026-02-01")
        ]
        assert (await browser.open(path)).status == 410
        assert (await browser.open("/memberships/invitations/guessed")).status == 410

        await bring(officer, "Others,others@mail.example,,,")
        await settle(scene)
        late = link_in(mails(scene)[-1]).removeprefix(scene.node.urls.base)
        scene.clock.pass_((limits.INVITATION_DAYS * 24 + 1) * 3600)
        assert (await browser.open(late)).status == 410
        await scene.node.db.write(invitations.forget_old, scene.node.clock.now())
        await bring(officer, "Others,others@mail.example,,,")
        await settle(scene)
        assert len(mails(scene)) == 3, "after that time it may be asked again"
