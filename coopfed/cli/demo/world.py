"""The demo's cast and script, as read from `network.json`: invented cooperatives in Italy and Türkiye. Pure."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from typing import Any


@dataclass(frozen=True, slots=True)
class DemoNode:
    """A node: its id, name and the language its people write most."""

    id: str
    name: str
    language: str


@dataclass(frozen=True, slots=True)
class DemoActor:
    """A cooperative, or a person, and the node they live on."""

    id: str
    node: str
    handle: str
    type: str
    name: str
    summary: str


@dataclass(frozen=True, slots=True)
class DemoPost:
    """A post; `day` counts from today (negative is past), `in_reply_to` is the id of another post here."""

    id: str
    actor: str
    language: str
    day: int
    time: str
    text: str
    in_reply_to: str | None = None

    def published(self, today: datetime) -> datetime:
        """When it was written, aware UTC; never in the future."""
        hour, minute = map(int, self.time.split(":"))
        moment = today.replace(hour=hour, minute=minute, second=0, microsecond=0) + timedelta(days=self.day)
        return min(moment, today)


@dataclass(frozen=True, slots=True)
class DemoMembership:
    """A membership that both sides sign; `since_day` counts from today."""

    member: str
    umbrella: str
    kind: str
    since_day: int


@dataclass(frozen=True, slots=True)
class DemoAnswer:
    """What somebody answers to a request; `then` is what its owner does (a verb of the API), `ends` how it ends. What is `completed` both
    sides say was done."""

    actor: str
    language: str
    text: str
    value: str | None
    then: str
    ends: str
    completed: bool = False


@dataclass(frozen=True, slots=True)
class DemoComment:
    """What somebody without a cooperative writes to the owner of a request, as anybody on the fediverse can; the owner's people make an
    answer of it for so much, and its author agrees by the link that comes back."""

    actor: str
    text: str
    value: str


@dataclass(frozen=True, slots=True)
class DemoRequest:
    """A request or offer: what its owner writes (`days` from today it ends), the answers, and how it ends. One that `expires` comes to
    its end before anybody answers, and is opened again; one that is `settled` wants no more than was agreed on."""

    id: str
    actor: str
    purpose: str
    category: str
    language: str
    title: str
    text: str
    quantity: dict[str, str]
    days: int
    regions: tuple[str, ...]
    sectors: tuple[str, ...]
    languages: tuple[str, ...]
    translations: tuple[dict[str, str], ...]
    answers: tuple[DemoAnswer, ...]
    ends: str
    expires: bool = False
    settled: bool = False
    comment: DemoComment | None = None


@dataclass(frozen=True, slots=True)
class World:
    """Everything that is to happen. `follows` are (follower, followed); `deletes` are posts that are taken back."""

    nodes: tuple[DemoNode, ...]
    actors: dict[str, DemoActor]
    follows: tuple[tuple[str, str], ...]
    posts: tuple[DemoPost, ...]
    deletes: frozenset[str]
    memberships: tuple[DemoMembership, ...]
    requests: tuple[DemoRequest, ...]

    def knowing(self, request: DemoRequest) -> list[str]:
        """The nodes that have the request: its own, those of followers and those from which it is answered."""
        followers = [follower for follower, followed in self.follows if followed == request.actor]
        named = [request.actor, *followers, *(answer.actor for answer in request.answers)]
        return sorted({self.actors[name].node for name in named})

    def crossing(self) -> int:
        """How many follows go from one node to another."""
        return sum(self.actors[follower].node != self.actors[followed].node for follower, followed in self.follows)

    def readers(self, post: DemoPost) -> list[str]:
        """Those in whose home timeline the post belongs: followers of its author; an answer only if they follow both."""
        followed = set(self.follows)
        answered = self._author(post.in_reply_to)
        return [
            follower
            for follower, author in self.follows
            if author == post.actor and (answered in (None, post.actor, follower) or (follower, answered) in followed)
        ]

    def _author(self, post_id: str | None) -> str | None:
        return next((post.actor for post in self.posts if post.id == post_id), None)


def load_world() -> World:
    """The demo network of this package."""
    document = json.loads(files("coopfed.cli.demo").joinpath("network.json").read_text(encoding="utf-8"))
    return World(
        nodes=tuple(DemoNode(**node) for node in document["nodes"]),
        actors={actor["id"]: DemoActor(**actor) for actor in document["actors"]},
        follows=tuple((follow["follower"], follow["target"]) for follow in document["follows"]),
        posts=tuple(DemoPost(**post) for post in document["posts"]),
        deletes=frozenset(document["deletes"]),
        memberships=tuple(DemoMembership(**membership) for membership in document["memberships"]),
        requests=tuple(_request(request) for request in document["requests"]),
    )


def _request(document: dict[str, Any]) -> DemoRequest:
    answers = tuple(DemoAnswer(**answer) for answer in document["answers"])
    lists = {name: tuple(document[name]) for name in ("regions", "sectors", "languages", "translations")}
    comment = DemoComment(**document["comment"]) if "comment" in document else None
    return DemoRequest(**{**document, **lists, "answers": answers, "comment": comment})


def now() -> datetime:
    """This moment, aware UTC."""
    return datetime.now(UTC)
