"""The frozen values that readers make of canonical documents: what the rest of the program knows about foreign JSON.

Times are aware UTC or None. Ids are normalised (see `origin.normalise_id`). Texts are as sent: HTML is not sanitised
here and lengths are cut to `coopfed.limits`. Import these from `coopfed.vocab.document`.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class ObjectRef:
    """What an activity points at: an id, an embedded canonical document, or both; two are equal when the id is."""

    id: str | None
    embedded: dict[str, Any] | None = field(default=None, compare=False, repr=False)

    @property
    def type(self) -> str | None:
        """The embedded document's type, when there is one."""
        return None if self.embedded is None else self.embedded.get("type")


@dataclass(frozen=True, slots=True)
class Activity:
    """One activity. `document` is the canonical document that it was read from, unknown members included."""

    id: str | None
    type: str
    actor: str
    objects: tuple[ObjectRef, ...]
    to: tuple[str, ...]
    cc: tuple[str, ...]
    audience: tuple[str, ...]
    target: str | None
    published: datetime | None
    instrument: ObjectRef | None
    result: ObjectRef | None
    document: dict[str, Any] = field(compare=False, repr=False)

    @property
    def object(self) -> ObjectRef | None:
        """The first object, or None for an activity without one."""
        return self.objects[0] if self.objects else None

    @property
    def object_id(self) -> str | None:
        """The id of the first object, when it has one."""
        return self.objects[0].id if self.objects else None


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """A public key as a document claims it; that `owner` lists this key itself is for the verifier to check.

    After `expires` it verifies what was signed before, and signs nothing more (Multikey).
    """

    id: str
    owner: str
    pem: str | None
    multibase: str | None
    expires: datetime | None = None


@dataclass(frozen=True, slots=True)
class ImageRecord:
    """A picture of an actor; `description` may be empty."""

    url: str
    media_type: str | None
    description: str


@dataclass(frozen=True, slots=True)
class FieldRecord:
    """A row of an actor's profile; `value` is HTML as sent."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class EmojiRecord:
    """A custom emoji; `name` without colons. Where the sender gave no id (Misskey's null), the picture's address is it."""

    id: str
    name: str
    url: str
    updated: datetime | None


@dataclass(frozen=True, slots=True)
class CooperativeRecord:
    """What an actor says of itself as a cooperative. Codes are as sent, known here or not; numbers of goals and principles are texts.

    `names` and `descriptions` (HTML as sent) are by language; `identifiers` are pairs of scheme and value.
    """

    cooperative_type: str | None
    size_class: str | None
    sectors: tuple[str, ...]
    regions: tuple[str, ...]
    languages: tuple[str, ...]
    offers: tuple[str, ...]
    needs: tuple[str, ...]
    sdgs: tuple[str, ...]
    ica_principles: tuple[str, ...]
    names: dict[str, str]
    descriptions: dict[str, str]
    legal_name: str
    registry_category: str
    identifiers: tuple[tuple[str, str], ...]
    members_count: int | None
    workers_count: int | None
    aggregation_consent: bool


@dataclass(frozen=True, slots=True)
class ActorRecord:
    """An actor. `name` and `summary` are empty when absent; `url` is None unless it lies on the actor's authority."""

    id: str
    type: str
    preferred_username: str
    name: str
    summary: str
    url: str | None
    inbox: str
    outbox: str | None
    followers: str | None
    following: str | None
    featured: str | None
    shared_inbox: str | None
    keys: tuple[KeyRecord, ...]
    manually_approves: bool
    discoverable: bool
    indexable: bool
    published: datetime | None
    updated: datetime | None
    icon: ImageRecord | None
    image: ImageRecord | None
    fields: tuple[FieldRecord, ...]
    also_known_as: tuple[str, ...]
    moved_to: str | None
    suspended: bool
    memorial: bool
    webfinger: str | None
    emojis: tuple[EmojiRecord, ...]
    cooperative: CooperativeRecord | None = None
    reads_proposals: bool = False
    """Whether it declares FEP-0837, or our profile of it (FEP-844e)."""


@dataclass(frozen=True, slots=True)
class MentionRecord:
    """A mentioned actor; `name` as written there (`@bo@peer.example`), empty when the sender left it out (Smithereen)."""

    href: str
    name: str


@dataclass(frozen=True, slots=True)
class AttachmentRecord:
    """A file or a link; `type` is Link for a link preview. `focal_point` is (x, y), each in -1..1."""

    url: str
    media_type: str | None
    description: str
    width: int | None
    height: int | None
    blurhash: str | None
    focal_point: tuple[float, float] | None
    type: str = "Document"


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """What the author typed; the media type is None where the sender gave a bare string (Pleroma)."""

    content: str
    media_type: str | None


@dataclass(frozen=True, slots=True)
class PolicyRule:
    """Who may do something with a post at once, and who when its author agrees: ids of actors and collections, PUBLIC for all."""

    automatic: tuple[str, ...]
    manual: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PolicyRecord:
    """What the author of a post allows; None where the post says nothing."""

    quote: PolicyRule | None = None
    like: PolicyRule | None = None
    reply: PolicyRule | None = None
    announce: PolicyRule | None = None


@dataclass(frozen=True, slots=True)
class AuthorizationRecord:
    """The consent of `author` to `interacting` (a post, Like or Announce) with `target`, the author's post; both are ids.

    `kind` is quote, like, reply or announce; None where the document does not say to what it consents.
    """

    id: str
    kind: str | None
    author: str
    interacting: str
    target: str | None


@dataclass(frozen=True, slots=True)
class OptionRecord:
    """What can be chosen in a poll, and how often it was; None where the author does not tell."""

    title: str
    votes: int | None


@dataclass(frozen=True, slots=True)
class PollRecord:
    """A poll. `ends_at` is None for one without an end; `closed` is true, or since when, for one that is over; `voters` None where the
    author does not say how many they are."""

    options: tuple[OptionRecord, ...]
    multiple: bool
    ends_at: datetime | None
    closed: datetime | bool
    voters: int | None

    @property
    def titles(self) -> tuple[str, ...]:
        """What can be chosen, in its author's order."""
        return tuple(option.title for option in self.options)


@dataclass(frozen=True, slots=True)
class VoteRecord:
    """A choice: the id of the poll and the title of the option. `author` is None where the vote itself does not name one."""

    poll: str
    title: str
    author: str | None


@dataclass(frozen=True, slots=True)
class PostRecord:
    """A post. `author` is the first Person-like of `attributed_to`; texts are empty when absent.

    `hashtags` are lower-cased and without `#`. `language` is a BCP 47 tag or None. `quote` is an id, unverified, `legacy_quote` when
    only older software's words name it. `authorization` and `approved_by` are where the consent of the quoted and of the answered
    author is to be found. `media_type` is that of `content`, HTML when None.
    """

    id: str
    type: str
    author: str
    attributed_to: tuple[str, ...]
    name: str
    content: str
    summary: str
    language: str | None
    url: str | None
    published: datetime | None
    updated: datetime | None
    in_reply_to: str | None
    to: tuple[str, ...]
    cc: tuple[str, ...]
    audience: tuple[str, ...]
    mentions: tuple[MentionRecord, ...]
    hashtags: tuple[str, ...]
    emojis: tuple[EmojiRecord, ...]
    attachments: tuple[AttachmentRecord, ...]
    sensitive: bool
    context: str | None
    replies: str | None
    source: SourceRecord | None
    quote: str | None
    media_type: str | None = None
    legacy_quote: bool = False
    authorization: str | None = None
    approved_by: str | None = None
    policy: PolicyRecord | None = None
    poll: PollRecord | None = None
