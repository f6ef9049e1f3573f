"""The API: what a program may ask, and how it is refused."""

import argparse
import io
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client, TestCase
from django.test.utils import override_settings

from glede.commands import deadline as command
from glede.flow import tokens as flow
from glede.kit import clock
from glede.rulebook.audit.rules import SYSTEM
from glede.rulebook.people import actions as people
from glede.rulebook.people import queries as people_queries
from glede.rulebook.people.rules import Permission, Role, Viewer
from glede.rulebook.policy import actions as policy
from glede.rulebook.policy import queries as policy_queries
from glede.rulebook.tokens.models import Token
from glede.rulebook.tokens.rules import OFFERED, Kind
from glede.web.api.urls import document
from tests import cast, make
from tests.web.test_access import GATES, ByToken, path_of

P = Permission
PATHS = document()["paths"]


def operations() -> Iterator[tuple[str, str, Permission]]:
    """Route, a method and what it asks for; a second one of an address where that asks for
    something else."""
    for route, gate in GATES.items():
        if not isinstance(gate, ByToken):
            continue
        methods = list(PATHS["/" + re.sub(r"<\w+:(\w+)>", r"{\1}", route)])
        first = "get" if "get" in methods else methods[0]
        yield route, first, gate.permission
        if gate.to_change is not None:
            yield route, next(one for one in methods if one != "get"), gate.to_change


#: Every operation of the API a token opens, with what it asks for.
GATED = tuple(operations())


def token_of(
    viewer: Viewer,
    *permissions: Permission,
    brand_ids: list[int] | None = None,
    days: int = 30,
    kind: Kind = Kind.PERSON,
    aged: timedelta = timedelta(0),
) -> str:
    _, secret = flow.make(
        name="Board report",
        person_id=viewer.id,
        permissions=permissions or [one for one in OFFERED if viewer.may(one)],
        brand_ids=brand_ids,
        days=days,
        kind=kind,
        actor=SYSTEM,
        now=clock.now() - aged,
    )
    return secret


def call(path: str, secret: str | None = None, *, method: str = "get", **more: Any) -> HttpResponse:
    headers = {"Authorization": f"Bearer {secret}"} if secret is not None else {}
    answer: HttpResponse = getattr(Client(), method)(path, headers=headers, **more)
    return answer


def told(answer: HttpResponse) -> Any:
    return json.loads(answer.content)


class TestRefusals(TestCase):
    cast: ClassVar[cast.Cast]

    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = cast.build()
        # What runs the machine and what reads a resident's words are two roles; here one has both.
        people.grant(
            person_id=cls.cast.noor.id,
            role=Role.ADMINISTRATOR,
            brand_id=None,
            from_at=make.LONG_AGO,
            actor=SYSTEM,
            now=make.LONG_AGO,
        )

    def each(self) -> Iterator[tuple[str, str, Permission]]:
        for route, method, permission in GATED:
            yield path_of(route), method, permission

    def one_of_each(self) -> Iterator[tuple[str, str, Permission]]:
        """An operation for each permission: every gate is the same one, as GATES says."""
        yield from {permission: one for one in self.each() for permission in one[2:]}.values()

    def assert_refused(self, answer: HttpResponse, status: int, says: str) -> None:
        assert answer.status_code == status, answer.content
        assert answer["Content-Type"] == "application/problem+json"
        problem = told(answer)
        assert problem["status"] == status
        assert says in problem["detail"]

    def test_the_walk_is_about_every_address_there_is(self) -> None:
        assert len(GATED) >= 9
        assert {permission for *_, permission in GATED} <= set(OFFERED)

    def test_without_a_token_nothing_opens(self) -> None:
        for path, method, _ in self.each():
            with self.subTest(path=path):
                answer = call(path, method=method)
                self.assert_refused(answer, 401, "Send a token")
                assert answer["WWW-Authenticate"] == 'Bearer realm="Glede"'

    def test_a_wrong_token_opens_nothing(self) -> None:
        for path, method, _ in self.one_of_each():
            with self.subTest(path=path):
                self.assert_refused(call(path, "gl_wrong", method=method), 401, "not known")

    def test_an_expired_token_opens_nothing(self) -> None:
        secret = token_of(self.cast.noor, days=1, aged=timedelta(days=2))
        for path, method, _ in self.one_of_each():
            with self.subTest(path=path):
                self.assert_refused(call(path, secret, method=method), 401, "expired")

    def test_a_revoked_token_opens_nothing(self) -> None:
        secret = token_of(self.cast.noor)
        flow.revoke(token_id=Token.objects.get().pk, actor=SYSTEM, now=clock.now())
        for path, method, _ in self.one_of_each():
            with self.subTest(path=path):
                self.assert_refused(call(path, secret, method=method), 401, "revoked")

    def test_a_token_without_the_permission_opens_nothing(self) -> None:
        given = {one: token_of(self.cast.noor, one) for one in OFFERED}
        for path, method, permission in self.each():
            other = OFFERED[(OFFERED.index(permission) + 1) % len(OFFERED)]
            with self.subTest(path=path, other=other):
                answer = call(path, given[other], method=method)
                self.assert_refused(answer, 403, permission.value)

    def test_the_permission_opens_it(self) -> None:
        given = {one: token_of(self.cast.noor, one) for one in OFFERED}
        for path, method, permission in self.each():
            with self.subTest(path=path):
                answer = call(path, given[permission], method=method)
                assert answer.status_code not in (401, 403, 405, 500), answer.content

    def test_a_session_is_no_token(self) -> None:
        client = Client()
        client.force_login(
            people_queries.person(self.cast.noor.id),
            backend="allauth.account.auth_backends.AuthenticationBackend",
        )
        for path, method, _ in self.one_of_each():
            with self.subTest(path=path):
                assert getattr(client, method)(path).status_code == 401

    def test_a_leavers_token_opens_nothing(self) -> None:
        secret = token_of(self.cast.beth)
        people.deactivate(person_id=self.cast.beth.id, actor=SYSTEM, now=clock.now())

        self.assert_refused(call("/api/v1/policy/versions", secret), 401, "has left")

    @override_settings(GLEDE_API_CALLS_A_MINUTE=2)
    def test_too_many_calls_are_told_when_to_come_again(self) -> None:
        secret = token_of(self.cast.stan)
        for _ in range(2):
            assert call("/api/v1/policy/versions", secret).status_code == 200

        refused = call("/api/v1/policy/versions", secret)

        self.assert_refused(refused, 429, "2 times a minute")
        assert 1 <= int(refused["Retry-After"]) <= 60

    def test_an_unknown_address_is_told_where_the_list_is(self) -> None:
        for path in ("/api/v1/nothing", "/api/v1/policy/versions/", "/api/v1/a/b/c"):
            self.assert_refused(call(path), 404, "openapi.json")

    def test_what_a_program_was_told_is_kept_nowhere(self) -> None:
        answer = call("/api/v1/policy/versions", token_of(self.cast.stan))

        assert answer["Cache-Control"] == "private, no-store"
        assert "Set-Cookie" not in answer


class TestPolicy(TestCase):
    cast: ClassVar[cast.Cast]
    secret: ClassVar[str]

    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = cast.build()
        cls.secret = token_of(cls.cast.noor)

    def get(self, path: str, **given: str) -> Any:
        answer = call(f"/api/v1{path}", self.secret, data=given)
        assert answer.status_code == 200, answer.content
        return told(answer)

    def refused(self, path: str, **given: str) -> tuple[int, str]:
        answer = call(f"/api/v1{path}", self.secret, data=given)
        return answer.status_code, told(answer)["detail"]

    def test_approved_versions_are_told_and_drafts_are_not(self) -> None:
        policy.draft(document=draft_of("2"), actor=SYSTEM, now=clock.now())

        (version,) = self.get("/policy/versions")

        assert (version["number"], version["in_force"]) == ("1", True)
        assert self.get("/policy/versions/1") == version
        assert self.refused("/policy/versions/2")[0] == 404

    def test_a_clause_tells_its_rules_and_what_enforces_it(self) -> None:
        clause = self.get("/policy/versions/1/clauses/6.5")

        assert "within 4 hours" in clause["text"]
        rule = next(one for one in clause["rules"] if one["key"] == "acknowledge.in_hours")
        assert (rule["value"], rule["status"]) == ("PT4H", "written")
        assert clause["enforcement"]["word"] == "enforced"
        lines = {line["part"]: line for line in clause["enforcement"]["lines"]}
        assert lines["acknowledge"]["word"] == "enforced"
        assert lines["acknowledge"]["tests"]

    def test_the_clauses_come_in_their_order_with_headings_marked(self) -> None:
        clauses = self.get("/policy/versions/1/clauses")

        numbers = [clause["number"] for clause in clauses]
        assert numbers[:3] == ["1.1", "2.1", "3.1"]
        assert {one["number"] for one in clauses if one["heading"]} == {"6.4", "6.6", "6.10"}

    def test_the_rules_in_force_are_those_of_the_instant(self) -> None:
        later = make.policy_version(number="2", effective_at=make.NOW)
        assert later

        before = self.get("/policy/rules", at="2026-11-24T11:39:59+00:00")
        after = self.get("/policy/rules", at="2026-11-24T11:40")

        assert (before["policy_version"], after["policy_version"]) == ("1", "2")
        assert any(rule["key"] == "acknowledge.in_hours" for rule in after["rules"])

    def test_a_deadline_is_the_same_as_at_the_command_line(self) -> None:
        given = {"received": "2026-11-27T17:29", "brand": "red-kite", "reading": "working"}

        answer = self.get("/deadline", **given)

        assert answer["due"] == "2026-11-30T12:59:00+00:00"
        assert answer["steps"][0]["from"] == "2026-11-27T17:29:00+00:00"
        with pytest.MonkeyPatch.context() as patch:
            assert answer == at_the_command_line(patch, **given)

    def test_a_time_the_clocks_show_twice_is_refused_with_both(self) -> None:
        status, says = self.refused("/deadline", received="2026-10-25T01:30", brand="red-kite")

        assert status == 422
        assert "comes twice" in says
        assert "+01:00" in says

    def test_what_names_nothing_is_refused_in_a_sentence(self) -> None:
        received = "2026-11-27T17:29"
        for given, says in (
            ({"received": received, "brand": "swallow"}, "There is no brand “swallow”"),
            ({"received": received, "brand": "red-kite", "policy": "9"}, "no policy version 9"),
            ({"received": "soon", "brand": "red-kite"}, "is no time"),
            ({"received": received, "brand": "red-kite", "reading": "slow"}, "query.reading"),
            ({"brand": "red-kite"}, "query.received"),
        ):
            with self.subTest(says=says):
                assert self.refused("/deadline", **given)[0] == 422
                assert says in self.refused("/deadline", **given)[1]
        assert self.refused("/policy/versions/1/clauses/99")[0] == 404

    def test_a_brands_hours_are_those_in_force(self) -> None:
        calendar = self.get("/brands/red-kite/calendar")

        assert calendar["hours"]["monday"] == [["09:00", "17:30"]]
        assert (calendar["zone"], calendar["bank_holidays_of"]) == ("Europe/London", "ENG")
        assert self.refused("/brands/swallow/calendar")[0] == 404
        assert self.refused("/brands/red-kite/calendar", at="1999-01-01T00:00")[0] == 404

    def test_a_document_is_read_and_nothing_kept(self) -> None:
        text = b"# Social media policy\n\n1.1 We answer within 4 hours of the first message.\n"
        before = policy_queries.versions()

        answer = call(
            "/api/v1/policy/import",
            self.secret,
            method="post",
            data={"file": SimpleUploadedFile("policy.md", text)},
        )

        assert answer.status_code == 200, answer.content
        assert {"title", "clauses", "rules", "gaps", "flags"} <= set(told(answer))
        assert policy_queries.versions() == before

    def test_a_file_that_cannot_be_read_is_refused_in_a_sentence(self) -> None:
        for name, data in (
            ("policy.pdf", b"%PDF-1.7 broken"),
            ("policy.docx", b"PK\x03\x04 broken"),
            ("x.md", b""),
        ):
            answer = call(
                "/api/v1/policy/import",
                self.secret,
                method="post",
                data={"file": SimpleUploadedFile(name, data)},
            )
            with self.subTest(name=name):
                assert answer.status_code == 422, answer.content
                assert told(answer)["detail"]


class TestFigures(TestCase):
    cast: ClassVar[cast.Cast]

    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = cast.build()
        make.conversation(cls.cast.red_kite_site, name="Dawn")
        make.conversation(cls.cast.pennvale_site, slug="pennvale", name="Ravi")

    def asked(self, what: str, secret: str, **given: str) -> Any:
        period = {"from": "2026-11-01", "to": "2026-11-30"}
        answer = call(f"/api/v1/clauses/6.5/{what}", secret, data=period | given)
        assert answer.status_code == 200, answer.content
        return told(answer)

    def test_a_figure_and_its_rows_are_about_the_same_enquiries(self) -> None:
        secret = token_of(self.cast.noor)

        figures = self.asked("figures", secret)
        rows = self.asked("rows", secret)

        assert figures["whole"]["received"] == rows["total"] == len(rows["rows"]) == 2
        assert figures["period"] == {
            "first_on": "2026-11-01", "last_on": "2026-11-30", "zone": "Europe/London"
        }  # fmt: skip
        assert figures["definitions"]["attainment"]
        assert figures["policy_versions"] == ["1"]
        assert {row["name"] for row in rows["rows"]} == {"Dawn", "Ravi"}

    def test_a_token_for_one_brand_counts_that_brand_alone(self) -> None:
        secret = token_of(self.cast.noor, P.READ_FIGURES, brand_ids=[self.cast.pennvale])

        figures = self.asked("figures", secret)
        rows = self.asked("rows", secret)

        assert figures["brands"] == ["Pennvale"]
        assert figures["whole"]["received"] == 1
        assert [(row["brand"], row["name"]) for row in rows["rows"]] == [("Pennvale", "")]

    def test_rows_of_a_part_and_of_another_promise(self) -> None:
        secret = token_of(self.cast.noor)

        pennvale = self.asked("rows", secret, brand="pennvale")
        settled = self.asked("rows", secret, kind="resolve")
        others = self.asked("figures", secret)["others"]

        assert [row["name"] for row in pennvale["rows"]] == ["Ravi"]
        assert {"resolve": settled["total"]}.items() <= {
            one["kind"]: one["tally"]["received"] for one in others
        }.items()
        for given in ({"brand": "swallow"}, {"kind": "nothing"}):
            answer = call("/api/v1/clauses/6.5/rows", secret, data=given)
            assert answer.status_code == 422

    def test_pages_of_rows_go_on_where_the_last_one_ended(self) -> None:
        secret = token_of(self.cast.noor)

        first = self.asked("rows", secret, limit="1")
        second = self.asked("rows", secret, limit="1", offset=str(first["after"]))

        assert first["rows"][0]["enquiry"] != second["rows"][0]["enquiry"]
        assert (first["total"], second["after"]) == (2, None)

    def test_a_period_that_cannot_be_is_refused(self) -> None:
        secret = token_of(self.cast.noor)
        for given in ({"from": "2026-12-01", "to": "2026-11-01"}, {"from": "0001-01-01"}):
            answer = call("/api/v1/clauses/6.5/figures", secret, data=given)

            assert answer.status_code == 422, answer.content


def draft_of(number: str) -> Any:
    return replace(policy_queries.model_policy(), number=number)


def at_the_command_line(patch: pytest.MonkeyPatch, **given: str) -> Any:
    parser = argparse.ArgumentParser()
    command.add(parser.add_subparsers())
    words = [word for name, value in given.items() for word in (f"--{name}", value)]
    printed = io.StringIO()
    patch.setattr("sys.stdout", printed)
    assert command.run(parser.parse_args(["deadline", *words, "--json"])) == 0
    return json.loads(printed.getvalue())
