"""What the customer's own policy promises, leaves open and gets wrong."""

from typing import Any

import pytest

from glede.rulebook.policy import registry
from glede.rulebook.policy.findings.find import find
from glede.rulebook.policy.findings.values import Findings
from tests.rulebook.policy_document import customers, reading
from tests.rulebook.policy_findings.outlines import TODAY

RULES: list[tuple[str, Any, str, str]] = [
    ("acknowledge.in_hours", "PT4H", "6.5",
     "Acknowledgements or immediate replies should be posted within 4 hours of the initial"
     " enquiry"),
    ("acknowledge.out_of_hours", "PT12H", "6.7",
     "responses will be manually sent out of hours no longer than 12 hours after receipt"),
    ("acknowledge.automatic", "all_messages", "6.7",
     "Automated acknowledgements are made to all messages received where the platform allows"),
    ("resolve", "same_day", "6.5", "we will fully resolve all enquiries the same day"),
    ("resolve.or_agree_timescale", True, "6.5", "agree on a timescale"),
    ("public_first", True, "6.3", "keep the conversation online and public"),
    ("private_when", ["data_protection", "complex"], "6.3",
     "data protection or to manage complex enquiries, we may encourage the other party to engage"
     " with us offline"),
    ("sign_off", True, "6.1", "reply to posts and answer customer questions as an individual"),
    ("training_required", True, "6.1", "Advisors are trained"),
    ("login_approval", True, "6.1", "where approved, given a log in"),
    ("approval.new_platform", "Deputy Chief Executive", "3.1",
     "Approval of Business Cases for any new social media platform, major change of direction or"
     " high-level cost implications"),
    ("approval.changes", "Group Brand Manager", "3.1",
     "approval of changes to operational uses of social media within the principles of this"
     " policy"),
]  # fmt: skip

GAPS = {
    *(f"hours.{day}" for day in ("monday", "tuesday", "wednesday", "thursday", "friday")),
    "hours.saturday", "hours.sunday", "hours.bank_holidays",
    "identity_check", "emergencies",
    "restriction.longest", "restriction.review", "appeal.within", "appeal.answer_within",
    "retention.public_comments", "retention.private_messages", "retention.complaints",
    "four_hour_reading", "auto_ack_counts_in_hours", "public_auto_ack", "same_day_meaning",
    "agreement_by_silence", "login_approver", "training_content", "cost_threshold", "major_change",
    "approval_targets", "deputies", "monitoring_interval", "qa_sample", "debate_threshold",
    "escalation_times", "freshness", "on_call", "other_platforms", "unknown_document",
}  # fmt: skip

FLAGS = [
    ("review_overdue", "", "October 2019"),
    ("renamed_body", "2.1", "Department for Culture, Media and Sport"),
    ("renamed_body", "2.1", "Information Commissioner Office"),
    ("renamed_body", "2.1", "Twitter"),
    ("too_wide_definition", "2.1",
     "This is the targeting of individuals or organisations on a social media platform."),
    ("repealed_law", "4.1(2)", "Data Protection Act 1998"),
    ("soft_promise", "5.2",
     "We will use it to engage in discussions while also answering questions that need to be"
     " answered as soon as possible."),
    ("dangling_reference", "5.5", "Information security and Incident Management policy"),
    ("soft_promise", "6.2",
     "This dictates that our responses should also be quick so that we keep up with the momentum"
     " and make sure our pages are fresh and up-to-date."),
    ("heading_only", "6.4", "During working hours:"),
    ("heading_only", "6.6", "Out of hours:"),
    ("dangling_reference", "6.8", "Unacceptable Behaviour Procedure"),
    ("clashing_names", "6.8", "Unacceptable Behaviour Procedure"),
    ("heading_only", "6.10", "Personal use of social media"),
    ("inconsistent", "7", "Not applicable."),
]  # fmt: skip


@pytest.fixture(scope="module")
def findings() -> Findings:
    return find(reading.outline(customers.policy().encode()), today=TODAY)


@pytest.mark.parametrize(("key", "value", "clause", "quote"), RULES)
def test_a_promise_is_read_with_its_clause_and_words(
    findings: Findings, key: str, value: Any, clause: str, quote: str
) -> None:
    rule = next(rule for rule in findings.rules if rule.key == key)

    assert (rule.value, rule.clause, rule.quote, rule.status.value) == (
        value,
        clause,
        quote,
        "written",
    )


def test_nothing_else_is_made_a_rule(findings: Findings) -> None:
    more = {rule.key for rule in findings.rules} - {key for key, *_ in RULES}

    assert more == {"approval.major_change", "approval.high_cost", "review.period"}


def test_the_open_questions_are_those_an_owner_must_decide(findings: Findings) -> None:
    assert {gap.key for gap in findings.gaps} == GAPS
    unknown = [gap.question for gap in findings.gaps if gap.key == "unknown_document"]
    assert unknown == ["What is “The Bar”, and where is it kept?"]


def test_what_is_assumed_is_what_the_registry_assumes(findings: Findings) -> None:
    for gap in findings.gaps:
        assert gap.assumed == registry.kind(gap.key).default
        assert gap.question.endswith("?")


def test_the_flags_are_these_and_no_more(findings: Findings) -> None:
    raised = [(flag.kind, flag.clause, flag.quote) for flag in findings.flags]

    assert [each for each in raised if each[0] != "silent_on"] == FLAGS


def test_silence_is_said_to_be_silence(findings: Findings) -> None:
    silent = {flag.key for flag in findings.flags if flag.kind == "silent_on"}

    assert silent == {
        "appeal.within",
        "deputies",
        "emergencies",
        "identity_check",
        "on_call",
        "restriction.longest",
        "retention",
    }


def test_the_overdue_review_says_since_when(findings: Findings) -> None:
    (overdue,) = [flag for flag in findings.flags if flag.kind == "review_overdue"]

    assert overdue.says == "The review was due on 31 October 2019: overdue for more than 7 years."
