"""`coopfed actor edit`, `coopfed emoji` and `coopfed media`: what a volunteer without an app may do."""

from pathlib import Path

import pytest

from tests.coopfed.api.test_media import a_picture
from tests.coopfed.cli.conftest import Run
from tests.coopfed.cli.test_commands import made, said


@pytest.fixture
def boat(tmp_path: Path) -> Path:
    """A picture."""
    path = tmp_path / "boat.png"
    path.write_bytes(a_picture("PNG"))
    return path


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("--field", "nothing"), "NAME=VALUE"),
        (("--bot",), "no bot"),
        (("--avatar", "/nowhere/x.png"), "cannot be read"),
        (("--name", "x" * 501), "too long"),
    ],
)
def test_edit_that_cannot_be_is_refused(coopfed: Run, arguments: tuple[str, ...], named: str) -> None:
    """Bad input gets a clear error, and nothing is changed."""
    made(coopfed)
    before = said(coopfed("actor", "edit", "lampara", "--json"))

    result = coopfed("actor", "edit", "lampara", "--note", "Changed", *arguments, fails=True)

    assert named in str(result.exception)
    assert said(coopfed("actor", "edit", "lampara", "--json")) == before


def test_actor_is_edited_one_by_one_and_shown(coopfed: Run, boat: Path) -> None:
    """`actor edit` does what apps do: what is not named stays; without options it is shown."""
    made(coopfed)
    coopfed("actor", "edit", "lampara", "--name", "Lampara", "--note", "Nets", "--field", "Site=https://x.example?a=b")
    coopfed("actor", "edit", "lampara", "--avatar", str(boat), "--avatar-description", "A boat", "--unlisted")

    shown = said(coopfed("actor", "edit", "lampara", "--hide-follows", "--indexable", "--json"))

    assert (shown["name"], shown["note"], shown["fields"]) == ("Lampara", "Nets", {"Site": "https://x.example?a=b"})
    assert (shown["avatar_description"], shown["header"]) == ("A boat", None)
    assert "/media/" in shown["avatar"]
    assert (shown["discoverable"], shown["indexable"], shown["hide_follows"]) == (False, True, True)
    bare = said(coopfed("actor", "edit", "lampara", "--avatar", "", "--no-fields", "--json"))
    assert (bare["avatar"], bare["avatar_description"], bare["fields"]) == (None, "", {})


@pytest.mark.parametrize(
    ("shortcode", "content", "named"),
    [("x", b"", "no shortcode"), ("boat!", b"", "no shortcode"), ("boat", b"<svg/>", "invalid"), ("boat", b"", "")],
)
def test_emoji_that_cannot_be_is_refused(
    coopfed: Run, tmp_path: Path, shortcode: str, content: bytes, named: str
) -> None:
    """toot:Emoji: a shortcode that texts may have, and a picture by its bytes."""
    picture = tmp_path / "x.png"
    picture.write_bytes(content)

    result = coopfed("emoji", "add", shortcode, str(picture), fails=True)

    assert named in str(result.exception)
    assert said(coopfed("emoji", "list", "--json")) == []


def test_emojis_are_added_listed_changed_and_removed(coopfed: Run, boat: Path) -> None:
    """`coopfed emoji`: noun, then verb."""
    added = coopfed("emoji", "add", ":boat:", str(boat), "--category", "Sea")
    again = said(coopfed("emoji", "add", "boat", str(boat), "--json"))
    listed = said(coopfed("emoji", "list", "--json"))
    hidden = said(coopfed("emoji", "edit", "boat", "--hidden", "--category", "", "--json"))

    assert ":boat:" in added.stdout
    assert listed == [again] == [{"shortcode": "boat", "category": "Sea", "visible": True, "media_type": "image/png"}]
    assert (hidden["category"], hidden["visible"]) == ("", False)
    assert coopfed("emoji", "remove", "boat", typed="n\n", fails=True).exit_code != 0
    assert len(said(coopfed("emoji", "list", "--json"))) == 1
    assert said(coopfed("emoji", "remove", "boat", "--yes", "--json"))["removed"] is True
    assert said(coopfed("emoji", "list", "--json")) == []
    assert "there is no emoji" in str(coopfed("emoji", "remove", "boat", "--yes", fails=True).exception)


def test_files_move_into_a_bucket_that_is_named(coopfed: Run) -> None:
    """`coopfed media move` says what to set first."""
    assert "MEDIA_URL is empty" in str(coopfed("media", "move", fails=True).exception)
