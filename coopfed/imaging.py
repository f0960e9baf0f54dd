"""Makes a picture fit to be shown: a process of its own, with limits of its own, since pictures are made by strangers.

`python -m coopfed.imaging SOURCE TARGET PREVIEW SHAPE` reads SOURCE, turns it as its EXIF says, drops everything but the pixels, writes
TARGET and the smaller PREVIEW, and prints one line of JSON: media_type, width, height, preview_width, preview_height, blurhash,
animated. SHAPE is what it is for: a `file` of a post, an `avatar` or `header`, which are cut to their size and stand still, or an
`emoji`, whose PREVIEW stands still. What is no picture, or too large to be unpacked, ends with status 2 and a sentence. Of the server
only its bounds are imported.
"""

import json
import resource
import sys
import warnings
from pathlib import Path
from typing import Any

from blurhash_rs import blurhash_encode
from PIL import Image, ImageOps, UnidentifiedImageError

from coopfed import limits

MEMORY_BYTES, CPU_SECONDS = 1024 * 1024 * 1024, 30
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
_HASH_EDGE = 32
_CUT = {"avatar": limits.AVATAR_SIZE, "header": limits.HEADER_SIZE}


class NoPicture(Exception):
    """The file is none of the pictures that this node takes, or too large."""


def main(arguments: list[str]) -> int:
    """The status of the process."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    source, target, preview = map(Path, arguments[:3])
    try:
        print(json.dumps(converted(source, target, preview, arguments[3])))
    except NoPicture as error:
        print(error, file=sys.stderr)
        return 2
    except MemoryError:
        print("unpacking it takes too much memory", file=sys.stderr)
        return 2
    return 0


def converted(source: Path, target: Path, preview: Path, shape: str) -> dict[str, Any]:
    """Writes both files. What they are. NoPicture says why there is none."""
    Image.MAX_IMAGE_PIXELS = limits.IMAGE_PIXELS
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    try:
        with Image.open(source, formats=FORMATS) as opened:
            if opened.width * opened.height > limits.IMAGE_PIXELS:
                raise NoPicture(f"{opened.width}×{opened.height} are too many pixels")
            moves = getattr(opened, "n_frames", 1) > 1
            if shape == "emoji":
                return _emoji(opened, source, target, preview, moves=moves)
            if moves and shape == "file" and opened.format != "PNG":
                return _moving(opened, source, target, preview)
            opened.seek(0)
            if opened.format == "JPEG":
                # Unpacks no more pixels than are kept.
                opened.draft("RGB", (limits.IMAGE_EDGE, limits.IMAGE_EDGE))
            upright = ImageOps.exif_transpose(opened)
            return _still(upright, target, preview, _CUT.get(shape))
    except UnidentifiedImageError as error:
        # What Pillow says of it names the file, and so where this machine keeps it.
        raise NoPicture("it is no picture that can be read") from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise NoPicture(str(error)) from error
    except (OSError, ValueError, SyntaxError, ZeroDivisionError, IndexError, KeyError, TypeError, EOFError) as error:
        # Pillow's decoders raise all of these on damaged files.
        raise NoPicture(f"damaged: {type(error).__name__}") from error


def _still(picture: Any, target: Path, preview: Path, cut: tuple[int, int] | None) -> dict[str, Any]:
    clear = picture.mode in ("RGBA", "LA", "PA") or (picture.mode == "P" and "transparency" in picture.info)
    pixels = picture.convert("RGBA" if clear else "RGB")
    if cut is not None:
        pixels = ImageOps.fit(pixels, cut)
    pixels.thumbnail((limits.IMAGE_EDGE, limits.IMAGE_EDGE))
    # A new picture: nothing of the old one's EXIF, XMP or comments goes with it.
    kept, kind = _bare(pixels), "PNG" if clear else "JPEG"
    kept.save(target, kind, **({"optimize": True} if clear else {"quality": 85, "progressive": True}))
    return _described(kept, preview, "image/png" if clear else "image/jpeg", animated=False)


def _emoji(opened: Any, source: Path, target: Path, preview: Path, *, moves: bool) -> dict[str, Any]:
    """Small, with what is clear in it; a GIF or WebP that moves is kept as it is, unless there is more than pictures in it."""
    opened.seek(0)
    still = ImageOps.exif_transpose(opened).convert("RGBA")
    still.thumbnail((limits.EMOJI_EDGE, limits.EMOJI_EDGE))
    bare = _bare(still)
    bare.save(preview, "PNG", optimize=True)
    small = moves and source.stat().st_size <= limits.EMOJI_BYTES and "xmp" not in opened.info
    if small and opened.format in ("GIF", "WEBP") and not opened.getexif():
        target.write_bytes(source.read_bytes())
    else:
        small = False
        bare.save(target, "PNG", optimize=True)
    media_type = f"image/{opened.format.lower()}" if small else "image/png"
    size = {"width": opened.width, "height": opened.height} if small else {"width": bare.width, "height": bare.height}
    told = {"preview_width": bare.width, "preview_height": bare.height, "blurhash": None, "animated": small}
    return {"media_type": media_type, **size, **told}


def _moving(opened: Any, source: Path, target: Path, preview: Path) -> dict[str, Any]:
    """A GIF or WebP that moves is kept as it is: its frames carry no EXIF that phones write."""
    if opened.format == "GIF":
        media_type = "image/gif"
    elif opened.format == "WEBP" and not opened.getexif() and "xmp" not in opened.info:
        media_type = "image/webp"
    else:
        raise NoPicture(f"a moving {opened.format} with more than pictures in it")
    target.write_bytes(source.read_bytes())
    opened.seek(0)
    first = _bare(opened.convert("RGBA"))
    return _described(first, preview, media_type, animated=True)


def _bare(picture: Any) -> Any:
    bare = Image.new(picture.mode, picture.size)
    bare.paste(picture)
    return bare


def _described(picture: Any, preview: Path, media_type: str, *, animated: bool) -> dict[str, Any]:
    small = picture.copy()
    small.thumbnail((limits.PREVIEW_EDGE, limits.PREVIEW_EDGE))
    flat = Image.new("RGB", small.size, "white")
    flat.paste(small, mask=small.getchannel("A") if small.mode == "RGBA" else None)
    flat.save(preview, "JPEG", quality=80, progressive=True)
    tiny = flat.copy()
    tiny.thumbnail((_HASH_EDGE, _HASH_EDGE))
    return {
        "media_type": media_type,
        "width": picture.width,
        "height": picture.height,
        "preview_width": small.width,
        "preview_height": small.height,
        "blurhash": blurhash_encode(tiny, 4, 3),
        "animated": animated,
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
