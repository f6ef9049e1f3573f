"""A file is what its bytes are; a picture is made anew, and nothing hidden in it survives."""

import io
import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from glede.kit import pictures
from glede.kit.pictures import BadPictureError, Picture

LIMITS = {"most_pixels": 1_000_000, "longest_side": 400, "small_side": 80}


def drawn(form: str = "JPEG", size: tuple[int, int] = (60, 40), **more: object) -> bytes:
    target = io.BytesIO()
    mode = "RGB" if form == "JPEG" else "RGBA"
    Image.new(mode, size, "red").save(target, form, **more)
    return target.getvalue()


def anew(data: bytes) -> Picture:
    return pictures.anew(data, **LIMITS)


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (drawn("JPEG"), "image/jpeg"),
        (drawn("PNG"), "image/png"),
        (drawn("WEBP"), "image/webp"),
        (drawn("GIF"), "image/gif"),
        (b"\x00\x00\x00\x20ftypisom....", "video/mp4"),
        (b"\x00\x00\x00\x20ftypqt  ....", "video/quicktime"),
        (b"\x1aE\xdf\xa3....", "video/webm"),
        (b"%PDF-1.7", "application/pdf"),
        (b"MZ\x90\x00", ""),
        (b"<svg xmlns='http://www.w3.org/2000/svg'>", ""),
        (b"<html>", ""),
        (b"", ""),
    ],
)
def test_a_file_is_what_its_first_bytes_say(data: bytes, kind: str) -> None:
    assert pictures.kind_of(data) == kind


def test_place_camera_and_remarks_are_gone_and_the_picture_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    exif[0x010F] = "A telephone"
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (51.6, 0.0, 0.0)
    data = drawn("JPEG", (60, 40), exif=exif, comment=b"Flat 12, Castle Court")
    assert b"A telephone" in data

    made = anew(data)

    assert (made.width, made.height) == (40, 60)
    for copy in (made.content, made.small):
        assert not opened(copy).getexif()
        assert b"Exif" not in copy
        assert b"Castle Court" not in copy


def test_what_is_hung_behind_a_picture_is_gone() -> None:
    made = anew(drawn("JPEG") + b"PK\x03\x04 a hidden archive")

    assert b"hidden archive" not in made.content


def test_text_in_a_png_is_gone_and_what_is_see_through_stays_so() -> None:
    info = PngInfo()
    info.add_text("Comment", "Flat 12")
    made = anew(drawn("PNG", pnginfo=info))

    assert b"Flat 12" not in made.content
    assert made.content_type == "image/png"
    assert opened(made.content).mode == "RGBA"


def test_a_picture_that_moves_is_kept_by_its_first_frame() -> None:
    target = io.BytesIO()
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue", "green")]
    frames[0].save(target, "GIF", save_all=True, append_images=frames[1:])

    made = anew(target.getvalue())

    assert made.moved
    assert getattr(opened(made.content), "n_frames", 1) == 1
    red, _, blue = opened(made.content).convert("RGB").getpixel((10, 10))
    assert red > 200 > blue


def test_a_small_file_that_bursts_is_refused_by_its_head() -> None:
    with pytest.raises(BadPictureError, match="pixels: too many"):
        anew(drawn("PNG", (2000, 2000)))


def bomb(side: int) -> bytes:
    """The head of a PNG that claims far more than it holds."""
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + head
    return (
        b"\x89PNG\r\n\x1a\n"
        + struct.pack(">I", len(head))
        + chunk
        + struct.pack(">I", zlib.crc32(chunk))
    )


@pytest.mark.parametrize("side", [50_000, 2_000_000])
def test_a_head_that_claims_the_moon_is_refused(side: int) -> None:
    with pytest.raises(BadPictureError):
        anew(bomb(side))


@pytest.mark.parametrize(
    "data",
    [b"", b"\xff\xd8\xff", b"GIF89a", drawn("PNG")[:60], drawn("JPEG")[:100], b"RIFF\0\0\0\0WEBP"],
)
def test_a_broken_picture_is_refused_with_words(data: bytes) -> None:
    with pytest.raises(BadPictureError):
        anew(data)


@settings(max_examples=150, deadline=None)
@given(
    form=st.sampled_from(["JPEG", "PNG", "GIF", "WEBP"]),
    at=st.integers(0, 400),
    noise=st.binary(max_size=40),
)
def test_whatever_is_broken_in_it_is_a_picture_or_refused(form: str, at: int, noise: bytes) -> None:
    data = bytearray(drawn(form))
    data[at : at + len(noise)] = noise

    try:
        made = anew(bytes(data))
    except BadPictureError:
        return
    assert opened(made.content).size == (made.width, made.height)


@settings(max_examples=60, deadline=None)
@given(width=st.integers(1, 900), height=st.integers(1, 900))
def test_no_side_is_longer_than_allowed_and_the_shape_stays(width: int, height: int) -> None:
    made = anew(drawn("JPEG", (width, height)))

    assert max(made.width, made.height) == min(max(width, height), 400)
    assert max(opened(made.small).size) <= 80
    scale = max(made.width, made.height) / max(width, height)
    assert abs(made.width - width * scale) <= 1
    assert abs(made.height - height * scale) <= 1
