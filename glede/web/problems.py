"""A refusal for a program: JSON with one sentence that says what to do (RFC 9457)."""

import json
from http import HTTPStatus
from typing import Any

from django.http import HttpResponse


def problem(status: HTTPStatus, detail: str, **more: Any) -> HttpResponse:
    """`application/problem+json`: title, status, detail, and what else the caller gives."""
    body = {"title": status.phrase, "status": status.value, "detail": detail, **more}
    return HttpResponse(
        json.dumps(body, ensure_ascii=False),
        status=status.value,
        content_type="application/problem+json",
    )
