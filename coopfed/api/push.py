"""The subscription of an app to Web Push, one for each token. Source: client_api research 8."""

from typing import Any

from quart import Blueprint, Response, request

from coopfed.api.asking import answer, members, parameters, speaker, spoken
from coopfed.errors import NotFound
from coopfed.features import subscriptions as store
from coopfed.features.accounts import store as accounts
from coopfed.features.push import actions, rules
from coopfed.features.push.actions import Holder, Wish
from coopfed.features.push.keys import vapid
from coopfed.features.push.rules import Policy
from coopfed.features.subscriptions import SubscriptionRow
from coopfed.node import Node
from coopfed.oauth.tokens import Bearer
from coopfed.text.parameters import truth


def register(api: Blueprint, node: Node) -> None:
    """Adds the routes."""

    async def shown(row: SubscriptionRow) -> Response:
        return answer(_shape(row, actions.line(node.secret, row).endpoint, (await vapid(node)).public))

    @api.post("/api/v1/push/subscription")
    async def subscribe() -> Response:
        who = await speaker(node, "push")
        asked, told = await members("subscription"), await members("data")
        given = asked.get("keys")
        keys: dict[str, Any] = given if isinstance(given, dict) else {}
        endpoint, browser = actions.checked(
            node, str(asked.get("endpoint") or ""), str(keys.get("p256dh") or ""), str(keys.get("auth") or "")
        )
        wish = Wish(
            endpoint=endpoint,
            keys=browser,
            standard=bool(truth(asked.get("standard"))),
            alerts=_alerts(told),
            policy=rules.policy(told.get("policy")),
            language=await _language(node, who),
        )
        token = request.headers["Authorization"].partition(" ")[2].strip()
        holder = Holder(who.token_id, who.account_id, who.actor.id, token)
        return await shown(await actions.subscribe(node, holder, wish))

    @api.get("/api/v1/push/subscription")
    async def subscription() -> Response:
        who = await speaker(node, "push")
        return await shown(_found(await node.db.read(store.of_token, who.token_id)))

    @api.put("/api/v1/push/subscription")
    async def change() -> Response:
        who = await speaker(node, "push")
        present = _found(await node.db.read(store.of_token, who.token_id))
        told = await members("data")
        # Mastodon takes the policy beside `data` here.
        policy = told.get("policy") or (await parameters()).get("policy") or present.policy
        alerts = rules.stored(_alerts(told)) if "alerts" in told else present.alerts
        meant = rules.policy(policy).value
        return await shown(_found(await node.db.write(store.change, who.token_id, alerts, meant)))

    @api.delete("/api/v1/push/subscription")
    async def unsubscribe() -> Response:
        who = await speaker(node, "push")
        await node.db.write(store.end, who.token_id)
        return answer({})


def _found(row: SubscriptionRow | None) -> SubscriptionRow:
    if row is None:
        raise NotFound("this token has no subscription")
    return row


def _alerts(told: dict[str, Any]) -> tuple[str, ...]:
    """The types that `data[alerts]` names as wanted."""
    wanted = told.get("alerts")
    return rules.alerts({name: truth(value) for name, value in wanted.items()} if isinstance(wanted, dict) else {})


async def _language(node: Node, who: Bearer) -> str:
    """In which language the messages are: the account's, else that of the app, else the node's."""
    account = await node.db.read(accounts.by_id, who.account_id)
    wanted = [account.language if account is not None else None, *spoken()]
    return next((one for one in wanted if one in node.config.languages), node.config.languages[0])


def _shape(row: SubscriptionRow, endpoint: str, server_key: str) -> dict[str, Any]:
    """A WebPushSubscription. Its number is a number: Tusky and Ice Cubes read one."""
    return {
        "id": row.id,
        "endpoint": endpoint,
        "standard": bool(row.standard),
        "policy": Policy(row.policy).value,
        "alerts": {type: f" {type} " in row.alerts for type in rules.ALERTS},
        "server_key": server_key,
    }
