"""Heading, version and effective date: what is received keeps the version in force at its receipt.

Case 9 of the cross-clause cases: version 4 approved at noon with 2 hours; what came at 11:59 keeps
its 4 hours.
"""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import ClassVar

from django.test import TestCase

from glede.desk.clocks.models import Clock
from glede.flow import approving
from glede.rulebook.policy import actions as policy
from glede.rulebook.policy import queries
from glede.rulebook.policy.actions_life import Decided, File
from glede.rulebook.policy.rules import RuleText, Status
from tests import cast, make
from tests.web import policy_desk

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
MINUTE = File("minute.pdf", b"%PDF-1.7\n")


class TestVersionAtReceipt(TestCase):
    cast: ClassVar[cast.Cast]

    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = cast.build()

    def faster(self) -> int:
        """Version 4: an answer within 2 hours."""
        base = queries.model_policy()
        clauses = tuple(
            replace(clause, text=clause.text.replace("within 4 hours", "within 2 hours"))
            for clause in base.clauses
        )
        rules = tuple(
            RuleText(rule.key, "PT2H", Status.WRITTEN, rule.clause, rule.quote.replace("4", "2"))
            if rule.key == "acknowledge.in_hours"
            else rule
            for rule in base.rules
        )
        return policy.draft(
            document=replace(base, number="4", clauses=clauses, rules=rules),
            actor=policy_desk.actor(self.cast.felix),
            now=NOON - timedelta(days=1),
        )

    def approve_at_noon(self) -> None:
        made = self.faster()
        before = NOON - timedelta(hours=1)
        approving.submit(viewer=self.cast.felix, version_id=made, now=before)
        decided = Decided("EMT", date(2026, 11, 23), "EMT 2026/11", attachment=MINUTE)
        approving.record(viewer=self.cast.noor, version_id=made, decided=decided, now=before)
        assert approving.confirm(viewer=self.cast.delia, version_id=made, now=NOON) == NOON

    def promised(self, at: datetime, name: str) -> tuple[timedelta, str]:
        conversation = make.conversation(self.cast.red_kite_site, name=name, at=at)
        clock = Clock.objects.get(enquiry__conversation=conversation, kind="acknowledge")
        return clock.due_at - at, clock.policy.number

    def test_what_came_a_minute_before_keeps_the_old_promise_and_what_comes_after_the_new(
        self,
    ) -> None:
        before = self.promised(NOON - timedelta(minutes=1), "Dawn")
        self.approve_at_noon()
        late = self.promised(NOON - timedelta(seconds=1), "Eve")
        after = self.promised(NOON, "Fern")

        assert before == (timedelta(hours=4), "1")
        # Received before noon, understood after it: receipt decides, not when we got round to it.
        assert late == (timedelta(hours=4), "1")
        assert after == (timedelta(hours=2), "4")
        clock = Clock.objects.get(enquiry__conversation__name="Dawn", kind="acknowledge")
        assert clock.due_at == NOON - timedelta(minutes=1) + timedelta(hours=4)
