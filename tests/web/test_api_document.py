"""The OpenAPI document is true: whatever it lets a program ask is answered without a fault."""

import contextlib
import itertools
import json
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.test import Client
from django.test.utils import override_settings
from hypothesis import HealthCheck, Phase, given, settings
from ninja import Schema
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    response_schema_conformance,
    status_code_conformance,
)

from glede.desk.conversations.lanes import Order
from glede.desk.replies.texts import Use, Wording
from glede.desk.views.rules import Share
from glede.desk.webhooks.rules import Kind as EventKind
from glede.flow import outbound, sorting, texts, tokens, viewing, webhooks
from glede.kit import clock
from glede.rulebook.audit.rules import SYSTEM
from glede.rulebook.people import actions as people_actions
from glede.rulebook.people.rules import Permission, Role
from glede.rulebook.tokens.rules import OFFERED, Kind
from tests import cast, make

#: Cases for each operation in every run, and in the exhaustive one: every second is about something
#: that is there. There are 150 operations, so each further case is a hundred and fifty.
CASES, MANY = 2, 12


@contextlib.contextmanager
def one_connection() -> Iterator[None]:
    """The end of a request closes the connection, and with it the test's own transaction:
    Django's test client keeps it open in the same way, and sets it back after each call."""
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    yield
    request_started.connect(close_old_connections)
    request_finished.connect(close_old_connections)


def document() -> Any:
    return json.loads(Client().get("/api/v1/openapi.json").content)


@pytest.mark.django_db
def test_the_document_is_openapi_3_1_and_asks_for_a_token_everywhere() -> None:
    told = document()

    assert told["openapi"].startswith("3.1")
    assert told["components"]["securitySchemes"]["Token"] == {"type": "http", "scheme": "bearer"}
    operations = [one for path in told["paths"].values() for one in path.values()]
    assert len(operations) >= 9
    assert all(set(one["security"][0]["Token"]) <= set(Permission) for one in operations)
    assert all(one.get("summary") and one.get("description") for one in operations)


def test_a_name_in_the_document_means_one_thing() -> None:
    """Parts are named by their class alone: two of one name would be told as one of them."""
    meant: dict[str, tuple[str, Any]] = {}
    for shape in shapes_of(Schema):
        whole = shape.model_json_schema()
        parts = whole.pop("$defs", {}) | {shape.__name__: whole}
        for name, part in parts.items():
            where, told = meant.setdefault(name, (shape.__qualname__, part))
            assert told == part, f"{name} of {shape.__module__} is not {name} of {where}."


def shapes_of(parent: type[Schema]) -> Iterator[type[Schema]]:
    for shape in parent.__subclasses__():
        if shape.__module__.startswith("glede.web.api"):
            yield shape
        yield from shapes_of(shape)


@pytest.mark.django_db
def test_whatever_the_document_lets_one_ask_is_answered_as_it_says() -> None:
    asked_everything(CASES)


@pytest.mark.exhaustive
@pytest.mark.django_db
def test_so_is_whatever_one_asks_many_times_over() -> None:
    asked_everything(MANY)


#: Nobody is told to wait here: a 429 would say nothing of what was asked.
@override_settings(GLEDE_API_CALLS_A_MINUTE=1_000_000)
def asked_everything(cases: int) -> None:
    secret, there = a_desk()
    promised = sum(len(path) for path in document()["paths"].values())
    with one_connection():
        api = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application())
        operations = [one.ok() for one in api.get_all_operations()]
        for operation in operations:
            ask(operation, secret, there, cases)
    assert len(operations) == promised


def a_desk() -> tuple[str, dict[str, Any]]:
    """A token that may do everything, and what the addresses can name."""
    people = cast.build()
    conversation = make.conversation(people.red_kite_site)
    people_actions.grant(
        person_id=people.noor.id,
        role=Role.ADMINISTRATOR,
        brand_id=None,
        from_at=make.LONG_AGO,
        actor=SYSTEM,
        now=make.LONG_AGO,
    )
    _, secret = tokens.make(
        name="Every question",
        person_id=people.noor.id,
        permissions=OFFERED,
        brand_ids=None,
        days=1,
        kind=Kind.PERSON,
        actor=SYSTEM,
        now=clock.now(),
    )
    sent = outbound.queue_reply(
        viewer=people.noor,
        conversation_id=conversation.pk,
        text="We are on our way.",
        seen_revision=conversation.revision,
        now=clock.now(),
    )
    assert isinstance(sent, outbound.Queued)
    webhook, _ = webhooks.add(
        viewer=people.noor,
        given=webhooks.Given(
            name="CRM", url="https://crm.example/hook", kinds=frozenset({EventKind.REPLY_SENT})
        ),
        now=clock.now(),
    )
    sending = webhooks.test(viewer=people.noor, endpoint_id=webhook, now=clock.now())
    given: dict[str, Any] = {"viewer": people.noor, "now": clock.now()}
    view = viewing.keep(
        name="Late",
        query="is:late",
        order=Order.TIME_LEFT,
        share=Share.ME,
        brand_id=None,
        **given,
    )
    text = texts.write(
        text_id=None,
        own=False,
        wording=Wording(None, Use.REPLY, "en", "Roofer", "A roofer comes."),
        **given,
    )
    return secret, {
        "view_id": view,
        "label_id": sorting.create_label(name="damp", brand_id=None, **given).pk,
        "text_id": text,
        "person_id": conversation.contact_id,
        "monday": "2026-11-23",
        "mode": "reply",
        "webhook_id": webhook,
        "sending_id": sending,
        "conversation_id": conversation.pk,
        "message_id": conversation.messages.get().pk,
        "delivery_id": sent.delivery_id,
        "slug": "red-kite",
        "number": "1",
        "clause": "6.5",
    }


def ask(operation: Any, secret: str, there: dict[str, Any], cases: int) -> None:
    """Every second case is about something that is there."""
    asked = itertools.count()

    @settings(
        max_examples=cases,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def answered(case: Any) -> None:
        number = next(asked)
        if number % 2 == 0:
            case.path_parameters |= {
                name: there[name] for name in case.path_parameters if name in there
            }
        response = case.call(headers={"Authorization": f"Bearer {secret}"})
        assert response.status_code not in (401, 403, 405, 415, 429), response.text
        conforms(case, response)
        if number == 0:
            refused = case.call(headers={"Authorization": "Bearer gl_none"})
            assert refused.status_code == 401, refused.text
            conforms(case, refused)

    answered()


def conforms(case: Any, response: Any) -> None:
    assert response.status_code < 500, response.text
    case.validate_response(
        response,
        checks=[content_type_conformance, response_schema_conformance, status_code_conformance],
        excluded_checks=[ignored_auth],
    )
