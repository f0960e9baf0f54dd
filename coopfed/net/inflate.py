"""Opening compressed answers without letting them grow: a bomb is stopped while it explodes, not after."""

import zlib

from coopfed import limits
from coopfed.errors import FetchError

_GZIP = 16 + zlib.MAX_WBITS
_SLICE = 64 * limits.KIB


class Inflater:
    """Bytes in as they come from the wire, plain bytes out; counts both sides.

    `encoding` is the answer's Content-Encoding; only gzip was asked for. Raises FetchError: `encoding` for another one
    or a damaged stream, `too_large` past `max_bytes` plain bytes, `bomb` past `limits.FETCH_RATIO` plain bytes for each
    byte on the wire. `status` is the answer's, for the error.
    """

    def __init__(self, encoding: str | None, max_bytes: int, status: int) -> None:
        name = (encoding or "identity").strip().lower()
        if name not in ("identity", "gzip", "x-gzip"):
            raise FetchError(f"Content-Encoding {name[:40]!r}", reason="encoding", status=status)
        self._stream = None if name == "identity" else zlib.decompressobj(_GZIP)
        self._max_bytes = max_bytes
        self._status = status
        self._wire = 0
        self._plain = 0

    def feed(self, data: bytes) -> bytes:
        """The plain bytes of the next bytes from the wire."""
        self._wire += len(data)
        if self._stream is None:
            return self._counted(data)
        parts = []
        while data:
            try:
                parts.append(self._counted(self._stream.decompress(data, _SLICE)))
            except zlib.error as error:
                raise self._error("encoding", str(error)) from error
            data = self._stream.unconsumed_tail
        if self._stream.unused_data:
            raise self._error("encoding", "bytes behind the end of the stream")
        return b"".join(parts)

    def close(self) -> bytes:
        """The last plain bytes; FetchError `encoding` when the stream is not complete."""
        if self._stream is None:
            return b""
        rest = self._counted(self._stream.flush())
        if self._wire and not self._stream.eof:
            raise self._error("encoding", "the stream is not complete")
        return rest

    def _counted(self, plain: bytes) -> bytes:
        self._plain += len(plain)
        if self._plain > self._max_bytes:
            raise self._error("too_large", f"more than {self._max_bytes} bytes")
        if self._plain > self._wire * limits.FETCH_RATIO:
            raise self._error("bomb", f"{self._plain} bytes out of {self._wire}")
        return plain

    def _error(self, reason: str, detail: str) -> FetchError:
        return FetchError(f"{reason}: {detail}", reason=reason, status=self._status)
