"""Which of a post's links may lead to a page that is shown beside it. Pure."""

from collections.abc import Collection
from dataclasses import dataclass
from itertools import islice

from coopfed import limits
from coopfed.errors import AddressRefused
from coopfed.ids import Urls
from coopfed.net.guard import wire_url
from coopfed.text.links import links


@dataclass(frozen=True, slots=True)
class Target:
    """Where a link leads: as the post has it, and as it is fetched."""

    link: str
    url: str

    @property
    def addresses(self) -> frozenset[str]:
        """What a post or an actor known here may be called that it leads to."""
        return frozenset({self.link, self.link.partition("#")[0], self.url})


def targets(content: str, named: Collection[str], urls: Urls) -> list[Target]:
    """The first links of a sanitised text to pages elsewhere, at most `limits.PREVIEW_LINKS`, in order.

    Left out are mentions, hashtags, quotes (see `coopfed.text.links`), what is `named` besides, pages of this node, and addresses that
    are none or carry a name and a password.
    """
    found = (_target(link.href) for link in links(content) if link.href not in named)
    return list(islice((one for one in found if one is not None and not urls.is_ours(one.url)), limits.PREVIEW_LINKS))


def _target(href: str) -> Target | None:
    try:
        url = wire_url(href)
    except AddressRefused:
        return None
    # Percent-encoded it may have become longer than any index takes.
    return Target(href, url) if len(url) <= limits.ID_LENGTH else None
