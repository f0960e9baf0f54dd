"""A file that is uploaded: written to disk as it arrives, never held in memory, and judged by its first bytes.

Quart's own form reader keeps whole bodies in memory and knows one bound for all of them.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from quart import Request, request
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.http import parse_options_header
from werkzeug.sansio.multipart import Data, Epilogue, Field, File, MultipartDecoder, NeedData

from coopfed import limits
from coopfed.errors import BadMessage, InvalidInput
from coopfed.features.media import files, rules
from coopfed.features.media.actions import new_name
from coopfed.features.media.rules import Kind
from coopfed.node import Node

PATHS = frozenset({"/api/v1/media", "/api/v2/media"})
"""Where bodies may be as large as a video."""
IMPORT = "/api/v1/import"
"""Where an app sends a CSV file; the page of an actor's data takes them below `_DATA_PAGES`."""
_DATA_PAGES = "/account/data/"
_FORM_BYTES = 64 * limits.KIB
_FIELD_BYTES = 16 * limits.KIB
_BITE = 32 * limits.KIB
"""What the reader of forms is given at once: it holds no more than twice as much."""
_PARTS = 20
_WHOLE = limits.VIDEO_BYTES + _FORM_BYTES


class UploadRequest(Request):
    """A request whose body may be large where files are uploaded, and small everywhere else."""

    def __init__(self, method: str, scheme: str, path: str, *arguments: Any, **options: Any) -> None:
        files = method == "POST" and (path.rstrip("/") == IMPORT or path.startswith(_DATA_PAGES))
        if method == "POST" and path.rstrip("/") in PATHS:
            options["max_content_length"] = _WHOLE
        elif files:
            options["max_content_length"] = limits.IMPORT_BYTES + _FORM_BYTES
        super().__init__(method, scheme, path, *arguments, **options)
        if files:
            # The reader of forms holds what came at once, which for a quick sender is the whole file.
            self.max_content_length = limits.IMPORT_BYTES + _FORM_BYTES


@dataclass(slots=True)
class Upload:
    """What came: the file, which lies at `files.upload(name)`, what it is, and the fields beside it."""

    name: str
    kind: Kind | None = None
    size: int = 0
    fields: dict[str, str] = field(default_factory=dict)


async def uploaded(node: Node) -> Upload:
    """Reads the present request. InvalidInput for a file that is none, or too large; BadMessage for what is no multipart form.

    Nothing is left on the disk then.
    """
    kind, options = parse_options_header(request.headers.get("Content-Type"))
    boundary = options.get("boundary", "").encode()
    if kind != "multipart/form-data" or not boundary:
        raise BadMessage("files are uploaded as multipart/form-data")
    found = Upload(new_name())
    path = files.upload(node.config, found.name)
    try:
        with path.open("wb") as target:
            await _read(MultipartDecoder(boundary, _FORM_BYTES, max_parts=_PARTS), request.body, found, target)
        if found.kind is None or not found.size:
            raise InvalidInput("Validation failed: File can't be blank")
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return found


async def _read(decoder: MultipartDecoder, body: AsyncIterator[bytes], found: Upload, target: BinaryIO) -> None:
    part = _Part(found, target)
    try:
        async for chunk in body:
            for start in range(0, len(chunk), _BITE):
                decoder.receive_data(chunk[start : start + _BITE])
                if part.take(decoder):
                    return
        decoder.receive_data(None)
        part.take(decoder)
    except (ValueError, RequestEntityTooLarge) as error:
        raise BadMessage(f"the form is damaged: {type(error).__name__}") from error


class _Part:
    """The part of the form that is being read."""

    def __init__(self, found: Upload, target: BinaryIO) -> None:
        self._found, self._target = found, target
        self._field, self._is_file = "", False

    def take(self, decoder: MultipartDecoder) -> bool:
        """Takes what there is. Whether the form is at its end."""
        while not isinstance(event := decoder.next_event(), NeedData):
            if isinstance(event, Epilogue):
                return True
            if isinstance(event, Field):
                self._field, self._is_file = event.name, False
                self._found.fields[event.name] = ""
            elif isinstance(event, File):
                # A thumbnail of one's own is passed over: the picture makes its own.
                self._field, self._is_file = "", event.name == "file" and self._found.kind is None
            elif isinstance(event, Data):
                self._data(event.data)
        return False

    def _data(self, data: bytes) -> None:
        if self._field:
            so_far = self._found.fields[self._field] + data.decode(errors="replace")
            if len(so_far) > _FIELD_BYTES:
                raise InvalidInput(f"Validation failed: {self._field[:50]} is too long")
            self._found.fields[self._field] = so_far
        elif self._is_file and data:
            self._write(data)

    def _write(self, data: bytes) -> None:
        if self._found.kind is None:
            self._found.kind = rules.kind_of(data[: rules.BEGINNING])
        self._found.size += len(data)
        most = self._found.kind.most
        if self._found.size > most:
            raise InvalidInput(f"Validation failed: File is too large; at most {most >> 20} MiB are taken")
        self._target.write(data)
