"""What may need no reply is proposed in the row as it comes in; people decide."""

from datetime import timedelta

import pytest

from glede.desk.conversations.models import Conversation
from glede.desk.conversations.rules import NotNeeded
from glede.flow import handling
from glede.rulebook.people.rules import Role
from tests import make

NOW = make.NOW
pytestmark = pytest.mark.django_db


def proposed(of: Conversation) -> str:
    of.refresh_from_db()
    return of.proposed


def test_thanks_are_proposed_and_a_question_after_them_takes_it_back() -> None:
    site = make.website("red-kite", make.brand("Red Kite"))
    make.policy_version()
    thanks = make.conversation(site, "Thank you so much!", thread="t", at=NOW)
    asks = make.conversation(site, "When is the lift mended?", name="Gareth", at=NOW)

    assert proposed(thanks) == NotNeeded.PRAISE
    assert proposed(asks) == ""

    make.conversation(site, "When does the roofer come?", thread="t", at=NOW + timedelta(minutes=1))
    assert proposed(thanks) == ""

    make.conversation(site, "Thank you again!", thread="t", at=NOW + timedelta(minutes=2))
    assert proposed(thanks) == ""  # the question still waits


def test_a_decision_takes_it_out_of_the_row() -> None:
    site = make.website("red-kite", make.brand("Red Kite"))
    make.policy_version()
    sam = make.person("Sam", Role.ADVISOR)
    thanks = make.conversation(site, "Thank you so much!", at=NOW)

    handling.no_reply_needed(
        viewer=sam, conversation_id=thanks.pk, reason=NotNeeded.PRAISE, now=NOW
    )

    assert proposed(thanks) == ""
