"""Files that members upload: where they lie is `coopfed.features.media.files`' business."""

from sqlmodel import Field, SQLModel

from coopfed.db.models.base import moment, number, reference, words

WAITING, READY, FAILED = 0, 1, 2


class Media(SQLModel, table=True):
    """A file of an actor of ours. `name` is the guessless part of its address; `state` WAITING, READY or FAILED (`error` says why).

    `object_id` is the post that has it; a file that no post has goes after a day.
    """

    id: int = Field(sa_column=number(primary=True))
    actor_id: int = Field(sa_column=reference("actor.id", index=True))
    account_id: int | None = Field(default=None, sa_column=reference("account.id", nullable=True))
    object_id: int | None = Field(default=None, sa_column=reference("object.id", nullable=True, index=True))
    state: int = Field(default=WAITING)
    kind: str
    media_type: str
    name: str = Field(sa_column=words(unique=True))
    size: int = Field(sa_column=moment(default=0))
    width: int | None = None
    height: int | None = None
    preview_width: int | None = None
    preview_height: int | None = None
    blurhash: str | None = None
    description: str = Field(default="", sa_column=words(default=""))
    focus_x: float | None = None
    focus_y: float | None = None
    error: str | None = Field(default=None, sa_column=words(nullable=True))
    created_at: int = Field(sa_column=moment())
