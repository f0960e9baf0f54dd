"""Who may post to a group, and which servers read an activity that is passed on whole. Pure."""

from coopfed.db.models.groups import ANYONE, FOLLOWERS
from coopfed.vocab.audience import OPEN

WRAPPING = frozenset({"coopfed", "kbin", "lemmy", "lotide", "mbin", "nodebb", "piefed", "sublinks"})
"""Software, by its name in NodeInfo, whose groups pass activities on whole (FEP-1b12). Others read a plain boost; Mastodon ignores
the whole form, and shows the plain one."""

MODERATION = frozenset({"Add", "Block", "Delete", "Lock", "Remove"})
"""What moderators do to a group: its collections, its members, its posts. Source: FEP-1b12 *Moderation*; Lemmy's Lock."""


def may_post(posting: str, *, follows: bool, moderates: bool) -> bool:
    """Whether an actor that the group does not block may post to it, by the group's rule (`anyone`, `followers`, `moderators`)."""
    return moderates or posting == ANYONE or (posting == FOLLOWERS and follows)


def may_stand(visibility: str, *, answer: bool, to_group: bool = False) -> bool:
    """Whether a group passes on a post that is meant so wide: a post of its own when it is public, since the group makes it known;
    a comment also when it is unlisted (Mastodon's answers often are), and so a post that is addressed first to the group
    (Friendica writes the public address into `cc` then)."""
    return visibility in OPEN if answer or to_group else visibility == "public"
