"""`coopfed actor defaults`, and `coopfed post` that goes by them."""

import pytest

from tests.coopfed.cli.conftest import Run
from tests.coopfed.cli.test_commands import made, said


@pytest.mark.parametrize(
    ("option", "value", "named"),
    [
        ("--visibility", "direct", "use public, unlisted or followers"),
        ("--visibility", "all", "must be one of"),
        ("--language", "klingon!", "language code"),
        ("--quotes", "friends", "must be one of"),
    ],
)
def test_defaults_that_are_none_are_refused(coopfed: Run, option: str, value: str, named: str) -> None:
    """Bad input gets a clear error, and nothing is changed."""
    made(coopfed)

    result = coopfed("actor", "defaults", "lampara", "--markdown", option, value, fails=True)

    assert named in str(result.exception)
    assert said(coopfed("actor", "defaults", "lampara", "--json"))["markdown"] is False


def test_defaults_are_set_one_by_one_shown_and_taken_back(coopfed: Run) -> None:
    """`actor defaults`: what is not named stays; without options it is shown."""
    made(coopfed)

    before = said(coopfed("actor", "defaults", "lampara", "--json"))
    first = ("--language", "TR", "--markdown", "--visibility", "unlisted", "--quotes", "followers")
    coopfed("actor", "defaults", "lampara", *first)
    coopfed("actor", "defaults", "lampara", "--sensitive", "--approval")
    shown = said(coopfed("actor", "defaults", "lampara", "--json"))
    told = coopfed("actor", "defaults", "lampara").stdout
    back = (
        "--language",
        "none",
        "--plain",
        "--harmless",
        "--visibility",
        "public",
        "--quotes",
        "none",
        "--no-approval",
    )
    after = said(coopfed("actor", "defaults", "lampara", *back, "--json"))

    nothing = {"visibility": "public", "language": None, "markdown": False, "sensitive": False, "quotes": None}
    assert before == after == nothing | {"approval": False}
    assert shown == {
        "visibility": "unlisted",
        "language": "tr",
        "markdown": True,
        "sensitive": True,
        "quotes": "followers",
        "approval": True,
    }
    assert "language tr" in told
    assert "node" in str(coopfed("actor", "defaults", "node", "--markdown", fails=True).exception)


def test_post_goes_by_the_defaults_unless_it_says_otherwise(coopfed: Run) -> None:
    """`coopfed post`: each option goes before the default of its kind."""
    made(coopfed)
    coopfed("actor", "defaults", "lampara", "--language", "tr", "--markdown", "--visibility", "followers")

    said_otherwise = ("--language", "it", "--plain", "--visibility", "public")
    posts = [
        said(coopfed("post", "lampara", "**Reti**", *options, "--json"))["uri"] for options in ((), said_otherwise)
    ]
    first, second = (said(coopfed("lookup", uri, "--json")) for uri in posts)

    shown = ("visibility", "language", "content")
    assert [first[name] for name in shown] == ["followers", "tr", "<p><strong>Reti</strong></p>"]
    assert [second[name] for name in shown] == ["public", "it", "<p>**Reti**</p>"]
