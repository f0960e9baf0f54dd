"""What the demo's cooperatives do together, by the API of their own nodes: memberships that both sides sign, requests, answers.

Every step is taken as an app would take it, and only where it was not taken before: a second start goes on where the first one stopped.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from actors.lookup import ActorRow
from coopfed.cli.demo.seed import Progress, Seeded
from coopfed.cli.demo.voices import API, Voices
from coopfed.cli.demo.world import DemoAnswer, DemoComment, DemoMembership, DemoRequest, World, now
from coopfed.errors import CoopFedError, NotFound, Unavailable

_WAIT_SECONDS = 15.0
_SHORT_SECONDS = 3.0
"""How long a request is open that is to come to its end before anybody answers."""
_LINK = re.compile(r"https?://[^\"'<>\s]+/confirm/[\w-]+")
_REACHED = {"accept": "accepted", "reject": "declined", "shortlist": "shortlisted"}


class Stories:
    """The steps, and what could not be done."""

    def __init__(self, world: World, seeded: Seeded, voices: Voices, actors: dict[str, ActorRow]) -> None:
        self._world = world
        self._seeded = seeded
        self._voices = voices
        self._actors = actors
        self.problems: list[str] = []

    async def play(self, progress: Progress) -> None:
        """Everything, one after the other; what fails is named in `problems`, and the next story begins."""
        for index, membership in enumerate(self._world.memberships):
            progress("memberships", index, len(self._world.memberships))
            await self._try(f"membership of {membership.member}", self._join(membership))
        for index, request in enumerate(self._world.requests):
            progress("requests", index, len(self._world.requests))
            await self._try(request.id, self._tell(request))

    async def _try(self, what: str, story: Awaitable[None]) -> None:
        try:
            await story
        except (CoopFedError, TimeoutError) as error:
            self.problems.append(f"{what}: {str(error) or 'nothing came of it in time'}")

    async def _join(self, membership: DemoMembership) -> None:
        """The member signs and asks; the umbrella signs too."""
        member, umbrella = membership.member, membership.umbrella
        found = await self._between(member, membership)
        if found is None:
            started = now() + timedelta(days=membership.since_day)
            asked = {
                "umbrella": f"@{self._actors[umbrella].acct}",
                "kind": membership.kind,
                "started_on": started.date().isoformat(),
            }
            found = await self._voices.post(member, f"{API}/memberships", asked, once=f"demo-{member}-{umbrella}")
        if found["state"] == "confirmed":
            return
        heard = await _until(lambda: self._between(umbrella, membership))
        if heard["status"] == "requested":
            await self._voices.post(umbrella, f"{API}/memberships/{heard['id']}/accept")

    async def _between(self, asker: str, membership: DemoMembership) -> dict[str, Any] | None:
        rows = await self._voices.get(asker, f"{API}/memberships?limit=40")
        pair = [self._actors[name].uri for name in (membership.member, membership.umbrella)]
        return next((row for row in rows if [row["member"]["uri"], row["umbrella"]["uri"]] == pair), None)

    async def _tell(self, request: DemoRequest) -> None:
        """The request is published, answered, and its answers decided on."""
        uri = self._seeded.requests.get(request.id) or await self._publish(request)
        if request.expires:
            await self._reopen(request, uri)
        for answer in request.answers:
            await self._answer(request, uri, answer)
        if request.comment is not None:
            await self._talk(request, uri, request.comment)
        if request.settled:
            known = await self._voices.request(request.actor, uri)
            if "settle" in known["allowed"]:
                await self._voices.post(request.actor, f"{API}/requests/{known['id']}/settle")

    async def _publish(self, request: DemoRequest) -> str:
        ends = now() + (timedelta(seconds=_SHORT_SECONDS) if request.expires else timedelta(days=request.days))
        written = {
            "purpose": request.purpose,
            "title": request.title,
            "content": request.text,
            "language": request.language,
            "category": request.category,
            "quantity": request.quantity,
            "regions": request.regions,
            "sectors": request.sectors,
            "languages": request.languages,
            "expires_at": ends.isoformat(),
            "publish": True,
        }
        made = await self._voices.post(request.actor, f"{API}/requests", written, once=f"demo-{request.id}")
        for one in request.translations:
            said = {"title": one["title"], "content": one["text"]}
            await self._voices.put(request.actor, f"{API}/requests/{made['id']}/translations/{one['language']}", said)
        self._seeded.requests[request.id] = made["uri"]
        self._seeded.save()
        return str(made["uri"])

    async def _reopen(self, request: DemoRequest, uri: str) -> None:
        """Nobody answered in time: it is over at every node by that node's own clock, and its owner gives it more time."""
        if request.id in self._seeded.reopened:
            return
        for node in self._world.knowing(request):
            await self._until_status(self._voices.somebody(node), uri, "expired")
        known = await self._voices.request(request.actor, uri)
        ends = now() + timedelta(days=request.days)
        await self._voices.post(request.actor, f"{API}/requests/{known['id']}/extend", {"expires_at": ends.isoformat()})
        self._seeded.reopened.append(request.id)
        self._seeded.save()

    async def _until_status(self, actor: str, uri: str, status: str) -> None:
        async def there() -> bool:
            return bool((await self._voices.request(actor, uri))["status"] == status)

        await _until(there)

    async def _answer(self, request: DemoRequest, uri: str, answer: DemoAnswer) -> None:
        known = await _until(lambda: self._known(answer.actor, uri))
        if not await self._voices.get(answer.actor, f"{API}/responses?direction=sent&request_id={known['id']}"):
            said: dict[str, Any] = {"content": answer.text, "language": answer.language}
            if answer.value is not None:
                said["quantity"] = {"value": answer.value}
            once = f"demo-{request.id}-{answer.actor}"
            await self._voices.post(answer.actor, f"{API}/requests/{known['id']}/responses", said, once=once)
        came = await _until(lambda: self._came(request, uri, answer.actor))
        if came["status"] != _REACHED[answer.then]:
            await self._voices.post(request.actor, f"{API}/responses/{came['id']}/{answer.then}")
        if answer.completed:
            for side in (answer.actor, request.actor):
                await self._complete(side, uri, answer.actor)

    async def _complete(self, side: str, uri: str, responder: str) -> None:
        """One side says that it was done as agreed on."""
        held = await _until(lambda: agreement(self._voices, side, uri, self._actors[responder].uri))
        if "complete" in held["allowed"]:
            await self._voices.post(side, f"{API}/agreements/{held['id']}/complete", {"outcome": "fulfilled"})

    async def _talk(self, request: DemoRequest, uri: str, comment: DemoComment) -> None:
        """A direct message from any app, of which the owner's people make an answer; its author agrees by the link in what comes back."""
        known = await _until(lambda: self._with_post(comment.actor, uri))
        words = f"@{self._actors[request.actor].acct} {comment.text}"
        said = {"status": words, "visibility": "direct", "in_reply_to_id": known["companion"]["status_id"]}
        once = f"demo-{request.id}-{comment.actor}"
        if request.id not in self._seeded.written:
            post = await self._voices.post(comment.actor, "/api/v1/statuses", said, once=once)
            self._seeded.written[request.id] = post["uri"]
            self._seeded.save()
        heard = await _until(lambda: self._heard(request, uri, self._seeded.written[request.id]))
        if heard["response_id"] is None:
            own = await self._voices.request(request.actor, uri)
            meant = {"status_id": heard["status"]["id"], "quantity": {"value": comment.value}}
            await self._voices.post(request.actor, f"{API}/requests/{own['id']}/responses/from_status", meant)
        came = await _until(lambda: self._came(request, uri, comment.actor))
        if came["status"] != "accepted":
            await self._voices.post(request.actor, f"{API}/responses/{came['id']}/accept")
        if request.id not in self._seeded.agreed:
            link = await _until(lambda: self._link(comment.actor))
            if await self._voices.press(link, answer="agree") != 200:
                raise Unavailable(f"the link of {comment.actor} is not good")
            self._seeded.agreed.append(request.id)
            self._seeded.save()

    async def _with_post(self, actor: str, uri: str) -> dict[str, Any] | None:
        """The request, as soon as the post beside it is there too."""
        known = await self._known(actor, uri)
        return known if known is not None and known["companion"] is not None else None

    async def _heard(self, request: DemoRequest, uri: str, post: str) -> dict[str, Any] | None:
        known = await self._voices.request(request.actor, uri)
        rows = await self._voices.get(request.actor, f"{API}/requests/{known['id']}/comments")
        return next((row for row in rows if row["status"]["uri"] == post), None)

    async def _link(self, actor: str) -> str | None:
        """The link by which the actor agrees, out of a direct message."""
        rows = await self._voices.get(actor, "/api/v1/notifications?types[]=mention")
        found = (_LINK.search(row["status"]["content"]) for row in rows)
        return next((one[0] for one in found if one is not None), None)

    async def _known(self, actor: str, uri: str) -> dict[str, Any] | None:
        try:
            return await self._voices.request(actor, uri)
        except NotFound:
            return None

    async def _came(self, request: DemoRequest, uri: str, actor: str) -> dict[str, Any] | None:
        return await answer_of(self._voices, request.actor, uri, self._actors[actor].uri)


async def answer_of(voices: Voices, owner: str, uri: str, responder: str) -> dict[str, Any] | None:
    """The answer of this responder (an id) to a request, as its owner has it."""
    known = await voices.request(owner, uri)
    rows = await voices.get(owner, f"{API}/requests/{known['id']}/responses?limit=40")
    return next((row for row in rows if row["account"]["uri"] == responder), None)


async def agreement(voices: Voices, side: str, uri: str, responder: str) -> dict[str, Any] | None:
    """The agreement of a request with this responder (an id), as one of its sides has it."""
    known = await voices.request(side, uri)
    rows = await voices.get(side, f"{API}/agreements?request_id={known['id']}&limit=40")
    return next((row for row in rows if row["responder"]["uri"] == responder), None)


async def _until(look: Callable[[], Awaitable[Any]]) -> Any:
    """What `look` finds, as soon as it finds something. TimeoutError."""
    async with asyncio.timeout(_WAIT_SECONDS):
        while True:
            found = await look()
            if found:
                return found
            await asyncio.sleep(0.1)
