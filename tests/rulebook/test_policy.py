"""Rules come from an approved version; it never changes, and silence is said to be silence."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from glede.rulebook.audit.rules import SYSTEM
from glede.rulebook.policy import actions, queries, registry, rules
from glede.rulebook.policy.rules import BadDocument, NoRule, RuleText, Status

LONG_AGO = datetime(2018, 10, 1, tzinfo=UTC)
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
MODEL = queries.model_policy()


def draft(**changes: object) -> int:
    document = replace(MODEL, **changes)  # type: ignore[arg-type] # each test names its own
    return actions.draft(document=document, actor=SYSTEM, now=NOW)


def approve(version_id: int, effective_at: datetime = LONG_AGO) -> None:
    actions.approve(
        version_id=version_id,
        approved_by="Executive team",
        effective_at=effective_at,
        actor=SYSTEM,
        now=NOW,
    )


def with_rule(key: str, **changes: object) -> tuple[RuleText, ...]:
    return tuple(
        replace(rule, **changes) if rule.key == key else rule  # type: ignore[arg-type]
        for rule in MODEL.rules
    )


# --- The model policy and the registry -------------------------------------------------------


def test_the_model_policy_keeps_the_structure_and_its_numbers_stand_in_its_clauses() -> None:
    rules.check(MODEL)
    numbers = [clause.number for clause in MODEL.clauses]
    said = {rule.key: rule for rule in MODEL.rules}

    assert numbers[0] == "1.1"
    assert {f"6.{clause}" for clause in range(1, 15)} <= set(numbers)
    assert [clause.number for clause in MODEL.clauses if clause.heading] == ["6.4", "6.6", "6.10"]
    assert (said["acknowledge.in_hours"].value, said["acknowledge.in_hours"].clause) == (
        "PT4H",
        "6.5",
    )
    assert (said["acknowledge.out_of_hours"].value, said["acknowledge.out_of_hours"].clause) == (
        "PT12H",
        "6.7",
    )
    assert said["four_hour_reading"].status is Status.ASSUMED


def test_every_rule_has_a_meaning_a_source_and_a_default_that_fits() -> None:
    for kind in registry.KINDS.values():
        assert kind.meaning
        assert kind.source
        if kind.default is not None:
            registry.check(kind.key, kind.default)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("acknowledge.in_hours", "4 hours"),
        ("acknowledge.in_hours", "PT0H"),
        ("acknowledge.in_hours", "P"),
        ("acknowledge.in_hours", 4),
        ("four_hour_reading", "sometimes"),
        ("alert.steps", [90, 50]),
        ("alert.steps", [50, 100]),
        ("auto_ack_counts_in_hours", "no"),
        ("hours.monday", [["9", "17:30"]]),
        ("review.period", 0),
    ],
)
def test_a_value_that_does_not_fit_is_refused(key: str, value: object) -> None:
    with pytest.raises(registry.BadValue, match=f"The rule {key} is"):
        registry.check(key, value)


def test_an_unknown_key_is_refused() -> None:
    with pytest.raises(registry.UnknownRule, match=r"no rule called “acknowledge\.soon”"):
        registry.check("acknowledge.soon", "PT1H")


# --- Versions ----------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_rule_carries_its_clause_and_version() -> None:
    version = draft()
    approve(version)

    found = queries.rule("acknowledge.in_hours", at=NOW)
    assert (found.value, found.clause, found.version) == ("PT4H", "6.5", "1")
    assert (found.version_id, found.status) == (version, Status.WRITTEN)


@pytest.mark.django_db
def test_without_a_version_there_is_a_sentence() -> None:
    approve(draft(), effective_at=NOW)

    with pytest.raises(NoRule, match="No policy was in force on 2026-11-24 11:59"):
        queries.rule("acknowledge.in_hours", at=NOW - timedelta(minutes=1))


@pytest.mark.django_db
def test_a_draft_binds_nobody() -> None:
    draft()

    with pytest.raises(NoRule):
        queries.rule("acknowledge.in_hours", at=NOW)


@pytest.mark.django_db
def test_where_the_version_is_silent_the_assumption_holds_and_says_so() -> None:
    approve(draft())

    found = queries.rule("link.lasts", at=NOW)
    assert (found.value, found.clause, found.status) == ("P90D", "", Status.ASSUMED)


@pytest.mark.django_db
def test_what_the_policy_must_say_is_not_assumed() -> None:
    silent = tuple(rule for rule in MODEL.rules if rule.key != "acknowledge.in_hours")
    approve(draft(rules=silent))

    with pytest.raises(NoRule, match=r"does not say “acknowledge\.in_hours”, and it must"):
        queries.rule("acknowledge.in_hours", at=NOW)


@pytest.mark.django_db
def test_a_new_version_binds_from_its_first_instant_and_not_before() -> None:
    approve(draft())
    noon = NOW + timedelta(hours=1)
    text = [replace(clause, text="Within 2 hours.") for clause in MODEL.clauses]
    rules_then = (
        RuleText("acknowledge.in_hours", "PT2H", Status.WRITTEN, "6.5", "Within 2 hours."),
        RuleText("acknowledge.out_of_hours", "PT12H", Status.CONFIRMED, "6.7"),
    )
    approve(draft(number="2", clauses=tuple(text), rules=rules_then), effective_at=noon)

    before = queries.rule("acknowledge.in_hours", at=noon - timedelta(microseconds=1))
    after = queries.rule("acknowledge.in_hours", at=noon)
    assert (before.value, before.version) == ("PT4H", "1")
    assert (after.value, after.version) == ("PT2H", "2")


@pytest.mark.django_db
def test_an_approved_version_is_not_approved_again() -> None:
    version = draft()
    approve(version)

    with pytest.raises(actions.PolicyRefusedError, match="never changes"):
        approve(version, effective_at=NOW)


@pytest.mark.django_db
def test_a_second_version_does_not_change_the_past() -> None:
    approve(draft())

    with pytest.raises(actions.PolicyRefusedError, match="not in the past"):
        approve(draft(number="2"), effective_at=NOW - timedelta(days=1))


@pytest.mark.django_db
def test_a_draft_can_be_thrown_away_and_an_approved_version_cannot() -> None:
    first, second = draft(), draft(number="2")
    approve(first)

    actions.discard(version_id=second, actor=SYSTEM, now=NOW)
    assert [version.number for version in queries.versions()] == ["1"]
    with pytest.raises(actions.PolicyRefusedError, match="Only a draft"):
        actions.discard(version_id=first, actor=SYSTEM, now=NOW)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE policy_version SET title = 'x'",
        "DELETE FROM policy_version",
        "UPDATE policy_rule SET value = '\"PT8H\"' WHERE key = 'acknowledge.in_hours'",
        "DELETE FROM policy_rule",
        "UPDATE policy_clause SET text = ''",
        "INSERT INTO policy_rule (version_id, key, value, clause, quote, status)"
        " SELECT id, 'respond', '\"PT1H\"', '', '', 'assumed' FROM policy_version",
    ],
)
def test_the_database_refuses_to_change_what_was_approved(statement: str) -> None:
    approve(draft())

    with (
        pytest.raises(IntegrityError, match="never changes"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "says"),
    [
        (
            {"rules": with_rule("acknowledge.in_hours", quote="within 9 hours")},
            "its quote does not stand in clause 6.5",
        ),
        ({"rules": with_rule("four_hour_reading", clause="9.9")}, "names clause 9.9"),
        ({"rules": (*MODEL.rules, MODEL.rules[0])}, "is given twice"),
        ({"clauses": (*MODEL.clauses, MODEL.clauses[0])}, "the same number"),
    ],
)
def test_a_document_that_contradicts_itself_is_refused(
    changes: dict[str, object], says: str
) -> None:
    with pytest.raises(BadDocument, match=says):
        draft(**changes)
