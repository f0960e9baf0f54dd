"""Which files are taken, and what they are. Pure. The first bytes decide, never what the sender says of them."""

from dataclasses import dataclass

from coopfed import limits
from coopfed.errors import InvalidInput
from coopfed.vocab.records import AttachmentRecord

IMAGE, GIFV, VIDEO, AUDIO = "image", "gifv", "video", "audio"
AVATAR, HEADER, EMOJI, FILE = "avatar", "header", "emoji", "file"
"""What a picture is made into: cut to the one size of an avatar or header, small and with its movement, or as a post has it."""
SHAPES = frozenset({AVATAR, HEADER, EMOJI, FILE})
EXTENSIONS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/gif": "gif",
    "image/webp": "webp",
    "video/mp4": "mp4",
    "video/webm": "webm",
    "audio/mpeg": "mp3",
    "audio/ogg": "ogg",
    "audio/mp4": "m4a",
    "audio/flac": "flac",
    "audio/wav": "wav",
}
"""Every type that is served, by what a file of it is called. SVG is none of them: it runs scripts."""
PREVIEW, PREVIEW_EDGE = "small.jpg", limits.PREVIEW_EDGE
"""How the smaller picture is called, and its longer edge in pixels."""
BEGINNING = 64
"""Bytes that are looked at."""
_MP4_AUDIO = (b"M4A ", b"M4B ")


@dataclass(frozen=True, slots=True)
class Kind:
    """What a file is, and how large it may be."""

    kind: str
    media_type: str

    @property
    def most(self) -> int:
        """Bytes, at most."""
        return limits.IMAGE_BYTES if self.kind == IMAGE else limits.VIDEO_BYTES


def kind_of(beginning: bytes) -> Kind:
    """What a file is by its first bytes. InvalidInput when it is nothing that this node takes."""
    if beginning.startswith(b"\xff\xd8\xff"):
        return Kind(IMAGE, "image/jpeg")
    if beginning.startswith(b"\x89PNG\r\n\x1a\n"):
        return Kind(IMAGE, "image/png")
    if beginning.startswith((b"GIF87a", b"GIF89a")):
        return Kind(IMAGE, "image/gif")
    if beginning[:4] == b"RIFF" and beginning[8:12] == b"WEBP":
        return Kind(IMAGE, "image/webp")
    if beginning[:4] == b"RIFF" and beginning[8:12] == b"WAVE":
        return Kind(AUDIO, "audio/wav")
    if beginning[4:8] == b"ftyp":
        return Kind(AUDIO, "audio/mp4") if beginning[8:12] in _MP4_AUDIO else Kind(VIDEO, "video/mp4")
    if beginning.startswith(b"\x1a\x45\xdf\xa3") and b"webm" in beginning:
        return Kind(VIDEO, "video/webm")
    if beginning.startswith(b"ID3") or (
        beginning[:1] == b"\xff" and len(beginning) > 1 and beginning[1] & 0xE6 == 0xE2
    ):
        return Kind(AUDIO, "audio/mpeg")
    if beginning.startswith(b"OggS"):
        return Kind(AUDIO, "audio/ogg")
    if beginning.startswith(b"fLaC"):
        return Kind(AUDIO, "audio/flac")
    raise InvalidInput(
        "Validation failed: File content type is invalid; this node takes JPEG, PNG, GIF, WebP, MP4, WebM, MP3, Ogg"
    )


def shown_kind(file: AttachmentRecord) -> str | None:
    """Which of image, video and audio a file of a post says that it is; None for what is not served here."""
    if file.media_type in EXTENSIONS:
        return file.media_type.partition("/")[0]
    # Of pictures some servers do not tell the type.
    return IMAGE if file.media_type is None and file.type == "Image" else None


def checked_description(text: object) -> str:
    """What a file shows, for those who do not see it. InvalidInput when it is too long."""
    found = str(text or "").replace("\x00", "").strip()
    if len(found) > limits.MEDIA_DESCRIPTION:
        raise InvalidInput(
            f"Validation failed: Description is too long (maximum is {limits.MEDIA_DESCRIPTION} characters)"
        )
    return found


def checked_focus(text: object) -> tuple[float, float] | None:
    """The point to keep in view, `x,y` each in -1..1; None when nothing is said. InvalidInput for anything else."""
    if text in (None, ""):
        return None
    try:
        x, y = (float(part) for part in str(text).split(","))
    except ValueError as error:
        raise InvalidInput("Validation failed: focus is two numbers, x,y") from error
    if not (-1 <= x <= 1 and -1 <= y <= 1):
        raise InvalidInput("Validation failed: focus lies between -1 and 1")
    return x, y
