"""Ten documents of ten kinds of organisation: their rules, their faults, what they settle."""

from pathlib import Path
from typing import Any

import pytest

from glede.rulebook.policy.findings.find import find
from glede.rulebook.policy.findings.values import Findings
from tests.rulebook.policy_document import reading
from tests.rulebook.policy_findings.outlines import TODAY

DOCUMENTS = Path(__file__).parent / "documents"
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def read(name: str) -> Findings:
    return find(reading.outline((DOCUMENTS / f"{name}.txt").read_bytes()), today=TODAY)


def wd(number: int) -> dict[str, int]:
    return {"working_days": number}


RULES: dict[str, dict[str, Any]] = {
    "charity": {},
    "council": {
        "acknowledge.in_hours": wd(1),
        "acknowledge.out_of_hours": wd(1),
        "resolve.or_agree_timescale": True,
        "hours.bank_holidays": "closed",
        "emergencies": {"not_here": True, "phone": "01632 960118"},
        "approval.new_platform": "Head of Communications",
        "login_approval": "Digital Content Manager",
        "training_required": True,
        "pre_election": "In the six weeks before an election",
        "restriction.longest": "P3M",
        "restriction.review": "P42D",
        "appeal.within": 10,
        "appeal.answer_within": 15,
        "retention.private_messages": "P12M",
        "retention.public_comments": "P2Y",
        "breach_report.within": "PT24H",
    },
    "fire": {"acknowledge.in_hours": "PT24H", "retention.messages": "P3Y"},
    "housing_table": {
        "acknowledge.in_hours": "PT4H",
        "respond": wd(2),
        "acknowledge.automatic": "all_messages",
    },
    "landlord": {
        "acknowledge.in_hours": "PT4H",
        "acknowledge.out_of_hours": wd(1),
        "acknowledge.automatic": "private_only",
        "hours.bank_holidays": "closed",
        "sign_off": True,
        "public_first": True,
        "private_when": ["data_protection", "customer_asks"],
        "identity_check": True,
        "emergencies": {"not_here": True, "phone": "0800 555 0142"},
    },
    "nhs": {
        "acknowledge.in_hours": "PT2H",
        "four_hour_reading": "working",
        "respond": wd(3),
        "acknowledge.out_of_hours": "PT12H",
        "emergencies": {"not_here": True, "phone": "999"},
        "private_when": ["data_protection"],
        "retention.consent_forms": "P8Y",
        "retention.private_messages": "P2Y",
        "review.period": 36,
    },
    "parish": {
        "acknowledge.in_hours": wd(5),
        "emergencies": {"not_here": True, "phone": "0345 988 1188"},
    },
    "police": {
        "acknowledge.in_hours": "PT1H",
        "emergencies": {"not_here": True, "phone": "999"},
        "training_required": True,
        "login_approval": "Digital Engagement Manager",
        "approval.new_platform": "Head of Corporate Communications",
        "retention.screenshots": "P7Y",
        "breach_report.within": "PT48H",
        "remedy.within": "PT2H",
        "review.period": 12,
    },
    "university": {
        "public_first": True,
        "private_when": ["data_protection", "complex", "safety"],
        "approval.new_platform": "Digital Communications Team",
        "approval.paid_advertising": "Director of Marketing",
        "training_required": True,
        "breach_report.within": "PT2H",
        "review.period": 24,
    },
    "utility": {
        "acknowledge.in_hours": "PT15M",
        "acknowledge.out_of_hours": "PT8H",
        "acknowledge.automatic": "none",
        "resolve": "same_day",
        "resolve.or_agree_timescale": True,
        "hours.bank_holidays": "open",
        "review.period": 12,
    },
}

ALL_DAY, EIGHT_TO_EIGHT = ["00:00-24:00"], ["08:00-20:00"]
WEEKS: dict[str, list[list[str]] | None] = {
    "charity": None,
    "council": [*[["08:45-17:15"]] * 4, ["08:45-16:45"], [], []],
    "fire": None,
    "housing_table": [
        ["09:00-17:00"], ["09:00-17:00"], ["10:00-17:00"], ["09:00-17:00"], ["09:00-16:00"], [], [],
    ],
    "landlord": [*[["08:00-18:00"]] * 5, ["09:00-13:00"], []],
    "nhs": None,
    "police": [ALL_DAY] * 7,
    "university": None,
    "utility": [EIGHT_TO_EIGHT] * 7,
}  # fmt: skip

FLAGS = {
    "charity": [
        "no_review_date", *["placeholder"] * 9, "soft_promise",
    ],
    "council": [],
    "fire": [],
    "housing_table": [],
    "landlord": [
        "review_overdue", "soft_promise", "conflicts_with_law", "refuses_complaints",
        *["conflicts_with_law"] * 4, *["too_wide_definition"] * 2, *["dangling_reference"] * 2,
    ],
    "nhs": [
        "review_overdue", "renamed_body", "repealed_law", *["renamed_body"] * 2,
        *["heading_only"] * 2, "dangling_reference", "conflicts_with_law",
    ],
    "parish": ["no_review_date", "refuses_complaints", "too_wide_definition"],
    "police": [*["renamed_body"] * 3, "conflicts_with_law"],
    "university": ["review_overdue", "soft_promise"],
    "utility": [*["inconsistent"] * 5, "repealed_law"],
}  # fmt: skip

SETTLED = {
    "council": {"approval_targets", "deputies", "login_approver", "training_content"},
    "fire": {
        "cost_threshold", "debate_threshold", "escalation_times", "monitoring_interval", "on_call",
        "other_platforms", "qa_sample", "retention.private_messages", "retention.public_comments",
    },
    "landlord": {"public_auto_ack"},
    "nhs": {"on_call", "four_hour_reading"},
    "police": {"login_approver"},
    "university": {"freshness"},
    "utility": {"auto_ack_counts_in_hours", "public_auto_ack"},
}  # fmt: skip


@pytest.mark.parametrize("name", RULES)
def test_its_rules_are_read_and_no_others(name: str) -> None:
    made = {rule.key: rule.value for rule in read(name).rules}

    assert {k: v for k, v in made.items() if k.removeprefix("hours.") not in DAYS} == RULES[name]


@pytest.mark.parametrize("name", WEEKS)
def test_its_week_is_read(name: str) -> None:
    made = {rule.key: rule.value for rule in read(name).rules}
    week = [
        ["-".join(span) for span in made[f"hours.{day}"]] for day in DAYS if f"hours.{day}" in made
    ]

    assert week == (WEEKS[name] or [])


def test_a_clerk_of_two_mornings_is_asked_about_the_other_days() -> None:
    findings = read("parish")

    assert {rule.key for rule in findings.rules} >= {"hours.tuesday", "hours.thursday"}
    assert {gap.key for gap in findings.gaps} >= {"hours.monday", "hours.sunday"}


@pytest.mark.parametrize("name", FLAGS)
def test_its_faults_are_flagged_in_the_order_of_the_text_and_no_others(name: str) -> None:
    raised = [flag.kind for flag in read(name).flags if flag.kind != "silent_on"]

    assert raised == FLAGS[name]


@pytest.mark.parametrize("name", SETTLED)
def test_a_question_the_text_settles_is_not_asked(name: str) -> None:
    findings = read(name)

    assert {gap.key for gap in findings.gaps} & SETTLED[name] == set()
    assert {gap.key for gap in findings.gaps} & {rule.key for rule in findings.rules} == set()
