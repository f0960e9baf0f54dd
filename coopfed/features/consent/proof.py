"""Looks up where an author's consent is shown."""

from coopfed.errors import BadMessage, FetchError, RemoteGone
from coopfed.features.consent.rules import may_vouch, shows_consent
from coopfed.net.fetch import Budget, fetch_document
from coopfed.node import Node
from coopfed.vocab.document import read_authorization


async def is_shown(
    node: Node, uri: str, kind: str, author: str, interacting: str, target: str, budget: Budget, *, exactly: bool
) -> bool:
    """Whether the document at `uri`, on the author's own host, shows consent to this interaction (see `rules.shows_consent`).

    False also when the document is gone or none; FetchError when its host does not answer now, PeerBlocked when it is blocked here.
    Source: FEP-044f *Verifying quotes*; GoToSocial *Validating approvedBy*.
    """
    if not may_vouch(uri, author) or node.urls.is_ours(uri):
        return False
    try:
        fetched = await fetch_document(node.http, uri, signer=node.signer, budget=budget)
        found = read_authorization(fetched.document)
    except (RemoteGone, BadMessage):
        return False
    except FetchError as error:
        if error.temporary:
            raise
        return False
    return found.id == uri and shows_consent(found, kind, author, interacting, target, exactly=exactly)
