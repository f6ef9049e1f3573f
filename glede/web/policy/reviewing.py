"""The review of the policy: when it is due, what was looked at, what was decided."""

from datetime import date
from typing import cast

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from glede.desk.alerts import queries_ways as ways
from glede.flow import review as flow
from glede.rulebook.people.rules import Permission
from glede.rulebook.policy import queries, queries_life
from glede.rulebook.policy.life import review_due
from glede.rulebook.policy.reviewing import CHECKLIST, Decision
from glede.web import access
from glede.web.access import DeskRequest
from glede.web.policy.acting import attempt
from glede.web.policy.forms import ReviewForm, StartReviewForm


@access.needs(Permission.READ_POLICY)
@require_safe
def shown(request: HttpRequest) -> HttpResponse:
    return _page(request)


def _page(
    request: HttpRequest,
    *,
    form: ReviewForm | None = None,
    start_form: StartReviewForm | None = None,
    status: int = 200,
) -> HttpResponse:
    desk = cast(DeskRequest, request)
    version = queries_life.in_force(at=desk.now)
    today = queries_life.today(desk.now)
    open_review = queries_life.open_review(version.pk) if version else None
    if open_review is not None and form is None:
        form = ReviewForm(initial=_initial(open_review.checked, _next(desk, today)))
    cycle = queries_life.cycle(at=desk.now) if version else None
    return render(
        request,
        "policy/review.html",
        {
            "version": version,
            "standing": queries_life.standing(version, on=today) if version else None,
            "review": open_review,
            "looked": [(words, open_review.checked.get(key, "")) for key, words in CHECKLIST]
            if open_review
            else [],
            "form": form,
            "start_form": start_form or StartReviewForm(),
            "cycle": cycle,
            "escalates_to": queries_life.escalates_to(at=desk.now) if version else "",
            "finished": [_told(one.checked, one) for one in queries_life.reviews()],
            "unsent": ways.unsent_mail(),
            "flags": version.outline.get("flags", []) if version else [],
            "may_draft": desk.viewer.may(Permission.DRAFT_POLICY),
            "may_confirm": desk.viewer.may(Permission.APPROVE_POLICY)
            and open_review is not None
            and desk.viewer.id not in (open_review.started_by_id, open_review.decided_by_id),
            "place": "policy:review",
        },
        status=status,
    )


def _told(checked: dict[str, str], review: object) -> dict[str, object]:
    return {"review": review, "looked": [(words, checked.get(key, "")) for key, words in CHECKLIST]}


def _initial(checked: dict[str, str], next_due_on: date) -> dict[str, object]:
    return {f"check_{key}": checked.get(key, "") for key, _ in CHECKLIST} | {
        "next_due_on": next_due_on
    }


def _next(desk: DeskRequest, today: date) -> date:
    months = int(queries.rule("review.period", at=desk.now).value)
    return review_due(today, months, month_only=False)


@access.needs(Permission.DRAFT_POLICY)
@require_POST
def start(request: HttpRequest) -> HttpResponseBase:
    desk, form = cast(DeskRequest, request), StartReviewForm(request.POST)
    if form.is_valid() and attempt(
        request,
        lambda: flow.start(
            viewer=desk.viewer,
            interim=form.cleaned_data["interim"],
            because=form.cleaned_data["because"],
            now=desk.now,
        ),
        form=form,
    ):
        return redirect("policy:review")
    return _page(request, start_form=form, status=422)


@access.needs(Permission.DRAFT_POLICY)
@require_POST
def decide(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Keep what was found, or end the review; what was typed stays when something is missing."""
    desk, form = cast(DeskRequest, request), ReviewForm(request.POST)
    if not form.is_valid():
        return _page(request, form=form, status=422)
    given, checked = form.cleaned_data, form.checked()
    led_to: list[str] = []

    def act() -> None:
        if given["decision"] == "keep":
            flow.keep(viewer=desk.viewer, review_id=pk, checked=checked, now=desk.now)
        elif given["decision"] == Decision.CHANGE:
            led_to.append(
                flow.change(
                    viewer=desk.viewer,
                    review_id=pk,
                    checked=checked,
                    reasons=given["reasons"],
                    now=desk.now,
                )
            )
        else:
            flow.no_change(
                viewer=desk.viewer,
                review_id=pk,
                checked=checked,
                reasons=given["reasons"],
                next_due_on=given["next_due_on"],
                now=desk.now,
            )

    done = {
        "keep": "Kept. The review is still open.",
        "change": "The review is finished: the next version has begun as a draft.",
        "no change": "Decided. It holds once a second person confirms it.",
    }[given["decision"]]
    if not attempt(request, act, done=done, form=form):
        return _page(request, form=form, status=422)
    return redirect("policy:version", led_to[0]) if led_to else redirect("policy:review")


@access.needs(Permission.APPROVE_POLICY)
@require_POST
def confirm(request: HttpRequest, pk: int) -> HttpResponseBase:
    desk = cast(DeskRequest, request)
    attempt(
        request,
        lambda: flow.confirm(viewer=desk.viewer, review_id=pk, now=desk.now),
        done="Confirmed: the policy is due again on the day the review names.",
    )
    return redirect("policy:review")


@access.needs(Permission.READ_POLICY)
@require_POST
def reopen(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Take a decision back; the room asks who may."""
    desk = cast(DeskRequest, request)
    attempt(
        request,
        lambda: flow.reopen(viewer=desk.viewer, review_id=pk, now=desk.now),
        done="The decision was taken back: the review is open again.",
    )
    return redirect("policy:review")
