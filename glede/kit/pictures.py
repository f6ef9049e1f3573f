"""What a file is, told by its first bytes; and pictures made anew, without what else was in them.

A picture that is made anew from its pixels carries no place, no camera, no hidden file. Sizes are
read from its head before a pixel is unpacked, so that a small file cannot burst.
"""

import io
import warnings
from dataclasses import dataclass

from PIL import Image, ImageOps

from glede.kit.words import say

#: The only kinds that are unpacked; Pillow knows others, and their readers stay closed.
_FORMATS = ("JPEG", "PNG", "GIF", "WEBP")
PICTURES = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})

#: (offset, bytes, type), in this order. RIFF and ISO files say further in what they hold.
_MAGIC = (
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (8, b"WAVE", "audio/wav"),
    (4, b"ftypqt", "video/quicktime"),
    (4, b"ftypM4A", "audio/mp4"),
    (4, b"ftyphei", "image/heic"),
    (4, b"ftypmif1", "image/heic"),
    (4, b"ftypavif", "image/avif"),
    (4, b"ftyp", "video/mp4"),
    (0, b"\x1aE\xdf\xa3", "video/webm"),
    (0, b"OggS", "audio/ogg"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"\xff\xfb", "audio/mpeg"),
    (0, b"%PDF-", "application/pdf"),
)

_QUALITY = 88


class BadPictureError(ValueError):
    """It is no picture that we can make anew; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture made anew, and a small one of it."""

    content: bytes
    content_type: str
    width: int
    height: int
    small: bytes
    #: It moved; the first frame is kept.
    moved: bool


def kind_of(data: bytes) -> str:
    """The media type its first bytes tell; "" where they tell none that we know."""
    for offset, magic, content_type in _MAGIC:
        if data[offset : offset + len(magic)] == magic:
            return content_type
    return ""


def anew(data: bytes, *, most_pixels: int, longest_side: int, small_side: int) -> Picture:
    """The same picture from its pixels alone, upright, no longer than `longest_side`.

    Raises `BadPictureError`.
    """
    try:
        with warnings.catch_warnings():
            # Pillow warns of large pictures; our own limit, asked below, is the one that counts.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=_FORMATS) as opened:
                return _anew(
                    opened,
                    most_pixels=most_pixels,
                    longest_side=longest_side,
                    small_side=small_side,
                )
    except Image.DecompressionBombError as error:
        raise BadPictureError(say("It unpacks into more than we take.")) from error
    except BadPictureError:
        raise
    # Pillow's readers raise whatever a broken file makes them stumble over.
    except (OSError, ValueError, SyntaxError, EOFError, IndexError, KeyError, TypeError) as error:
        raise BadPictureError(say("It is damaged, or no picture at all.")) from error


def _anew(opened: Image.Image, *, most_pixels: int, longest_side: int, small_side: int) -> Picture:
    if opened.width * opened.height > most_pixels:
        raise BadPictureError(
            say(
                "It has %(width)s × %(height)s pixels: too many.",
                width=opened.width,
                height=opened.height,
            )
        )
    moved = getattr(opened, "n_frames", 1) > 1
    opened.seek(0)
    upright = ImageOps.exif_transpose(opened) or opened
    mode = "RGBA" if _is_see_through(upright) else "RGB"
    pixels = upright.convert(mode)
    pixels.thumbnail((longest_side, longest_side))
    small = pixels.convert("RGB") if mode == "RGB" else pixels.copy()
    small.thumbnail((small_side, small_side))
    content, content_type = _written(pixels)
    return Picture(content, content_type, pixels.width, pixels.height, _written(small)[0], moved)


def _is_see_through(picture: Image.Image) -> bool:
    return picture.mode in {"RGBA", "LA", "PA"} or "transparency" in picture.info


def _written(picture: Image.Image) -> tuple[bytes, str]:
    """The pixels into a new file: nothing of the old one's head is taken over."""
    bare = Image.new(picture.mode, picture.size)
    bare.paste(picture)
    target = io.BytesIO()
    if picture.mode == "RGBA":
        bare.save(target, "PNG")
        return target.getvalue(), "image/png"
    bare.save(target, "JPEG", quality=_QUALITY)
    return target.getvalue(), "image/jpeg"
