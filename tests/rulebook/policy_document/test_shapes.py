"""Ten documents, each in another shape: what its owner would say stands in it."""

from datetime import date

from glede.rulebook.policy.document.outline import Dated
from tests.rulebook.policy_document import reading
from tests.rulebook.policy_document.reading import clause, duties, names, numbers, titles


def test_led_by_tables_with_a_history_and_a_table_of_contents() -> None:
    found = reading.document("table_led")

    assert found.title == "Corporate Social Media Policy"
    assert found.organisation == "Thornbury Vale Council"
    assert found.version == "2.1"
    assert (found.owner, found.reviewer) == (
        "Head of Communications",
        "Information Governance Officer",
    )
    assert found.approved_by == "Cabinet"
    assert found.approved_on == Dated("12 March 2024", date(2024, 3, 12))
    assert found.effective_on == Dated("1 April 2024", date(2024, 4, 1))
    assert found.next_review == Dated("31/03/2026", date(2026, 3, 31))
    assert numbers(found) == ["1.1", "1.2", "2", "3.1", "4"]
    assert duties(found) == [
        ("Head of Communications", "Owns this policy"),
        ("Head of Communications", "Approves new accounts"),
        ("Service managers", "Make sure that their staff are trained"),
        ("Customer Services Team", "Answers questions in opening hours"),
        ("Customer Services Team", "Passes complaints on"),
    ]
    assert "Facebook | Within 3 hours | Next working day" in clause(found, "3.1").text
    assert names(found.related) == ["Data Protection Policy", "Code of Conduct for Employees"]
    assert names(found.laws) == ["Equality Act 2010"]
    assert names(found.platforms) == ["Facebook", "X", "Nextdoor"]


def test_lettered_clauses_keep_their_letters_and_their_place() -> None:
    found = reading.document("lettered")

    assert titles(found) == [("A", "Purpose"), ("B", "Answering"), ("C", "Personal accounts")]
    assert numbers(found) == [
        "A(a)", "A(b)", "B(a)", "B(b)", "B(b)(i)", "B(b)(ii)", "B(c)", "C(a)", "C(a)(i)",
        "C(a)(ii)",
    ]  # fmt: skip
    assert clause(found, "B(b)(ii)").text == "within five working days for everything else."
    assert found.approved_by == "Board"
    assert found.approved_on == Dated("3 March 2025", date(2025, 3, 3))
    assert found.next_review == Dated("March 2027", date(2027, 3, 31))


def test_a_page_without_numbers_gets_numbers_from_its_places() -> None:
    found = reading.document("unnumbered")

    assert titles(found) == [
        ("§1", "When we are here"),
        ("§2", "What we ask of you"),
        ("§3", "What we may do"),
    ]
    assert numbers(found) == ["§0.1", "§1.1", "§1.2", "§2.1", "§3.1", "§3.2"]
    assert clause(found, "§2.1").text == (
        "Please do not post:\n• abusive or threatening words\n• spam or advertising\n"
        "• personal details of other people"
    )
    assert found.organisation == "University of Eastmere"


def test_a_friday_that_closes_early_stands_under_its_heading() -> None:
    found = reading.document("friday")

    assert [c.number for c in found.clauses if c.heading] == ["2.1", "2.3"]
    assert "Friday 8.45am to 4.45pm" in clause(found, "1.1").text
    assert found.approved_by == "Leadership Team"
    assert found.approved_on == Dated("9 September 2025", date(2025, 9, 9))
    assert found.review_period_months == 24


def test_working_days_in_a_health_trusts_words() -> None:
    found = reading.document("working_days")

    assert found.organisation == "Ashdown Valley NHS Foundation Trust"
    assert (found.version, found.approved_by) == ("4.2", "Executive Committee")
    assert found.owner == "Associate Director of Communications"
    assert found.next_review == Dated("May 2027", date(2027, 5, 31))
    assert [d.term for d in found.definitions] == ["Official account", "Personal information"]
    assert duties(found) == [
        ("Chief Executive", "is accountable for the way the Trust communicates"),
        ("Communications Team", "keeping the register of official accounts"),
        ("Communications Team", "training everybody who posts"),
        ("Line managers", "must make sure that their staff have read this policy"),
    ]
    assert names(found.laws) == [
        "UK General Data Protection Regulation",
        "Data Protection Act 2018",
        "Human Rights Act 1998",
        "Defamation Act 2013",
    ]
    assert names(found.cited) == ["Complaints Policy and Procedure"]


def test_no_promise_is_still_a_policy() -> None:
    found = reading.document("no_promise")
    assert numbers(found) == ["1.1", "1.2", "2.1", "2.2", "3.1"]
    assert found.owner == "Human Resources Manager"
    assert found.version == ""
    assert found.next_review is None


def test_a_template_nobody_filled_in_keeps_its_blanks() -> None:
    found = reading.document("template")
    assert found.version == "[insert version]"
    assert found.approved_on == Dated("dd/mm/yyyy")
    assert found.next_review == Dated("TBC")
    assert clause(found, "1.2").text == "We will reply to messages within [X] hours."


def test_house_rules_are_one_page_without_a_heading() -> None:
    found = reading.document("house_rules")
    assert found.title == "House rules"
    assert found.organisation == "Lower Teme Police"
    assert found.sections == ()
    assert numbers(found) == ["§0.1", "§0.2"]
    assert "• We do not answer every comment." in clause(found, "§0.1").text


def test_welsh_headings_and_dates_are_understood() -> None:
    found = reading.document("welsh")
    assert found.organisation == "Cyngor Dyffryn Elan"
    assert (found.version, found.approved_by, found.owner) == (
        "2",
        "Y Cabinet",
        "Pennaeth Cyfathrebu",
    )
    assert found.approved_on == Dated("5 Mawrth 2024", date(2024, 3, 5))
    assert found.next_review == Dated("Mawrth 2026", date(2026, 3, 31))
    assert [d.term for d in found.definitions] == ["Cyfryngau cymdeithasol"]
    assert names(found.related) == ["Polisi Diogelu Data", "Polisi Iaith Gymraeg"]


def test_two_columns_are_read_one_after_the_other() -> None:
    found = reading.document("two_columns")
    assert found.version == "1.3"
    assert found.effective_on == Dated("1 November 2025", date(2025, 11, 1))
    assert found.next_review == Dated("November 2026", date(2026, 11, 30))
    assert numbers(found)[1:] == ["1.1", "1.2", "2.1", "2.2", "2.3", "3.1", "3.2"]


_TYPED = """\
HATCH AND ELMBRIDGE PARISH COUNCIL

SOCIAL MEDIA POLICY

Adopted: 11th January 2024          Minute No. 23/145
Review due: January 2026

1.  Answering

1.1 The Clerk reads what is posted on our page and on the noticeboard on
every working day, and answers whatever can be answered in public without
giving away anything about a person.

    a) Questions are answered within five working days.
    b) Urgent matters:
       i)  are telephoned to the Clerk; and
       ii) are never put on the page.

Signed: ______________________    Date: ________________
"""


def test_lines_broken_by_hand_are_joined_and_a_signature_is_no_clause() -> None:
    found = reading.outline(_TYPED.encode())

    assert found.title == "SOCIAL MEDIA POLICY"
    assert found.organisation == "HATCH AND ELMBRIDGE PARISH COUNCIL"
    assert found.approved_on == Dated("11th January 2024", date(2024, 1, 11))
    assert found.next_review == Dated("January 2026", date(2026, 1, 31))
    assert numbers(found) == ["1.1", "1.1(a)", "1.1(b)", "1.1(b)(i)", "1.1(b)(ii)"]
    assert clause(found, "1.1").text.endswith("without giving away anything about a person.")
    assert "\n" not in clause(found, "1.1").text
    assert "____" not in found.text
