"""What an actor of ours notes about others; nobody else reads it. Units of work."""

from sqlalchemy import bindparam, delete
from sqlalchemy.dialects.postgresql import insert

from coopfed import limits
from coopfed.db.models import ActorNote
from coopfed.db.tx import Tx, table
from coopfed.errors import InvalidInput

actor_note = table(ActorNote)
_between = (actor_note.c.actor_id == bindparam("who"), actor_note.c.target_id == bindparam("other"))
_PUT = insert(actor_note)
_PUT = _PUT.on_conflict_do_update(index_elements=["actor_id", "target_id"], set_={"text": _PUT.excluded.text})
_REMOVE = delete(actor_note).where(*_between)


def note(tx: Tx, actor_id: int, target_id: int, text: str) -> None:
    """Notes this and nothing else. InvalidInput for what is too long."""
    if len(text) > limits.NOTE_CHARACTERS:
        raise InvalidInput(f"Validation failed: Comment has more than {limits.NOTE_CHARACTERS} characters")
    if text:
        tx.execute(_PUT, {"actor_id": actor_id, "target_id": target_id, "text": text})
    else:
        tx.execute(_REMOVE, {"who": actor_id, "other": target_id})
