"""The OpenAPI document is true: whatever it lets a program ask is answered without a fault."""

import contextlib
import json
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    response_schema_conformance,
    status_code_conformance,
)

from glede.flow import tokens
from glede.kit import clock
from glede.rulebook.audit.rules import SYSTEM
from glede.rulebook.tokens.rules import OFFERED
from tests import cast, make

#: Cases for each operation: enough to meet every odd value a type has, few enough for every run.
CASES = 12


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
    assert all(one["security"] == [{"Token": []}] for one in operations)
    assert all(one.get("summary") and one.get("description") for one in operations)


@pytest.mark.django_db
def test_whatever_the_document_lets_one_ask_is_answered_as_it_says() -> None:
    people = cast.build()
    make.conversation(people.red_kite_site)
    _, secret = tokens.make(
        name="Every question",
        person_id=people.noor.id,
        permissions=OFFERED,
        brand_ids=None,
        days=1,
        actor=SYSTEM,
        now=clock.now(),
    )
    promised = sum(len(path) for path in document()["paths"].values())
    with one_connection():
        api = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application())
        operations = [one.ok() for one in api.get_all_operations()]
        for operation in operations:
            ask(operation, secret)
    assert len(operations) == promised


def ask(operation: Any, secret: str) -> None:
    @settings(
        max_examples=CASES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def answered(case: Any) -> None:
        response = case.call(headers={"Authorization": f"Bearer {secret}"})
        assert response.status_code < 500, response.text
        case.validate_response(
            response,
            checks=[content_type_conformance, response_schema_conformance, status_code_conformance],
            excluded_checks=[ignored_auth],
        )

    answered()
