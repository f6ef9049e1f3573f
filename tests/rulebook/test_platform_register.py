"""The register of approved platforms: what it begins with, who changes it, what it refuses."""

from datetime import UTC, date, datetime

import pytest

from glede.flow import approved_platforms as flow
from glede.platforms import registry
from glede.rulebook.accounts import queries_register as queries
from glede.rulebook.accounts.actions import AccountRefusedError
from glede.rulebook.accounts.actions_register import RegisterRefusedError
from glede.rulebook.accounts.register import Entry, Status, named
from glede.rulebook.audit import queries as audit
from glede.rulebook.audit.rules import Verb
from glede.rulebook.people.rules import Role, Viewer
from tests import make

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
YEAR = date(2027, 11, 24)


@pytest.fixture(autouse=True)
def begun() -> None:
    flow.begin(now=NOW)


def decide(viewer: Viewer, slug: str = "bluesky", **changes: object) -> None:
    given: dict[str, object] = {
        "status": Status.TRIAL,
        "reason": "Tenants asked for it; three months, then we look again.",
        "office": "Head of Relationships",
        "review_on": date(2027, 2, 24),
    }
    flow.decide(slug=slug, actor=viewer.actor, now=NOW, **(given | changes))  # type: ignore[arg-type]


def test_it_begins_with_the_five_of_the_policy_and_our_website() -> None:
    approved = {entry.slug for entry in queries.entries() if entry.status is Status.APPROVED}

    assert approved == {"facebook", "instagram", "snapchat", "x", "youtube", "website"}
    assert {entry.review_on for entry in queries.entries() if entry.usable} == {YEAR}
    assert flow.begin(now=NOW) == 0


def test_a_platform_nobody_entered_is_not_approved_and_says_who_decides() -> None:
    assert queries.entry("bluesky").status is Status.NOT_APPROVED
    with pytest.raises(AccountRefusedError, match=r"Deputy Chief Executive .* \(clause 3\.1\)"):
        flow.must_be_usable("bluesky")
    flow.must_be_usable("website")


def test_twitter_is_x() -> None:
    found = [named(queries.entries(), words) for words in (" twitter", "X", "x", "Friendster")]

    assert [entry.slug if entry else None for entry in found] == ["x", "x", "x", None]


@pytest.mark.parametrize("role", [Role.OWNER, Role.DEPUTY_CHIEF_EXECUTIVE])
def test_who_may_decides_and_it_is_recorded_with_its_clause(role: Role) -> None:
    decide(make.person("Delia", role))

    flow.must_be_usable("bluesky")
    entry = queries.entry("bluesky")
    assert (entry.status, entry.owner) == (Status.TRIAL, "Head of Relationships")
    newest = audit.latest(limit=1)[0]
    assert (newest.verb, newest.clause) == (Verb.PLATFORM_DECIDED, "3.1")
    assert newest.details == {"platform": "bluesky", "status": "trial", "before": "not approved"}


def test_a_retired_platform_takes_no_new_account() -> None:
    decide(make.person("Delia", Role.DEPUTY_CHIEF_EXECUTIVE), "snapchat", status=Status.RETIRED)

    with pytest.raises(AccountRefusedError, match="Snapchat was retired"):
        flow.must_be_usable("snapchat")
    assert queries.entry("snapchat").review_on is None


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.LEAD, Role.BRAND_MANAGER])
def test_others_do_not_decide(role: Role) -> None:
    with pytest.raises(RegisterRefusedError, match="Deputy Chief Executive or the owner"):
        decide(make.person("Ada", role))

    assert queries.entry("bluesky").status is Status.NOT_APPROVED


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"reason": "  "}, "Say why"),
        ({"office": ""}, "which office"),
        ({"review_on": None}, "on a day to come"),
        ({"review_on": NOW.date()}, "on a day to come"),
    ],
)
def test_a_decision_without_its_reason_owner_or_review_is_refused(
    changes: dict[str, object], says: str
) -> None:
    with pytest.raises(RegisterRefusedError, match=says):
        decide(make.person("Delia", Role.DEPUTY_CHIEF_EXECUTIVE), **changes)


def test_a_platform_that_does_not_exist_cannot_be_decided_about() -> None:
    with pytest.raises(registry.UnknownPlatform):
        decide(make.person("Delia", Role.DEPUTY_CHIEF_EXECUTIVE), "friendster")


def test_a_review_in_the_past_is_overdue_while_it_is_used() -> None:
    used = Entry("x", "X", Status.APPROVED, review_on=date(2026, 11, 23))

    assert used.overdue(NOW.date())
    assert not used.overdue(date(2026, 11, 23))
    assert not Entry("x", "X", Status.RETIRED, review_on=date(2020, 1, 1)).overdue(NOW.date())
