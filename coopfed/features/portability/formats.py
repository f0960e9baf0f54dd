"""The CSV files that servers of the fediverse give and take, as Mastodon and GoToSocial write them. Pure.

Read with a header or without, with a byte order mark, LF or CRLF, `name@host`, `@name@host` or an address. Cells that a spreadsheet
would run are written behind an apostrophe, which is taken away again when such a file comes back.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from coopfed import limits
from coopfed.errors import InvalidInput
from coopfed.net.hosts import written_host
from coopfed.text.parameters import truth


class Kind(StrEnum):
    """What a file lists. The words of GoToSocial's API."""

    FOLLOWING = "following"
    FOLLOWERS = "followers"
    LISTS = "lists"
    BLOCKS = "blocks"
    MUTES = "mutes"
    HOST_BLOCKS = "domain_blocks"
    BOOKMARKS = "bookmarks"


class Mode(StrEnum):
    """What becomes of what is not in the file: it stays, or it goes."""

    MERGE = "merge"
    OVERWRITE = "overwrite"


IMPORTED = tuple(kind for kind in Kind if kind is not Kind.FOLLOWERS)
"""What can be brought along. Followers come by themselves, or by a move."""
HEADERS = {
    Kind.FOLLOWING: ("Account address", "Show boosts", "Notify on new posts", "Languages"),
    Kind.FOLLOWERS: ("Account address",),
    Kind.MUTES: ("Account address", "Hide notifications"),
}
"""First lines, where Mastodon writes one."""
FILE_NAMES = {
    Kind.FOLLOWING: "following_accounts.csv",
    Kind.FOLLOWERS: "followers.csv",
    Kind.LISTS: "lists.csv",
    Kind.BLOCKS: "blocked_accounts.csv",
    Kind.MUTES: "muted_accounts.csv",
    Kind.HOST_BLOCKS: "blocked_domains.csv",
    Kind.BOOKMARKS: "bookmarks.csv",
}
"""As Mastodon calls them."""
_NAMES_OF_COLUMNS = {
    "account address": "Account address",
    # As some programs misspell it.
    "account adress": "Account address",
    "show boosts": "Show boosts",
    "notify on new posts": "Notify on new posts",
    "languages": "Languages",
    "hide notifications": "Hide notifications",
}
_FIRST_CELLS = frozenset({*_NAMES_OF_COLUMNS, "domain", "uri", "list", "list title"})
_NOT_TEXT = "The file is no text in UTF-8. Save it as CSV (UTF-8)."
_RUN_BY_SPREADSHEETS = ("=", "+", "-", "@", "\t", "\r")
_LANGUAGES = ","


@dataclass(frozen=True, slots=True)
class Line:
    """A row: who or what it names, and what is wanted of it; None and empty: nothing is said. `title` of a list; `cells` as they came, of
    files of other kinds."""

    subject: str
    title: str = ""
    boosts: bool | None = None
    notify: bool | None = None
    languages: tuple[str, ...] | None = None
    notifications: bool | None = None
    cells: tuple[str, ...] | None = None


def download(name: str) -> dict[str, str]:
    """The headers with which such a file is handed over: to be kept, by no cache, and run by no browser."""
    return {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Type": "text/csv; charset=utf-8",
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
    }


def written(rows: Iterable[Sequence[str]]) -> str:
    """The rows as CSV."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([_harmless(cell) for cell in row] for row in rows)
    return text.getvalue()


def _harmless(cell: str) -> str:
    # What another actor chose as its name, or a list's title, must not become a formula on the reader's machine.
    return f"'{cell}" if cell.startswith(_RUN_BY_SPREADSHEETS) else cell


def as_it_was(cell: str) -> str:
    """A cell without the apostrophe that `written` puts before what a spreadsheet would run."""
    text = cell.strip()
    return text[1:] if text.startswith("'") and text[1:].startswith(_RUN_BY_SPREADSHEETS) else text


def cells_of(kind: Kind, line: Line) -> list[str]:
    """The row as this node writes it, without what was not said at the end."""
    if kind is Kind.LISTS:
        return [line.title, line.subject]
    if kind is Kind.MUTES:
        return [line.subject, _word(line.notifications)]
    if kind is Kind.FOLLOWING:
        languages = ", ".join(line.languages or ())
        return [line.subject, _word(line.boosts), _word(line.notify), languages]
    return [line.subject]


def _word(value: bool | None) -> str:
    return "" if value is None else str(value).lower()


def read(kind: Kind, data: bytes) -> list[Line]:
    """The rows of a file, each once. InvalidInput says what is wrong with it, and in which row."""
    rows = numbered(data)
    columns = _header(rows[0][1]) if rows else None
    if columns is not None:
        rows = rows[1:]
    lines = list(dict.fromkeys(_line(kind, number, row, columns or _usual(kind)) for number, row in rows))
    if not lines:
        raise InvalidInput("The file has no rows.", reason="file_empty")
    if len(lines) > limits.IMPORT_ROWS:
        text = f"The file has {len(lines)} rows; at most {limits.IMPORT_ROWS} are taken at once."
        raise InvalidInput(text, reason="file_rows")
    return lines


def numbered(data: bytes) -> list[tuple[int, list[str]]]:
    """The rows of a file that have anything in them, with their places. InvalidInput says what is wrong with it."""
    if len(data) > limits.IMPORT_BYTES:
        raise InvalidInput(
            f"The file is too large; at most {limits.IMPORT_BYTES >> 20} MiB are taken.", reason="file_size"
        )
    return [(number, row) for number, row in enumerate(_rows(data), 1) if any(cell.strip() for cell in row)]


def _rows(data: bytes) -> list[list[str]]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInput(_NOT_TEXT, reason="file_text") from error
    if "\x00" in text:
        raise InvalidInput(_NOT_TEXT, reason="file_text")
    try:
        return list(csv.reader(io.StringIO(text, newline="")))
    except csv.Error as error:
        raise InvalidInput(f"The file is no CSV: {error}.", reason="file_csv") from error


def _header(row: list[str]) -> list[str] | None:
    """The names of the columns, if the row is a header."""
    first = row[0].strip().lower().removeprefix("#")
    if first not in _FIRST_CELLS:
        return None
    known = [_NAMES_OF_COLUMNS.get(cell.strip().lower(), cell.strip()) for cell in row]
    return known if "Account address" in known else []


def _usual(kind: Kind) -> list[str]:
    return list(HEADERS.get(kind, ("Account address",)))


def _line(kind: Kind, number: int, row: list[str], columns: list[str]) -> Line:
    _refuse_semicolons(kind, number, row)
    if kind is Kind.LISTS:
        if len(row) < 2 or not row[0].strip():
            raise _wrong(number, "a row has the title of a list and an account", "file_title")
        # Titles keep what stands in them, but for the blanks around.
        return Line(_subject(number, row[1]), title=as_it_was(row[0]))
    cells = dict(zip(columns, (as_it_was(cell) for cell in row), strict=False))
    subject = _subject(number, cells.get("Account address", row[0]))
    if kind is Kind.FOLLOWING:
        languages = cells.get("Languages")
        return Line(
            subject,
            boosts=_truth(cells.get("Show boosts")),
            notify=_truth(cells.get("Notify on new posts")),
            languages=_codes(languages) if languages else None,
        )
    if kind is Kind.MUTES:
        return Line(subject, notifications=_truth(cells.get("Hide notifications")))
    return Line(_host(subject) if kind is Kind.HOST_BLOCKS else subject)


def _host(subject: str) -> str:
    """The host as it is compared; what is none is told with its row, when its turn comes."""
    try:
        return written_host(subject)
    except InvalidInput:
        return subject


def _refuse_semicolons(kind: Kind, number: int, row: list[str]) -> None:
    first = row[0]
    alone = kind is not Kind.LISTS or len(row) == 1
    if ";" in first and alone and not first.strip().lower().startswith(("http:", "https:")):
        raise _wrong(number, "columns are separated by commas, not by semicolons", "file_semicolons")


def _wrong(number: int, what: str, reason: str) -> InvalidInput:
    return InvalidInput(f"Row {number}: {what}.", reason=reason, payload={"row": number})


def _subject(number: int, cell: str) -> str:
    text = as_it_was(cell)
    if not text:
        raise _wrong(number, "it names nobody and nothing", "file_nobody")
    if len(text.encode()) > limits.ID_LENGTH:
        raise _wrong(number, "the address is too long", "file_long")
    return text if "://" in text else text.removeprefix("acct:").removeprefix("@")


def _truth(cell: str | None) -> bool | None:
    """`true`, `TRUE`, `false`…; nothing else says anything."""
    return truth(cell.lower()) if cell else None


def _codes(cell: str) -> tuple[str, ...]:
    return tuple(code.strip() for code in cell.split(_LANGUAGES) if code.strip())
