"""Our copies of what residents sent, for those who may read the conversation, and for nobody else.

A browser is told to believe the type we found, to run nothing of it, and to save what is no
picture.
"""

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from glede.desk.attachments import queries
from glede.desk.attachments.queries import File
from glede.kit import ranges, store
from glede.rulebook.people.rules import Permission
from glede.web.access import DeskRequest, found, needs

#: Nothing in the file may run, load, or reach anything.
_POLICY = "default-src 'none'; sandbox"

_ENDINGS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "video/mp4": "mp4",
    "video/quicktime": "mov",
    "video/webm": "webm",
    "audio/mpeg": "mp3",
    "audio/mp4": "m4a",
    "audio/ogg": "ogg",
    "audio/wav": "wav",
    "application/pdf": "pdf",
}
#: Every type of file that we keep.
TYPES = tuple(_ENDINGS)


@needs(Permission.READ_CONVERSATIONS)
@require_safe
def whole(request: DeskRequest, attachment_id: int) -> HttpResponseBase:
    return _file(request, attachment_id, small=False)


@needs(Permission.READ_CONVERSATIONS)
@require_safe
def small(request: DeskRequest, attachment_id: int) -> HttpResponseBase:
    return _file(request, attachment_id, small=True)


def _file(request: DeskRequest, attachment_id: int, *, small: bool) -> HttpResponseBase:
    file = found(queries.file(request.viewer, attachment_id, small=small))
    return sent(file, part=_part_of(file, request))


def _part_of(file: File, request: DeskRequest) -> str:
    """Which part of the file is asked for, unless what the asker has is of another file."""
    had = request.headers.get("If-Range", "")
    return "" if had and had != _tag(file) else request.headers.get("Range", "")


def _tag(file: File) -> str:
    return f'"{file.digest}"'


def sent(file: File, *, part: str = "") -> HttpResponseBase:
    """A file of ours, for looking at and nothing else; the part a Range header asks for, so that a
    film plays at once and can be wound on: no more than that part is read from the store, as the
    browser takes it."""
    is_picture = file.content_type.startswith("image/")
    how = "inline" if is_picture else "attachment"
    name = f"{file.name}.{_ENDINGS[file.content_type]}"
    size = store.size(file.digest)
    headers = {
        "Content-Disposition": f'{how}; filename="{name}"',
        "Content-Security-Policy": _POLICY,
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Accept-Ranges": "bytes",
        "ETag": _tag(file),
    }
    try:
        asked = ranges.wanted(part, size=size)
    except ranges.OutsideError:
        headers["Content-Range"] = f"bytes */{size}"
        return HttpResponse(status=416, headers=headers)
    if asked is None:
        content = store.read(file.digest)
        return HttpResponse(content, content_type=file.content_type, headers=headers)
    headers["Content-Range"] = f"bytes {asked.start}-{asked.end - 1}/{size}"
    headers["Content-Length"] = str(asked.end - asked.start)
    pieces = store.part(file.digest, asked.start, asked.end)
    return StreamingHttpResponse(
        pieces, status=206, content_type=file.content_type, headers=headers
    )
