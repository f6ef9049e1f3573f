"""A file is somebody else's word: each thing that can be wrong with it ends in one sentence."""

import io
import zipfile
import zlib

import docx
import pypdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glede.rulebook.policy.document import build, errors
from glede.rulebook.policy.document.blocks import Limits
from glede.rulebook.policy.document.read import read
from tests.rulebook.policy_document import reading, rendering

WORDS = "1.1 We answer every question within four hours of its receipt."


def word_with(changes: dict[str, bytes], *, leave_out: str = "") -> bytes:
    """A sound Word file with some of its parts exchanged."""
    file = io.BytesIO()
    document = docx.Document()
    document.add_paragraph(WORDS)
    source = zipfile.ZipFile(io.BytesIO(rendering.saved(document)))
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for name in source.namelist():
            if name != leave_out:
                made.writestr(name, changes.pop(name, source.read(name)))
        for name, data in changes.items():
            made.writestr(name, data)
    return file.getvalue()


def locked_pdf() -> bytes:
    writer = pypdf.PdfWriter(io.BytesIO(rendering.as_pdf(WORDS)))
    writer.encrypt("kestrel")
    file = io.BytesIO()
    writer.write(file)
    return file.getvalue()


def scan() -> bytes:
    writer = pypdf.PdfWriter()
    writer.add_blank_page(width=595, height=842)
    file = io.BytesIO()
    writer.write(file)
    return file.getvalue()


def bomb_pdf() -> bytes:
    packed = zlib.compress(b" " * 40_000_000, 9)
    return b"%PDF-1.7\n1 0 obj\n<<>>\nstream\n" + packed + b"\nendstream\nendobj\n"


_XXE = (
    b'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY secret SYSTEM "file:///etc/passwd">]>'
    b'<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>'
    b"<w:p><w:r><w:t>1.1 We answer &secret;</w:t></w:r></w:p></w:body></w:document>"
)
_MACRO_TYPES = b"""<?xml version="1.0"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Override PartName="/word/document.xml"
 ContentType="application/vnd.ms-word.document.macroEnabled.main+xml"/></Types>"""

FILES: dict[str, tuple[bytes, type[errors.UnreadableError], str]] = {
    "nothing in it": (b"", errors.EmptyError, "Choose the file"),
    "only spaces": (b"  \n\n ", errors.EmptyError, "Choose the file"),
    "a page with no words": (b"<html><body><p> </p></body></html>", errors.EmptyError, "no text"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(400), errors.WrongTypeError, "picture"),
    "a program": (b"MZ\x90\x00" + bytes(range(32)) * 90, errors.WrongTypeError, "not text"),
    "an old Word file": (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), errors.WrongTypeError, ".docx"),
    "a Word file with a password": (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le") + bytes(99),
        errors.LockedError, "without the password"),
    "rich text": (b"{\\rtf1\\ansi We answer.}", errors.WrongTypeError, "RTF"),
    "any zip": (word_with({}, leave_out="[Content_Types].xml"), errors.WrongTypeError, "zip"),
    "half a Word file": (word_with({})[:2_000], errors.BrokenError, "damaged"),
    "macros by type": (
        word_with({"[Content_Types].xml": _MACRO_TYPES}), errors.MacrosError, "macros"),
    "macros by part": (word_with({"word/vbaProject.bin": b"x"}), errors.MacrosError, "macros"),
    "an external entity": (
        word_with({"word/document.xml": _XXE}), errors.BrokenError, "not opened"),
    "XML that is none": (
        word_with({"word/document.xml": b"<w:p>"}), errors.BrokenError, "damaged"),
    "a zip bomb": (
        word_with({"word/media/a.bin": bytes(30_000_000)}), errors.TooLargeError, "unpacks"),
    "a PDF with a password": (locked_pdf(), errors.LockedError, "password"),
    "a scan": (scan(), errors.ScanError, "OCR"),
    "half a PDF": (rendering.as_pdf(WORDS)[:300], errors.BrokenError, "damaged"),
    "a PDF bomb": (bomb_pdf(), errors.TooLargeError, "unpacks"),
}  # fmt: skip
SMALL = Limits(bytes=5_000_000, unpacked=20_000_000, pages=3, characters=50_000)


@pytest.mark.parametrize("what", FILES)
def test_what_cannot_be_read_ends_in_a_sentence(what: str) -> None:
    data, kind, says = FILES[what]
    with pytest.raises(errors.UnreadableError) as caught:
        read(data, "policy.docx", limits=SMALL)
    assert type(caught.value) is kind
    assert says in str(caught.value)
    assert str(caught.value).endswith(".")


def test_too_many_bytes_pages_or_words_are_refused_each_with_the_limit() -> None:
    with pytest.raises(errors.TooLargeError, match="up to 5 MB"):
        read(b"a " * 3_000_000, "policy.txt", limits=SMALL)
    pages = "\n\n".join(["A sentence that fills one line of a page and then ends here."] * 200)
    with pytest.raises(errors.TooLargeError, match="up to 3 can be read"):
        read(rendering.as_pdf(pages), "policy.pdf", limits=SMALL)
    with pytest.raises(errors.TooLargeError, match="far more text"):
        read(b"word " * 20_000, "policy.txt", limits=SMALL)


def test_the_content_tells_the_kind_and_never_the_name() -> None:
    for data, name in (
        (word_with({}), "policy.pdf"),
        (rendering.as_pdf(WORDS), "policy.docx"),
        (rendering.as_html(WORDS), "policy.pdf"),
        (WORDS.encode(), "policy.docx"),
        (WORDS.encode("utf-16"), "policy.txt"),
    ):
        assert [c.number for c in reading.outline(data, name).clauses] == ["1.1"]


def test_a_page_holds_no_scripts_menus_or_cookie_banners() -> None:
    page = (
        "<html><head><script>track()</script></head><body><nav>Home</nav>"
        f"<div class='cookie-banner'>We use cookies.</div><main><p>{WORDS}</p></main>"
        "<footer>All rights reserved</footer></body></html>"
    )
    found = reading.outline(page.encode(), "page.html")
    assert found.text == WORDS.removeprefix("1.1 ")


def test_progress_is_told_to_the_end() -> None:
    told: list[tuple[int, int, str]] = []
    text = "\n\n".join(["A sentence that fills one line of a page and then ends here."] * 200)
    read(rendering.as_pdf(text), "p.pdf", progress=lambda *said: told.append(said))
    assert told[0] == (0, told[-1][1], "pages")
    assert told[-1][0] == told[-1][1] > 3


def outlined(data: bytes, name: str) -> None:
    """Reads, or refuses with a sentence; anything else is a fault of ours."""
    try:
        found = build.outline(read(data, name, limits=SMALL))
    except errors.UnreadableError:
        return
    assert all(found.text[c.start : c.end] == c.text for c in found.clauses)
    assert len({c.number for c in found.clauses}) == len(found.clauses)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400), st.sampled_from(["", "PK\x03\x04", "%PDF-1.7\n", "<html>", "\xd0"]))
def test_any_bytes_are_read_or_refused(data: bytes, start: str) -> None:
    outlined(start.encode("latin-1") + data, "policy.md")


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 3_000), st.binary(min_size=1, max_size=30), st.booleans())
def test_a_damaged_file_is_read_or_refused(place: int, damage: bytes, is_pdf: bool) -> None:
    sound = _PDF if is_pdf else _WORD
    place %= len(sound)
    outlined(sound[:place] + damage + sound[place + len(damage) :], "policy")


_PDF, _WORD = rendering.as_pdf(WORDS), word_with({})
_LINES = st.lists(
    st.sampled_from(
        [
"1. Purpose", "1.1 We answer.", "(a) one;", "(i) two;", "- a point", "Version: 3",
            "Contents", "Owner\tHead of Care", "A. Title", "Definitions", "Term – its meaning",
            "§", "1.", "| a | b |", "Appendix B", "2 Scope", "# Heading", "",
            "Responsibilities", "Approved by: Board, May 2024",
            "Libel means a false statement.", "9.30 am to 5pm", "2.1.1", "•", "12.05.2024",
            "Note: this:",
        ]
    )
    | st.text(max_size=40),
    max_size=30,
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(_LINES, st.sampled_from(["p.txt", "p.md", "p.html"]))
def test_any_lines_make_a_tree_in_which_every_number_is_one_place(
    lines: list[str], name: str
) -> None:
    outlined("\n".join(lines).encode(errors="ignore"), name)
