"""What an actor shows of itself besides name and summary: pictures, fields, and what it lets others do with it. Units of work.

Of ours it is what their people say, of others what their documents claim; rows of those hold nothing that was not sanitised.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import orjson
from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert

from coopfed import limits
from coopfed.db.models import Profile
from coopfed.db.tx import Tx, table
from coopfed.text.sanitise import plain, sanitise
from coopfed.vocab.document import ActorRecord


@dataclass(frozen=True, slots=True)
class Field:
    """A row of a profile: `name` is plain text, `html` is sanitised. Of ours `value` is what was typed, and `verified_at` (milliseconds)
    when the page that it leads to was found to lead back. `coded`: made of the codes of a cooperative, for who reads no codes."""

    name: str
    html: str
    value: str = ""
    verified_at: int | None = None
    coded: bool = False


@dataclass(frozen=True, slots=True)
class ProfileRow:
    """The profile of an actor; see `coopfed.db.models.profiles.Profile`."""

    actor_id: int = 0
    note: str = ""
    fields: tuple[Field, ...] = ()
    avatar_url: str | None = None
    avatar_description: str = ""
    avatar_id: int | None = None
    header_url: str | None = None
    header_description: str = ""
    header_id: int | None = None
    indexable: bool = False
    hide_collections: bool = False

    @property
    def typed(self) -> tuple[Field, ...]:
        """The fields that its people wrote themselves."""
        return tuple(field for field in self.fields if not field.coded)


NONE = ProfileRow()
"""Of an actor who says nothing of the kind."""

profile = table(Profile)
_FIELDS = tuple(ProfileRow.__dataclass_fields__)
COLUMNS = tuple(profile.c[name] for name in _FIELDS)
"""To select what `made_of` takes."""
_OF = select(*COLUMNS).where(profile.c.actor_id == bindparam("whose"))
_OF_ACTORS = select(*COLUMNS).where(profile.c.actor_id.in_(bindparam("ids", expanding=True)))
_PUT = insert(profile)
_PUT = _PUT.on_conflict_do_update(
    index_elements=["actor_id"], set_={name: _PUT.excluded[name] for name in _FIELDS if name != "actor_id"}
)
_FORGET = delete(profile).where(profile.c.actor_id == bindparam("whose"))


def profile_of(tx: Tx, actor_id: int) -> ProfileRow:
    """The profile of the actor, an empty one where there is none."""
    row = tx.execute(_OF, {"whose": actor_id}).one_or_none()
    return replace(NONE, actor_id=actor_id) if row is None else made_of(*row)


def profiles_of(tx: Tx, ids: Iterable[int]) -> dict[int, ProfileRow]:
    """The profiles of those of the actors who have one."""
    wanted = list(ids)
    return {row.actor_id: made_of(*row) for row in tx.execute(_OF_ACTORS, {"ids": wanted})} if wanted else {}


def made_of(actor_id: int, note: str, fields: str, *rest: object) -> ProfileRow:
    """The profile of a row of COLUMNS. Pure."""
    found = tuple(Field(**field) for field in orjson.loads(fields))
    return ProfileRow(actor_id, note, found, *rest)  # type: ignore[arg-type]  # columns in the order of _FIELDS


def put(tx: Tx, row: ProfileRow) -> None:
    """Stores the profile in place of the one before."""
    values = {name: getattr(row, name) for name in _FIELDS}
    tx.execute(_PUT, values | {"fields": orjson.dumps(list(row.fields)).decode()})


def forget(tx: Tx, actor_id: int) -> None:
    """The actor is gone, and shows nothing of itself any more."""
    tx.execute(_FORGET, {"whose": actor_id})


def claimed(actor_id: int, record: ActorRecord) -> ProfileRow:
    """The profile that the document of a remote actor claims. Pure."""
    icon, image = record.icon, record.image
    return ProfileRow(
        actor_id=actor_id,
        fields=tuple(Field(plain(field.name), sanitise(field.value)) for field in record.fields),
        avatar_url=icon.url if icon is not None else None,
        avatar_description=plain(icon.description)[: limits.MEDIA_DESCRIPTION] if icon is not None else "",
        header_url=image.url if image is not None else None,
        header_description=plain(image.description)[: limits.MEDIA_DESCRIPTION] if image is not None else "",
        indexable=record.indexable,
    )
