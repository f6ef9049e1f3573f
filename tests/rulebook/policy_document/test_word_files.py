"""What Word keeps outside the text: numbers, changes, boxes, contents."""

import docx
from docx.document import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from tests.rulebook.policy_document import reading, rendering
from tests.rulebook.policy_document.reading import clause, duties, numbers, titles

_LEVELS = "".join(
    f'<w:lvl w:ilvl="{level}"><w:start w:val="1"/><w:numFmt w:val="{kind}"/>'
    f'<w:lvlText w:val="{text}"/></w:lvl>'
    for level, (kind, text) in enumerate(
        [("decimal", "%1."), ("decimal", "%1.%2"), ("lowerLetter", "(%3)"), ("lowerRoman", "(%4)")]
    )
)


def word() -> Document:
    """A document with one list of four levels, as its numbering 77."""
    document = docx.Document()
    numbering = document.part.numbering_part.element
    numbering.insert(
        0,
        parse_xml(f'<w:abstractNum {nsdecls("w")} w:abstractNumId="77">{_LEVELS}</w:abstractNum>'),
    )
    numbering.append(
        parse_xml(f'<w:num {nsdecls("w")} w:numId="77"><w:abstractNumId w:val="77"/></w:num>')
    )
    return document


def at(document: Document, level: int, text: str) -> None:
    rendering.numbered(document.add_paragraph(text), num=77, level=level)


def test_numbers_that_word_counts_are_printed_numbers() -> None:
    document = word()
    document.add_paragraph("Social Media Policy", style="Title")
    at(document, 0, "Purpose")
    at(document, 1, "This policy is for everybody who works here.")
    at(document, 1, "It holds on every platform.")
    at(document, 0, "Answers")
    at(document, 1, "We answer every question within 4 hours, and we")
    at(document, 2, "are polite;")
    at(document, 2, "sign with our name:")
    at(document, 3, "the first name is enough.")
    at(document, 1, "We do not argue.")

    found = reading.outline(rendering.saved(document), "policy.docx")

    assert titles(found) == [("1", "Purpose"), ("2", "Answers")]
    assert numbers(found) == ["1.1", "1.2", "2.1", "2.1(a)", "2.1(b)", "2.1(b)(i)", "2.2"]
    assert clause(found, "2.2").text == "We do not argue."


def test_a_change_that_takes_words_out_takes_them_out() -> None:
    document = docx.Document()
    paragraph = document.add_paragraph("1.1 We answer within ")
    for tag, inner, words in (("del", "delText", "4"), ("ins", "t", "6")):
        paragraph._p.append(
            parse_xml(
                f'<w:{tag} {nsdecls("w")} w:id="1" w:author="A. Osei"><w:r><w:{inner}>{words}'
                f"</w:{inner}></w:r></w:{tag}>"
            )
        )
    paragraph.add_run(" hours of receipt.")

    found = reading.outline(rendering.saved(document), "policy.docx")

    assert clause(found, "1.1").text == "We answer within 6 hours of receipt."


def test_a_text_box_is_read_once() -> None:
    document = docx.Document()
    document.add_paragraph("1.1 We answer every question that we are asked.")
    box = (
        "<w:txbxContent><w:p><w:r><w:t>1.2 We are kind to everybody who writes.</w:t></w:r></w:p>"
        "</w:txbxContent>"
    )
    namespaces = (
        f'{nsdecls("w")} xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    )
    document.add_paragraph()._p.append(
        parse_xml(
            f"<w:r {namespaces}><mc:AlternateContent><mc:Choice>{box}</mc:Choice>"
            f"<mc:Fallback>{box}</mc:Fallback></mc:AlternateContent></w:r>"
        )
    )

    found = reading.outline(rendering.saved(document), "policy.docx")

    assert numbers(found) == ["1.1", "1.2"]


def test_words_own_table_of_contents_is_left_out() -> None:
    document = docx.Document()
    document.add_paragraph("Social Media Policy", style="Title")
    contents = "".join(
        f"<w:p><w:r><w:t>{number}. {title}</w:t><w:tab/><w:t>{number + 1}</w:t></w:r></w:p>"
        for number, title in ((1, "Purpose"), (2, "Answers"))
    )
    document.element.body.insert(
        1,
        parse_xml(
            f"<w:sdt {nsdecls('w')}><w:sdtPr><w:docPartObj><w:docPartGallery"
            f' w:val="Table of Contents"/></w:docPartObj></w:sdtPr><w:sdtContent>{contents}'
            "</w:sdtContent></w:sdt>"
        ),
    )
    document.add_paragraph("1. Purpose", style="Heading 1")
    document.add_paragraph("1.1 This policy is for everybody.")
    document.add_paragraph("2. Answers", style="Heading 1")
    document.add_paragraph("2.1 We answer within a day.")

    found = reading.outline(rendering.saved(document), "policy.docx")

    assert titles(found) == [("1", "Purpose"), ("2", "Answers")]
    assert numbers(found) == ["1.1", "2.1"]


def test_lists_in_the_cells_of_a_table_are_one_duty_each() -> None:
    document = docx.Document()
    document.add_paragraph("1. Responsibilities")
    document.add_paragraph("1.1")
    table = document.add_table(rows=1, cols=2)
    left, right = table.rows[0].cells
    left.text = "Head of Care"
    right.text = ""
    for text in ("Reads every message", "Answers the difficult ones"):
        right.add_paragraph(text, style="List Bullet")

    found = reading.outline(rendering.saved(document), "policy.docx")

    assert duties(found) == [
        ("Head of Care", "Reads every message"),
        ("Head of Care", "Answers the difficult ones"),
    ]
    assert {duty.clause for duty in found.duties} == {"1.1"}


def test_a_header_part_is_furniture() -> None:
    document = docx.Document()
    document.sections[0].header.paragraphs[0].text = "Social Media Policy, version 7.2"
    document.add_paragraph("1.1 We answer every question that we are asked.")

    found = reading.outline(rendering.saved(document), "policy.docx")

    assert found.version == "7.2"
    assert numbers(found) == ["1.1"]


def test_headings_whose_style_is_numbered_have_their_numbers() -> None:
    """As Word's own multilevel lists do it: the number belongs to the style."""
    document = word()
    for level in (0, 1):
        style = document.styles[f"Heading {level + 1}"].element
        style.get_or_add_pPr().append(
            parse_xml(
                f'<w:numPr {nsdecls("w")}><w:ilvl w:val="{level}"/><w:numId w:val="77"/></w:numPr>'
            )
        )
    document.add_heading("Scope", 1)
    document.add_paragraph("Everybody who posts for us keeps to this policy.")
    document.add_heading("Answers", 1)
    document.add_heading("Out of hours", 2)
    document.add_paragraph("We answer within twelve hours.")

    found = reading.outline(rendering.saved(document), "policy.docx")

    assert titles(found) == [("1", "Scope"), ("2", "Answers")]
    assert numbers(found) == ["1", "2.1"]
    assert clause(found, "2.1").text == "Out of hours\nWe answer within twelve hours."
