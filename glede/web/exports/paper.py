"""PDF by Typst, offline: a page of ours and the data it shows.

Data goes in as JSON through Typst's inputs and is placed as text. Nothing anybody wrote ever stands
in the source, so it cannot be markup, code or a path.
"""

import json
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import typst


def pdf(page: Path, data: dict[str, Any], *, at: datetime) -> bytes:
    """`page` is a Typst source of ours that reads `sys.inputs.data`; `at` is the PDF's own date.

    Tagged for screen readers, and PDF/UA-1 where every letter can be shown: that standard refuses
    a letter the fonts here lack, and a resident's name may hold one. Only the fonts that come with
    Typst and the machine's are used; nothing is fetched.
    """
    source, told = page.read_bytes(), json.dumps(data, ensure_ascii=False)
    try:
        return _compiled(source, told, at, standard="ua-1")
    except typst.TypstError:
        return _compiled(source, told, at, standard="1.7")


def _compiled(source: bytes, data: str, at: datetime, *, standard: Literal["ua-1", "1.7"]) -> bytes:
    made = typst.compile(
        source,
        format="pdf",
        sys_inputs={"data": data},
        pdf_standards=standard,
        timestamp=int(at.timestamp()),
    )
    if not isinstance(made, bytes):
        raise TypeError("Typst gave no single file.")
    return made
