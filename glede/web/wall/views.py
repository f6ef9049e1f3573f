"""The screen on the wall of the room: figures, never a resident's name or words."""

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from glede.rulebook.people.rules import Permission
from glede.web.access import DeskRequest, needs
from glede.web.wall import pages


@needs(Permission.READ_CONVERSATIONS)
@require_safe
def wall(request: HttpRequest) -> HttpResponse:
    desk = cast(DeskRequest, request)
    shown = pages.build(desk.viewer, now=desk.now, zone=timezone.get_current_timezone())
    part = "#figures" if desk.htmx else ""
    return render(request, f"wall/wall.html{part}", {"wall": shown})
