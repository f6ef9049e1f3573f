"""The vocabulary: every key of the importer has a kind, and a kind takes what a text can say."""

import pytest

from glede.rulebook.policy import registry

TAKES = [
    ("acknowledge.in_hours", "PT4H"),
    ("acknowledge.in_hours", {"working_days": 1}),
    ("acknowledge.out_of_hours", "PT12H"),
    ("respond", {"working_days": 2}),
    ("resolve", "same_day"),
    ("restriction.longest", "P6M"),
    ("appeal.within", 20),
    ("appeal.within", "P28D"),
    ("retention.complaints", "P6Y"),
    ("retention.call_recordings", "for_ever"),
    ("emergencies", "not_here"),
    ("emergencies", {"not_here": True, "phone": "01234 567890"}),
    ("training_required", True),
    ("login_approval", "Head of Communications"),
    ("approval.paid_advertising", "Marketing Manager"),
    ("breach_report.within", "PT24H"),
    ("pre_election", "six weeks before an election"),
    ("agreement_by_silence", {"working_days": 1}),
]
REFUSES = [
    ("acknowledge.in_hours", "as soon as possible"),
    ("acknowledge.in_hours", {"working_days": 0}),
    ("acknowledge.in_hours", {"days": 2}),
    ("restriction.longest", "six months"),
    ("restriction.longest", "P0M"),
    ("appeal.within", 0),
    ("appeal.within", True),
    ("retention.complaints", "a while"),
    ("emergencies", {"not_here": False, "phone": "1"}),
    ("emergencies", {"not_here": True}),
    ("training_required", False),
    ("approval.paid_advertising", " "),
    ("qa_sample", {"replies": 10, "percent": 101}),
    ("debate_threshold", {"comments": 5}),
    ("escalation_times", []),
]


@pytest.mark.parametrize(("key", "value"), TAKES)
def test_a_rule_takes_what_a_policy_can_say(key: str, value: object) -> None:
    registry.check(key, value)


@pytest.mark.parametrize(("key", "value"), REFUSES)
def test_a_rule_refuses_what_no_clock_can_count(key: str, value: object) -> None:
    with pytest.raises(registry.BadValue):
        registry.check(key, value)


@pytest.mark.parametrize("key", ["retention.", "approval.New platform", "retentions.x", "respnd"])
def test_a_key_outside_the_families_is_unknown(key: str) -> None:
    assert not registry.knows(key)
    with pytest.raises(registry.UnknownRule):
        registry.kind(key)
