"""The fields that tell people on other servers in words what a cooperative of ours is, and whose confirmed member. Units of work.

They are made when what they tell changes, and stored with those that people typed. A link to the umbrella's own page of the membership
stands alone in its field, with its address as text: only so Mastodon asks that page whether it leads back.
Source: domain research 7.1, 9.1.
"""

from collections.abc import Sequence
from dataclasses import replace
from html import escape

from actors import umbrellas
from actors.cooperative import Cooperative, Kind, cooperative_of
from actors.lookup import ActorRow, by_id
from actors.profile import Field, profile_of
from actors.umbrellas import Umbrella
from coopfed import limits
from coopfed.db.signals import Topic
from coopfed.db.tx import Tx
from coopfed.features.cooperatives import rules
from coopfed.features.posts.defaults import defaults_of
from coopfed.features.profiles import edit as profiles
from coopfed.features.profiles.rules import Edit, lone_link, with_me
from coopfed.node import Stamp
from coopfed.text.i18n import mark as _
from coopfed.text.i18n import translator
from coopfed.text.render import inline
from coopfed.text.sanitise import line, sanitise

_MEMBER_OF = _("Member of")


def made(tx: Tx, row: ActorRow, said: Cooperative, language: str, stamp: Stamp) -> tuple[Field, ...] | None:
    """All of them, in this language (that of the posts where it is empty); None when they are as they were."""
    language = language or defaults_of(tx, row.id).language or ""
    found = umbrellas.confirmed(tx, row.id, stamp.urls, limits.MEMBERSHIP_FIELDS)
    before = tuple(field for field in profile_of(tx, row.id).fields if field.coded)
    known = {(field.name, field.value): field.verified_at for field in before}
    fields = tuple(
        replace(field, verified_at=known.get((field.name, field.value), field.verified_at))
        for field in (*rules.coded(said, language), *memberships(found, language, stamp.now))
    )
    return None if fields == before else fields


def memberships(found: Sequence[Umbrella], language: str, now: int) -> tuple[Field, ...]:
    """A field with the names of the umbrellas, and one for each that has a page. One of this node need not be asked whether it leads
    back; those of others are (`profiles.edit.verify_links`). Pure."""
    if not found:
        return ()
    words = translator(language.partition("-")[0])
    names = Field(words.gettext(_MEMBER_OF), escape("; ".join(line(one.name) for one in found)), coded=True)
    links = (
        Field(
            line(one.name),
            with_me(sanitise(inline(one.page, {}, "")), one.page),
            one.page,
            now if one.local else None,
            coded=True,
        )
        for one in found
        if one.page is not None and lone_link(one.page)
    )
    return (names, *links)


def refresh(tx: Tx, actor_id: int, stamp: Stamp) -> None:
    """A membership of the actor has changed: where that shows in its fields, its followers are told of its profile."""
    row = by_id(tx, actor_id)
    if row is None or not row.local or row.gone_at is not None:
        return
    said = cooperative_of(tx, actor_id)
    languages = said.of(Kind.LANGUAGE)
    language = next(iter(languages), "")
    if said.names:
        language = rules.main_language(said.names, row.name, said.names, languages)
    fields = made(tx, row, said, language, stamp)
    if fields is not None:
        profiles.change(tx, actor_id, Edit(coded=fields), None, stamp)
        tx.wake(Topic.CACHES)
