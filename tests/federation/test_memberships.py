"""Memberships between nodes of ours: asked for, attested by both, checked by a third, ended. Real servers, real signatures.

Source: domain research 9.1.
"""

import pytest

from actors.lookup import ActorRow
from actors.profile import profile_of
from coopfed.errors import AlreadyExists, Conflict, MembershipLoop
from coopfed.features.memberships import actions, check, store
from coopfed.features.memberships.actions import Wanted, act
from coopfed.features.memberships.store import MembershipRow
from coopfed.features.profiles.actions import delete_actor
from coopfed.features.profiles.edit import verify_links
from coopfed.features.ranges import Range
from tests.coopfed.features.test_membership_rules import NOW
from tests.federation.test_nodes_together import Member, members, settled
from tests.support.nodes import a_served_node, an_actor
from tests.support.peers import until
from webfinger.resolve import find_actor

WANTED = Wanted("member", NOW.date())


async def seen(who: Member, other: Member) -> ActorRow:
    """The other one as this node knows it."""
    return other.row if who.node is other.node else await find_actor(who.node, other.handle)


async def of(who: Member) -> MembershipRow:
    """The newest membership of this actor on its own node."""
    found = await who.node.db.read(store.listed, who.row.id, ("member", "umbrella"), Range(1))
    return next(iter(found))


async def comes_to(who: Member, status: str, state: str) -> MembershipRow:
    """Returns when the actor's newest membership is so on its own node."""

    async def there() -> bool:
        found = await who.node.db.read(store.listed, who.row.id, ("member", "umbrella"), Range(1))
        return [(row.status, row.state) for row in found] == [(status, state)]

    await until(there)
    return await of(who)


async def does(who: Member, verb: str) -> MembershipRow:
    """What a person of this actor does to its newest membership."""
    return await act(who.node, who.row, (await of(who)).id, verb)


async def third_party(who: Member, member: Member, umbrella: Member) -> tuple[str, str | None, str] | None:
    """What a node that has nothing to do with it finds now: state, who claims it, problems."""
    row = await check.checked(who.node, await seen(who, member), await seen(who, umbrella))
    return None if row is None else (row.state, row.claimed_by, row.problems)


async def test_both_sign_a_third_verifies_and_one_ends_it(database_urls: list[str]) -> None:
    """domain 9.1: the whole of it; and who leaves and asks again begins a new one."""
    async with members(database_urls, "bakery", "union", "reader") as (bakery, union, reader):
        assert await third_party(reader, bakery, union) is None

        asked = await actions.request(bakery.node, bakery.row, await seen(bakery, union), WANTED)
        with pytest.raises(AlreadyExists):
            await actions.request(bakery.node, bakery.row, await seen(bakery, union), WANTED)
        await comes_to(union, "requested", "claimed")
        # It is not shown before it is accepted: no third node hears of it.
        assert await third_party(reader, bakery, union) is None

        await does(union, "accept")
        for one in (bakery, union):
            assert (await comes_to(one, "active", "confirmed")).kind == "member"
        assert await third_party(reader, bakery, union) == ("confirmed", None, "")
        assert (await of(bakery)).id == asked.id
        # In words for Mastodon, with a link to the umbrella's server that leads back.
        await verify_links(bakery.node, str(bakery.row.id))
        names, link = (await bakery.node.db.read(profile_of, bakery.row.id)).fields
        assert (names.name, names.html, link.name) == ("Member of", union.row.name, union.row.name)
        assert link.value == union.node.urls.membership((await of(union)).id)
        assert link.verified_at is not None
        with pytest.raises(MembershipLoop):
            await actions.request(union.node, union.row, await seen(union, bakery), WANTED)

        await does(union, "suspend")
        await comes_to(bakery, "suspended", "ended_by_one_side")
        assert await third_party(reader, bakery, union) == ("ended_by_one_side", None, "ended not_listed")
        await does(union, "resume")
        await comes_to(bakery, "active", "confirmed")
        await does(bakery, "renew")
        await settled(bakery.node, union.node)
        assert await third_party(reader, bakery, union) == ("confirmed", None, "")

        await does(bakery, "end")
        await comes_to(union, "ended", "ended")
        await comes_to(bakery, "ended", "ended")
        found = await third_party(reader, bakery, union)
        assert found is not None
        assert found[0] == "ended"
        with pytest.raises(Conflict):
            await does(union, "resume")

        await actions.request(bakery.node, bakery.row, await seen(bakery, union), WANTED)
        await comes_to(union, "requested", "claimed")
        await does(union, "accept")
        await comes_to(bakery, "active", "confirmed")
        assert await third_party(reader, bakery, union) == ("confirmed", None, "")


async def test_an_invitation_is_answered_refused_or_taken_back(database_urls: list[str]) -> None:
    """domain 9.1 *Umbrella-initiated*: the Offer that answers an Invite is accepted by the umbrella's node itself, no other is."""
    async with members(database_urls, "bakery", "union") as (bakery, union):
        invited = Wanted("observer", NOW.date())
        await actions.invite(union.node, union.row, await seen(union, bakery), invited)
        await comes_to(bakery, "invited", "claimed")
        await does(union, "end")
        await comes_to(bakery, "ended", "ended")

        await actions.invite(union.node, union.row, await seen(union, bakery), invited)
        await comes_to(bakery, "invited", "claimed")
        await does(bakery, "reject")
        await comes_to(union, "ended", "ended")

        await actions.invite(union.node, union.row, await seen(union, bakery), invited)
        await comes_to(bakery, "invited", "claimed")
        await does(bakery, "accept")
        assert (await comes_to(bakery, "active", "confirmed")).kind == "observer"
        await comes_to(union, "active", "confirmed")

        await does(union, "end")
        await comes_to(union, "ended", "ended_by_one_side")
        await comes_to(bakery, "suspended", "ended_by_one_side")
        await does(bakery, "end")
        await comes_to(bakery, "ended", "ended")
        await comes_to(union, "ended", "ended")


async def test_a_refused_request_is_taken_back_by_its_member(database_urls: list[str]) -> None:
    """domain 9.1: what was signed for a request that was refused says that it has ended; so does one that was withdrawn."""
    async with members(database_urls, "bakery", "union") as (bakery, union):
        for verb, who in (("reject", union), ("end", bakery)):
            row = await actions.request(bakery.node, bakery.row, await seen(bakery, union), WANTED)
            await comes_to(union, "requested", "claimed")

            await does(who, verb)

            await comes_to(union, "ended", "ended")
            await comes_to(bakery, "ended", "ended")
            signed = (await bakery.node.db.read(store.signed_of, [row.id]))[row.id]
            assert b'"endTime"' in next(iter(signed.values())).document


async def test_neighbours_on_one_node_and_levels(database_url: str) -> None:
    """domain 9.1 *Levels*: a node hosts a union with its members; each level is attested by itself, a circle is refused."""
    async with a_served_node(database_url, work=True) as node:
        bakery, union, apex = [Member(node, await an_actor(node, name)) for name in ("bakery", "union", "apex")]
        for below, above in ((bakery, union), (union, apex)):
            row = await actions.request(node, below.row, above.row, WANTED)
            await act(node, above.row, row.id, "accept")

            async def confirmed(id: int = row.id) -> bool:
                found = await node.db.read(store.by_id, id)
                return found is not None and found.state == "confirmed"

            await until(confirmed)

        assert await node.db.read(actions.above, bakery.row.id) == [union.row.id, apex.row.id]
        for below in (apex, union):
            with pytest.raises(MembershipLoop):
                await actions.request(node, below.row, bakery.row, WANTED)
        with pytest.raises(MembershipLoop):
            await actions.invite(node, bakery.row, bakery.row, WANTED)

        await delete_actor(node, union.row)

        async def alone() -> bool:
            return await node.db.read(actions.above, bakery.row.id) == []

        await until(alone)
