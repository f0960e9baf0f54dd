"""Mastodon.py: registers, signs in by the real consent page, and lives a member's day."""

import pytest
from mastodon import Mastodon

from coopfed.features.announcements import store
from coopfed.features.announcements.rules import Said
from coopfed.features.moderation.audit import COMMAND_LINE
from tests.clients.conftest import aside, code_for
from tests.coopfed.web.account.conftest import House

SCOPES = ["read", "write", "follow", "push"]
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

    (report,) = await aside(client.admin_reports)
    assigned = await aside(client.admin_report_assign, report)
    await aside(client.admin_account_moderate, house.person.id, action="silence", report_id=report.id)
    silenced = await aside(client.admin_accounts_v2, status="silenced")
    back = await aside(client.admin_account_unsilence, house.person.id)
    block = await aside(client.admin_create_domain_block, "spam.example", severity="suspend", public_comment="Spam")
    blocks = await aside(client.admin_domain_blocks)
    await aside(client.admin_delete_domain_block, block)

    assert (report.comment, report.target_account.username) == ("Fish is late", "fishers")
    assert assigned.assigned_account.username == "fishers"
    assert (await aside(client.admin_report, report)).action_taken
    assert [one.username for one in silenced] == [house.person.handle]
    assert (back.silenced, back.account.username) == (False, house.person.handle)
    assert [(one.domain, one.severity) for one in blocks] == [("spam.example", "suspend")]
    assert await aside(client.admin_domain_blocks) == []
