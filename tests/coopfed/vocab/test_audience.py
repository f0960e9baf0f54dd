"""From addressing to visibility and back: ActivityPub 5.6 and the reading on which peers agree."""

import pytest

from coopfed.vocab.audience import Visibility, addressing, visibility
from coopfed.vocab.terms import PUBLIC

FOLLOWERS = "https://coop.example/ap/actors/1/followers"
MEMBER = "https://coop.example/ap/actors/2"
STRANGER = "https://peer.example/users/bo"


@pytest.mark.parametrize(
    ("to", "cc", "expected"),
    [
        ([PUBLIC], [FOLLOWERS], Visibility.PUBLIC),
        ([FOLLOWERS, PUBLIC], [PUBLIC], Visibility.PUBLIC),
        ([FOLLOWERS], [PUBLIC], Visibility.UNLISTED),
        ([], [PUBLIC], Visibility.UNLISTED),
        ([FOLLOWERS], [MEMBER], Visibility.FOLLOWERS),
        ([MEMBER, FOLLOWERS], [], Visibility.FOLLOWERS),
        ([MEMBER], [FOLLOWERS], Visibility.DIRECT),
        ([MEMBER], [], Visibility.DIRECT),
        (["https://akkoma.example/#Public"], [], Visibility.DIRECT),
        ([], [], Visibility.DIRECT),
    ],
)
def test_visibility_is_read_as_mastodon_and_gotosocial_read_it(
    to: list[str], cc: list[str], expected: Visibility
) -> None:
    """ActivityPub 5.6: Public in `to`, in `cc`, the followers in `to`, or nobody but those named."""
    assert visibility(to, cc, FOLLOWERS) is expected


def test_unknown_followers_collection_leaves_a_post_direct() -> None:
    """The narrower reading, until the author's collection is known (Misskey #17706)."""
    assert visibility([FOLLOWERS], [], None) is Visibility.DIRECT


@pytest.mark.parametrize("wanted", list(Visibility))
@pytest.mark.parametrize("mentions", [[], [STRANGER], [STRANGER, MEMBER, STRANGER]])
def test_what_is_addressed_so_is_read_so(wanted: Visibility, mentions: list[str]) -> None:
    """ActivityPub 5.6: writing and reading are each other's opposite, and nobody is addressed twice."""
    to, cc = addressing(wanted, FOLLOWERS, mentions)

    assert visibility(to, cc, FOLLOWERS) is wanted
    assert len(to + cc) == len(set(to + cc))
    assert set(mentions) <= {*to, *cc}


def test_addressing_by_level() -> None:
    """Mastodon, GoToSocial and Misskey: followers stand in `to` unless the post is public."""
    assert addressing(Visibility.PUBLIC, FOLLOWERS, [STRANGER]) == ([PUBLIC], [FOLLOWERS, STRANGER])
    assert addressing(Visibility.UNLISTED, FOLLOWERS, [STRANGER]) == ([FOLLOWERS], [PUBLIC, STRANGER])
    assert addressing(Visibility.FOLLOWERS, FOLLOWERS, [STRANGER]) == ([FOLLOWERS], [STRANGER])
    assert addressing(Visibility.DIRECT, FOLLOWERS, [STRANGER]) == ([STRANGER], [])


def test_a_mention_cannot_widen_the_audience() -> None:
    """A crafted mention of the public address or of the followers stays without effect."""
    to, cc = addressing(Visibility.DIRECT, FOLLOWERS, [PUBLIC, FOLLOWERS, STRANGER])

    assert (to, cc) == ([STRANGER], [])
