"""Tell people of something in a conversation: on their alerts page, live, and by their ways."""

from collections.abc import Iterable
from datetime import datetime

from glede.desk.alerts import actions as alerts
from glede.desk.alerts.rules import Kind
from glede.desk.clocks.models import Step
from glede.desk.conversations.models import Conversation
from glede.flow import announcing
from glede.rulebook.people import queries as people
from glede.rulebook.people.rules import Permission, Role, Viewer


def tell(
    *,
    who: Iterable[int],
    conversation: Conversation,
    kind: Kind,
    key: str,
    says: str,
    now: datetime,
    step: Step | None = None,
    by_mail: bool = False,
) -> int:
    """Tell each of them once; belongs in a transaction. Returns how many were told now.

    `by_mail`: the sentence holds nothing of the resident, and may leave the desk as it is.
    """
    raised = alerts.raise_for(
        people=dict.fromkeys(who),
        conversation=conversation,
        kind=kind,
        key=key,
        says=says,
        step=step,
        outward=says if by_mail else "",
        now=now,
    )
    announcing.announce(raised, now=now)
    return len(raised)


def in_roles(roles: Iterable[Role], *, brand_id: int, now: datetime) -> list[Viewer]:
    """Everybody who holds one of these roles for the brand."""
    wanted = frozenset(roles)
    return [
        viewer
        for viewer in people.who_may(Permission.HANDLE_ALERTS, brand_id=brand_id, now=now)
        if any(grant.role in wanted and grant.brand in (None, brand_id) for grant in viewer.grants)
    ]


def leads_and_owner(*, brand_id: int, now: datetime) -> list[int]:
    """Every lead and the policy owner: until a rota says who is on call, all of them are."""
    found = in_roles((Role.LEAD, Role.OWNER), brand_id=brand_id, now=now)
    return [viewer.id for viewer in found]
