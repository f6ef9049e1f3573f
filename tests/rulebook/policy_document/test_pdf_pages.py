"""A health trust's PDF as one downloads it: cover, document control, contents, notes, furniture."""

import pytest
import typst

from glede.rulebook.policy.document.outline import Outline
from tests.rulebook.policy_document import reading, rendering
from tests.rulebook.policy_document.reading import clause, duties, names, numbers


@pytest.fixture(scope="module")
def trust() -> Outline:
    data = typst.compile(str(reading.DOCUMENTS / "trust.typ"), format="pdf")
    return reading.outline(data, "policy.pdf")


def test_cover_and_document_control_are_the_heading(trust: Outline) -> None:
    assert trust.title == "Social Media Policy"
    assert trust.organisation == "Northmoor Community NHS Trust"
    assert (trust.version, trust.approved_by) == ("5.1", "Policy Ratification Group")
    assert trust.owner == "Director of Strategy and Partnerships"
    assert trust.next_review is not None
    assert trust.next_review.written == "January 2028"


def test_contents_history_and_page_furniture_are_no_clauses(trust: Outline) -> None:
    assert numbers(trust) == [
        "1.1", "1.2", "2.1", "3", "4.1", "4.2", "4.3", "5.1", "5.1.1", "5.1.2", "5.2", "5.2.1",
        "5.2.2", "5.2.3", "5.2.3(a)", "5.2.3(b)", "5.2.3(c)", "5.2.4", "6", "7", "8", "Appendix A",
    ]  # fmt: skip
    for words in (
        "Printed copies",
        "Page ",
        "Periscope",
        "Safe and effective",
        "....",
        "Healthwatch",
    ):
        assert words not in trust.text


def test_a_note_and_a_page_do_not_break_a_sentence(trust: Outline) -> None:
    assert clause(trust, "5.2.1").text.endswith(
        "within two working days wherever that is possible."
    )
    assert clause(trust, "5.2.4").text.endswith("more difficult than it would otherwise have been.")
    assert "in public; and\n• protect patients" in clause(trust, "2.1").text


def test_a_title_with_words_under_it_is_a_clause_and_without_a_heading(trust: Outline) -> None:
    assert [c.number for c in trust.clauses if c.heading] == ["5.1", "5.2"]
    assert clause(trust, "4.1").text.startswith("Chief Executive\nThe Chief Executive has overall")


def test_duties_come_from_prose_and_lists(trust: Outline) -> None:
    assert duties(trust)[:2] == [
        ("Chief Executive", "has overall responsibility for the Trust's communications"),
        ("Head of Communications and Engagement", "maintaining the register of official accounts"),
    ]
    assert "Disciplinary Policy and Procedure" in names(trust.related)


def test_broken_words_are_whole_again_and_compounds_stay() -> None:
    text = reading.text_of("two_columns")
    found = reading.outline(rendering.as_pdf(text, columns=2, justify=True), "p.pdf")
    assert found.text == reading.document("two_columns").text


def test_what_is_printed_on_every_page_names_the_version_where_nothing_else_does() -> None:
    text = "# House Rules\n\n" + "\n\n".join(
        f"{n}.1 We read what you write, and answer it if we can and may do so."
        for n in range(1, 90)
    )
    data = rendering.as_pdf(text, header="Millbrook Homes – version 2.4")
    found = reading.outline(data, "p.pdf")
    assert found.version == "2.4"
    assert "Millbrook" not in found.text
