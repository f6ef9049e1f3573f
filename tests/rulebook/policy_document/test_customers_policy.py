"""Every value of the customer's own document, as its owner would read it."""

from datetime import date

import pytest

from glede.rulebook.policy.document.outline import Dated, Outline
from tests.rulebook.policy_document import customers, reading


@pytest.fixture(scope="module")
def policy() -> Outline:
    return reading.outline(customers.policy().encode())


def test_the_heading_names_version_owner_and_reviewer(policy: Outline) -> None:
    assert policy.title == "Social Media Policy"
    assert policy.organisation == "Red Kite Group"
    assert policy.version == "3"
    assert policy.approved_by == "EMT"
    assert policy.owner == "Head of Relationships"
    assert policy.reviewer == "Futurologist"


def test_a_month_begins_what_takes_effect_and_ends_what_falls_due(policy: Outline) -> None:
    assert policy.effective_on == Dated("October 2018", date(2018, 10, 1))
    assert policy.approved_on == Dated("October 2018", date(2018, 10, 1))
    assert policy.next_review == Dated("October 2019", date(2019, 10, 31))
    assert policy.review_period_months == 12


def test_the_sections_are_those_printed(policy: Outline) -> None:
    assert reading.titles(policy) == [
        ("1", "Purpose"),
        ("2", "Definitions"),
        ("3", "Responsibilities"),
        ("4", "Legal Framework"),
        ("5", "Key Principles"),
        ("6", "Policy Statement"),
        ("7", "References"),
        ("8", "Related Policies & Procedures"),
    ]


def test_the_clauses_have_the_numbers_printed(policy: Outline) -> None:
    assert reading.numbers(policy) == [
        "1.1", "2.1", "3.1", "4.1", "4.1(1)", "4.1(2)", "5.1", "5.2", "5.3", "5.4", "5.5",
        "6.1", "6.2", "6.3", "6.4", "6.5", "6.6", "6.7", "6.8", "6.9", "6.10", "6.11", "6.12",
        "6.13", "6.14", "7", "8",
    ]  # fmt: skip


def test_three_clauses_are_headings_and_no_duties(policy: Outline) -> None:
    headings = {clause.number: clause.text for clause in policy.clauses if clause.heading}
    assert headings == {
        "6.4": "During working hours:",
        "6.6": "Out of hours:",
        "6.10": "Personal use of social media",
    }


def test_each_clause_has_its_own_words(policy: Outline) -> None:
    promise = reading.clause(policy, "6.5").text
    assert promise.startswith(
        "Acknowledgements or immediate replies should be posted within 4 hours"
    )
    assert promise.endswith("we will agree on a timescale in which to do so.")
    assert reading.clause(policy, "4.1(2)").text == "Data Protection Act 1998"
    assert reading.clause(policy, "7").text == "Not applicable."
    assert "must not disclose any personal information" in reading.clause(policy, "6.12").text


def test_a_clause_stands_where_it_says_in_the_whole_text(policy: Outline) -> None:
    assert policy.clauses
    for clause in policy.clauses:
        assert policy.text[clause.start : clause.end] == clause.text


def test_five_words_are_defined(policy: Outline) -> None:
    assert [definition.term for definition in policy.definitions] == [
        "Social media",
        "Social media platforms",
        "Information Commissioner Office",
        "Trolling",
        "Libel",
    ]
    trolling = policy.definitions[3]
    assert trolling.clause == "2.1"
    assert trolling.text == (
        "This is the targeting of individuals or organisations on a social media platform."
    )


def test_a_bullet_in_the_html_of_a_cell_is_one_duty(policy: Outline) -> None:
    assert {duty.clause for duty in policy.duties} == {"3.1"}
    assert [role for role, _text in reading.duties(policy)] == [
        "Deputy Chief Executive",
        "Group Brand Manager",
        "Futurologist",
        "Futurologist",
        "Head of Relationships",
        "The Relationship Pod",
    ]
    futurologist = [text for role, text in reading.duties(policy) if role == "Futurologist"]
    assert futurologist[0].startswith("Policy reviewer – ensuring appropriate use")
    assert futurologist[1] == "Producing guidance to staff on the use of social media"
    assert not any("<" in text or "•" in text for _role, text in reading.duties(policy))


def test_laws_platforms_and_documents_are_named(policy: Outline) -> None:
    assert [(law.name, law.clause) for law in policy.laws] == [
        ("Guidance from the Information Commissioner Office", "4.1(1)"),
        ("Data Protection Act 1998", "4.1(2)"),
    ]
    assert reading.names(policy.platforms) == [
        "YouTube", "Instagram", "Snapchat", "Facebook", "Twitter",
    ]  # fmt: skip
    assert reading.names(policy.related) == [
        "Unacceptable behaviour policy",
        "Feedback policy",
        "Relationship Strategy",
        "Data Protection Policy",
        "The Bar",
        "Behaviour Charter",
    ]


def test_documents_cited_but_not_listed_are_told_apart(policy: Outline) -> None:
    assert [(cited.name, cited.clause) for cited in policy.cited] == [
        ("Information security and Incident Management policy", "5.5"),
        ("Unacceptable Behaviour Procedure", "6.8"),
    ]


def test_it_is_whole_and_its_beginning_alone_is_not(policy: Outline) -> None:
    assert not policy.truncated
    text = customers.policy()
    cut = text[: text.index("within 4 hours of the")]
    assert reading.outline(cut.encode()).truncated
