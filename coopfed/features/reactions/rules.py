"""What a reaction means. Pure."""

from typing import Any

from coopfed import limits

LIKE, DISLIKE, EMOJI, BOOST = "like", "dislike", "emoji", "announce"
FAVOURS = (LIKE, EMOJI)
"""What counts as a like where emoji are not shown: once for each actor, whatever they send."""
OPPOSITES = {LIKE: DISLIKE, DISLIKE: LIKE}
"""Lemmy changes a vote without an Undo of the first: who dislikes likes no longer."""


def meaning(type: str | None, activity: dict[str, Any]) -> tuple[str, str] | None:
    """Kind and emoji of a canonical Like, EmojiReact, Dislike or Announce; None for what is none of these, and for an EmojiReact
    without an emoji.

    A Like with `content` (Misskey also says it in `_misskey_reaction`) is an emoji; with one that is too long to be one it is
    just a like. Source: FEP-c0e0; LitePub's EmojiReact.
    """
    emoji = _emoji(activity)
    if type in ("Like", "EmojiReact") and emoji:
        return EMOJI, emoji
    if type == "Like":
        return LIKE, ""
    return {"Dislike": (DISLIKE, ""), "Announce": (BOOST, "")}.get(type or "")


def _emoji(activity: dict[str, Any]) -> str:
    texts = (activity.get("content"), activity.get("_misskey_reaction"))
    found = next((text for text in texts if isinstance(text, str) and text.strip()), "")
    bare = found.replace("\x00", "").strip()
    return bare if len(bare) <= limits.REACTION_LENGTH else ""


def room_for(kind: str, favours: int) -> bool:
    """Whether an actor with so many likes and emoji at a post may add one of this kind."""
    return kind not in FAVOURS or favours < limits.REACTIONS_PER_POST
