"""Reading a policy document in: choose a file, see how far it is, look at what was found."""

from typing import Any, cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from glede.flow import reading_in
from glede.kit.words import told
from glede.rulebook.imports import queries
from glede.rulebook.imports.queries import Import, Item, NoSuchImportError
from glede.rulebook.imports.rules import NotTakenError, State
from glede.rulebook.people.rules import Permission
from glede.web import access
from glede.web.access import DeskRequest
from glede.web.policy_import import screen as screens
from glede.web.policy_import.forms import UploadForm

PAGE = "policy_import/screen.html"


@access.needs(Permission.DRAFT_POLICY)
@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest) -> HttpResponseBase:
    """What was read in so far, and the way to read in another."""
    if request.method != "POST":
        return _start(request, UploadForm())
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return _start(request, form, status=422)
    desk, file = cast(DeskRequest, request), form.cleaned_data["file"]
    try:
        import_id, new = reading_in.take_in(
            viewer=desk.viewer,
            data=file.read(),
            name=file.name,
            note=form.cleaned_data["note"],
            now=desk.now,
        )
    except NotTakenError as refusal:
        form.add_error("file", told(refusal))
        return _start(request, form, status=422)
    if not new:
        messages.info(
            request, gettext("This very file was read in before. Here is what was found then.")
        )
    return redirect("policy_import:screen", import_id)


def _start(request: HttpRequest, form: UploadForm, status: int = 200) -> HttpResponse:
    values = {"form": form, "imports": queries.imports(), "place": "policy_import:start"}
    return render(request, "policy_import/start.html", values, status=status)


@access.needs(Permission.DRAFT_POLICY)
@require_safe
def screen(request: HttpRequest, import_id: int) -> HttpResponseBase:
    """Until it is read: how far it is. Then the text and what was found, side by side."""
    row = row_of(import_id)
    if row.state != State.READ:
        return _progress(request, row)
    if _asks_for_progress(request):
        response = HttpResponse(status=204)
        response["HX-Refresh"] = "true"
        return response
    return shown(request, row, screens.at(import_id, request.GET))


def _asks_for_progress(request: HttpRequest) -> bool:
    htmx = cast(DeskRequest, request).htmx
    return bool(htmx) and (htmx.target or "").endswith("#progress")


def _progress(request: HttpRequest, row: Import) -> HttpResponse:
    part = "#progress" if _asks_for_progress(request) else ""
    return render(request, f"policy_import/progress.html{part}", {"row": row})


def shown(
    request: HttpRequest,
    row: Import,
    where: screens.At,
    *,
    error: str = "",
    typed_in: Any = None,
    status: int = 200,
) -> HttpResponse:
    """The whole page."""
    built = screens.build(row, where, error=error, typed_in=typed_in)
    return render(request, PAGE, {"screen": built, **_common(request)}, status=status)


@access.needs(Permission.DRAFT_POLICY)
@require_safe
def item(request: HttpRequest, import_id: int, item_id: int) -> HttpResponseBase:
    """One item for a script, with the counts; the page that shows it to everybody else."""
    row, found = row_of(import_id), item_of(import_id, item_id)
    where = screens.at(import_id, request.GET)
    if not cast(DeskRequest, request).htmx:
        return redirect(screens.replace_item(where, item_id).url())
    return part(request, row, found, where, edit=where.edit)


def part(
    request: HttpRequest,
    row: Import,
    found: Item,
    where: screens.At,
    *,
    edit: str = "",
    error: str = "",
    typed_in: Any = None,
) -> HttpResponse:
    """An item as it is now, the counts, and its clause, for a page that stays open."""
    values = {
        **_common(request),
        "card": screens.card(found, where, edit=edit, error=error, typed_in=typed_in),
        "counts": queries.counts(row.pk),
        "row": row,
        "settled": row.version_id is not None,
        "clauses": screens.touched(row, found, where),
        "fragment": True,
    }
    return render(request, f"{PAGE}#answer", values)


def _common(request: HttpRequest) -> dict[str, Any]:
    return {"viewer": cast(DeskRequest, request).viewer}


@access.needs(Permission.DRAFT_POLICY)
@require_safe
def file(request: HttpRequest, import_id: int) -> HttpResponse:  # noqa: ARG001
    """The file as it was given, to be saved: nothing of it is ever shown in a page of ours."""
    row = row_of(import_id)
    response = HttpResponse(queries.data_of(import_id), content_type="application/octet-stream")
    disposition = content_disposition_header(as_attachment=True, filename=row.name)
    response["Content-Disposition"] = disposition or "attachment"
    return response


def row_of(import_id: int) -> Import:
    try:
        return queries.one(import_id)
    except NoSuchImportError as error:
        raise Http404(str(error)) from error


def item_of(import_id: int, item_id: int) -> Item:
    try:
        return queries.item(import_id, item_id)
    except NoSuchImportError as error:
        raise Http404(str(error)) from error
