"""The desk over the API: what a token does is what its person would do on the screens."""

import json
import threading
from datetime import timedelta
from typing import Any, ClassVar

import pytest
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client, TestCase
from django.test.utils import override_settings

from glede.desk.conversations.lanes import Order
from glede.desk.conversations.models import Conversation, Message
from glede.desk.outbox.models import Delivery
from glede.desk.outbox.rules import State
from glede.desk.views import actions as views
from glede.desk.views.rules import Share
from glede.flow import calls, sorting
from glede.kit import clock
from glede.rulebook.audit import queries as audit
from glede.rulebook.people.rules import Permission, Viewer
from glede.rulebook.tokens.models import Answered, Token
from glede.rulebook.tokens.queries import Bearer
from glede.rulebook.tokens.rules import Kind
from tests import cast, make
from tests.web.test_api import token_of, told

P = Permission
WORK = (P.READ_CONVERSATIONS, P.WORK_CONVERSATIONS)


def get(path: str, secret: str, **given: Any) -> HttpResponse:
    answer: HttpResponse = Client().get(
        f"/api/v1{path}", given, headers={"Authorization": f"Bearer {secret}"}
    )
    return answer


def post(path: str, secret: str, body: Any = None, *, key: str = "", **more: Any) -> HttpResponse:
    headers = {"Authorization": f"Bearer {secret}"} | ({"Idempotency-Key": key} if key else {})
    answer: HttpResponse = Client().post(
        f"/api/v1{path}",
        b"" if body is None else json.dumps(body),
        content_type="application/json",
        headers=headers,
        **more,
    )
    return answer


def a_token(viewer: Viewer, *permissions: Permission, kind: Kind = Kind.PERSON) -> str:
    return token_of(viewer, *permissions, kind=kind)


class TestDesk(TestCase):
    cast: ClassVar[cast.Cast]

    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = cast.build()
        now = clock.now()
        cls.mine = make.conversation(cls.cast.red_kite_site, name="Dawn", at=now)
        cls.other = make.conversation(
            cls.cast.pennvale_site, slug="pennvale", name="Ravi", at=now + timedelta(seconds=1)
        )

    mine: ClassVar[Conversation]
    other: ClassVar[Conversation]

    def assert_problem(self, answer: HttpResponse, status: int, says: str) -> Any:
        assert answer.status_code == status, answer.content
        assert answer["Content-Type"] == "application/problem+json"
        problem = told(answer)
        assert problem["status"] == status
        assert says in problem["detail"]
        return problem

    # --- Reading ---

    def test_the_list_goes_by_time_left_and_from_page_to_page_and_back(self) -> None:
        sam = a_token(self.cast.sam, *WORK)

        first = told(get("/conversations", sam, limit=1))
        second = told(get("/conversations", sam, limit=1, cursor=first["next"]))
        back = told(get("/conversations", sam, limit=1, cursor=second["prev"]))

        assert [one["name"] for one in first["conversations"]] == ["Dawn"]
        assert [one["name"] for one in second["conversations"]] == ["Ravi"]
        assert back["conversations"] == first["conversations"]
        assert (first["prev"], second["next"]) == (None, None)
        assert first["conversations"][0]["url"].endswith(f"/c/{self.mine.pk}/")
        self.assert_problem(get("/conversations", sam, cursor="x"), 422, "no cursor of ours")

    def test_the_list_takes_the_line_of_words_that_a_person_types(self) -> None:
        sam = a_token(self.cast.sam, *WORK)

        found = told(get("/conversations", sam, q="brand:pennvale is:unread"))["conversations"]

        assert [one["name"] for one in found] == ["Ravi"]
        assert told(get("/conversations", sam, q="owner:me"))["conversations"] == []
        self.assert_problem(get("/conversations", sam, q="brnad:pennvale"), 422, "brand:pennvale")
        views.keep(
            person_id=self.cast.sam.id,
            name="Late",
            query="is:late",
            order=Order.TIME_LEFT,
            share=Share.ME,
            brand_id=None,
            actor=self.cast.sam.actor,
            now=clock.now(),
        )
        assert [(one["name"], one["q"], one["own"]) for one in told(get("/views", sam))] == [
            ("Late", "is:late", True)
        ]
        assert told(get("/views", a_token(self.cast.meena, *WORK))) == []

    def test_another_brands_conversation_is_not_there(self) -> None:
        meena = a_token(self.cast.meena, *WORK, P.REPLY)
        limited = token_of(self.cast.sam, *WORK, brand_ids=[self.cast.red_kite])

        for secret in (meena, limited):
            names = [one["name"] for one in told(get("/conversations", secret))["conversations"]]
            assert names == ["Dawn"]
            for what in ("", "/messages", "/person", "/timeline"):
                answer = get(f"/conversations/{self.other.pk}{what}", secret)
                self.assert_problem(answer, 404, "")
            note = post(f"/conversations/{self.other.pk}/notes", secret, {"text": "x"})
            self.assert_problem(note, 404, "")
        reply = post(
            f"/conversations/{self.other.pk}/replies", meena, {"text": "x", "seen_revision": 0}
        )
        self.assert_problem(reply, 404, "")
        assert told(get("/search", meena, q="lift"))["hits"][0]["conversation"] == self.mine.pk
        assert len(told(get("/search", meena, q="lift"))["hits"]) == 1

    def test_messages_come_page_by_page_and_what_was_deleted_has_no_words(self) -> None:
        sam, text = a_token(self.cast.sam, *WORK), "Is anyone there?"
        for number in range(3):
            later = clock.now() + timedelta(minutes=number)
            make.conversation(
                self.cast.red_kite_site, f"{text} {number}", name="Una", thread="t", at=later
            )
        una = Conversation.objects.get(name="Una")
        newest = Message.objects.filter(conversation=una).latest("received_at")
        Message.objects.filter(pk=newest.pk).update(deleted_at=clock.now())

        page = told(get(f"/conversations/{una.pk}/messages", sam, limit=2))
        before = told(get(f"/conversations/{una.pk}/messages", sam, limit=2, cursor=page["prev"]))
        again = told(get(f"/conversations/{una.pk}/messages", sam, limit=2, cursor=before["next"]))

        assert [one["text"] for one in before["messages"]] == [f"{text} 0"]
        assert [one["text"] for one in page["messages"]] == [f"{text} 1", ""]
        assert page["messages"][1]["versions"] == []
        assert again["messages"] == page["messages"]
        assert (page["next"], before["prev"]) == (None, None)

    def test_a_search_says_where_it_matched(self) -> None:
        found = told(get("/search", a_token(self.cast.sam, *WORK), q="lift"))

        hit = found["hits"][0]
        assert {hit["text"][begins:ends] for begins, ends in hit["matches"]} == {"lift"}

    # --- Doing ---

    def test_a_reply_is_queued_under_the_persons_own_name_and_its_outcome_can_be_asked(
        self,
    ) -> None:
        sam = a_token(self.cast.sam, *WORK, P.REPLY)
        path = f"/conversations/{self.mine.pk}/replies"

        answer = post(path, sam, {"text": "On our way.", "seen_revision": self.mine.revision})

        assert answer.status_code == 202, answer.content
        delivery = Delivery.objects.get(automatic=False)
        assert delivery.text == "On our way. ^Sam"
        assert told(answer)["state"] == "queued"
        location = answer["Location"].removeprefix("/api/v1")
        assert told(get(location, sam))["id"] == delivery.pk
        back = told(post(f"{location}/take-back", sam))
        assert back["state"] == "taken back"
        self.assert_problem(post(f"{location}/take-back", sam), 409, "")

    def test_what_stands_in_the_way_of_a_reply_is_named_and_can_be_confirmed(self) -> None:
        sam = a_token(self.cast.sam, *WORK, P.REPLY)
        path = f"/conversations/{self.mine.pk}/replies"

        empty = post(path, sam, {"text": " ", "seen_revision": self.mine.revision})
        stale = post(path, sam, {"text": "Yes.", "seen_revision": 0})

        problem = self.assert_problem(empty, 409, "Mend what")
        assert [one["stops"] for one in problem["findings"]] == [True]
        problem = self.assert_problem(stale, 409, "`confirmed`")
        known = [one["key"] for one in problem["findings"]]
        assert "new words" in known
        assert not Delivery.objects.filter(automatic=False).exists()
        body = {"text": "Yes.", "seen_revision": 0, "confirmed": known}
        assert post(path, sam, body).status_code == 202

    def test_a_program_does_nothing_under_a_persons_name(self) -> None:
        program = a_token(self.cast.sam, *WORK, kind=Kind.PROGRAM)
        here = f"/conversations/{self.mine.pk}"

        for path, body in (
            ("/replies", {"text": "x", "seen_revision": 0}),
            ("/no-reply", {"reason": "praise"}),
            ("/timescale", {"what": "Mend it", "by_at": "2099-01-05T12:00:00Z"}),
            ("/read", {"revision": 1}),
        ):
            with self.subTest(path=path):
                self.assert_problem(post(here + path, program, body), 403, "clause 6.1")
        assert not Delivery.objects.filter(automatic=False).exists()
        assert post(f"{here}/notes", program, {"text": "Job 17."}).status_code == 201
        note = told(get(f"{here}/messages", program))["messages"][-1]
        assert (note["direction"], note["text"]) == ("note", "“Board report”: Job 17.")
        by = {entry.actor_name for entry in audit.trail("conversation", self.mine.pk)}
        assert "Sam, by “Board report”" in by

    def test_it_is_assigned_resolved_and_brought_back_as_on_the_screens(self) -> None:
        sam, here = a_token(self.cast.sam, *WORK), f"/conversations/{self.mine.pk}"

        given = told(post(f"{here}/assign", sam, {"person": self.cast.meena.id}))
        nobody = post(f"{here}/assign", sam, {"person": self.cast.stan.id})
        waiting = post(f"{here}/resolve", sam)
        closed = told(post(f"{here}/no-reply", sam, {"reason": "praise"}))
        back = told(post(f"{here}/reopen", sam))

        assert given["owner"] == {"id": self.cast.meena.id, "name": "Meena"}
        self.assert_problem(nobody, 422, "works for this brand")
        self.assert_problem(waiting, 409, "")
        assert closed["state"] in ("closed", "resolved")
        assert back["state"] == "in progress"
        assert [one["id"] for one in told(get("/brands/pennvale/colleagues", sam))]

    def test_a_timescale_is_planned_or_another_date_offered(self) -> None:
        sam, here = a_token(self.cast.sam, *WORK), f"/conversations/{self.mine.pk}"
        sunday = "2099-01-04T12:00:00+00:00"

        closed = post(f"{here}/timescale", sam, {"what": "Mend it", "by_at": sunday})
        instead = told(closed)["instead"]
        made = post(f"{here}/timescale", sam, {"what": "Mend it", "by_at": instead})

        self.assert_problem(closed, 409, "Nobody works on")
        assert made.status_code == 201, made.content
        whole = told(get(here, sam))
        assert [one["what"] for one in whole["timescales"]] == ["Mend it"]
        assert whole["clocks"][0]["clause"] in ("6.5", "6.7")
        dropped = told(post(f"{here}/timescale/drop", sam))
        assert [one["state"] for one in dropped["timescales"]] == ["dropped"]

    def test_labels_snoozes_and_what_is_done_with_many_can_be_taken_back(self) -> None:
        sam, here = a_token(self.cast.sam, *WORK), f"/conversations/{self.mine.pk}"
        label = sorting.create_label(
            viewer=self.cast.priya, name="Lifts", brand_id=self.cast.red_kite, now=clock.now()
        ).pk
        both = [self.mine.pk, self.other.pk]

        labelled = told(post(f"{here}/labels", sam, {"label": label}))
        undone = told(post(f"/acts/{labelled['undo']['act']}/undo", sam))
        elsewhere = post(f"/conversations/{self.other.pk}/labels", sam, {"label": label})
        asked = {"act": "label", "conversations": both, "label": label}
        seen = told(post("/bulk", sam, asked | {"preview": True}))
        done = told(post("/bulk", sam, asked))

        assert labelled["labels"] == ["Lifts"]
        assert [one["name"] for one in told(get("/labels", sam))] == ["Lifts"]
        assert (
            told(get("/labels", token_of(self.cast.sam, *WORK, brand_ids=[self.cast.pennvale])))
            == []
        )
        assert undone["conversations"] == [self.mine.pk]
        self.assert_problem(elsewhere, 422, "no such label for this brand")
        assert (seen["done"], done["done"]) == (0, 1)
        assert seen["outcomes"] == done["outcomes"]
        assert [bool(one["why_not"]) for one in done["outcomes"]] == [False, True]
        assert told(get(here, sam))["labels"] == ["Lifts"]
        self.assert_problem(post(f"/acts/{done['undo']['act'] + 99}/undo", sam), 404, "")
        later = (clock.now() + timedelta(hours=1)).isoformat()
        assert told(post(f"{here}/snooze", sam, {"until": later}))["snoozed_until"]
        assert told(post(f"{here}/wake", sam))["snoozed_until"] is None

    def test_two_matters_become_one_and_one_that_is_not_there_is_not_merged(self) -> None:
        meena = a_token(self.cast.meena, *WORK)
        second = make.conversation(self.cast.red_kite_site, name="Dawn", at=clock.now())
        # Out of hours an automatic acknowledgement would still be on its way.
        Delivery.objects.update(state=State.TAKEN_BACK, next_try_at=None)

        hidden = post(f"/conversations/{second.pk}/merge", meena, {"into": self.other.pk})
        merged = post(f"/conversations/{second.pk}/merge", meena, {"into": self.mine.pk})
        back = post(f"/acts/{told(merged)['undo']['act']}/undo", meena)

        self.assert_problem(hidden, 404, "")
        assert told(merged)["id"] == self.mine.pk
        assert back.status_code == 200, back.content

    # --- Around every call ---

    def test_a_call_with_a_key_is_made_once(self) -> None:
        sam, here = a_token(self.cast.sam, *WORK), f"/conversations/{self.mine.pk}/notes"

        first = post(here, sam, {"text": "Once."}, key='"k-1"')
        again = post(here, sam, {"text": "Once."}, key="k-1")
        other = post(here, sam, {"text": "Twice."}, key="k-1")
        second = post(here, a_token(self.cast.priya, *WORK), {"text": "Once."}, key="k-1")

        assert (first.status_code, again.status_code) == (201, 201)
        assert first.content == again.content
        assert again["Idempotency-Replayed"] == "true"
        assert "Idempotency-Replayed" not in first
        self.assert_problem(other, 422, "another call")
        assert second.status_code == 201
        assert Message.objects.filter(direction="note").count() == 2
        assert b"id" not in bytes(Answered.objects.first().body)  # type: ignore[union-attr] # there

    def test_what_was_refused_is_not_remembered_and_a_key_ends(self) -> None:
        sam, here = a_token(self.cast.sam, *WORK), f"/conversations/{self.mine.pk}/notes"

        assert post(here, sam, {"text": " "}, key="k").status_code == 422
        assert post(here, sam, {"text": "Words."}, key="k").status_code == 201
        calls.forget(now=clock.now() + timedelta(hours=25))
        assert post(here, sam, {"text": "Others."}, key="k").status_code == 201
        for bad in ("x" * 256, "ü", '""'):
            self.assert_problem(post(here, sam, {"text": "y"}, key=bad), 400, "Idempotency-Key")

    def test_what_is_changed_or_told_is_on_record_without_a_word(self) -> None:
        sam, here = a_token(self.cast.sam, *WORK), f"/conversations/{self.mine.pk}"
        get(f"{here}/messages", sam)
        get("/brands", sam)
        post(f"{here}/notes", sam, {"text": "A secret word."})
        post(f"{here}/notes", sam, {"text": " "})

        entries = [
            entry
            for entry in audit.trail("token", Token.objects.get().pk)
            if entry.verb == "token:call:made"
        ]

        route = "conversations/<int:conversation_id>"
        assert {(entry.details["call"], entry.details["status"]) for entry in entries} == {
            (f"GET {route}/messages", 200),
            (f"POST {route}/notes", 201),
        }
        assert "secret" not in str([entry.details for entry in entries])

    @override_settings(GLEDE_API_CALLS_A_MINUTE=2)
    def test_every_answer_says_what_is_left(self) -> None:
        sam = a_token(self.cast.sam, P.READ_CONVERSATIONS)

        first, second = get("/brands", sam), get("/policy/rules", sam)
        refused = get("/brands", sam)

        assert first["RateLimit-Policy"] == '"token";q=2;w=60'
        assert first["RateLimit"].startswith('"token";r=1;t=3')
        assert (second.status_code, second["RateLimit"][:11]) == (403, '"token";r=0')
        self.assert_problem(refused, 429, "2 times a minute")
        assert 1 <= int(refused["Retry-After"]) <= 30
        assert refused["RateLimit"].startswith('"token";r=0;t=')

    def test_every_refusal_is_a_problem(self) -> None:
        sam = a_token(self.cast.sam, *WORK)
        here = f"/api/v1/conversations/{self.mine.pk}/notes"
        headers = {"Authorization": f"Bearer {sam}"}

        wrong = Client().put(here, headers=headers)
        form = Client().post(here, {"text": "x"}, headers=headers)
        broken = Client().post(here, "{", content_type="application/json", headers=headers)
        large = Client().post(
            here, b"x" * 3_000_000, content_type="application/json", headers=headers
        )
        no_text = get("/brands/%00/colleagues", sam)

        self.assert_problem(wrong, 405, "takes POST")
        assert wrong["Allow"] == "POST"
        self.assert_problem(form, 415, "application/json")
        self.assert_problem(broken, 400, "")
        self.assert_problem(large, 413, "more than one call")
        self.assert_problem(no_text, 422, "NUL")
        self.assert_problem(post("/nothing", sam), 404, "openapi.json")
        self.assert_problem(get("/conversations/99999999999999999999", sam), 404, "")


@pytest.mark.django_db(transaction=True)
def test_of_two_calls_with_one_key_at_once_one_is_refused_and_nothing_is_done_twice() -> None:
    with transaction.atomic():
        people = cast.build()
        token_of(people.sam, *WORK)
    bearer = Bearer(Token.objects.get().pk, "Board report", people.sam)  # type: ignore[arg-type] # a token's viewer is one
    asked = calls.Asked("POST", "notes", "k", "d")
    inside, go_on, done = threading.Event(), threading.Event(), []

    def slow() -> calls.Answer:
        inside.set()
        go_on.wait(20)
        return calls.Answer(201, "", b"{}")

    def first() -> None:
        done.append(calls.answered(bearer=bearer, asked=asked, answer=slow, now=clock.now()))
        connection.close()

    running = threading.Thread(target=first)
    running.start()
    assert inside.wait(20)
    with pytest.raises(calls.StillRunningError):
        calls.answered(bearer=bearer, asked=asked, answer=slow, now=clock.now())
    go_on.set()
    running.join(20)

    again = calls.answered(bearer=bearer, asked=asked, answer=slow, now=clock.now())
    assert (again.again, again.body) == (True, b"{}")
    assert len(done) == 1
