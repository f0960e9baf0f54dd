"""Who may do what with a post: the rules alone."""

import pytest

from coopfed.features.consent.rules import (
    Permission,
    QuotePolicy,
    allowed_to,
    default_policy,
    is_for_as_few,
    may_quote,
    may_vouch,
    named,
    permission,
    quote_permission,
    shows_consent,
)
from coopfed.vocab.audience import Visibility
from coopfed.vocab.records import AuthorizationRecord, PolicyRule
from coopfed.vocab.terms import PUBLIC

AUTHOR, BO, CY = "https://peer.example/users/a", "https://coop.example/bo", "https://coop.example/cy"
FOLLOWERS = f"{AUTHOR}/followers"
FREE, ASK, NEVER = Permission


@pytest.mark.parametrize(
    ("rule", "collections", "wanted"),
    [
        (None, (), FREE),
        (PolicyRule((), ()), (), NEVER),
        (PolicyRule((PUBLIC,), ()), (), FREE),
        (PolicyRule((), (PUBLIC,)), (), ASK),
        (PolicyRule((AUTHOR,), ()), (), NEVER),
        (PolicyRule((AUTHOR,), (PUBLIC,)), (), ASK),
        (PolicyRule((BO,), ()), (), FREE),
        (PolicyRule((), (BO,)), (), ASK),
        (PolicyRule((BO,), (BO,)), (), FREE),
        # the more specific value wins
        (PolicyRule((PUBLIC,), (BO,)), (), ASK),
        (PolicyRule((BO,), (PUBLIC,)), (), FREE),
        (PolicyRule((PUBLIC,), (FOLLOWERS,)), (FOLLOWERS,), ASK),
        # who is in a collection is known to the author's server alone
        (PolicyRule((FOLLOWERS,), ()), (FOLLOWERS,), ASK),
        (PolicyRule((FOLLOWERS,), ()), (), NEVER),
        (PolicyRule((FOLLOWERS,), (PUBLIC,)), (), ASK),
    ],
)
def test_a_rule_says_who_may_at_once_and_who_on_request(
    rule: PolicyRule | None, collections: tuple[str, ...], wanted: Permission
) -> None:
    """GoToSocial *Conflicting / Duplicate Values*, *Validating presence in a Followers / Following collection*."""
    assert permission(rule, BO, AUTHOR, collections) is wanted
    assert permission(rule, AUTHOR, AUTHOR) is FREE


@pytest.mark.parametrize(
    ("rule", "wanted"),
    [
        (None, NEVER),
        (PolicyRule((AUTHOR,), ()), NEVER),
        (PolicyRule((PUBLIC,), ()), ASK),
        (PolicyRule((), (PUBLIC,)), ASK),
        (PolicyRule((BO,), ()), ASK),
    ],
)
def test_quotes_are_opt_in_and_always_asked_for(rule: PolicyRule | None, wanted: Permission) -> None:
    """GoToSocial *canQuote*: the default is nobody; FEP-044f: consent is shown by a document, so it is asked for."""
    assert quote_permission(rule, BO, AUTHOR) is wanted
    assert quote_permission(rule, AUTHOR, AUTHOR) is FREE


@pytest.mark.parametrize("policy", QuotePolicy)
def test_what_is_written_is_never_empty_and_read_back(policy: QuotePolicy) -> None:
    """s2s 2.21: an empty array means "absent", so it is never sent."""
    entries = allowed_to(policy, AUTHOR, FOLLOWERS)

    assert len(entries) == 1
    assert named(PolicyRule(tuple(entries), ()), FOLLOWERS) is policy
    assert named(None, FOLLOWERS) is QuotePolicy.NOBODY


def test_only_what_everybody_may_see_is_quoted_by_others() -> None:
    """s2s 2.21: a private post is quoted by its author alone, whatever its policy says."""
    for visibility in Visibility:
        wide = visibility in (Visibility.PUBLIC, Visibility.UNLISTED)
        assert may_quote(QuotePolicy.PUBLIC, visibility, own=False, follows=True) is wide
        assert may_quote(QuotePolicy.NOBODY, visibility, own=True, follows=False)
        assert not may_quote(QuotePolicy.NOBODY, visibility, own=False, follows=True)
        assert default_policy(visibility) is (QuotePolicy.PUBLIC if wide else QuotePolicy.NOBODY)
    assert may_quote(QuotePolicy.FOLLOWERS, Visibility.PUBLIC, own=False, follows=True)
    assert not may_quote(QuotePolicy.FOLLOWERS, Visibility.PUBLIC, own=False, follows=False)


@pytest.mark.parametrize(
    ("quoting", "quoted", "fits"),
    [
        ("public", "public", True),
        ("direct", "unlisted", True),
        ("public", "unlisted", True),
        ("public", "followers", False),
        ("unlisted", "followers", False),
        ("followers", "followers", True),
        ("direct", "followers", True),
        ("followers", "direct", False),
        ("direct", "direct", True),
    ],
)
def test_a_quote_is_for_as_few_as_what_it_quotes(quoting: str, quoted: str, fits: bool) -> None:
    """Issue 4, 1: what was said to few is never widened."""
    assert is_for_as_few(Visibility(quoting), Visibility(quoted)) is fits


@pytest.mark.parametrize(
    ("change", "exact", "loose"),
    [
        ({}, True, True),
        ({"author": BO}, False, False),
        ({"interacting": CY}, False, False),
        ({"target": CY}, False, False),
        ({"target": None}, False, True),
        ({"kind": "reply"}, False, False),
        ({"kind": None}, False, True),
    ],
)
def test_consent_names_both_ends(change: dict[str, str | None], exact: bool, loose: bool) -> None:
    """Mastodon GHSA-q4g8-82c5-9h33, GHSA-8h43-rcqj-wpc6; GoToSocial's older documents leave the target out."""
    whole = {"id": "x", "kind": "quote", "author": AUTHOR, "interacting": "i", "target": "t"} | change
    found = AuthorizationRecord(**whole)  # type: ignore[arg-type]

    assert shows_consent(found, "quote", AUTHOR, "i", "t") is exact
    assert shows_consent(found, "quote", AUTHOR, "i", "t", exactly=False) is loose


def test_only_the_authors_own_host_vouches() -> None:
    """GoToSocial *Validating approvedBy*, 1: the host of the document is that of the author."""
    assert may_vouch("https://peer.example/stamps/1", AUTHOR)
    assert not may_vouch("https://peer.example:8443/stamps/1", AUTHOR)
    assert not may_vouch("https://evil.example/stamps/1", AUTHOR)
    assert not may_vouch("javascript:x", AUTHOR)
