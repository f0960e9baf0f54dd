"""CSV as Mastodon, GoToSocial and spreadsheets write it: what is refused and why, then what is read."""

import pytest

from coopfed import limits
from coopfed.errors import InvalidInput
from coopfed.features.portability.formats import IMPORTED, Kind, Line, cells_of, read, written

FOLLOWING = """Account address,Show boosts,Notify on new posts,Languages

user@example.com,true,false,

user@test.com,true,true,"en,fr"
"""
"""This, MUTES and LISTS are the files that Mastodon's own tests import, blank lines included."""
MUTES = """Account address,Hide notifications

user@example.com,true

user@test.com,false
"""
LISTS = """Mastodon project,gargron@example.com
Mastodon project,mastodon@example.com
test,foo@example.com
"""
BLOCKS = """user@example.com
user@test.com
"""
HOSTS = """#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate
bad.domain,silence,false,false,,false
worse.domain,suspend,true,true,,true
"""
BOOKMARKS = """https://example.com/statuses/1312
https://test.com/users/foo/statuses/42
"""


# --- refused ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "data", "said"),
    [
        (Kind.BLOCKS, b"", "no rows"),
        (Kind.FOLLOWING, b"Account address,Show boosts\n\n", "no rows"),
        (Kind.BLOCKS, "şeker@example.com".encode("iso-8859-9"), "UTF-8"),
        (Kind.BLOCKS, b"a@example.com\x00", "UTF-8"),
        (
            Kind.FOLLOWING,
            b"Account address;Show boosts\na@example.com;true\n",
            "Row 1: columns are separated by commas",
        ),
        (Kind.FOLLOWING, b"a@example.com\nb@example.com;true\n", "Row 2: columns are separated by commas"),
        (Kind.LISTS, b"Fishers;a@example.com\n", "commas"),
        (Kind.LISTS, b"Fishers\n", "Row 1: a row has the title"),
        (Kind.LISTS, b"Fishers,\n", "Row 1: it names nobody"),
        (Kind.MUTES, b",true\n", "Row 1: it names nobody"),
    ],
)
def test_what_is_no_such_file_is_refused_with_a_reason(kind: Kind, data: bytes, said: str) -> None:
    """A member learns what to change, and in which row."""
    with pytest.raises(InvalidInput, match=said):
        read(kind, data)


def test_file_is_bounded() -> None:
    """Limits IMPORT_ROWS, IMPORT_BYTES and ID_LENGTH: at n and n + 1."""
    rows = [f"a{number}@example.com\n" for number in range(limits.IMPORT_ROWS + 1)]
    assert len(read(Kind.BLOCKS, "".join(rows[1:]).encode())) == limits.IMPORT_ROWS
    with pytest.raises(InvalidInput, match="20001 rows"):
        read(Kind.BLOCKS, "".join(rows).encode())
    row = b"a@example.com".ljust(1_023) + b"\n"
    whole = row * (limits.IMPORT_BYTES // len(row))
    assert len(read(Kind.BLOCKS, whole)) == 1
    with pytest.raises(InvalidInput, match="too large"):
        read(Kind.BLOCKS, whole + b"\n")
    address = "https://example.com/".ljust(limits.ID_LENGTH, "x")
    assert read(Kind.BOOKMARKS, address.encode()) == [Line(address)]
    with pytest.raises(InvalidInput, match="Row 1: the address is too long"):
        read(Kind.BOOKMARKS, f"{address}x".encode())


# --- read -------------------------------------------------------------------------------------------------------


def test_files_of_mastodon_are_read() -> None:
    """Every kind that Mastodon exports."""
    assert read(Kind.FOLLOWING, FOLLOWING.encode()) == [
        Line("user@example.com", boosts=True, notify=False),
        Line("user@test.com", boosts=True, notify=True, languages=("en", "fr")),
    ]
    assert read(Kind.MUTES, MUTES.encode()) == [
        Line("user@example.com", notifications=True),
        Line("user@test.com", notifications=False),
    ]
    assert read(Kind.LISTS, LISTS.encode()) == [
        Line("gargron@example.com", title="Mastodon project"),
        Line("mastodon@example.com", title="Mastodon project"),
        Line("foo@example.com", title="test"),
    ]
    assert read(Kind.BLOCKS, BLOCKS.encode()) == [Line("user@example.com"), Line("user@test.com")]
    assert read(Kind.HOST_BLOCKS, HOSTS.encode()) == [Line("bad.domain"), Line("worse.domain")]
    assert [line.subject for line in read(Kind.BOOKMARKS, BOOKMARKS.encode())] == BOOKMARKS.split()


def test_files_of_gotosocial_are_read() -> None:
    """GoToSocial writes two columns of whom somebody follows; a header above blocks is none of its, and read all the same."""
    assert read(Kind.FOLLOWING, b"Account address,Show boosts\na@example.com,false\n") == [
        Line("a@example.com", boosts=False)
    ]
    assert read(Kind.BLOCKS, b"Account address\na@example.com\n") == [Line("a@example.com")]


@pytest.mark.parametrize(
    "data",
    [
        "\ufeffAccount address,Show boosts\r\n@a@example.com,TRUE\r\n\r\n".encode(),
        b"a@example.com,True",
        b"Account adress,Show boosts\nacct:a@example.com,true\n",
        b" a@example.com , true \n@a@example.com,true\n",
    ],
)
def test_spellings_of_the_wild_are_read(data: bytes) -> None:
    """Byte order mark, CRLF, no header, a misspelt one, an @ in front, blanks, the same row twice."""
    [line] = read(Kind.FOLLOWING, data)

    assert (line.subject, line.boosts in (True, None)) == ("a@example.com", True)


def test_addresses_are_read() -> None:
    """`https://…` in place of a handle, also one with a semicolon."""
    assert read(Kind.FOLLOWING, b"https://example.com/users/a;b\n") == [Line("https://example.com/users/a;b")]


@pytest.mark.parametrize("kind", IMPORTED)
def test_what_is_written_is_read_back(kind: Kind) -> None:
    """Export and import are each other's inverse, also where a spreadsheet would have run a cell."""
    title = "=HYPERLINK(1)" if kind is Kind.LISTS else ""
    line = Line("+a@example.com", title=title)
    if kind is Kind.FOLLOWING:
        line = Line("-a@example.com", boosts=False, notify=True, languages=("tr", "it"))
    if kind is Kind.MUTES:
        line = Line("a@example.com", notifications=False)

    text = written([cells_of(kind, line)])

    assert read(kind, text.encode()) == [line]
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in text.split(","))
