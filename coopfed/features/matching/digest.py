"""Mails about matches: the best five of which nobody was told yet, every day or week, to those of an actor's people who decide about
answers. What is for few is told without its words: mails lie on servers of others. Source: domain research 8.7; RFC 8058."""

from collections.abc import Mapping, Sequence

from actors.lookup import ActorRow, by_id
from actors.roles import Role, may_negotiate
from coopfed import limits
from coopfed.db.tx import Tx
from coopfed.features import mail_wishes, match_wishes
from coopfed.features.accounts import letters, store
from coopfed.features.accounts.letters import Text
from coopfed.features.digests import stopping
from coopfed.features.match_wishes import Rhythm
from coopfed.features.matching import store as matches
from coopfed.features.matching import words
from coopfed.features.matching.pairings import Pairing, pairings, umbrella_names
from coopfed.features.matching.rules import Match
from coopfed.features.matching.store import Asked
from coopfed.node import Node, Stamp
from coopfed.text.i18n import Translator, translator
from coopfed.text.sanitise import line

_DECIDE = tuple(role for role in Role if may_negotiate(frozenset({role})))


async def send_matches(node: Node, key: str) -> None:
    """The job `send_matches` (key: an actor's number): leaves a mail for each who wants one, and comes again when the next is due. Of
    nothing new there is no mail."""
    number, now = int(key), node.clock.now()
    due, row = await node.db.read(match_wishes.due_at, number), await node.db.read(by_id, number)
    if due is None or row is None or row.gone_at is not None:
        return
    if due > now:
        # Somebody chose another rhythm since this job was left.
        await node.db.write(match_wishes.again, number, due, node.stamp())
        return
    found = (
        [] if row.suspended else await node.db.read_long(matches.find, number, Asked(limit=limits.MATCHES_DEEP), now)
    )
    await node.db.write(
        _leave, node.secret, node.config.handle_domain, node.config.languages[0], row, found, node.stamp()
    )


def _leave(
    tx: Tx, secret: bytes, host: str, language: str, row: ActorRow, found: Sequence[Match], stamp: Stamp
) -> None:
    rhythm = match_wishes.rhythm_of(tx, row.id)
    if rhythm is Rhythm.NONE:
        return
    match_wishes.plan(tx, row.id, rhythm, stamp)
    known = matches.known_of(tx, row.id, [matches.pair_of(match) for match in found])
    told = {pair for pair, one in known.items() if one.mailed_at is not None or one.dismissed_at is not None}
    new = [match for match in found if matches.pair_of(match) not in told][: limits.MATCH_MAILED]
    people = mail_wishes.addressees(tx, row.id, _DECIDE, mail_wishes.MATCHES) if new else []
    if not people:
        return
    items, names = pairings(tx, new), umbrella_names(tx, new)
    for number in people:
        account = store.by_id(tx, number)
        assert account is not None
        texts = translator(account.language or language)
        stop = f"{stamp.urls.base}/account/mails/{stopping(secret, account)}"
        letters.post(tx, secret, account.email, mail(texts, host, stamp.urls.base, row, items, names, stop=stop), stamp)
    remembered = matches.remember(tx, row.id, [matches.pair_of(match) for match in new], stamp)
    matches.mailed(tx, remembered.values(), stamp.now)


def mail(
    texts: Translator,
    host: str,
    base: str,
    actor: ActorRow,
    items: Sequence[Pairing],
    names: Mapping[int, str],
    *,
    stop: str,
) -> Text:
    """The mail. Pure."""
    count = texts.ngettext(
        "%(count)s match for %(actor)s", "%(count)s matches for %(actor)s", len(items), actor=line(actor.name)
    )
    return Text(
        subject=f"{count} ({host})",
        before="\n\n".join(_told(texts, base, item, names) for item in items),
        after="\n".join(
            (
                texts.gettext(
                    "All matches, and how often they are mailed: %(page)s",
                    page=f"{base}/account/matches/{actor.handle}",
                ),
                texts.gettext("No more such mails: %(page)s", page=stop),
            )
        ),
        unsubscribe=stop,
    )


def _told(texts: Translator, base: str, item: Pairing, names: Mapping[int, str]) -> str:
    """A match as some lines of plain text. A name must not look like lines of ours."""
    owner = f"{line(item.owner.name)} (@{item.owner.acct})"
    theirs, ours = item.theirs, item.ours
    if theirs is None:
        first, page = owner, item.owner.url or item.owner.uri
    elif theirs.public:
        first, page = f"{line(theirs.title)} – {owner}", f"{base}/requests/{theirs.id}"
    else:
        hidden = texts.gettext("A request that is for few")
        first, page = f"{hidden} – {owner}", f"{base}/requests/{theirs.id}"
    points = texts.gettext("%(points)s of 100 points", points=item.match.score)
    aim = texts.gettext("for your profile")
    if ours is not None:
        aim = texts.gettext("for:") + " " + line(ours.title)
    reasons = (f"  - {words.told(texts, reason, names)}" for reason in item.match.reasons)
    return "\n".join([first, f"  {points}, {aim}", *reasons, f"  {page}"])
