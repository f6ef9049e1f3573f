"""Text as it was meant: spaces, ligatures, signs of emphasis and stray HTML."""

import html
import re

_SPACES = re.compile(r"[^\S\n\t]+")
_ODD = str.maketrans(
    {
        "\u00ad": "",
        "\u200b": "",
        "\u200c": "",
        "\u200d": "",
        "\u2060": "",
        "\ufeff": "",
        "\u00a0": " ",
        "\u202f": " ",
        "\u2007": " ",
        "\u2028": "\n",
        "\u2029": "\n",
        "\r": "\n",
        "\v": "\n",
        "\f": "\n",
        "\ufb00": "ff",
        "\ufb01": "fi",
        "\ufb02": "fl",
        "\ufb03": "ffi",
        "\ufb04": "ffl",
        "\ufb05": "ft",
        "\ufb06": "st",
        "\u2011": "-",
    }
)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
_STARS = re.compile(r"(?<![\w*])(\*{1,3})(?=\S)([^*\n]+?)(?<=\S)\1(?![\w*])")
_LINES = re.compile(r"(?<![\w_])(_{1,2})(?=\S)([^_\n]+?)(?<=\S)\1(?![\w_])")
_TAGS = re.compile(
    r"</?(?:ul|ol|li|p|br|b|strong|i|em|span|div|u|a|font|td|tr|table|h[1-6])\b[^<>]*>", re.I
)
_POINT = re.compile(r"<li\b[^<>]*>", re.I)
_BREAK = re.compile(r"</?(?:ul|ol|p|br|div|tr|table|h[1-6])\b[^<>]*>|</li>", re.I)

#: What is printed before a point of a list; Word's symbol fonts come out of a PDF as private signs.
BULLETS = "•▪▫◦‣●○■□◾◆◇➢➤➔►▶✓✔·∙\uf0b7\uf0a7\uf0d8\uf0fc\uf076\uf02d"
_BULLET = re.compile(rf"^\s*(?:[{BULLETS}]\s*|[-–*+]\s+(?=\S))")


def lines(text: str) -> list[str]:
    """The lines in it, tabs kept, each with single spaces; empty ones too."""
    plain = _CONTROL.sub("", text.replace("\r\n", "\n").translate(_ODD))
    return [_SPACES.sub(" ", line).strip(" ") for line in plain.split("\n")]


def line(text: str) -> str:
    """All of it as one line."""
    return " ".join(_CONTROL.sub("", text.translate(_ODD)).split())


def without_html(text: str) -> str:
    """HTML that somebody typed or pasted into a cell, as lines and bullets."""
    if not _TAGS.search(text):
        return text
    text = _POINT.sub("\n• ", text)
    text = _BREAK.sub("\n", text)
    return html.unescape(_TAGS.sub("", text))


def without_marks(text: str) -> tuple[str, bool]:
    """The text without `*` and `_` of emphasis, and whether all of it was emphasised."""
    for pattern in (_STARS, _LINES):
        whole = pattern.fullmatch(text.strip())
        if whole is not None:
            return whole.group(2), True
        text = pattern.sub(r"\2", text)
    return text, False


def without_bullet(text: str) -> tuple[str, bool]:
    """The text without the sign of a point before it, and whether there was one."""
    found = _BULLET.match(text)
    return (text[found.end() :].strip(), True) if found else (text, False)


def points(text: str) -> list[str]:
    """A cell's text cut at the bullets inside it: “• one• two” are two."""
    pieces = re.split(r"\s*(?=•)", text)
    return [piece for piece in pieces if piece.strip()]
