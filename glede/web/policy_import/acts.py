"""Acts of the import screen: plain forms; a script that sends one gets the changed part back."""

from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from glede.flow import reading_in
from glede.kit.words import told
from glede.rulebook.imports import queries
from glede.rulebook.imports.queries import Import, found_in
from glede.rulebook.imports.rules import NotPossibleError, State
from glede.rulebook.imports.typed import NotUnderstoodError
from glede.rulebook.people.rules import Permission
from glede.web import access
from glede.web.access import DeskRequest
from glede.web.policy_import import forms, screen, summary
from glede.web.policy_import.views import item_of, part, row_of, shown

_EDIT_OF = {"corrected": "change", "answered": "change", "dismissed": "dismiss"}


@access.needs(Permission.DRAFT_POLICY)
@require_POST
def decide(request: HttpRequest, import_id: int, item_id: int) -> HttpResponseBase:
    """Keep what was decided; what is refused keeps its words."""
    desk, found = cast(DeskRequest, request), item_of(import_id, item_id)
    form = forms.DecideForm(request.POST)
    if not form.is_valid():
        return _refused(request, import_id, item_id, "That was not understood: it may be too long.")
    try:
        choice = forms.choice(form, request.POST, found_in(found))
        reading_in.decide(
            viewer=desk.viewer,
            import_id=import_id,
            item_id=item_id,
            version=form.cleaned_data["version"],
            choice=choice,
            now=desk.now,
        )
    except (NotPossibleError, NotUnderstoodError) as refusal:
        return _refused(request, import_id, item_id, told(refusal))
    return _done(request, import_id, item_id)


@access.needs(Permission.DRAFT_POLICY)
@require_POST
def undo(request: HttpRequest, import_id: int, item_id: int) -> HttpResponseBase:
    desk = cast(DeskRequest, request)
    item_of(import_id, item_id)
    version = request.POST.get("version", "")
    try:
        reading_in.undo(
            viewer=desk.viewer,
            import_id=import_id,
            item_id=item_id,
            version=int(version) if version.isdecimal() and len(version) < 10 else -1,
            now=desk.now,
        )
    except NotPossibleError as refusal:
        return _refused(request, import_id, item_id, told(refusal))
    return _done(request, import_id, item_id, stay=True)


def _done(
    request: HttpRequest, import_id: int, item_id: int, *, stay: bool = False
) -> HttpResponseBase:
    where, found = screen.at(import_id, request.GET), item_of(import_id, item_id)
    if cast(DeskRequest, request).htmx:
        return part(request, row_of(import_id), found, screen.replace_item(where, item_id))
    following = item_id if stay else screen.going_on(import_id, found, where.show)
    return redirect(f"{screen.replace_item(where, following).url()}#item-{following}")


def _refused(request: HttpRequest, import_id: int, item_id: int, says: str) -> HttpResponse:
    """The item as it is now, with what was wrong and the words that were typed."""
    row = row_of(import_id)
    where = screen.replace_item(screen.at(import_id, request.GET), item_id)
    edit = _EDIT_OF.get(request.POST.get("act", ""), "")
    words: Any = forms.typed_words(request.POST)
    if cast(DeskRequest, request).htmx:
        # A fragment with a client error would not be shown (htmx's noSwap): the words say it.
        found = item_of(import_id, item_id)
        return part(request, row, found, where, edit=edit, error=says, typed_in=words)
    where = screen.with_edit(where, edit)
    return shown(request, row, where, error=says, typed_in=words, status=422)


@access.needs(Permission.DRAFT_POLICY)
@require_POST
def again(request: HttpRequest, import_id: int) -> HttpResponseBase:
    """Try to read a file once more."""
    desk = cast(DeskRequest, request)
    row_of(import_id)
    try:
        reading_in.try_again(viewer=desk.viewer, import_id=import_id, now=desk.now)
    except NotPossibleError as refusal:
        messages.warning(request, told(refusal))
    return redirect("policy_import:screen", import_id)


@access.needs(Permission.DRAFT_POLICY)
@require_http_methods(["GET", "HEAD", "POST"])
def version(request: HttpRequest, import_id: int) -> HttpResponseBase:
    """What a version made of it would hold; then make it."""
    row = row_of(import_id)
    if row.state != State.READ:
        return redirect("policy_import:screen", import_id)
    desk = cast(DeskRequest, request)
    reading_in.open_again(import_id=import_id, now=desk.now)
    made = summary.build(row_of(import_id), reading_in.plan(import_id))
    if request.method != "POST":
        number = reading_in.suggested_number(made.plan)
        return _version(request, row, made, forms.VersionForm(initial={"number": number}))
    form = forms.VersionForm(request.POST)
    if not form.is_valid():
        return _version(request, row, made, form, status=422)
    try:
        done = reading_in.make_version(
            viewer=desk.viewer,
            import_id=import_id,
            number=form.cleaned_data["number"],
            accepted=_accepted(request),
            now=desk.now,
        )
    except NotPossibleError as refusal:
        form.add_error(None, told(refusal))
        return _version(request, row, made, form, status=422)
    messages.success(
        request, f"Version {done.number} is a draft now. It binds nobody until it is approved."
    )
    return redirect(version_url(done.number))


def _accepted(request: HttpRequest) -> frozenset[int]:
    """The open questions the person saw in the list, if they accepted it."""
    if "accept" not in request.POST:
        return frozenset()
    seen = request.POST.getlist("seen")
    return frozenset(int(one) for one in seen if one.isdecimal() and len(one) < 18)


def _version(
    request: HttpRequest,
    row: Import,
    made: summary.Summary,
    form: forms.VersionForm,
    status: int = 200,
) -> HttpResponse:
    row = queries.one(row.pk)
    values = {
        "row": row,
        "form": form,
        "made": made,
        "accepted": "accept" in request.POST,
        "version_url": version_url(row.version_number) if row.version_id else "",
    }
    return render(request, "policy_import/version.html", values, status=status)


def version_url(number: str) -> str:
    """Where the life of the version is shown: review, approval by two, in force."""
    return reverse("policy:version", args=[number])
