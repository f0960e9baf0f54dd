"""Which streams there are, what a token needs for each, and which events belong to which. Pure. Source: client_api research 7."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from coopfed import limits
from coopfed.errors import InvalidInput
from coopfed.features.feeds import Wish
from coopfed.features.streams.store import Event, Kind
from coopfed.text.render import folded_hashtag

_OPEN = ("public", "public:media", "public:local", "public:local:media", "public:remote", "public:remote:media")
_TAGS = ("hashtag", "hashtag:local")
NAMES = ("user", "user:notification", *_OPEN, *_TAGS, "list", "direct")
PATHS = {
    f"/api/v1/streaming/{name.replace(':', '/')}": name
    for name in ("user", "user:notification", "public", "public:local", "public:remote", *_TAGS, "list", "direct")
}
"""Where each is read as server-sent events."""
NEEDED = {
    **dict.fromkeys((Kind.TOLD, Kind.MERGED), "read:notifications"),
    **dict.fromkeys((Kind.ANNOUNCED, Kind.REACTED, Kind.RETRACTED), "read:accounts"),
}
"""What a token needs besides for some of what `user` brings, as for the lists where it stands."""
_TO_EVERYBODY = frozenset({Kind.ANNOUNCED, Kind.REACTED, Kind.RETRACTED})
_ABOUT_POSTS = frozenset({Kind.POSTED, Kind.EDITED, Kind.DELETED})


@dataclass(frozen=True, slots=True)
class Channel:
    """A stream: its name, and the hashtag or the number of the list as the app wrote it."""

    name: str
    argument: str = ""

    @property
    def label(self) -> list[str]:
        """How events of it are marked on a socket."""
        return [self.name, self.argument] if self.argument else [self.name]

    @property
    def tag(self) -> str:
        """The hashtag in the form by which it is found."""
        return folded_hashtag(self.argument)

    @property
    def wish(self) -> Wish:
        """What of a public or hashtag timeline it shows."""
        local = True if ":local" in self.name else False if ":remote" in self.name else None
        return Wish(local=local, only_media=self.name.endswith(":media"))


@dataclass(frozen=True, slots=True)
class Post:
    """What an event's post is, as far as it decides who might see it."""

    visibility: str
    local: bool
    tags: frozenset[str] = frozenset()
    people: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Found:
    """What the database says of some events: in whose homes, by which entry, each post stands; in which lists each actor; each post."""

    homes: Mapping[int, Mapping[int, int]] = field(default_factory=dict)
    lists: Mapping[int, frozenset[int]] = field(default_factory=dict)
    posts: Mapping[int, Post] = field(default_factory=dict)


def channel(name: str, tag: str = "", list_id: str = "", *, only_media: bool = False) -> Channel:
    """The stream of that name. InvalidInput when there is none, or when it lacks its hashtag or list."""
    if only_media and name in _OPEN and not name.endswith(":media"):
        name = f"{name}:media"
    if name not in NAMES:
        raise InvalidInput("Unknown channel type", reason="unknown_stream")
    if name in _TAGS:
        if not tag.strip("#") or len(tag) > limits.NAME_LENGTH:
            raise InvalidInput("Missing tag name parameter", reason="unknown_stream")
        return Channel(name, tag.removeprefix("#"))
    if name == "list":
        if not list_id.isascii() or not list_id.isdigit() or len(list_id) > 19 or int(list_id) > limits.NUMBER_MAX:
            raise InvalidInput("Missing list name parameter", reason="unknown_stream")
        return Channel(name, list_id)
    return Channel(name)


def scopes(wanted: Channel) -> tuple[str, ...]:
    """Any one of these lets a token listen; none: every token may. As on Mastodon."""
    if wanted.name in _OPEN or wanted.name in _TAGS:
        return ()
    return ("read:notifications",) if wanted.name == "user:notification" else ("read:statuses",)


def belongs(event: Event, to: Channel, account_id: int, actor_id: int, found: Found) -> bool:
    """Whether the event might be one of this stream, of the account as this actor. What may be seen of it is asked when it is read."""
    match to.name:
        case "user":
            return _is_home(event, account_id, actor_id, found)
        case "user:notification":
            return event.kind in (Kind.TOLD, Kind.MERGED) and event.owner_id == actor_id
        case "direct":
            post = found.posts.get(event.object_id)
            new = event.kind is Kind.POSTED and event.entry_id == event.object_id
            return new and post is not None and post.visibility == "direct" and actor_id in post.people
        case "list":
            listed = event.kind is not Kind.DELETED or event.gone.listed
            return event.kind in _ABOUT_POSTS and listed and int(to.argument) in found.lists.get(event.actor_id, ())
        case _:
            return event.kind in _ABOUT_POSTS and event.entry_id == event.object_id and _is_open(event, to, found)


def _is_home(event: Event, account_id: int, actor_id: int, found: Found) -> bool:
    match event.kind:
        case kind if kind in _TO_EVERYBODY:
            return True
        case Kind.TOLD | Kind.MERGED:
            return event.owner_id == actor_id
        case Kind.FILTERED:
            return (event.account_id, event.owner_id) == (account_id, actor_id)
        case Kind.DELETED:
            return actor_id in event.gone.homes
        case Kind.EDITED:
            return actor_id in found.homes.get(event.object_id, ())
        case Kind.POSTED if event.owner_id:
            return event.owner_id == actor_id
        case Kind.PLACED if event.actor_id == actor_id:
            return False
    return found.homes.get(event.object_id, {}).get(actor_id) == event.entry_id


def _is_open(event: Event, to: Channel, found: Found) -> bool:
    """Whether it is of a post that stands, or stood, in a public or hashtag timeline."""
    if event.kind is Kind.DELETED:
        public, local, tags = event.gone.public, event.gone.local, event.gone.tags
    else:
        post = found.posts.get(event.object_id, Post("", local=False))
        public, local, tags = post.visibility == "public", post.local, post.tags
    wanted = to.wish.local
    return public and wanted in (None, local) and (to.name not in _TAGS or to.tag in tags)
