"""Heading, review: the customer's own policy has been overdue since 31 October 2019.

Case 12 of the cross-clause cases: the banner says so, and the review done in the app ends in a
draft of version 4 that carries what is wrong with law, bodies and references.
"""

from datetime import date
from typing import ClassVar

from django.contrib.auth import get_user_model
from django.test import Client, TestCase

from glede.flow import approving
from glede.kit import clock
from glede.rulebook.people.rules import Viewer
from glede.rulebook.policy import actions as policy
from glede.rulebook.policy import importing, queries_life
from glede.rulebook.policy.actions_life import Decided
from glede.rulebook.policy.life import State
from glede.rulebook.policy.reviewing import CHECKLIST
from tests import cast
from tests.rulebook.policy_document import customers
from tests.web import policy_desk

LOOKED = {f"check_{key}": "See the flags." for key, _ in CHECKLIST}


def client_of(viewer: Viewer) -> Client:
    client = Client()
    client.force_login(
        get_user_model().objects.get(pk=viewer.id),
        backend="allauth.account.auth_backends.AuthenticationBackend",
    )
    return client


class TestOverdueReview(TestCase):
    cast: ClassVar[cast.Cast]

    @classmethod
    def setUpTestData(cls) -> None:
        text = customers.policy()
        cls.cast = cast.build()
        now = clock.now()
        imported = importing.read(text.encode(), "policy.txt", today=queries_life.today(now))
        made = policy.draft(
            document=importing.to_document(imported),
            actor=policy_desk.actor(cls.cast.felix),
            now=now,
        )
        approving.submit(viewer=cls.cast.felix, version_id=made, now=now)
        decided = Decided(
            body="EMT",
            decided_on=date(2018, 10, 1),
            minute_reference="not found",
            unattached_because="The minutes of 2018 are lost.",
        )
        approving.record(viewer=cls.cast.noor, version_id=made, decided=decided, now=now)
        approving.confirm(viewer=cls.cast.delia, version_id=made, now=now)

    def test_every_page_about_the_policy_says_since_when_it_is_overdue(self) -> None:
        client = client_of(self.cast.felix)
        late = (queries_life.today(clock.now()) - date(2019, 10, 31)).days
        for path in (
            "/policy/",
            "/policy/versions/",
            "/policy/versions/3/",
            "/policy/review/",
            "/policy/offices/",
            "/policy/registers/",
            "/policy/read/",
            "/policy/clauses/6.5/",
            "/policy/import/",
        ):
            page = client.get(path).content.decode()
            with self.subTest(path):
                assert "Review overdue since 31 October 2019," in page
                assert f"{late:,} days" in page
        assert "overdue since" not in client.get("/alerts/").content.decode()

    def test_approval_and_period_agree_with_the_date_that_is_written(self) -> None:
        version = queries_life.by_number("3")
        assert version is not None

        assert version.written_next_review == "October 2019"
        assert version.review_due_on == date(2019, 10, 31)
        assert version.review_period_months == 12

    def test_what_it_names_is_in_the_registers(self) -> None:
        page = client_of(self.cast.felix).get("/policy/registers/").content.decode()

        for name in (
            "Unacceptable behaviour policy",
            "Feedback policy",
            "Relationship Strategy",
            "Data Protection Policy",
            "The Bar",
            "Behaviour Charter",
            "Information security and Incident Management policy",
            "Data Protection Act 1998",
        ):
            with self.subTest(name):
                assert name in page
        assert "It is missing: nobody has said where it is." in page

    def test_the_review_leads_to_a_draft_of_version_4_with_its_flags(self) -> None:
        client = client_of(self.cast.felix)
        client.post("/policy/review/start/", {})
        version = queries_life.in_force(at=clock.now())
        assert version is not None
        review = queries_life.open_review(version.pk)
        assert review is not None

        answer = client.post(
            f"/policy/review/{review.pk}/",
            {**LOOKED, "decision": "change", "reasons": "The law has moved on."},
            follow=True,
        )

        assert answer.redirect_chain[-1][0] == "/policy/versions/4/"
        version = queries_life.by_number("4")
        assert version is not None
        assert queries_life.state(version, at=clock.now()) is State.DRAFT
        flags = {(flag["kind"], flag["clause"]) for flag in version.outline["flags"]}
        assert ("repealed_law", "4.1(2)") in flags
        assert ("renamed_body", "2.1") in flags
        assert ("dangling_reference", "5.5") in flags
        assert ("dangling_reference", "6.8") in flags
        assert version.review_due_on is None
        page = answer.content.decode()
        assert "Data Protection Act 1998" in page
        assert "clause 4.1(2)" in page
        done = client.get("/policy/review/").content.decode()
        assert "led to version 4" in done
        assert "The law has moved on." in done
