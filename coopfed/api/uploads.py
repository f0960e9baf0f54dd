"""Files that are uploaded: written to disk as they arrive, never held in memory, and judged by their first bytes.

Quart's own form reader keeps whole bodies in memory and knows one bound for all of them.
"""

from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from quart import Request, request
from werkzeug.datastructures import Headers
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.http import parse_options_header
from werkzeug.sansio.multipart import Data, Epilogue, Field, File, MultipartDecoder, NeedData

from coopfed import limits
from coopfed.errors import BadMessage, InvalidInput
from coopfed.features.media import files, rules
from coopfed.features.media.actions import new_name
from coopfed.features.media.rules import Kind
from coopfed.node import Node

PATHS = {
    ("POST", "/api/v1/media"): limits.VIDEO_BYTES,
    ("POST", "/api/v2/media"): limits.VIDEO_BYTES,
    ("PATCH", "/api/v1/accounts/update_credentials"): 2 * limits.IMAGE_BYTES,
    ("PATCH", "/api/v1/profile"): 2 * limits.IMAGE_BYTES,
}
"""Where bodies may be large, and how large their files may be together."""
IMPORT = "/api/v1/import"
"""Where an app sends a CSV file; the page of an actor's data takes them below `_DATA_PAGES`."""
_DATA_PAGES = "/account/data/"
_FORM_BYTES = 64 * limits.KIB
_FIELD_BYTES = 16 * limits.KIB
_BITE = 32 * limits.KIB
"""What the reader of forms is given at once: it holds no more than twice as much."""
_PARTS = 50


class UploadRequest(Request):
    """A request whose body may be large where files are uploaded, and small everywhere else."""

    def __init__(self, method: str, scheme: str, path: str, *arguments: Any, **options: Any) -> None:
        headers = next((one for one in arguments if isinstance(one, Headers)), Headers())
        most = PATHS.get((method, path.rstrip("/")))
        files = method == "POST" and (path.rstrip("/") == IMPORT or path.startswith(_DATA_PAGES))
        # Other kinds of bodies are read into memory.
        if most is not None and headers.get("Content-Type", "").lower().startswith("multipart/form-data"):
            options["max_content_length"] = most + _FORM_BYTES
        elif files:
            options["max_content_length"] = limits.IMPORT_BYTES + _FORM_BYTES
        super().__init__(method, scheme, path, *arguments, **options)
        if files:
            # The reader of forms holds what came at once, which for a quick sender is the whole file.
            self.max_content_length = limits.IMPORT_BYTES + _FORM_BYTES


@dataclass(slots=True)
class Upload:
    """A file that came; it lies at `files.upload(name)`."""

    name: str
    kind: Kind | None = None
    size: int = 0


@dataclass(slots=True)
class Form:
    """What came: the fields as pairs, and the files by the names of theirs."""

    pairs: list[tuple[str, str]] = field(default_factory=list)
    files: dict[str, Upload] = field(default_factory=dict)


def is_form() -> bool:
    """Whether the present request is one that files may come with."""
    return request.mimetype == "multipart/form-data"


async def read_form(node: Node, wanted: Collection[str]) -> Form:
    """Reads the present request; of its files those of these fields. InvalidInput for a file that is none, or too large; BadMessage for
    what is no multipart form. Nothing is left on the disk then."""
    kind, options = parse_options_header(request.headers.get("Content-Type"))
    boundary = options.get("boundary", "").encode()
    if kind != "multipart/form-data" or not boundary:
        raise BadMessage("files are uploaded as multipart/form-data")
    form = Form()
    part = _Part(node, form, wanted)
    try:
        await _read(MultipartDecoder(boundary, _FORM_BYTES, max_parts=_PARTS), request.body, part)
    except BaseException:
        part.close()
        drop(node, form)
        raise
    part.close()
    for name in [name for name, found in form.files.items() if not found.size]:
        files.upload(node.config, form.files.pop(name).name).unlink(missing_ok=True)
    return form


def drop(node: Node, form: Form) -> None:
    """Takes away the files that nobody made anything of."""
    for found in form.files.values():
        files.upload(node.config, found.name).unlink(missing_ok=True)


async def _read(decoder: MultipartDecoder, body: AsyncIterator[bytes], part: "_Part") -> None:
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

    def __init__(self, node: Node, form: Form, wanted: Collection[str]) -> None:
        self._node, self._form, self._wanted = node, form, wanted
        self._text: str | None = None
        self._file: Upload | None = None
        self._target: BinaryIO | None = None

    def close(self) -> None:
        """The file that was written is whole, or will never be."""
        if self._target is not None:
            self._target.close()
        self._target, self._file = None, None

    def take(self, decoder: MultipartDecoder) -> bool:
        """Takes what there is. Whether the form is at its end."""
        while not isinstance(event := decoder.next_event(), NeedData):
            if isinstance(event, Epilogue):
                return True
            if isinstance(event, Field):
                self.close()
                self._text = event.name
                self._form.pairs.append((event.name, ""))
            elif isinstance(event, File):
                self.close()
                self._text = None
                # A thumbnail of one's own is passed over: the picture makes its own.
                if event.name in self._wanted and event.name not in self._form.files:
                    self._file = self._form.files[event.name] = Upload(new_name())
                    self._target = files.upload(self._node.config, self._file.name).open("wb")
            elif isinstance(event, Data):
                self._data(event.data)
        return False

    def _data(self, data: bytes) -> None:
        if self._text is not None:
            name, so_far = self._form.pairs[-1]
            if len(so_far) + len(data) > _FIELD_BYTES:
                raise InvalidInput(f"Validation failed: {name[:50]} is too long")
            self._form.pairs[-1] = (name, so_far + data.decode(errors="replace"))
        elif self._file is not None and self._target is not None and data:
            self._write(self._file, self._target, data)

    def _write(self, file: Upload, target: BinaryIO, data: bytes) -> None:
        if file.kind is None:
            file.kind = rules.kind_of(data[: rules.BEGINNING])
        file.size += len(data)
        if file.size > file.kind.most:
            raise InvalidInput(f"Validation failed: File is too large; at most {file.kind.most >> 20} MiB are taken")
        target.write(data)
