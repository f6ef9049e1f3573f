"""docs/reference/api.md says what the API does: its list is the document's, its examples run."""

import re
import shlex
from urllib.parse import urlsplit

import pytest
from django.test import Client

from glede.kit import clock
from glede.rulebook.people.rules import Permission
from glede.web.api.page import parts
from glede.web.api.urls import document
from tests import cast, make
from tests.web.test_api import token_of, told
from tests.web.test_token_pages import client_of
from tools import api_reference

_SHELL = re.compile(r"```sh\n(curl .*?)\n```", re.DOTALL)


def test_the_list_of_addresses_is_that_of_the_document() -> None:
    page = api_reference.PAGE.read_text(encoding="utf-8")

    assert page == api_reference.written(page, document()), (
        "run: python -m tools.api_reference --write"
    )


@pytest.mark.django_db
def test_the_examples_run_as_they_stand() -> None:
    people = cast.build()
    conversation = make.conversation(people.red_kite_site, at=clock.now())
    token = token_of(
        people.sam,
        Permission.READ_CONVERSATIONS,
        Permission.WORK_CONVERSATIONS,
        Permission.REPLY,
    )
    conversation.refresh_from_db()
    values = {
        "TOKEN": token,
        "BASE": "http://testserver",
        "CONVERSATION": str(conversation.pk),
        "REVISION": str(conversation.revision),
    }
    examples = _SHELL.findall(api_reference.PAGE.read_text(encoding="utf-8"))

    statuses = [asked(example, values) for example in examples]

    assert statuses == [200, 200, 202, 201, 200]


def asked(example: str, values: dict[str, str]) -> int:
    """What a line of curl is answered."""
    line = re.sub(r"\$([A-Z]+)", lambda found: values[found[1]], example)
    words = iter(shlex.split(line)[1:])
    method, headers, body, address = "GET", {}, "", ""
    for word in words:
        match word:
            case "-s":
                pass
            case "-X":
                method = next(words)
            case "-H":
                name, _, value = next(words).partition(": ")
                headers[name] = value
            case "-d":
                body = next(words)
            case _:
                address = word
    there = urlsplit(address)
    answer = Client().generic(
        method,
        f"{there.path}?{there.query}",
        body,
        content_type=headers.pop("Content-Type", ""),
        headers=headers,
    )
    assert told(answer)
    return answer.status_code


@pytest.mark.django_db
def test_the_page_shows_every_operation_to_whoever_is_signed_in() -> None:
    people = cast.build()
    operations = [one for part in parts(document()) for one in part.operations]

    page = client_of(people.stan).get("/api/").content.decode()

    assert len(operations) == sum(len(one) for one in document()["paths"].values())
    assert all(f'id="{one.key}"' in page for one in operations)
    assert "<script" not in page.partition("<main")[2]
    assert Client().get("/api/").status_code == 302
