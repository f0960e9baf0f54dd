"""What operators alone are told among notifications: complaints, and who comes. A colleague who speaks as the same actor is not."""

from typing import Any

from actors.lookup import ActorRow
from coopfed.db.tx import Tx
from coopfed.features.accounts import inviting, joining, links
from coopfed.features.accounts.store import account_by_email, give_role, set_value
from coopfed.features.push.rules import headline
from coopfed.features.subscriptions import PUSH
from coopfed.node import Node
from coopfed.oauth.tokens import issue_token
from coopfed.text.i18n import translator
from tests.coopfed.api.test_api import Client, a_client
from tests.coopfed.api.test_push import SCOPES, a_browser, subscribed
from tests.coopfed.api.test_streaming import a_socket
from tests.support.jobs import run_jobs
from tests.support.nodes import an_actor
from tests.support.scene import Scene


async def an_operator(scene: Scene, actor: ActorRow, scopes: str = SCOPES) -> Client:
    """An app of somebody who runs the node and speaks as this actor, as others do."""
    await give_role(scene.node, "operator@mail.example", actor, "editor", operator=True)
    return Client(scene, await issue_token(scene.node, "operator@mail.example", actor, scopes))


async def told(client: Client, query: str = "") -> list[dict[str, Any]]:
    """What the notifications say."""
    return list((await client.get(f"/notifications{query}")).json)


async def reported(scene: Scene) -> tuple[Client, ActorRow]:
    """Somebody complains of another. Their app, and whom they complain of."""
    reporter, target = await an_actor(scene.node, "reporter"), await an_actor(scene.node, "target")
    post = (await (await a_client(scene, target)).post("/statuses", status="Buy this")).json["id"]
    client = await a_client(scene, reporter)
    fields = {"account_id": str(target.id), "status_ids": [post], "comment": "Spam", "category": "spam"}
    assert (await client.post("/reports", **fields)).status == 200
    return client, target


async def test_colleagues_and_strangers_are_told_of_no_complaint(scene: Scene) -> None:
    """security 1.6: neither by list, number, group, count nor stream; and they put away nothing of an operator's."""
    operator, colleague = await an_operator(scene, scene.member), await a_client(scene, scopes=SCOPES, role="admin")
    async with a_socket(scene, colleague.token, "?stream=user") as heard:
        reporter, _target = await reported(scene)
        await scene.arrives(scene.alice.create(scene.alice.mentioning(scene.member.uri)))
        assert [await heard.hears()][0]["payload"]["type"] == "mention"
    (_mention, one) = await told(operator)

    for client in (colleague, reporter):
        assert [shown["type"] for shown in await told(client)] in (["mention"], [])
        assert await told(client, "?types[]=admin.report") == []
        assert (await client.get(f"/notifications/{one['id']}")).status == 404
        assert (await client.get(f"/notifications/{one['group_key']}", v2=True)).status == 404
        assert (await client.get("/notifications/unread_count?types[]=admin.report")).json == {"count": 0}
        groups = (await client.get("/notifications", v2=True)).json["notification_groups"]
        assert [group for group in groups if group["type"] == "admin.report"] == []
        assert (await client.post(f"/notifications/{one['id']}/dismiss")).status == 404
        await client.post("/notifications/clear")
    assert [shown["type"] for shown in await told(operator)] == ["admin.report"]


async def test_operator_is_told_of_a_complaint(scene: Scene) -> None:
    """Notification `admin.report`: who complained, and the Report; in both versions and in streams; until it is put away."""
    operator = await an_operator(scene, scene.member)
    async with a_socket(scene, operator.token, "?stream=user:notification") as heard:
        _reporter, target = await reported(scene)
        at_once = (await heard.hears())["payload"]

    (shown,) = await told(operator)
    assert at_once == shown
    assert (shown["type"], shown["account"]["username"], shown["status"]) == ("admin.report", "reporter", None)
    assert (shown["report"]["comment"], shown["report"]["category"]) == ("Spam", "spam")
    assert (shown["report"]["target_account"]["id"], len(shown["report"]["status_ids"])) == (str(target.id), 1)
    (group,) = (await operator.get("/notifications", v2=True)).json["notification_groups"]
    assert (group["type"], group["report"]) == ("admin.report", shown["report"])
    assert (await operator.get("/notifications/unread_count", v2=True)).json == {"count": 1}
    assert await told(operator, "?exclude_types[]=admin.report") == []
    await operator.post(f"/notifications/{shown['id']}/dismiss")
    assert await told(operator) == []


async def test_complaint_of_another_server_is_told_whatever_the_policy(scene: Scene) -> None:
    """Flag: its host tells by its own actor; operators cannot hold back or drop what they have to know."""
    operator = await an_operator(scene, scene.member)
    await operator._ask("PATCH", "/notifications/policy", None, b'{"for_not_following": "drop"}', v2=True)
    other = await an_actor(scene.node, "other")

    await scene.arrives(scene.alice.says("Flag", [other.uri], content="Rude"))

    (shown,) = await told(operator)
    assert (shown["type"], shown["account"]["acct"]) == ("admin.report", f"alice@{scene.peer.host}")
    assert shown["report"]["target_account"]["username"] == "other"


async def test_who_runs_the_node_no_more_is_told_no_more(scene: Scene) -> None:
    """security 1.6: what an account may is asked each time."""
    operator = await an_operator(scene, scene.member)
    await reported(scene)
    who = (await operator.get("/accounts/verify_credentials")).json["role"]["name"]
    assert (who, len(await told(operator))) == ("Operator", 1)

    number = await scene.node.db.read(account_by_email, "operator@mail.example")
    await scene.node.db.write(set_value, number, "operator", False)

    assert await told(operator) == []


async def test_phone_of_an_operator_rings_and_of_nobody_else(scene: Scene) -> None:
    """WebPushSubscription.alerts[admin.report]: kept for whoever asks, told to who runs the node."""
    operator, colleague = await an_operator(scene, scene.member), await a_client(scene, scopes=SCOPES)
    alerts = {"admin.report": True, "admin.sign_up": True}
    async with a_browser() as theirs, a_browser() as browser:
        await subscribed(colleague, theirs, alerts=alerts)
        assert (await subscribed(operator, browser, alerts=alerts))["alerts"]["admin.report"] is True
        await reported(scene)
        await run_jobs(scene.node, PUSH)

        assert (len(browser.came), theirs.came) == (1, [])
        assert browser.read()["notification_type"] == "admin.report"
        assert browser.read()["title"] == headline(
            translator(browser.read()["preferred_locale"]), "admin.report", "Reporter"
        )


async def test_operator_is_told_who_comes(scene: Scene) -> None:
    """Notification `admin.sign_up`: when an address is confirmed, and when an invitation is accepted; by the node's own actor, since
    nobody speaks for who comes."""
    operator = await an_operator(scene, scene.member)
    link = await inviting.invite(
        scene.node, "new@mail.example", scene.member, "author", invited_by=None, language="en", by_mail=False
    )
    assert await told(operator) == []

    await inviting.accept_invitation(scene.node, link.rpartition("/")[2], "four fishes and a boat", "en")

    (shown,) = await told(operator)
    assert (shown["type"], shown["status"], "report" in shown) == ("admin.sign_up", None, False)
    assert shown["account"]["bot"] is True
    object.__setattr__(scene.node.config, "registration", "approval")
    await joining.sign_up(scene.node, "another@mail.example", "four fishes and a boat", "I fish", "en")
    assert len(await told(operator)) == 1
    await joining.confirm(scene.node, await scene.node.db.write(_link, scene.node), "four fishes and a boat")
    assert [one["type"] for one in await told(operator, "?types[]=admin.sign_up")] == ["admin.sign_up"] * 2


def _link(tx: Tx, node: Node) -> str:
    """The secret of the link in the mail."""
    number, email = account_by_email(tx, "another@mail.example"), "another@mail.example"
    return links.make(
        tx, node.secret, links.Purpose.CONFIRM, links.LinkRow(number, email, None, None, None, node.clock.now())
    )
