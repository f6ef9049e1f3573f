"""Webhooks over the API: where programs are told, of what, and what was sent."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from ninja import Query, Router, Schema, Status
from pydantic import Field, StringConstraints

from glede.desk.webhooks import queries
from glede.desk.webhooks.queries import Listed, Logged, NoSuchEndpointError
from glede.desk.webhooks.rules import Kind, RefusedError
from glede.flow import webhooks
from glede.flow.webhooks import Given
from glede.rulebook.brands import queries as brands
from glede.rulebook.people.rules import Permission
from glede.web.access import found
from glede.web.api.base import CHANGES, REFUSALS, Unfit, asks, caller, conflict
from glede.web.api.shapes import ShortWords, cursor_after, read_cursor

router = Router(tags=["webhooks"])

_MOST = 100


class WebhookIn(Schema):
    """`kinds` of events; `brands` are slugs, null for every brand and what belongs to none."""

    name: ShortWords
    url: Annotated[str, StringConstraints(max_length=2_000)]
    kinds: list[Kind] = Field(min_length=1, max_length=20)
    brands: list[ShortWords] | None = Field(None, max_length=100)


class WebhookOut(Schema):
    """`off_why` says why, where nobody switched it off. `failing_since`: nothing was taken from
    then on."""

    id: int
    name: str
    url: str
    kinds: list[str]
    brands: list[str] | None
    created_at: datetime
    created_by: str
    on: bool
    off_at: datetime | None
    off_why: str
    failing_since: datetime | None
    old_secret_until: datetime | None


class WebhookSecretOut(Schema):
    """The secret is shown this once: `whsec_` and base64, as Standard Webhooks has it."""

    webhook: WebhookOut
    secret: str


class TryOut(Schema):
    """`status` is null where no answer came: then `says` says why."""

    at: datetime
    milliseconds: int
    status: int | None
    says: str


class WebhookDeliveryOut(Schema):
    """One event on its way to one webhook: *waiting*, *taken* or *given up*. `message_id` is the
    header `webhook-id`, the same at each try."""

    id: int
    webhook: int
    type: str
    message_id: str
    at: datetime
    data: dict[str, Any]
    state: str
    tries: int
    next_try_at: datetime | None
    done_at: datetime | None
    log: list[TryOut]


class WebhookDeliveriesOut(Schema):
    """The newest first."""

    deliveries: list[WebhookDeliveryOut]
    next: str | None


class AskedLog(Schema):
    cursor: ShortWords = ""
    limit: int = Field(50, ge=1, le=_MOST)


@router.get("/webhooks", response={200: list[WebhookOut], **REFUSALS})
@asks(Permission.MANAGE_TOKENS)
def every(request: HttpRequest) -> list[WebhookOut]:  # noqa: ARG001
    """Every webhook that was not deleted."""
    slugs = _slugs()
    return [_webhook(one, slugs) for one in queries.endpoints()]


@router.post("/webhooks", response={201: WebhookSecretOut, **CHANGES})
@asks(Permission.MANAGE_TOKENS)
def add(request: HttpRequest, response: HttpResponse, given: WebhookIn) -> Status[WebhookSecretOut]:
    """A new webhook, told of what happens from now on."""
    desk = caller(request)
    try:
        made, secret = webhooks.add(viewer=desk.viewer, given=_given(given), now=desk.now)
    except RefusedError as error:
        raise Unfit("body", str(error)) from error
    response["Location"] = reverse("api:webhook", args=[made])
    return Status(HTTPStatus.CREATED, WebhookSecretOut(webhook=_shown(made), secret=secret))


@router.get("/webhooks/{int:webhook_id}", response={200: WebhookOut, **REFUSALS})
@asks(Permission.MANAGE_TOKENS)
def webhook(request: HttpRequest, webhook_id: int) -> WebhookOut:  # noqa: ARG001
    """One webhook."""
    return _shown(webhook_id)


@router.put("/webhooks/{int:webhook_id}", response={200: WebhookOut, **CHANGES})
@asks(Permission.MANAGE_TOKENS)
def change(request: HttpRequest, webhook_id: int, given: WebhookIn) -> WebhookOut:
    """Another name, address, choice of events or of brands."""
    desk = caller(request)
    _shown(webhook_id)
    try:
        webhooks.change(
            viewer=desk.viewer, endpoint_id=webhook_id, given=_given(given), now=desk.now
        )
    except RefusedError as error:
        raise Unfit("body", str(error)) from error
    return _shown(webhook_id)


@router.delete("/webhooks/{int:webhook_id}", response={204: None, **CHANGES})
@asks(Permission.MANAGE_TOKENS)
def delete(request: HttpRequest, webhook_id: int) -> Status[None]:
    """It is told of nothing any more, and its secrets are forgotten."""
    desk = caller(request)
    _shown(webhook_id)
    webhooks.close(viewer=desk.viewer, endpoint_id=webhook_id, now=desk.now)
    return Status(HTTPStatus.NO_CONTENT, None)


@router.post("/webhooks/{int:webhook_id}/secret", response={200: WebhookSecretOut, **CHANGES})
@asks(Permission.MANAGE_TOKENS)
def rotate(request: HttpRequest, webhook_id: int) -> WebhookSecretOut:
    """A new secret; the one before it signs beside it for a while."""
    desk = caller(request)
    _shown(webhook_id)
    secret = webhooks.rotate(viewer=desk.viewer, endpoint_id=webhook_id, now=desk.now)
    return WebhookSecretOut(webhook=_shown(webhook_id), secret=secret)


@router.post("/webhooks/{int:webhook_id}/on", response={200: WebhookOut, **CHANGES})
@asks(Permission.MANAGE_TOKENS)
def switch_on(request: HttpRequest, webhook_id: int) -> WebhookOut:
    """What waits goes on, and what happens from now."""
    return _switched(request, webhook_id, on=True)


@router.post("/webhooks/{int:webhook_id}/off", response={200: WebhookOut, **CHANGES})
@asks(Permission.MANAGE_TOKENS)
def switch_off(request: HttpRequest, webhook_id: int) -> WebhookOut:
    """Nothing is sent, and nothing that happens is kept for it."""
    return _switched(request, webhook_id, on=False)


def _switched(request: HttpRequest, webhook_id: int, *, on: bool) -> WebhookOut:
    desk = caller(request)
    _shown(webhook_id)
    webhooks.switch(viewer=desk.viewer, endpoint_id=webhook_id, on=on, now=desk.now)
    return _shown(webhook_id)


@router.post("/webhooks/{int:webhook_id}/test", response={202: WebhookDeliveryOut, **CHANGES})
@asks(Permission.MANAGE_TOKENS)
def send_test(
    request: HttpRequest, response: HttpResponse, webhook_id: int
) -> Status[WebhookDeliveryOut]:
    """Send `webhook.test`, which means nothing; `Location` says where its outcome stands."""
    desk = caller(request)
    _shown(webhook_id)
    try:
        made = webhooks.test(viewer=desk.viewer, endpoint_id=webhook_id, now=desk.now)
    except RefusedError as error:
        raise conflict(str(error)) from error
    response["Location"] = reverse("api:webhook_delivery", args=[made])
    return Status(HTTPStatus.ACCEPTED, _delivery(found(queries.logged(made))))


@router.get(
    "/webhooks/{int:webhook_id}/deliveries", response={200: WebhookDeliveriesOut, **REFUSALS}
)
@asks(Permission.MANAGE_TOKENS)
def log(request: HttpRequest, webhook_id: int, asked: Query[AskedLog]) -> WebhookDeliveriesOut:  # noqa: ARG001
    """What was sent there, with every try."""
    _shown(webhook_id)
    before = None
    if asked.cursor:
        text, _ = read_cursor(asked.cursor)
        if not text.isdecimal() or len(text) > 18:
            raise Unfit("query.cursor", "This is no cursor of this list.")
        before = int(text)
    rows, after = queries.log(webhook_id, before=before, limit=asked.limit)
    return WebhookDeliveriesOut(
        deliveries=[_delivery(one) for one in rows],
        next=cursor_after(str(after)) if after else None,
    )


@router.get("/webhook-deliveries/{int:sending_id}", response={200: WebhookDeliveryOut, **REFUSALS})
@asks(Permission.MANAGE_TOKENS)
def webhook_delivery(request: HttpRequest, sending_id: int) -> WebhookDeliveryOut:  # noqa: ARG001
    """One event on its way, with every try."""
    return _delivery(found(queries.logged(sending_id)))


@router.post(
    "/webhook-deliveries/{int:sending_id}/replay",
    response={202: WebhookDeliveryOut, **CHANGES},
)
@asks(Permission.MANAGE_TOKENS)
def replay(request: HttpRequest, sending_id: int) -> Status[WebhookDeliveryOut]:
    """Send it once more, with the same id."""
    desk = caller(request)
    found(queries.logged(sending_id))
    try:
        webhooks.replay(viewer=desk.viewer, sending_id=sending_id, now=desk.now)
    except RefusedError as error:
        raise conflict(str(error)) from error
    return Status(HTTPStatus.ACCEPTED, _delivery(found(queries.logged(sending_id))))


def _given(of: WebhookIn) -> Given:
    try:
        ids = None if of.brands is None else frozenset(brands.brand(one).pk for one in of.brands)
    except brands.NoSuchBrandError as error:
        raise Unfit("body.brands", str(error)) from error
    return Given(name=of.name, url=of.url, kinds=frozenset(of.kinds), brands=ids)


def _shown(webhook_id: int) -> WebhookOut:
    try:
        return _webhook(queries.endpoint(webhook_id), _slugs())
    except NoSuchEndpointError as error:
        raise Http404(str(error)) from error


def _slugs() -> dict[int, str]:
    return {one.pk: one.slug for one in brands.all_brands(archived=True)}


def _webhook(of: Listed, slugs: dict[int, str]) -> WebhookOut:
    return WebhookOut(
        id=of.id,
        name=of.name,
        url=of.url,
        kinds=list(of.kinds),
        brands=None if of.brands is None else [slugs[one] for one in of.brands],
        created_at=of.created_at,
        created_by=of.created_by,
        on=of.off_at is None,
        off_at=of.off_at,
        off_why=of.off_why,
        failing_since=of.failing_since,
        old_secret_until=of.old_secret_until,
    )


def _delivery(of: Logged) -> WebhookDeliveryOut:
    return WebhookDeliveryOut(
        id=of.id,
        webhook=of.endpoint_id,
        type=of.kind,
        message_id=of.message_id,
        at=of.at,
        data=of.data,
        state=of.state,
        tries=of.tries,
        next_try_at=of.next_try_at,
        done_at=of.done_at,
        log=[
            TryOut(at=one.at, milliseconds=one.milliseconds, status=one.status, says=one.says)
            for one in of.log
        ],
    )
