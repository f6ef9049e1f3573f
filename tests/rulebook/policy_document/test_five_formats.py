"""The same text gives the same clauses, whichever of the five kinds of file holds it."""

from collections.abc import Callable
from dataclasses import fields
from datetime import date

import pytest

from glede.rulebook.policy import importing
from glede.rulebook.policy.document.outline import Outline
from tests.rulebook.policy_document import customers, reading, rendering

TODAY = date(2026, 11, 22)
FORMATS: dict[str, tuple[str, Callable[[str], bytes]]] = {
    "docx": ("policy.docx", rendering.as_docx),
    "html": ("policy.html", rendering.as_html),
    "md": ("policy.md", rendering.markdown),
    "pdf": ("policy.pdf", lambda text: rendering.as_pdf(text, header="For the intranet")),
    "justified pdf": ("policy.pdf", lambda text: rendering.as_pdf(text, justify=True)),
    "two-column pdf": (
        "policy.pdf",
        lambda text: rendering.as_pdf(text, columns=2, justify=True),
    ),
}


def differences(one: Outline, other: Outline) -> list[str]:
    names = [field.name for field in fields(Outline)]
    return [name for name in names if getattr(one, name) != getattr(other, name)]


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("name", reading.NAMES)
def test_a_document_is_the_same_in_every_format(name: str, kind: str) -> None:
    file, render = FORMATS[kind]
    text = reading.text_of(name)

    outline = reading.outline(render(text), file)

    assert differences(reading.document(name), outline) == []


@pytest.mark.parametrize("kind", FORMATS)
def test_the_customers_policy_gives_the_same_json(kind: str) -> None:
    file, render = FORMATS[kind]
    text = customers.policy()

    plain = importing.as_json(importing.read(text.encode(), "policy.txt", today=TODAY))
    other = importing.as_json(importing.read(render(text), file, today=TODAY))

    assert other == plain


def test_signs_of_markdown_in_plain_text_mean_what_they_mean() -> None:
    """Many a plain text is Markdown under another name."""
    text = reading.text_of("friday")
    assert differences(reading.document("friday"), reading.outline(text.encode(), "p.txt")) == []


def test_a_table_drawn_with_strokes_is_a_table() -> None:
    text = (
        "1. Roles and responsibilities\n\n| Role | Duty |\n|------|------|\n"
        "| Head of Care | Reads every message |\n"
    )
    for file in ("p.txt", "p.md"):
        assert reading.duties(reading.outline(text.encode(), file)) == [
            ("Head of Care", "Reads every message")
        ]


def test_front_matter_is_a_heading_too() -> None:
    text = (
        "---\ntitle: Posting Standard\nversion: 2.5\nowner: Head of Care\n"
        "review_date: May 2027\n---\n"
        "# 1. Scope\n\n1.1 We answer every question that we are asked.\n"
    )
    found = reading.outline(text.encode(), "standard.md")
    assert (found.title, found.version, found.owner) == ("Posting Standard", "2.5", "Head of Care")
    assert found.next_review is not None
    assert found.next_review.on == date(2027, 5, 31)
    assert reading.numbers(found) == ["1.1"]
