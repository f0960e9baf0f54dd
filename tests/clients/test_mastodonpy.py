"""Mastodon.py: registers, signs in by the real consent page, and lives a member's day."""

import queue

import pytest
from mastodon import Mastodon, StreamListener
from playwright.async_api import Browser

from coopfed.features.announcements import store
from coopfed.features.announcements.rules import Said
from coopfed.features.moderation.audit import COMMAND_LINE
from coopfed.features.posts.actions import create_post
from coopfed.features.posts.rules import Draft
from tests.clients.conftest import aside, code_for
from tests.coopfed.api.test_media import a_picture
from tests.coopfed.web.account.conftest import MEMBER, PASSWORD, House

SCOPES = ["read", "write", "follow", "push"]
BEFORE = 200
OPERATORS = [*SCOPES, "admin:read", "admin:write"]

pytestmark = pytest.mark.slow


async def signed_in(house: House, handle: str, scopes: list[str] | None = None) -> Mastodon:
    """A client that speaks as this actor."""
    wanted = scopes or SCOPES
    base = house.node.urls.base
    client_id, secret = await aside(Mastodon.create_app, "Mastodon.py", scopes=wanted, api_base_url=base)
    client = await aside(Mastodon, client_id=client_id, client_secret=secret, api_base_url=base)
    address = await aside(client.auth_request_url, scopes=wanted, allow_http=True)
    code = await code_for(house, address, handle)
    await aside(client.log_in, code=code, scopes=wanted, allow_http=True)
    return client


async def test_member_signs_in_in_a_browser(house: House, chromium: Browser) -> None:
    """Issue 5: the real consent page in Chromium: address, password, whom to speak as, and the code to copy."""
    base = house.node.urls.base
    client_id, secret = await aside(Mastodon.create_app, "Mastodon.py", scopes=SCOPES, api_base_url=base)
    client = await aside(Mastodon, client_id=client_id, client_secret=secret, api_base_url=base)
    page = await (await chromium.new_context()).new_page()

    await page.goto(await aside(client.auth_request_url, scopes=SCOPES, allow_http=True))
    await page.fill("#email", MEMBER)
    await page.fill("#password", PASSWORD)
    await page.click("form.sheet button")
    await page.check(f"#actor-{house.cooperative.id}")
    await page.click("text=Allow")
    code = await page.input_value("input[readonly]")
    await page.context.close()
    await aside(client.log_in, code=code, scopes=SCOPES, allow_http=True)

    assert (await aside(client.account_verify_credentials)).username == "fishers"


async def test_member_speaks_as_the_cooperative(house: House) -> None:
    """Issue 5: sign in, choose the cooperative, post, read, delete."""
    client = await signed_in(house, "fishers")
    who = await aside(client.account_verify_credentials)
    posted = await aside(client.status_post, "Taze balık var", visibility="public", language="tr")
    home = await aside(client.timeline_home)
    fetched = await aside(client.status, posted.id)
    await aside(client.status_delete, posted.id)
    after = await aside(client.timeline_home)

    assert who.username == "fishers"
    assert [one.id for one in home] == [posted.id] == [fetched.id]
    assert after == []


async def test_home_is_paged_back_to_its_beginning(house: House) -> None:
    """Issue 5: fetch_remaining follows the Link headers back through two hundred posts, each once; fetch_previous finds what is new."""
    for n in range(BEFORE):
        await create_post(house.node, house.cooperative, Draft(f"Day {n}"))
    client = await signed_in(house, "fishers")

    first = await aside(client.timeline_home, limit=40)
    everything = await aside(client.fetch_remaining, first)
    await create_post(house.node, house.cooperative, Draft("Today"))
    newer = await aside(client.fetch_previous, first)

    assert [one.content for one in everything] == [f"<p>Day {n}</p>" for n in reversed(range(BEFORE))]
    assert [one.content for one in newer] == ["<p>Today</p>"]


class Listener(StreamListener):  # type: ignore[misc]
    """What its stream tells, in order."""

    def __init__(self) -> None:
        self.told: queue.Queue[tuple[str, object]] = queue.Queue()

    def on_any_event(self, name: str, data: object) -> None:
        """Any event, before its own method."""
        self.told.put((name, data))


async def test_its_stream_tells_what_happens(house: House) -> None:
    """client_api 7: Mastodon.py asks whether streams are there, then reads server-sent events; an event without payload ends nothing."""
    client = await signed_in(house, "fishers")
    assert await aside(client.stream_healthy)
    listener = Listener()
    stream = await aside(client.stream_user, listener, run_async=True)
    try:
        await aside(client.create_filter_v2, "Fish", ["home"], "warn", keywords_attributes=[{"keyword": "palamut"}])
        posted = await aside(client.status_post, "Palamut geldi", visibility="public")
        await aside(client.status_update, posted.id, status="Palamut bitti")
        await aside(client.status_delete, posted.id)
        told = [await aside(listener.told.get, timeout=10) for _ in range(4)]
        row = await house.node.db.write(store.add, Said("Bread at noon"), COMMAND_LINE, house.node.stamp())
        told.append(await aside(listener.told.get, timeout=10))
        await aside(client.announcement_reaction_create, row.id, "🍞")
        told.append(await aside(listener.told.get, timeout=10))
        await house.node.db.write(store.remove, row.id, COMMAND_LINE, house.node.stamp())
        told.append(await aside(listener.told.get, timeout=10))
    finally:
        await aside(stream.close)

    assert [name for name, _data in told] == [
        "filters_changed",
        "update",
        "status.update",
        "delete",
        "announcement",
        "announcement.reaction",
        "announcement.delete",
    ]
    assert (told[4][1].content, told[5][1].count, str(told[6][1])) == ("<p>Bread at noon</p>", 1, str(row.id))
    assert told[1][1].id == posted.id
    assert "bitti" in told[2][1].content
    assert told[3][1] == posted.id


async def test_member_changes_what_the_cooperative_shows(house: House) -> None:
    """account_update_credentials: as this library sends texts, pictures, fields and switches; its types take what comes back."""
    client = await signed_in(house, "fishers")
    fields = [("Site", "https://fish.example"), ("Town", "Trapani")]

    changed = await aside(
        client.account_update_credentials,
        display_name="Fishers",
        note="Nets & boats",
        avatar=a_picture(),
        avatar_mime_type="image/jpeg",
        header=a_picture("PNG"),
        header_mime_type="image/png",
        locked=True,
        bot=False,
        discoverable=True,
        fields=fields,
    )
    own = await aside(client.account_verify_credentials)
    bare = await aside(client.account_delete_avatar)

    assert (own.display_name, own.source.note, own.locked) == ("Fishers", "Nets & boats", True)
    assert [(field.name, field.value) for field in own.source.fields] == fields
    assert changed.avatar == own.avatar != bare.avatar
    assert "/media/" in own.avatar
    assert "/media/" in own.header
    assert (await aside(client.custom_emojis)) == []


async def test_member_finds_others_and_is_told_by_policy(house: House) -> None:
    """Discovery, announcements and notification requests, as the client decodes them."""
    client, other = await signed_in(house, "fishers"), await signed_in(house, house.person.handle)
    await house.node.db.write(store.add, Said("Bread at noon 🍞"), COMMAND_LINE, house.node.stamp())
    for _ in range(2):
        await aside(other.status_post, f"@{house.cooperative.handle} hello #harvest", visibility="public")

    (announced,) = await aside(client.announcements)
    await aside(client.announcement_reaction_create, announced, "🍞")
    await aside(client.announcement_dismiss, announced)
    (again,) = await aside(client.announcements)
    policy = await aside(client.update_notifications_policy, for_not_following="filter")
    suggested = await aside(client.suggestions_v2)
    await aside(client.suggestion_delete, suggested[0].account)

    assert (again.read, again.reactions[0].name, again.reactions[0].me) == (True, "🍞", True)
    assert (policy.for_not_following, policy.for_limited_accounts) == ("filter", "filter")
    assert [one.account.username for one in suggested] == [house.person.handle]
    assert await aside(client.suggestions_v2) == []
    assert {one.username for one in await aside(client.directory)} >= {"fishers"}
    for ask in (client.trending_tags, client.trending_statuses, client.trending_links, client.notification_requests):
        assert await aside(ask) == []
    assert await aside(client.instance_translation_languages) == {}
    assert await aside(client.instance_domain_blocks) == []


async def test_operator_moderates(house: House) -> None:
    """The admin API, as the client decodes it: a report, an act that answers it, a host."""
    await house.member(operator=True)
    client, other = await signed_in(house, "fishers", OPERATORS), await signed_in(house, house.person.handle)
    await aside(other.report, house.cooperative.id, comment="Fish is late", category="other")

    (told,) = await aside(client.notifications, types=["admin.report"])
    (report,) = await aside(client.admin_reports)
    assigned = await aside(client.admin_report_assign, report)
    await aside(client.admin_account_moderate, house.person.id, action="silence", report_id=report.id)
    silenced = await aside(client.admin_accounts_v2, status="silenced")
    back = await aside(client.admin_account_unsilence, house.person.id)
    block = await aside(client.admin_create_domain_block, "spam.example", severity="suspend", public_comment="Spam")
    blocks = await aside(client.admin_domain_blocks)
    await aside(client.admin_delete_domain_block, block)

    assert (told.type, told.report.comment, told.report.id) == ("admin.report", "Fish is late", report.id)
    assert (report.comment, report.target_account.username) == ("Fish is late", "fishers")
    assert assigned.assigned_account.username == "fishers"
    assert (await aside(client.admin_report, report)).action_taken
    assert [one.username for one in silenced] == [house.person.handle]
    assert (back.silenced, back.account.username) == (False, house.person.handle)
    assert [(one.domain, one.severity) for one in blocks] == [("spam.example", "suspend")]
    assert await aside(client.admin_domain_blocks) == []
