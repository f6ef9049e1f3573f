"""Versions of the policy: all of them, one of them, two beside each other, and into force."""

from dataclasses import dataclass
from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from glede.flow import approving
from glede.kit import store
from glede.kit.words import say
from glede.rulebook.audit import queries as audit
from glede.rulebook.people.rules import Permission, Viewer
from glede.rulebook.policy import actions_life as life
from glede.rulebook.policy import queries, queries_life
from glede.rulebook.policy.diff import Change
from glede.rulebook.policy.life import State
from glede.rulebook.policy.registry import KINDS
from glede.web import access
from glede.web.access import DeskRequest
from glede.web.policy import pages
from glede.web.policy.acting import attempt
from glede.web.policy.forms import ApprovalForm, ReasonForm, RewordForm


@access.needs(Permission.READ_POLICY)
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    now = cast(DeskRequest, request).now
    lived = queries_life.lived(at=now)
    current = next((one.version.number for one in lived if one.state is State.EFFECTIVE), "")
    return render(
        request,
        "policy/versions.html",
        {"lived": lived, "current": current, "place": "policy:versions"},
    )


@access.needs(Permission.READ_POLICY)
@require_safe
def shown(request: HttpRequest, number: str) -> HttpResponse:
    version = access.found(queries_life.by_number(number))
    return _page(request, number=version.number)


def _page(
    request: HttpRequest,
    *,
    number: str,
    approval_form: ApprovalForm | None = None,
    reason_form: ReasonForm | None = None,
    status: int = 200,
) -> HttpResponse:
    desk = cast(DeskRequest, request)
    version = access.found(queries_life.by_number(number))
    state = queries_life.state(version, at=desk.now)
    approval = queries_life.approval(version.pk)
    current = queries_life.in_force(at=desk.now)
    due = None
    if approval is not None and not approval.at_setup:
        due = life.due_of(version, decided_on=approval.decided_on)
    elif version.approved_on is not None:
        due = life.due_of(version, decided_on=version.approved_on)
    return render(
        request,
        "policy/version.html",
        {
            "version": version,
            "state": state,
            "steps": _steps(state),
            "approval": approval,
            "due": due,
            "text": pages.of(version.pk),
            "flags": version.outline.get("flags", []),
            "gaps": version.outline.get("gaps", []),
            "compare": current.number if current and current.pk != version.pk else "",
            "trail": audit.trail("policy", version.pk),
            "can": _can(desk.viewer, state, has_record=approval is not None),
            "why_not": _why_not(
                desk.viewer, version.hands, approval.recorded_by_id if approval else None
            ),
            "may_take_over": desk.viewer.may(Permission.DRAFT_POLICY),
            "approval_form": approval_form or ApprovalForm(),
            "reason_form": reason_form or ReasonForm(),
            "place": "policy:versions",
        },
        status=status,
    )


@dataclass(frozen=True, slots=True)
class Can:
    """Which acts are open to this person now."""

    submit: bool
    discard: bool
    send_back: bool
    record: bool
    confirm: bool
    minute: bool


def _can(viewer: Viewer, state: State, *, has_record: bool) -> Can:
    drafts, approves = viewer.may(Permission.DRAFT_POLICY), viewer.may(Permission.APPROVE_POLICY)
    reviewed = state is State.IN_REVIEW
    return Can(
        submit=drafts and state is State.DRAFT,
        discard=drafts and state is State.DRAFT,
        send_back=approves and reviewed,
        record=approves and reviewed and not has_record,
        confirm=approves and reviewed and has_record,
        minute=approves,
    )


def _why_not(viewer: Viewer, hands: list[int], recorded_by: int | None) -> str:
    """Why this person cannot be the second one, said before they try."""
    if recorded_by == viewer.id:
        return say("You recorded this decision: a second person confirms it.")
    if viewer.id in hands:
        return say("You worked on this version: nobody approves their own change.")
    return ""


def _steps(state: State) -> list[dict[str, object]]:
    names = [State.DRAFT, State.IN_REVIEW, State.APPROVED, State.EFFECTIVE, State.SUPERSEDED]
    at = names.index(state)
    return [
        {"name": name.value, "done": index < at, "current": index == at}
        for index, name in enumerate(names)
    ]


@access.needs(Permission.DRAFT_POLICY)
@require_POST
def submit(request: HttpRequest, number: str) -> HttpResponseBase:
    desk, version = cast(DeskRequest, request), access.found(queries_life.by_number(number))
    attempt(
        request,
        lambda: approving.submit(viewer=desk.viewer, version_id=version.pk, now=desk.now),
        done=f"Version {number} is in review. Whoever may approve it has been told.",
    )
    return redirect("policy:version", number)


@access.needs(Permission.DRAFT_POLICY)
@require_http_methods(["GET", "HEAD", "POST"])
def reword(request: HttpRequest, number: str, clause: str) -> HttpResponseBase:
    """Other words for one clause of a draft."""
    desk, version = cast(DeskRequest, request), access.found(queries_life.by_number(number))
    texts = {one.number: one.text for one in queries.clauses(version.pk)}
    before = access.found(texts.get(clause))
    if queries_life.state(version, at=desk.now) is not State.DRAFT:
        messages.error(request, gettext("Only a draft can be reworded: a change is a new version."))
        return redirect("policy:version", number)
    form = RewordForm(request.POST or None, initial={"text": before})
    if request.method == "POST" and form.is_valid():
        text = form.cleaned_data["text"]
        if attempt(
            request,
            lambda: approving.reword(
                viewer=desk.viewer, version_id=version.pk, clause=clause, text=text, now=desk.now
            ),
            done=f"Clause {clause} is reworded, and its rules were read anew: look at them.",
            form=form,
        ):
            return redirect("policy:version", number)
    return render(
        request,
        "policy/reword.html",
        {"version": version, "clause": clause, "form": form, "place": "policy:versions"},
        status=422 if request.method == "POST" else 200,
    )


@access.needs(Permission.DRAFT_POLICY)
@require_POST
def discard(request: HttpRequest, number: str) -> HttpResponseBase:
    desk, version = cast(DeskRequest, request), access.found(queries_life.by_number(number))
    if queries_life.state(version, at=desk.now) is not State.DRAFT:
        messages.error(
            request, gettext("Only a draft can be thrown away: take it out of review first.")
        )
        return redirect("policy:version", number)
    gone = attempt(
        request,
        lambda: approving.discard(viewer=desk.viewer, version_id=version.pk, now=desk.now),
        done=f"Version {number} was thrown away.",
    )
    return redirect("policy:versions") if gone else redirect("policy:version", number)


@access.needs(Permission.APPROVE_POLICY)
@require_POST
def send_back(request: HttpRequest, number: str) -> HttpResponseBase:
    desk, version = cast(DeskRequest, request), access.found(queries_life.by_number(number))
    form = ReasonForm(request.POST)
    if form.is_valid() and attempt(
        request,
        lambda: approving.send_back(
            viewer=desk.viewer,
            version_id=version.pk,
            because=form.cleaned_data["because"],
            now=desk.now,
        ),
        done=f"Version {number} is a draft again, with your reason.",
        form=form,
    ):
        return redirect("policy:version", number)
    return _page(request, number=number, reason_form=form, status=422)


@access.needs(Permission.APPROVE_POLICY)
@require_POST
def record(request: HttpRequest, number: str) -> HttpResponseBase:
    desk, version = cast(DeskRequest, request), access.found(queries_life.by_number(number))
    form = ApprovalForm(request.POST, request.FILES)
    if form.is_valid():
        given = form.cleaned_data
        file = given["attachment"]
        decided = life.Decided(
            body=given["body"],
            decided_on=given["decided_on"],
            minute_reference=given["minute_reference"],
            effective_at=given["effective_at"],
            attachment=life.File(file.name, file.read()) if file else None,
            unattached_because=given["unattached_because"],
        )
        if attempt(
            request,
            lambda: approving.record(
                viewer=desk.viewer, version_id=version.pk, decided=decided, now=desk.now
            ),
            done="The decision is recorded. It binds once a second person confirms it.",
            form=form,
        ):
            return redirect("policy:version", number)
    if request.FILES:
        form.add_error("attachment", gettext("Choose the file again: browsers do not keep it."))
    return _page(request, number=number, approval_form=form, status=422)


@access.needs(Permission.APPROVE_POLICY)
@require_POST
def withdraw(request: HttpRequest, number: str) -> HttpResponseBase:
    desk, version = cast(DeskRequest, request), access.found(queries_life.by_number(number))
    attempt(
        request,
        lambda: approving.withdraw(viewer=desk.viewer, version_id=version.pk, now=desk.now),
        done="The record was taken back: record the decision anew.",
    )
    return redirect("policy:version", number)


@access.needs(Permission.APPROVE_POLICY)
@require_POST
def confirm(request: HttpRequest, number: str) -> HttpResponseBase:
    desk, version = cast(DeskRequest, request), access.found(queries_life.by_number(number))
    attempt(
        request,
        lambda: approving.confirm(viewer=desk.viewer, version_id=version.pk, now=desk.now),
        done=f"Version {number} is approved. From its time on the desk runs by it.",
    )
    return redirect("policy:version", number)


@access.needs(Permission.APPROVE_POLICY)
@require_safe
def minute(request: HttpRequest, number: str) -> HttpResponse:  # noqa: ARG001
    """The minute as it was attached, as a download: never shown inside our own pages."""
    version = access.found(queries_life.by_number(number))
    approval = access.found(queries_life.approval(version.pk))
    access.found(approval.attachment or None)
    response = HttpResponse(store.read(approval.attachment), content_type=approval.attachment_type)
    ending = approval.attachment_name.rpartition(".")[2].lower()
    safe = ending if ending.isalnum() and ending.isascii() else "bin"
    response["Content-Disposition"] = f'attachment; filename="minute-v{version.pk}.{safe}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


@access.needs(Permission.READ_POLICY)
@require_safe
def against(request: HttpRequest, number: str, other: str) -> HttpResponse:
    """What `number` says otherwise than `other`."""
    after = access.found(queries_life.by_number(number))
    before = access.found(queries_life.by_number(other))
    difference = queries_life.diff(before.pk, after.pk)
    counts = {
        change.value: sum(one.change is change for one in difference.clauses) for change in Change
    }
    return render(
        request,
        "policy/diff.html",
        {
            "before": before,
            "after": after,
            "clauses": difference.changed,
            "counts": counts,
            "rules": [
                {
                    "meaning": KINDS[one.key].meaning if one.key in KINDS else one.key,
                    "change": one.change,
                    "before": pages.value_words(one.before) if one.before is not None else "",
                    "after": pages.value_words(one.after) if one.after is not None else "",
                    "clause": one.clause_after or one.clause_before,
                }
                for one in difference.rules
            ],
            "versions": [one.number for one in queries.versions()],
            "place": "policy:versions",
        },
    )
