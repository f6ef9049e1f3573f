"""Each kind of flag: what raises it, and what looks like it and does not."""

from datetime import date

import pytest

from glede.rulebook.policy.document.outline import Clause, Dated, Definition, Named, Section
from glede.rulebook.policy.findings import law
from glede.rulebook.policy.findings.flags import KINDS
from tests.rulebook.policy_findings.outlines import found, kinds

RAISED = [
    ("We comply with the Data Protection Act 1998.", "repealed_law"),
    ("We comply with the Data Protection Act (1998).", "repealed_law"),
    ("The Disability Discrimination Act 1995 applies.", "repealed_law"),
    ("The EU GDPR applies to all we do.", "repealed_law"),
    ("Calls are recorded under the Lawful Business Practice Regulations.", "repealed_law"),
    ("The Online Safety Bill will bring new duties.", "repealed_law"),
    ("Report fraud to Action Fraud.", "renamed_body"),
    ("We follow the advice of Public Health England.", "renamed_body"),
    ("The Homes and Communities Agency regulates us.", "renamed_body"),
    ("Our accounts are on Twitter and Facebook.", "renamed_body"),
    ("The Information Commissioner's Office publishes guidance.", "renamed_body"),
    ("We will respond to enquiries as soon as possible.", "soft_promise"),
    ("Comments are answered promptly.", "soft_promise"),
    ("We aim to give a timely response to every message.", "soft_promise"),
    ("We reply to messages within 2 to 3 working days.", "soft_promise"),
    ("We do not accept complaints on this page.", "refuses_complaints"),
    ("Complaints cannot be dealt with through social media.", "refuses_complaints"),
    ("This page is not the place for complaints.", "refuses_complaints"),
    ("Please do not use this page to make a complaint.", "refuses_complaints"),
    ("We are unable to respond to complaints via Facebook.", "refuses_complaints"),
    ("Social media should not be used to make a complaint.", "refuses_complaints"),
    ("Complaints about individual members of staff will be removed.", "refuses_complaints"),
    ("To complain please use our website rather than this page.", "refuses_complaints"),
    ("All complaints must be made in writing.", "conflicts_with_law"),
    ("If your request is for personal information you must complete a subject access form.",
     "conflicts_with_law"),
    ("Employees have no expectation of privacy and their personal social media may be monitored.",
     "conflicts_with_law"),
    ("Complaints must be submitted in writing within 6 months.", "conflicts_with_law"),
    ("The policy owner is to be confirmed.", "placeholder"),
    ("Remove posts that are off topic, negative or critical.", "too_wide_definition"),
    ("Harassment – sending negative comments about someone.", "too_wide_definition"),
    ("Our aim is to give prompt and accurate answers.", "soft_promise"),
    ("We cannot accept subject access requests through social media.", "conflicts_with_law"),
    ("Subject access requests must be made in writing.", "conflicts_with_law"),
    ("A subject access request costs £10 and is answered within 40 days.", "conflicts_with_law"),
    ("The ICO is notified of a breach within 5 working days.", "conflicts_with_law"),
    ("Freedom of Information requests cannot be made via Twitter/X.", "conflicts_with_law"),
    ("Managers may monitor employees' personal social media accounts.", "conflicts_with_law"),
    ("Private messages are kept indefinitely.", "conflicts_with_law"),
    ("Our tenants get an answer to stage 1 complaints within 15 working days.",
     "conflicts_with_law"),
    ("Tenants' complaints are acknowledged within 10 working days.", "conflicts_with_law"),
    ("The owner is [insert job title].", "placeholder"),
    ("Contact XX for help.", "placeholder"),
    ("The review date is TBC.", "placeholder"),
    ("Approved on dd/mm/yyyy.", "placeholder"),
    ("Lorem ipsum dolor sit amet.", "placeholder"),
    ("Company Name uses social media.", "placeholder"),
    ("Signed: ________", "placeholder"),
    ("Negative comments will be removed.", "too_wide_definition"),
    ("We delete posts that criticise the service.", "too_wide_definition"),
    ("Trolling means targeting the organisation.", "too_wide_definition"),
    ("The stages are set out in Appendix C.", "dangling_reference"),
    ("See clause 14.2 for the stages.", "dangling_reference"),
]  # fmt: skip

NOT_RAISED = [
    "We comply with the Data Protection Act 2018 and the UK GDPR.",
    "We use Facebook, Twitter (now X) and LinkedIn.",
    "The Equality Act 2010, which replaced the Disability Discrimination Act 1995, applies.",
    "Trolling is posting inflammatory messages to provoke a reaction.",
    "Vexatious complaints are pursued without merit in order to cause disruption.",
    "We treat complaints received through social media in the same way as any other.",
    "Complaints will not be dealt with in public.",
    "You may be asked to put your complaint in writing.",
    "Use [brackets] where needed.",
    "Say: Hi [name], thank you for your message.",
    "Posts should be corrected as soon as possible.",
    "Please respond to this consultation promptly.",
    "Social media is a fast way to respond to people.",
    "Customers expect a quick reply.",
    "We will respond quickly, within 4 hours.",
    "Personal use must not interfere with a timely response to customers.",
    "The Data Protection Act 1998 was repealed in 2018.",
    "The Equality Act 2010 applies.",
    "X (formerly Twitter) is one of our platforms.",
    "The Information Commission publishes guidance.",
    "The Department for Culture, Media and Sport runs the scheme.",
    "We reply to messages within 4 hours.",
    "Report a lost phone as soon as possible.",
    "Abusive posts are removed as soon as possible.",
    "We cannot promise to respond quickly.",
    "Response times are set by the rota.",
    "If you want to complain, use any channel you like, this page too.",
    "We cannot discuss details of your complaint in public.",
    "Complaints are passed to the complaints team.",
    "We will record your complaint and pass it on.",
    "A complaint does not have to be in writing.",
    "You may ask for your own data in any way, social media included.",
    "Subject access requests are answered within one month.",
    "The Information Commission (ICO) is told of a breach within 72 hours.",
    "We do not monitor employees' personal social media accounts.",
    "Private messages are not kept indefinitely.",
    "A consent form is to be completed by the parent of every child.",
    "Chapter XX of the handbook applies.",
    "Training records are to be completed by managers.",
    "We do not remove comments because they are critical of us.",
    "Critical comments are welcome.",
    "We remove posts that are abusive or threatening.",
    "Staff must not post negative comments about colleagues; such posts will be removed.",
    "Trolling means posting repeatedly in order to provoke or distress.",
    "Harassment is unwanted conduct that violates a person's dignity.",
    "See section 127 of the Communications Act 2003.",
    "See clause 1.2 for the stages.",
    "Stage 1 complaints by our tenants are answered within 10 working days.",
    "The council answers complaints within 15 working days.",
]


@pytest.mark.parametrize(("text", "kind"), RAISED)
def test_a_fault_is_flagged(text: str, kind: str) -> None:
    assert kind in kinds(text)


@pytest.mark.parametrize("text", NOT_RAISED)
def test_what_only_looks_like_a_fault_is_not_flagged(text: str) -> None:
    assert kinds(text) == []


def test_every_kind_of_flag_has_a_meaning_and_none_is_made_up() -> None:
    for text, kind in RAISED:
        assert KINDS[kind]
        assert {flag.kind for flag in found(text).flags} <= set(KINDS)


def test_every_fact_has_its_source() -> None:
    for kind in ("law", "body", "conflict"):
        for entry in law.entries(kind):
            assert entry.source
            assert entry.says or entry.now


def dated(text: str, day: date) -> Dated:
    return Dated(text, day)


def test_a_review_that_has_passed_is_overdue_and_one_to_come_is_not() -> None:
    assert "review_overdue" in kinds(next_review=dated("May 2026", date(2026, 5, 31)))
    assert "review_overdue" not in kinds(next_review=dated("today", date(2026, 11, 22)))


def test_without_a_written_date_the_period_counts_from_approval() -> None:
    approved = dated("31 August 2024", date(2024, 8, 31))

    late = found(approved_on=approved, review_period_months=18)
    early = found(approved_on=approved, review_period_months=36)

    assert "28 February 2026" in next(f.says for f in late.flags if f.kind == "review_overdue")
    assert "review_overdue" not in {flag.kind for flag in early.flags}


def test_neither_date_nor_period_is_flagged() -> None:
    assert "no_review_date" in {flag.kind for flag in found("We reply.").flags}
    reviewed = found(
        "This policy is reviewed every year.", approved_on=dated("x", date(2026, 1, 1))
    )
    assert "no_review_date" not in {flag.kind for flag in reviewed.flags}


@pytest.mark.parametrize(
    "heading",
    [
        {
            "approved_on": Dated("3 May 2026", date(2026, 5, 3)),
            "effective_on": Dated("1 May 2026", date(2026, 5, 1)),
        },
        {
            "approved_on": Dated("3 May 2026", date(2026, 5, 3)),
            "next_review": Dated("1 May 2026", date(2026, 5, 1)),
        },
        {
            "approved_on": Dated("3 May 2026", date(2026, 5, 3)),
            "next_review": Dated("May 2029", date(2029, 5, 31)),
            "review_period_months": 12,
        },
    ],
)
def test_dates_that_contradict_each_other_are_flagged(heading: dict[str, object]) -> None:
    assert "inconsistent" in kinds(**heading)


def test_dates_that_agree_are_not() -> None:
    heading = {
        "approved_on": dated("3 May 2026", date(2026, 5, 3)),
        "effective_on": dated("May 2026", date(2026, 5, 1)),
        "next_review": dated("May 2027", date(2027, 5, 31)),
        "review_period_months": 12,
    }

    assert "inconsistent" not in kinds(**{**heading, "effective_on": heading["approved_on"]})


def test_two_versions_two_reply_times_and_two_review_periods_are_inconsistent() -> None:
    assert kinds("This is version 2.1 of the policy.", version="3") == ["inconsistent"]
    assert kinds("This is version 3.0 of the policy.", version="3") == []
    assert kinds("We reply within 4 hours.", "We answer messages within 1 working day.") == [
        "inconsistent"
    ]
    assert "inconsistent" in kinds(
        "The policy is reviewed every two years.", review_period_months=12
    )


def test_a_document_relied_on_and_not_listed_dangles() -> None:
    listed = {"related": (Named("Data Protection Policy", "1.3"),)}
    cited = Named("Incident Management Policy", "1.2", "Incident Management Policy")

    assert kinds("See it.", cited=(cited,), **listed) == ["dangling_reference"]
    assert kinds("See it.", cited=(cited,)) == []


@pytest.mark.parametrize(
    "name", ["Social Media Policy", "Data Protection Policy", "Ombudsman's Complaint Handling Code"]
)
def test_the_document_itself_a_listed_one_and_a_regulators_code_do_not_dangle(name: str) -> None:
    listed = (Named("Data Protection Policy", "1.3"),)

    assert kinds("See it.", related=listed, cited=(Named(name, "1.2", name),)) == []


def test_a_procedure_and_a_policy_of_one_name_clash() -> None:
    flags = kinds(
        "See it.",
        related=(Named("Behaviour Policy", "1.3"), Named("Data Protection Policies", "1.3")),
        cited=(
            Named("Behaviour Procedure", "1.2", "Behaviour Procedure"),
            Named("Data Protection Policy", "1.2", "Data Protection Policy"),
        ),
    )

    assert "clashing_names" in flags
    assert flags.count("clashing_names") == 1


def test_no_references_beside_a_cited_law_is_inconsistent() -> None:
    given = {
        "sections": (Section("1", "Law"), Section("2", "References")),
        "clauses": (
            Clause("1.1", "We keep to the Equality Act 2010.", "1"),
            Clause("2.1", "Not applicable", "2"),
        ),
    }

    assert kinds(**given, laws=(Named("Equality Act 2010", "1.1"),)) == ["inconsistent"]
    assert kinds(**given) == []


def test_a_definition_that_catches_any_critic_is_too_wide() -> None:
    wide = Definition("Trolling", "The targeting of organisations.", "1.2")
    narrow = Definition("Trolling", "Repeated targeting of a person to distress them.", "1.2")

    assert kinds("Trolling – see above.", definitions=(wide,)) == ["too_wide_definition"]
    assert kinds("Trolling – see above.", definitions=(narrow,)) == []


def test_a_heading_without_words_below_it_is_flagged_and_one_with_words_is_not() -> None:
    bare = (Clause("§1", "Out of hours", "1", heading=True),)
    kept = (*bare, Clause("§1.1", "We answer within 12 hours.", "1"))

    assert kinds(clauses=bare) == ["heading_only"]
    assert kinds(clauses=kept) == []


def test_a_text_that_stops_in_the_middle_is_flagged() -> None:
    assert kinds("We will reply to", truncated=True) == ["truncated"]


def test_a_blank_in_the_heading_is_flagged() -> None:
    assert kinds("We reply.", approved_by="[insert name of committee]") == ["placeholder"]
    assert kinds("We reply.", next_review=Dated("TBC")) == ["placeholder"]
