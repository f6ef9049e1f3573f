"""What was read in is decided item by item; nothing anybody decided is ever lost."""

import contextlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import pytest
from django.test import TestCase
from hypothesis import given
from hypothesis import strategies as st

from glede.rulebook.audit.models import Entry
from glede.rulebook.audit.rules import Actor, ActorKind, Verb
from glede.rulebook.imports import actions, drafting, queries, rules, typed, wording
from glede.rulebook.imports.drafting import Settled
from glede.rulebook.imports.models import Decision, Import, Item
from glede.rulebook.imports.rules import (
    Act,
    ChangedError,
    Choice,
    Found,
    Kind,
    NotPossibleError,
)
from glede.rulebook.imports.typed import NotUnderstoodError
from glede.rulebook.policy import registry
from glede.rulebook.policy import rules as policy
from glede.rulebook.policy.rules import Status
from tests.rulebook import import_readers
from tests.rulebook.import_readers import DOCUMENT

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
NOOR = Actor(ActorKind.PERSON, "1", "Noor")
FELIX = Actor(ActorKind.PERSON, "2", "Felix")
LOST = timedelta(seconds=30)

CONFIRMED = Choice(act=Act.CONFIRMED)


# --- A value in words ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "words", "value"),
    [
        ("acknowledge.in_hours", "4 hours", "PT4H"),
        ("acknowledge.in_hours", "4h", "PT4H"),
        ("acknowledge.in_hours", "1 hour 30 minutes", "PT1H30M"),
        ("acknowledge.in_hours", "1 hour and 30 min", "PT1H30M"),
        ("acknowledge.in_hours", "PT4H", "PT4H"),
        ("acknowledge.in_hours", "2 working days", {"working_days": 2}),
        ("resolve", "the same day", "same_day"),
        ("reopen.within", "2 weeks", "P14D"),
        ("restriction.review", "6 months", "P6M"),
        ("retention.complaints", "for ever", "for_ever"),
        ("appeal.within", "20 working days", 20),
        ("review.period", "2 years", 24),
        ("review.period", "24", 24),
        ("sign_off", "Yes", True),
        ("sign_off", "no", False),
        ("training_required", "yes", True),
        ("login_approval", "Head of Voices", "Head of Voices"),
        ("four_hour_reading", "working", "working"),
        ("private_when", "safety, data protection", ["safety", "data_protection"]),
        ("hours.friday", "9am to 4.30pm", [["09:00", "16:30"]]),
        ("hours.friday", "9:00-12:00, 13:00-16:00", [["09:00", "12:00"], ["13:00", "16:00"]]),
        ("hours.friday", "noon to midnight", [["12:00", "24:00"]]),
        ("hours.friday", "closed", []),
        ("hours.bank_holidays", "closed", "closed"),
        ("alert.steps", "50, 75, 90", [50, 75, 90]),
        ("cost_threshold", "£5,000", 5000),
        ("emergencies", "not here, phone 999", {"not_here": True, "phone": "999"}),
        ("qa_sample", "10 replies or 5%", {"replies": 10, "percent": 5}),
    ],
)
def test_a_value_is_understood_in_words(key: str, words: str, value: object) -> None:
    assert typed.read(Kind.RULE, key, words) == value


@pytest.mark.parametrize(
    ("key", "words", "says"),
    [
        ("acknowledge.in_hours", "soon", "“4 hours”, “2 working days” or “same day”"),
        ("acknowledge.in_hours", "0 hours", "“4 hours”"),
        ("acknowledge.in_hours", "", "Write"),
        ("review.period", "often", "a number of months"),
        ("four_hour_reading", "loosely", "one of “elapsed”, “working”, “handover”"),
        ("hours.friday", "13pm to 14pm", "“09:00 to 17:30”, or “closed”"),
        ("hours.friday", "9 to 25", "“09:00 to 17:30”, or “closed”"),
        ("login_approval", "no", "the role that does it"),
    ],
)
def test_what_is_not_understood_says_what_to_write(key: str, words: str, says: str) -> None:
    with pytest.raises(NotUnderstoodError, match=says):
        typed.read(Kind.RULE, key, words)


@pytest.mark.parametrize(
    "kind",
    [kind for kind in registry.KINDS.values() if kind.default is not None],
    ids=lambda kind: kind.key,
)
def test_every_rule_is_said_in_words_that_are_understood_again(kind: registry.Kind) -> None:
    words = typed.words(Kind.RULE, kind.key, kind.default)

    assert typed.read(Kind.RULE, kind.key, words) == kind.default


@given(st.text(max_size=40), st.sampled_from(sorted(registry.KINDS)))
def test_whatever_is_typed_is_refused_or_a_value_the_registry_takes(words: str, key: str) -> None:
    with contextlib.suppress(NotUnderstoodError):
        registry.check(key, typed.read(Kind.RULE, key, words))


@given(st.integers(0, 40), st.integers(0, 300), st.integers(0, 300))
def test_any_length_of_time_is_read_back_from_its_words(
    days: int, hours: int, minutes: int
) -> None:
    parts = f"{hours}H" * bool(hours) + f"{minutes}M" * bool(minutes)
    length = "P" + f"{days}D" * bool(days) + ("T" + parts if parts else "")
    if length == "P":
        return
    words = typed.words(Kind.RULE, "freshness", length)

    assert typed.read(Kind.RULE, "freshness", words) == length


@pytest.mark.parametrize(
    ("key", "words", "day"),
    [
        ("effective_on", "October 2018", "2018-10-01"),
        ("approved_on", "Oct 2018", "2018-10-01"),
        ("next_review", "October 2019", "2019-10-31"),
        ("next_review", "February 2028", "2028-02-29"),
        ("approved_on", "3rd March 2025", "2025-03-03"),
        ("approved_on", "03/03/2025", "2025-03-03"),
        ("approved_on", "2025-03-03", "2025-03-03"),
    ],
)
def test_a_date_is_kept_as_written_and_as_a_day(key: str, words: str, day: str) -> None:
    assert typed.read(Kind.FIELD, key, words) == {"written": words, "date": day}


@pytest.mark.parametrize("words", ["31 April 2025", "Octember 2018", "next year", "13/13/2025"])
def test_a_day_that_is_none_is_refused(words: str) -> None:
    with pytest.raises(NotUnderstoodError, match="no day we know"):
        typed.read(Kind.FIELD, "approved_on", words)


def test_equal_days_of_a_week_are_said_together() -> None:
    week: dict[str, Any] = {day: [["09:00", "17:00"]] for day in ("monday", "tuesday", "wednesday")}
    week |= {"thursday": [["09:00", "17:00"]], "friday": [["09:00", "16:30"]], "saturday": []}

    words = typed.words(Kind.RULE, "hours", week | {"sunday": []})

    assert words == (
        "Monday to Thursday 09:00 to 17:00; Friday 09:00 to 16:30; Saturday and Sunday closed"
    )


# --- Items -----------------------------------------------------------------------------------


def test_items_stand_in_the_order_of_the_text_and_what_it_is_silent_about_comes_last() -> None:
    found = rules.items(DOCUMENT)

    assert [one.key for one in found[:2]] == ["title", "organisation"]
    assert [one.key for one in found[10:]] == [
        *("acknowledge.in_hours", "hours", "resolve", "soft_promise"),
        *("acknowledge.out_of_hours", "review.period", "repealed_law"),
        *("four_hour_reading", "deputies"),
    ]


def test_a_week_given_in_one_sentence_is_one_item() -> None:
    (week,) = [one for one in rules.items(DOCUMENT) if one.key == "hours"]

    assert week.value["monday"] == [["09:00", "17:00"]]
    assert week.value["sunday"] == []
    assert week.quote == "Monday to Friday, 9am to 5pm"


def test_days_given_in_two_sentences_are_two_items() -> None:
    friday = [
        rule | {"quote": "9am"} if rule["key"] == "hours.friday" else rule
        for rule in DOCUMENT["rules"]
    ]

    weeks = [one for one in rules.items(DOCUMENT | {"rules": friday}) if one.key == "hours"]

    assert sorted(len(one.value) for one in weeks) == [1, 6]


def test_a_field_the_document_does_not_give_is_shown_as_missing() -> None:
    missing = {one.key for one in rules.items(DOCUMENT) if one.status == "missing"}

    assert missing == {"reviewer", "approved_on"}


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(1, 12)), max_size=6))
def test_marks_cut_a_clause_and_lose_none_of_its_words(places: list[tuple[int, int]]) -> None:
    text = "abcdefghijklmnopqrstuvwxyz0123456789"
    quotes = [(text[at : at + size], n) for n, (at, size) in enumerate(places)]

    pieces = rules.marks(text, quotes)

    assert "".join(piece for piece, _, _ in pieces) == text
    for quote, number in quotes:
        assert "".join(piece for piece, inside, _ in pieces if number in inside) == quote
        assert sum(number in ending for _, _, ending in pieces) == 1


# --- What may be decided ---------------------------------------------------------------------

RULE = Found(
    kind=Kind.RULE,
    key="acknowledge.in_hours",
    value="PT4H",
    clause="2.2",
    quote="within 4 hours",
    status="written",
)
TEXTS = {"2.2": "We answer within 4 hours or sooner.", "2.3": "Out of hours within 12 hours."}


@pytest.mark.parametrize(
    ("found", "choice", "says"),
    [
        (RULE, Choice(act=Act.DISMISSED, reason=" "), "Say why"),
        (RULE, Choice(act=Act.SEEN, reason="x"), "cannot be said"),
        (RULE, Choice(act=Act.CORRECTED, value="PT2H", clause="9.9"), "no clause 9.9"),
        (
            RULE,
            Choice(act=Act.CORRECTED, value="PT2H", clause="2.3", quote="within 4 hours"),
            "do not stand in clause 2.3",
        ),
        (RULE, Choice(act=Act.CORRECTED, value="PT2H", quote="within"), "Name the clause"),
        (Found(kind=Kind.FLAG, key="placeholder"), Choice(act=Act.SEEN), "what happens"),
        (Found(kind=Kind.GAP, key="deputies"), CONFIRMED, "nothing to confirm"),
        (
            Found(kind=Kind.FIELD, key="title", value="x"),
            Choice(act=Act.DISMISSED),
            "cannot be left empty",
        ),
    ],
)
def test_what_cannot_be_decided_is_refused_with_a_sentence(
    found: Found, choice: Choice, says: str
) -> None:
    with pytest.raises(NotPossibleError, match=says):
        rules.check_choice(found, choice, TEXTS)


def test_a_corrected_quote_may_stand_anywhere_in_its_clause() -> None:
    choice = Choice(act=Act.CORRECTED, value="PT2H", clause="2.2", quote="or sooner")

    rules.check_choice(RULE, choice, TEXTS)


# --- From decisions to a document ------------------------------------------------------------


def settled(**decided: Act) -> list[Settled]:
    """Everything confirmed as it was found, except what is named (dots as double underscores)."""
    acts = {name.replace("__", "."): act for name, act in decided.items()}
    return [
        Settled(
            id=number,
            found=found,
            act=acts.get(found.key, _usual(found)),
            value=found.value,
            clause=found.clause,
            quote=found.quote,
        )
        for number, found in enumerate(rules.items(DOCUMENT))
    ]


def _usual(found: Found) -> Act | None:
    if found.status == "missing" or found.kind is Kind.GAP:
        return None
    return Act.SEEN if found.kind is Kind.FLAG else Act.CONFIRMED


def document_of(given_items: list[Settled]) -> policy.Document:
    made = drafting.plan(given_items)
    return drafting.document(DOCUMENT, made, number="2", source_hash="ab")


def test_a_document_with_every_rule_confirmed_can_be_worked_by() -> None:
    document = document_of(settled())
    given_rules = {rule.key: rule for rule in document.rules}

    policy.check(document)
    assert given_rules["acknowledge.in_hours"].status is Status.WRITTEN
    assert given_rules["hours.friday"].value == [["09:00", "17:00"]]
    assert given_rules["hours.friday"].status is Status.WRITTEN
    assert given_rules["four_hour_reading"].status is Status.ASSUMED
    assert (document.title, document.organisation) == ("Speaking online", "Fernhill Homes")
    assert document.next_review is not None
    assert document.next_review.written == "October 2027"
    assert [clause.section for clause in document.clauses][1] == "Answering"
    assert document.outline["laws"] == ["Data Protection Act 1984"]


def test_what_a_person_put_right_is_confirmed_and_no_longer_written() -> None:
    items = [
        replace(one, act=Act.CORRECTED, value="PT2H", quote="")
        if one.found.key == "acknowledge.in_hours"
        else one
        for one in settled(four_hour_reading=Act.CONFIRMED)
    ]

    given_rules = {rule.key: rule for rule in document_of(items).rules}

    assert given_rules["acknowledge.in_hours"].status is Status.CONFIRMED
    assert given_rules["acknowledge.in_hours"].value == "PT2H"
    assert given_rules["four_hour_reading"].status is Status.CONFIRMED


def test_what_was_taken_out_sets_no_rule() -> None:
    keys = {rule.key for rule in document_of(settled(resolve=Act.DISMISSED)).rules}

    assert "resolve" not in keys


def test_undecided_rules_stand_in_the_way_and_open_questions_do_not() -> None:
    undecided = [
        replace(one, act=None) if one.found.key in ("resolve", "title", "repealed_law") else one
        for one in settled()
    ]

    made = drafting.plan(undecided)

    by_id = {one.id: one.found.key for one in undecided}
    assert [by_id[one.item] for one in made.obstacles] == ["title", "resolve"]
    assert [one.key for one in made.assumed] == ["four_hour_reading", "deputies"]
    assert [by_id[one] for one in made.unseen] == ["repealed_law"]


def test_two_values_of_one_rule_stand_in_the_way_until_one_is_taken_out() -> None:
    twice = settled()
    other = replace(RULE, value="PT6H", clause="3.1", quote="")
    twice.append(
        Settled(id=99, found=other, act=Act.CONFIRMED, value="PT6H", clause="3.1", quote="")
    )

    (obstacle,) = drafting.plan(twice).obstacles
    assert obstacle.item == 99
    assert "4 hours in clause 2.2 and 6 hours in clause 3.1" in obstacle.says

    twice[-1] = replace(twice[-1], act=Act.DISMISSED)
    assert drafting.plan(twice).obstacles == ()


def test_an_answer_the_desk_runs_nothing_by_is_kept_and_said_to_set_no_rule() -> None:
    unknown = Found(kind=Kind.GAP, key="colour_of_the_van", says="Which colour?")
    answered = Settled(id=98, found=unknown, act=Act.ANSWERED, value="red", clause="", quote="")

    made = drafting.plan([*settled(), answered])

    assert made.unbound == (98,)
    assert "colour_of_the_van" not in {rule.key for rule in made.rules}


def test_items_and_decisions_have_names_a_person_knows() -> None:
    titles = [wording.title(one) for one in rules.items(DOCUMENT)]

    assert "Working hours" in titles
    assert "Repealed law" in titles
    assert wording.decided(Kind.RULE, Act.DISMISSED) == "Not a rule"
    assert wording.decided(Kind.FIELD, Act.DISMISSED) == "Left empty"


# --- Kept ------------------------------------------------------------------------------------


def read_in(data: bytes, result: Mapping[str, Any], *, at: datetime = NOW) -> Import:
    import_id, _ = actions.take_in(
        data=data, name="policy.txt", note="", person_id=1, actor=NOOR, now=at
    )
    attempt = actions.begin(import_id=import_id, now=at, lost_after=LOST)
    actions.finish(import_id=import_id, attempt=attempt, result=result, now=at)
    return queries.one(import_id)


class TestDeciding(TestCase):
    row: ClassVar[Import]

    @classmethod
    def setUpTestData(cls) -> None:
        cls.row = read_in(b"first", DOCUMENT)

    def item(self, key: str) -> Item:
        return queries.items(self.row.pk).get(key=key)

    def decide(self, key: str, choice: Choice, *, actor: Actor = NOOR, version: int = -1) -> Item:
        item = self.item(key)
        return actions.decide(
            import_id=self.row.pk,
            item_id=item.pk,
            version=item.version if version < 0 else version,
            choice=choice,
            person_id=int(actor.id),
            actor=actor,
            now=NOW,
        )

    def undo(self, key: str) -> Item:
        item = self.item(key)
        return actions.undo(
            import_id=self.row.pk,
            item_id=item.pk,
            version=item.version,
            person_id=1,
            actor=NOOR,
            now=NOW,
        )

    def test_a_decision_is_kept_with_who_and_when(self) -> None:
        self.decide("resolve", CONFIRMED, actor=FELIX)

        decision = self.item("resolve").decision
        assert decision is not None
        assert (decision.act, decision.by_name, decision.at) == (Act.CONFIRMED, "Felix", NOW)
        assert queries.counts(self.row.pk).decided == 1

    def test_it_is_recorded_without_a_word_of_the_document(self) -> None:
        choice = Choice(
            act=Act.CORRECTED,
            value="PT2H",
            clause="2.2",
            quote="within 4 hours of receiving it",
            reason="The board said two.",
        )
        self.decide("acknowledge.in_hours", choice)
        self.undo("acknowledge.in_hours")

        entries = Entry.objects.filter(object_kind="import_item").order_by("pk")
        assert [entry.verb for entry in entries] == [
            Verb.POLICY_ITEM_DECIDED,
            Verb.POLICY_ITEM_UNDONE,
        ]
        assert "two" not in str([entry.details for entry in entries])
        assert "receiving" not in str([entry.details for entry in entries])

    def test_an_undo_brings_back_what_held_before_and_forgets_nothing(self) -> None:
        self.decide("acknowledge.in_hours", CONFIRMED)
        self.decide("acknowledge.in_hours", Choice(act=Act.CORRECTED, value="PT2H"))

        self.undo("acknowledge.in_hours")
        item = self.item("acknowledge.in_hours")
        assert item.decision is not None
        assert item.decision.act == Act.CONFIRMED
        self.undo("acknowledge.in_hours")
        assert self.item("acknowledge.in_hours").decision is None

        acts = [one.act for one in queries.history(item.pk)]
        assert acts == [Act.UNDONE, Act.UNDONE, Act.CORRECTED, Act.CONFIRMED]
        with pytest.raises(NotPossibleError, match="nothing to undo"):
            self.undo("acknowledge.in_hours")

    def test_who_is_slower_is_told_and_overwrites_nothing(self) -> None:
        self.decide("resolve", CONFIRMED, actor=FELIX)

        with pytest.raises(ChangedError, match="Felix was here a moment ago"):
            self.decide("resolve", Choice(act=Act.DISMISSED, reason="No."), version=0)

        decision = self.item("resolve").decision
        assert decision is not None
        assert decision.by_name == "Felix"

    def test_a_value_the_registry_refuses_is_not_kept(self) -> None:
        with pytest.raises(NotUnderstoodError):
            self.decide("acknowledge.in_hours", Choice(act=Act.CORRECTED, value="soon"))

        assert Decision.objects.count() == 0

    def test_after_a_version_was_made_what_was_decided_stands(self) -> None:
        self.decide("resolve", CONFIRMED)
        actions.made_version(import_id=self.row.pk, version_id=7, number="2", actor=NOOR, now=NOW)

        with pytest.raises(NotPossibleError, match="Version 2 was made of this file"):
            self.undo("resolve")

        actions.lost_version(import_id=self.row.pk)
        self.undo("resolve")

    def test_a_newer_file_carries_over_what_was_decided_about_the_same_words(self) -> None:
        self.decide("resolve", CONFIRMED, actor=FELIX)
        self.decide("four_hour_reading", Choice(act=Act.ANSWERED, value="working"))
        self.decide("acknowledge.in_hours", CONFIRMED)
        self.decide("repealed_law", Choice(act=Act.SEEN, reason="Put right in version 3"))
        later = NOW + timedelta(days=30)

        newer = read_in(
            b"second",
            import_readers.changed("12 hours", "10 hours", value="PT4H"),
            at=later,
        )

        assert newer.follows_id == self.row.pk
        carried = {
            item.key: item.decision for item in queries.items(newer.pk) if item.decision is not None
        }
        # Clause 2.3 reads otherwise now; version 2 became version 3.
        assert set(carried) == {
            *("resolve", "four_hour_reading", "acknowledge.in_hours", "repealed_law"),
        }
        assert carried["resolve"].by_name == "Felix"
        assert carried["resolve"].at == NOW
        assert carried["resolve"].carried_from is not None
        assert carried["four_hour_reading"].value == "working"

    def test_a_changed_sentence_is_asked_about_again(self) -> None:
        self.decide("acknowledge.in_hours", CONFIRMED)
        self.decide("resolve", CONFIRMED)

        newer = read_in(
            b"second", import_readers.changed("within 4 hours", "within 6 hours", value="PT6H")
        )

        assert queries.counts(newer.pk).decided == 0  # both stand in clause 2.2

    def test_a_file_of_another_policy_carries_nothing_over(self) -> None:
        self.decide("resolve", CONFIRMED)

        other = read_in(b"second", DOCUMENT | {"title": "Complaints"})

        assert other.follows is None
        assert queries.counts(other.pk).decided == 0

    def test_what_was_carried_over_can_be_undone_like_any_other(self) -> None:
        self.decide("resolve", CONFIRMED)
        newer = read_in(b"second", DOCUMENT)
        item = queries.items(newer.pk).get(key="resolve")

        actions.undo(
            import_id=newer.pk,
            item_id=item.pk,
            version=item.version,
            person_id=1,
            actor=NOOR,
            now=NOW,
        )

        assert queries.items(newer.pk).get(key="resolve").decision is None
        assert self.item("resolve").decision is not None
