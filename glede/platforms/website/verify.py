"""The website's door: a form by its content type, everything else as a signed hook."""

import functools
import json
from datetime import datetime

from glede.platforms.contract import KEPT, Allowance, Answer, Door, DoorApp, RawEvent, Request
from glede.platforms.website import form, hook

MAX_BYTES = 262_144
_PREFERRED = "return=representation"
_JSON = (("content-type", "application/json"),)


def _is_form(request: Request) -> bool:
    return _names_form(request.headers.get("content-type", ""))


# Asked four times for each call, and nearly always of the same few words.
@functools.lru_cache(maxsize=64)
def _names_form(content_type: str) -> bool:
    return content_type.partition(";")[0].lower() == form.CONTENT_TYPE


def verify(request: Request, app: DoorApp, now: datetime) -> None:
    if _is_form(request):
        form.verify(request, app, now)
    else:
        hook.verify(request, app, now)


def split(request: Request, app: DoorApp, now: datetime) -> tuple[RawEvent, ...]:
    if _is_form(request):
        return form.split(request, app, now)
    return hook.split(request, app)


def answer(request: Request, app: DoorApp) -> Answer:
    """A hook's caller that asks for it (RFC 7240) learns the thread's private page, to show it to
    whoever wrote; to work it out for everybody would cost as much as all the rest."""
    if _is_form(request):
        return form.answer(request, app)
    if request.headers.get("prefer", "").lower() != _PREFERRED:
        return KEPT
    said = {"message": "Kept."}
    if thread := hook.thread(request.body):
        said["page"] = f"/v/{form.link(app.slug, thread)}/"
    return Answer(200, json.dumps(said).encode(), (*_JSON, ("preference-applied", _PREFERRED)))


def allowances(request: Request, app: DoorApp) -> tuple[Allowance, ...]:
    """A signed call comes from the customer's own server and is never turned away."""
    return form.allowances(request, app) if _is_form(request) else ()


DOOR = Door(verify=verify, split=split, max_bytes=MAX_BYTES, answer=answer, allowances=allowances)
