"""How the demo's stories ended, as each node tells it over HTTP."""

import asyncio

from actors.lookup import ActorRow
from coopfed.cli.demo.check import Report
from coopfed.cli.demo.seed import Seeded
from coopfed.cli.demo.stories import agreement, answer_of
from coopfed.cli.demo.voices import API, Voices
from coopfed.cli.demo.world import DemoAnswer, DemoMembership, DemoRequest, World
from coopfed.errors import CoopFedError


class Ends:
    """Looks at every node for every membership and every request."""

    def __init__(self, world: World, seeded: Seeded, voices: Voices, actors: dict[str, ActorRow]) -> None:
        self._world = world
        self._seeded = seeded
        self._voices = voices
        self._actors = actors
        # Whoever asks for a verdict too often is refused.
        self._verified: set[tuple[str, str]] = set()

    async def add_to(self, report: Report) -> None:
        """What is as it should be is counted, what is not is named."""
        looks = [
            self._membership(report, membership, node.id)
            for membership in self._world.memberships
            for node in self._world.nodes
        ]
        looks += [
            self._request(report, request, node)
            for request in self._world.requests
            for node in self._world.knowing(request)
        ]
        looks += [
            self._agreement(report, request, answer)
            for request in self._world.requests
            for answer in request.answers
            if answer.then == "accept"
        ]
        await asyncio.gather(*looks)

    async def _membership(self, report: Report, membership: DemoMembership, node: str) -> None:
        """Confirmed at this node: by what both sides told it, or, at a third one, by its own two fetches."""
        pair = f"member=@{self._actors[membership.member].acct}&umbrella=@{self._actors[membership.umbrella].acct}"
        try:
            found = await self._voices.get(self._voices.somebody(node), f"{API}/memberships/lookup?{pair}")
        except CoopFedError as error:
            report.problems.append(f"membership of {membership.member} at {node}: {error}")
            return
        if found["state"] == "confirmed":
            report.memberships_confirmed += 1
        else:
            report.problems.append(f"membership of {membership.member} is {found['state']} at {node}")

    async def _request(self, report: Report, request: DemoRequest, node: str) -> None:
        uri = self._seeded.requests.get(request.id)
        if uri is None:
            report.problems.append(f"{request.id} was never published")
            return
        try:
            found = await self._voices.request(self._voices.somebody(node), uri)
            answers = await self._answers(request, uri, node)
        except CoopFedError as error:
            report.problems.append(f"{request.id} at {node}: {error}")
            return
        wrong = [f"{request.id} is {found['status']} at {node}"] if found["status"] != request.ends else []
        wrong += [
            f"the answer of {who} to {request.id} is {status} at {node}"
            for who, wanted, status in answers
            if status != wanted
        ]
        report.problems += wrong
        report.requests_agreeing += not wrong

    async def _answers(self, request: DemoRequest, uri: str, node: str) -> list[tuple[str, str, str]]:
        """Who answered, how it should end, and how it did: those that live at this node, as they see it; those without a cooperative as
        the owner does."""
        found = [
            (answer.actor, answer.ends, await self._answered(answer.actor, uri))
            for answer in request.answers
            if self._world.actors[answer.actor].node == node
        ]
        if request.comment is not None and self._world.actors[request.actor].node == node:
            found.append((request.comment.actor, "accepted", await self._taken(request, uri, request.comment.actor)))
        return found

    async def _agreement(self, report: Report, request: DemoRequest, answer: DemoAnswer) -> None:
        """A node that has nothing to do with it verifies what the two sides signed."""
        if (request.id, answer.actor) in self._verified:
            report.agreements_verified += 1
            return
        sides = {self._world.actors[name].node for name in (request.actor, answer.actor)}
        third = next(node.id for node in self._world.nodes if node.id not in sides)
        try:
            responder = self._actors[answer.actor].uri
            held = await agreement(self._voices, request.actor, self._seeded.requests[request.id], responder)
            found = await self._voices.verified(third, held["verification_url"]) if held is not None else {}
        except (CoopFedError, KeyError) as error:
            report.problems.append(f"agreement of {request.id} with {answer.actor} at {third}: {error}")
            return
        wanted = "fulfilled" if answer.completed else "active"
        if (found.get("valid"), found.get("status")) == (True, wanted):
            report.agreements_verified += 1
            self._verified.add((request.id, answer.actor))
        else:
            report.problems.append(
                f"agreement of {request.id} with {answer.actor} is {found.get('status', 'not verified')} at {third}"
            )

    async def _taken(self, request: DemoRequest, uri: str, actor: str) -> str:
        came = await answer_of(self._voices, request.actor, uri, self._actors[actor].uri)
        return str(came["status"]) if came is not None and request.id in self._seeded.agreed else "not agreed on"

    async def _answered(self, actor: str, uri: str) -> str:
        """How the actor's own answer stands at its own node."""
        known = await self._voices.request(actor, uri)
        sent = await self._voices.get(actor, f"{API}/responses?direction=sent&request_id={known['id']}")
        return str(sent[0]["status"]) if sent else "missing"
