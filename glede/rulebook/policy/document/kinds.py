"""What kind of file some bytes are: by their content, never by their name."""

import re
from enum import Enum, auto
from pathlib import PurePath

from glede.kit.words import say
from glede.rulebook.policy.document.errors import LockedError, MacrosError, WrongTypeError


class Kind(Enum):
    DOCX = auto()
    PDF = auto()
    HTML = auto()
    MARKDOWN = auto()
    PLAIN = auto()


_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_LOCKED = "EncryptedPackage".encode("utf-16-le")
_PDF = b"%PDF-"
#: A PDF may begin with a little rubbish (ISO 32000-1, annex H.3.4.1).
_PDF_WITHIN = 1024
_SAVE_AS = say(
    "Save it as a Word document (.docx), PDF, HTML, Markdown or plain text and try again."
)
_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"II*\x00", b"MM\x00*", b"BM", b"RIFF")
_HTML = re.compile(
    r"<!doctype\s+html|<html[\s>]|<body[\s>]|<head[\s>]|(?:^|\n)\s*<(?:h[1-6]|p|div|table|main|article)[\s>]",
    re.I,
)
_MARKDOWN = re.compile(
    r"^(?:#{1,6} \S|\|.*\|\s*$\n\|[ :|-]+\|\s*$|---\n\w+:)|\n\|[ :|-]+\|\s*\n", re.M
)
_MARKDOWN_NAMES = (".md", ".markdown", ".mdown", ".mkd")
_LOOK = 4096
_FEW = 0.02


def of(data: bytes, name: str) -> Kind:
    """Raises `WrongTypeError`, `LockedError` or `MacrosError`."""
    if data.startswith(b"PK\x03\x04"):
        return Kind.DOCX
    if _PDF in data[:_PDF_WITHIN]:
        return Kind.PDF
    if data.startswith(_OLE):
        _refuse_ole(data)
    if data.startswith(_PICTURES):
        raise WrongTypeError(
            say(
                "This is a picture, not a text. Run it through text recognition (OCR), or"
                " use the file it was made from."
            )
        )
    if data.startswith(b"{\\rtf"):
        raise WrongTypeError(say("This is an RTF file. %(save_as)s", save_as=_SAVE_AS))
    text = decoded(data)
    suffix = PurePath(name).suffix.lower()
    if _HTML.search(text[:_LOOK]) and suffix not in _MARKDOWN_NAMES:
        return Kind.HTML
    if suffix in _MARKDOWN_NAMES or (suffix != ".txt" and _MARKDOWN.search(text[:_LOOK])):
        return Kind.MARKDOWN
    return Kind.PLAIN


def decoded(data: bytes) -> str:
    """The text in some bytes: UTF-8, UTF-16 with its mark, or Windows' own. Raises
    `WrongTypeError` where it is no text."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = data.decode("utf-16", errors="replace")
    else:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = data.decode("cp1252", errors="replace")
    head = text[:_LOOK]
    strange = sum(
        1 for sign in head if sign == "\ufffd" or (sign < " " and sign not in "\t\n\r\f\v")
    )
    if strange > max(2, len(head) * _FEW):
        raise WrongTypeError(say("What is in this file is not text. %(save_as)s", save_as=_SAVE_AS))
    return text


def _refuse_ole(data: bytes) -> None:
    if _LOCKED in data:
        raise LockedError(
            say(
                "A password protects this document. Open it, save a copy without the"
                " password, and choose the copy."
            )
        )
    if "VBA".encode("utf-16-le") in data:
        raise MacrosError(
            say(
                "This document holds macros (programs), and such files are not opened. %(save_as)s",
                save_as=_SAVE_AS,
            )
        )
    raise WrongTypeError(say("This is an old Office file (.doc). %(save_as)s", save_as=_SAVE_AS))
