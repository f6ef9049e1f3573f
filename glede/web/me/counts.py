"""The figures on the rail: what waits, what is late, what was not seen."""

from typing import cast

from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from glede.desk.alerts import queries as alerts
from glede.desk.conversations import queries as conversations
from glede.desk.conversations.filters import Field, Filters, Want
from glede.desk.conversations.lanes import Group
from glede.desk.intake import queries as intake
from glede.rulebook.people.rules import Permission
from glede.web import access
from glede.web.access import DeskRequest
from glede.web.inbox.asked import moment_of


@access.signed_in("everybody gets the figures of what they may see, and no others")
@require_safe
@never_cache
def counts(request: HttpRequest) -> JsonResponse:
    """By place: `n` is drawn (nothing for nought), `late` colours it, `words` are spoken."""
    desk = cast(DeskRequest, request)
    unseen = alerts.unseen_count(desk.viewer.id)
    found: dict[str, object] = {
        "alerts": _figure(unseen, gettext("%(n)s not seen") % {"n": unseen})
    }
    if desk.viewer.may(Permission.READ_CONVERSATIONS):
        late = Filters((Want(Field.GROUP, (Group.LATE,)),))
        moment = moment_of(desk.now, timezone.get_current_timezone())
        open_now, late_now = conversations.tally(desk.viewer, [Filters(), late], moment=moment)
        words = gettext("%(open)s open, %(late)s late") % {"open": open_now, "late": late_now}
        found["inbox"] = _figure(open_now, words, late=late_now > 0)
    if desk.viewer.may(Permission.READ_INTAKE):
        aside = intake.counts().aside
        found["intake"] = _figure(aside, gettext("%(n)s set aside") % {"n": aside})
    return JsonResponse(found)


def _figure(number: int, words: str, *, late: bool = False) -> dict[str, object]:
    return {"n": "" if number == 0 else _short(number), "words": words, "late": late}


def _short(number: int) -> str:
    return "99+" if number > 99 else str(number)
