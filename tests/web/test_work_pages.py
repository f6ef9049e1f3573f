"""Work shared out, without a script: undo, labels, snooze, bulk, hand-over; each refuses too."""

import json
from datetime import time, timedelta
from zoneinfo import ZoneInfo

import time_machine
from django.contrib.auth import get_user_model
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from glede.desk.alerts.models import Alert
from glede.desk.clocks.models import Clock
from glede.desk.conversations.models import Conversation, Label
from glede.desk.intake import actions as intake
from glede.desk.sharing.models import Rule
from glede.flow import inbound, sharing, sorting
from glede.rulebook.audit.models import Entry
from glede.rulebook.audit.rules import SYSTEM
from glede.rulebook.brands import actions as brands
from glede.rulebook.brands.rules import ASSUMED_WEEK
from glede.rulebook.people.rules import Viewer
from tests import make
from tests.web.test_inbox import FRAGMENT, NOW, OnATuesday, at_desk, html


class Undo(OnATuesday):
    def test_an_act_offers_its_undo_on_the_page_that_follows_and_takes_it_back(self) -> None:
        client = at_desk(self.town.sam)
        path = f"/c/{self.town.waiting.pk}/"
        answer = client.post(f"{path}resolve/", {"then": "next"})
        page = html(client, answer["Location"])
        assert "<p>Resolved.</p>" in page
        undo = f"/acts/{client.session['done']['id']}/undo/"
        assert undo in page

        answer = client.post(undo)
        assert (answer.status_code, answer["Location"]) == (303, path)
        assert Conversation.objects.get(pk=self.town.waiting.pk).state == "waiting for customer"
        assert undo not in html(client, path)

    def test_a_note_is_undone_and_its_words_return_before_what_was_typed_since(self) -> None:
        sam, path = at_desk(self.town.sam), f"/c/{self.town.dawn.pk}/"
        sam.post(f"{path}say/", {"mode": "note", "note": "Rang @Priya twice", "seen": "9"})
        assert "Note kept." in html(sam, path)
        assert "Rang" in html(at_desk(self.town.priya), "/mentions/")
        sam.post(f"{path}draft/", {"mode": "note", "text": "And more"})
        undo = f"/acts/{sam.session['done']['id']}/undo/"
        assert at_desk(self.town.priya).post(undo).status_code == 404, "another’s act"

        back = sam.post(undo, headers=FRAGMENT)

        assert back["Location"] == f"{path}?mode=note"
        assert "Rang" not in html(at_desk(self.town.priya), "/mentions/")
        assert "Rang @Priya twice\n\nAnd more</textarea>" in html(sam, back["Location"])
        assert not self.town.dawn.messages.filter(
            direction="note", person=self.town.sam.id
        ).exists()
        verbs = Entry.objects.filter(object_id=str(self.town.dawn.pk)).values_list(
            "verb", flat=True
        )
        assert {"conversation:note:added", "conversation:note:taken-back"} <= set(verbs)

    def test_too_late_is_said_and_the_bar_is_gone(self) -> None:
        client = at_desk(self.town.sam)
        client.post(f"/c/{self.town.waiting.pk}/resolve/")
        undo = f"/acts/{client.session['done']['id']}/undo/"
        with time_machine.travel(NOW + timedelta(seconds=11), tick=False):
            assert undo not in html(client, "/")
            client.post(undo)
            assert "more than 10 seconds ago" in html(client, "/")
            assert client.post(undo, headers=FRAGMENT).status_code == 409
        assert Conversation.objects.get(pk=self.town.waiting.pk).state == "resolved"

    def test_somebody_elses_act_is_not_there(self) -> None:
        client = at_desk(self.town.sam)
        client.post(f"/c/{self.town.waiting.pk}/resolve/")
        undo = f"/acts/{client.session['done']['id']}/undo/"
        assert at_desk(self.town.priya).post(undo).status_code == 404
        assert at_desk(self.town.rae).post(undo).status_code == 403

    def test_a_script_is_told_what_changed_and_given_the_bar(self) -> None:
        client = at_desk(self.town.sam)
        path = f"/c/{self.town.dawn.pk}/"
        answer = client.post(f"{path}assign/", {"to": "nobody"}, headers=FRAGMENT)
        assert answer["HX-Reswap"] == "none"
        assert f'"ids": [{self.town.dawn.pk}]' in answer["HX-Trigger"]
        assert b"It has no owner now." in answer.content
        undo = f"/acts/{client.session['done']['id']}/undo/"
        here = {**FRAGMENT, "HX-Current-URL": f"http://testserver{path}"}
        answer = client.post(undo, headers=here)
        assert answer.status_code == 200, "what is being written stays"
        assert b"data-undo" not in answer.content


class LabelsAndSnoozes(OnATuesday):
    def test_a_lead_makes_labels_and_an_advisor_puts_them_on_and_off(self) -> None:
        lead, sam = at_desk(self.town.priya), at_desk(self.town.sam)
        lead.post("/sharing/labels/", {"name": " repairs  urgent ", "brand": ""})
        assert lead.post("/sharing/labels/", {"name": "Repairs urgent"}).status_code == 422
        assert lead.post("/sharing/labels/", {"name": "a:b"}).status_code == 422
        assert "repairs urgent" in html(lead, "/sharing/labels/")
        assert sam.get("/sharing/labels/").status_code == 403

        path = f"/c/{self.town.dawn.pk}/"
        sam.post(f"{path}label/", {"on": "REPAIRS urgent"})
        label = Label.objects.get()
        page = html(sam, path)
        assert f'aria-label="Take off {label.name}"' in page
        assert "Label put on." in page
        sam.post(f"/acts/{sam.session['done']['id']}/undo/")
        assert Conversation.objects.get(pk=self.town.dawn.pk).labels == []
        sam.post(f"{path}label/", {"on": "repairs urgent"})
        sam.post(f"{path}label/", {"off": label.pk})
        assert Conversation.objects.get(pk=self.town.dawn.pk).labels == []

        refused = sam.post(f"{path}label/", {"on": "repair"}, headers=FRAGMENT)
        assert refused.status_code == 409
        assert b"Did you mean repairs urgent?" in refused.content
        lead.post(f"/sharing/labels/{label.pk}/", {"act": "rename", "name": "damp"})
        lead.post(f"/sharing/labels/{label.pk}/", {"act": "archive"})
        assert "archived" in html(lead, "/sharing/labels/")
        assert sam.post(f"{path}label/", {"on": "damp"}, headers=FRAGMENT).status_code == 409
        lead.post(f"/sharing/labels/{label.pk}/", {"act": "back"})
        assert sam.post(f"{path}label/", {"on": "damp"}, headers=FRAGMENT).status_code == 200

    def test_another_brands_label_stays_there(self) -> None:
        made = sorting.create_label(
            viewer=self.town.priya, name="waiting list", brand_id=self.town.dawn.brand_id, now=NOW
        )
        late = self.town.most_urgent
        sam = at_desk(self.town.sam)
        assert "waiting list" not in html(sam, f"/c/{late.pk}/")
        answer = sam.post(f"/c/{late.pk}/label/", {"on": made.name}, headers=FRAGMENT)
        assert answer.status_code == 409
        meena = at_desk(self.town.meena)
        assert meena.post(f"/c/{late.pk}/label/", {"on": made.name}).status_code == 404
        assert meena.post(f"/c/{late.pk}/snooze/", {"until": "later"}).status_code == 404

    def test_a_snooze_is_said_undone_and_refused_where_it_would_pass_the_promise(self) -> None:
        sam, path = at_desk(self.town.sam), f"/c/{self.town.dawn.pk}/"
        due = Conversation.objects.get(pk=self.town.dawn.pk).due_at
        assert due is not None
        refused = sam.post(f"{path}snooze/", {"until": "monday"}, headers=FRAGMENT)
        assert refused.status_code == 409
        assert b"falls due before it would come back" in refused.content

        on, at = f"{NOW:%Y-%m-%d}", "14:00"
        sam.post(f"{path}snooze/", {"until": "chosen", "on": on, "at": at})
        assert "Snoozed until 13:40 by you" in html(sam, path), "half of the time is gone then"
        sam.post(f"/acts/{sam.session['done']['id']}/undo/")
        assert "Snoozed until" not in html(sam, path)
        sam.post(f"{path}snooze/", {"until": "chosen", "on": on, "at": "13:35"})
        assert "Snoozed until 13:35 by Sam" in html(at_desk(self.town.priya), path)
        sam.post(f"{path}snooze/", {"until": "now"})
        assert "Snoozed until" not in html(sam, path)
        assert Conversation.objects.get(pk=self.town.dawn.pk).due_at == due
        assert sam.post(f"{path}snooze/", {"until": "chosen"}, headers=FRAGMENT).status_code == 409


class ManyAtOnce(OnATuesday):
    def stand(self) -> list[object]:
        fields = ("pk", "state", "owner", "labels", "snoozed_until", "due_at", "waiting_count")
        return list(Conversation.objects.order_by("pk").values_list(*fields))

    def rows(self) -> dict[int, object]:
        pks = Conversation.objects.order_by("pk").values_list("pk", flat=True)
        return dict(zip(pks, self.stand(), strict=True))

    def test_what_would_happen_is_shown_first_and_one_undo_takes_all_back(self) -> None:
        sam, before = at_desk(self.town.sam), self.stand()
        ids = list(Conversation.objects.values_list("pk", flat=True))
        asked = {"id": ids, "act": "no-reply", "reason": "chat between residents"}

        page = sam.post("/bulk/", asked).content.decode()
        waiting = Conversation.objects.filter(waiting_count__gt=0).count()
        assert f"No reply needed: {waiting}" in page
        assert "Ola Fashanu" in page.partition("Cannot be done")[2]
        assert "nothing in it waits for a reply" in page
        assert self.stand() == before, "looking changes nothing"

        page = sam.post("/bulk/do/", asked).content.decode()
        assert f"{waiting} conversations closed: no reply needed." in page
        assert Conversation.objects.filter(state="closed").count() >= waiting
        sam.post(f"/acts/{sam.session['done']['id']}/undo/")
        assert self.stand() == before

    def test_what_somebody_changed_since_stays_and_the_others_are_undone(self) -> None:
        sam, before = at_desk(self.town.sam), self.rows()
        others = Conversation.objects.exclude(owner=self.town.sam.id)
        # First one that nobody has: taken by Priya below, it is not as it was before.
        nobodys_first = others.order_by(F("owner").asc(nulls_first=True), "pk")
        ids = list(nobodys_first.values_list("pk", flat=True))
        sam.post("/bulk/do/", {"id": ids, "act": "assign", "to": "me"})
        at_desk(self.town.priya).post(f"/c/{ids[0]}/assign/", {"to": "me"})
        name = Conversation.objects.get(pk=ids[0]).name
        act = sam.session["done"]["id"]

        says = json.loads(sam.post(f"/acts/{act}/undo/", headers=FRAGMENT)["HX-Trigger"])

        assert says["glede:said"]["says"] == (
            f"{len(ids) - 1} put back. {name}: its owner has changed since, so it stays as it is."
        )
        after = self.rows()
        assert [pk for pk, row in after.items() if row != before[pk]] == [ids[0]]
        assert Conversation.objects.get(pk=ids[0]).owner_id == self.town.priya.id
        undone = Entry.objects.filter(verb="conversation:act:undone", details__act=act)
        assert {int(one.object_id) for one in undone} == set(ids[1:])

    def test_until_opening_is_each_brands_own_opening(self) -> None:
        sam = at_desk(self.town.sam)
        pennvale = self.town.asks("Pat Late", "Any news?", at=NOW, slug="pennvale")
        brands.publish_calendar(
            brand_id=pennvale.brand_id,
            week={**ASSUMED_WEEK, "wednesday": [["07:00", "12:00"]]},
            effective_at=NOW - timedelta(days=1),
            actor=SYSTEM,
            now=NOW - timedelta(days=1),
        )
        mine = self.town.waiting
        both = [mine.pk, pennvale.pk]
        Conversation.objects.filter(pk__in=both).update(due_at=None)
        Clock.objects.filter(conversation__in=both).delete()
        asked = {"id": [mine.pk, pennvale.pk], "act": "snooze", "until": "opening"}

        page = sam.post("/bulk/", asked).content.decode()
        assert "07:00 (Pennvale)" in page
        sam.post("/bulk/do/", asked)

        found = {
            one.pk: one.snoozed_until.astimezone(ZoneInfo("Europe/London")).time()
            for one in Conversation.objects.filter(pk__in=asked["id"])
            if one.snoozed_until
        }
        assert found == {mine.pk: time(9), pennvale.pk: time(7)}

    def test_each_act_is_done_where_it_can_be_and_undone(self) -> None:
        sam = at_desk(self.town.sam)
        label = sorting.create_label(
            viewer=self.town.priya, name="bins", brand_id=self.town.dawn.brand_id, now=NOW
        )
        ids = list(Conversation.objects.exclude(state="closed").values_list("pk", flat=True))
        mine = Conversation.objects.filter(pk__in=ids, owner=self.town.sam.id).count()
        before = self.stand()
        for more, done in (
            ({"act": "assign", "to": "me"}, len(ids) - mine),
            ({"act": "assign", "to": str(self.town.meena.id)}, None),
            ({"act": "label", "label": str(label.pk)}, None),
            ({"act": "resolve"}, 1),
            ({"act": "snooze", "until": "chosen", "on": "2026-11-24", "at": "13:31"}, None),
        ):
            sam.post("/bulk/do/", {"id": ids, **more})
            assert self.stand() != before, more
            if done is not None:
                assert sam.session["done"]["says"].startswith(f"{done} conversation")
            sam.post(f"/acts/{sam.session['done']['id']}/undo/")
            assert self.stand() == before, more

    def test_all_of_the_view_is_what_the_view_shows_and_others_brands_stay_out(self) -> None:
        meena = at_desk(self.town.meena)
        meena.post("/bulk/do/", {"all": "1", "act": "assign", "to": "me"})
        mine = Conversation.objects.filter(owner_id=self.town.meena.id)
        assert set(mine.values_list("brand_id", flat=True)) == {self.town.dawn.brand_id}
        meena.post("/bulk/do/", {"id": [self.town.most_urgent.pk], "act": "assign", "to": "me"})
        assert not mine.filter(pk=self.town.most_urgent.pk).exists()

    def test_what_cannot_be_read_is_refused_in_a_sentence(self) -> None:
        sam = at_desk(self.town.sam)
        ids = [self.town.dawn.pk]
        assert sam.post("/bulk/", {"id": ids, "act": "dance"}).status_code == 404
        assert sam.post("/bulk/", {"act": "resolve"}).status_code == 303
        assert at_desk(self.town.rae).post("/bulk/do/", {"id": ids}).status_code == 403
        for given, says in (
            ({"act": "label"}, "There are no labels yet"),
            ({"act": "no-reply", "reason": "another reason"}, "Say in a few words why"),
            ({"act": "snooze", "until": "chosen"}, "cannot be read"),
            ({"act": "assign", "to": "999999"}, "cannot be read"),
        ):
            answer = sam.post("/bulk/do/", {"id": ids, **given})
            assert answer.status_code == 422, given
            assert says in answer.content.decode()


class SharedOut(OnATuesday):
    def rule(self, **given: object) -> None:
        answer = at_desk(self.town.priya).post("/sharing/", {"way": "round", "to": "duty", **given})
        assert answer.status_code == 302, answer.content.decode()

    def arrives(self, name: str, words: str, *, slug: str = "red-kite") -> Conversation:
        return self.town.asks(name, words, at=NOW - timedelta(seconds=30), slug=slug)

    def skilled(self, viewer: Viewer, skills: str, most: str = "") -> None:
        given = {"person": viewer.id, "skills": skills, "most": most}
        answer = at_desk(self.town.priya).post("/sharing/people/", given)
        assert answer.status_code == 302

    def test_until_a_rule_exists_nothing_is_given_by_itself(self) -> None:
        assert self.arrives("Ann", "Hello").owner is None

    def test_the_first_rule_that_finds_somebody_decides(self) -> None:
        self.skilled(self.town.meena, "Boilers, cy")
        self.rule(phrases="boiler, no hot water", to="skill", skill="boilers")
        self.rule(to="person", person=self.town.sam.id)
        assert self.arrives("Ann", "The boiler is out").owner_id == self.town.meena.id
        elsewhere = self.arrives("Bob", "The boiler is out", slug="pennvale")
        assert elsewhere.owner_id == self.town.sam.id, "Meena does not work for Pennvale"
        other = self.arrives("Cal", "When is bin day?")
        assert (other.owner_id, other.state) == (self.town.sam.id, "new")
        entry = Entry.objects.filter(verb="conversation:conversation:assigned").latest("pk")
        assert (entry.actor_kind, entry.details["to"]) == ("system", self.town.sam.id)

        page = html(at_desk(self.town.priya), "/sharing/")
        assert "What would have happened" in page
        assert "says “boiler” or “no hot water”" in page
        assert "by rule 2" in page

    def test_in_turn_within_one_batch_and_nobody_beyond_their_room(self) -> None:
        for one in (self.town.sam, self.town.priya):
            self.skilled(one, "any", "5" if one is self.town.priya else "")
        self.rule(to="skill", skill="any")
        owners = [self.arrives(f"Person {n}", "Hello").owner_id for n in range(4)]
        assert owners.count(self.town.sam.id) == owners.count(self.town.priya.id) == 2
        self.skilled(self.town.priya, "any", "1")
        assert self.arrives("Last", "Hello").owner_id == self.town.sam.id

    def test_a_batch_asks_for_the_rules_once_and_who_is_there_once(self) -> None:
        def asked(about: str, *, start: int) -> int:
            app = self.town.sites["red-kite"]
            events = [make.website_event("Hello", name=f"P{start + n}", at=NOW) for n in range(6)]
            intake.keep(app_id=app, events=events, now=NOW, way="webhook")
            with CaptureQueriesContext(connection) as seen:
                inbound.drain(now=NOW)
            return sum(about in one["sql"] for one in seen)

        assert asked("sharing_", start=0) == 1, "without a rule they cost one statement a batch"
        self.rule(to="person", person=self.town.sam.id)
        assert asked("offices_absence", start=6) == 1
        assert asked("sharing_", start=12) == 2 + 2 * 6, "rules and room once, the turn for each"
        assert Conversation.objects.filter(owner_id=self.town.sam.id).count() == 2 + 12

    def test_a_leaver_and_somebody_away_get_nothing_and_what_they_had_is_released(self) -> None:
        self.rule(to="person", person=self.town.sam.id)
        self.rule(to="person", person=self.town.priya.id)
        person = get_user_model().objects.get(pk=self.town.sam.id)
        person.is_active = False
        person.save()
        assert self.arrives("Ann", "Hello").owner_id == self.town.priya.id
        assert sharing.release(now=NOW) == 2
        self.town.dawn.refresh_from_db()
        assert self.town.dawn.owner_id == self.town.priya.id

    def test_the_end_of_a_shift_gives_all_back_and_can_be_undone(self) -> None:
        self.rule(to="person", person=self.town.priya.id)
        sam = at_desk(self.town.sam)
        assert "Still yours" in html(sam, "/rota/home/")
        sam.post("/sharing/give-back/")
        self.town.dawn.refresh_from_db()
        assert self.town.dawn.owner_id == self.town.priya.id
        assert "Still yours" not in html(sam, "/rota/home/")
        sam.post(f"/acts/{sam.session['done']['id']}/undo/")
        self.town.dawn.refresh_from_db()
        assert self.town.dawn.owner_id == self.town.sam.id

        sam.post("/sharing/hand-over/", {"to": self.town.priya.id, "note": "Roofer at nine"})
        self.town.dawn.refresh_from_db()
        assert self.town.dawn.owner_id == self.town.priya.id
        assert self.town.dawn.messages.filter(direction="note").count() == 2
        sam.post("/sharing/hand-over/", {"to": "999"})
        assert "choose a colleague" in html(sam, "/rota/home/")

    def test_one_conversation_is_handed_over_with_a_note(self) -> None:
        sam, path = at_desk(self.town.sam), f"/c/{self.town.dawn.pk}/"
        assert "Hand over with a note" in html(sam, path)
        assert sam.post(f"{path}hand-over/", {"to": "999"}).status_code == 422
        sam.post(f"{path}hand-over/", {"to": self.town.meena.id, "note": "She knows you"})
        self.town.dawn.refresh_from_db()
        assert self.town.dawn.owner_id == self.town.meena.id
        assert "She knows you" in html(sam, path)
        told = Alert.objects.get(person_id=self.town.meena.id, kind="mention")
        assert told.says == "Sam hands over to you: Dawn Petherick"
        late = f"/c/{self.town.most_urgent.pk}/hand-over/"
        assert at_desk(self.town.meena).get(late).status_code == 404

    def test_a_colleague_is_asked_and_their_note_is_the_answer(self) -> None:
        sam, path = at_desk(self.town.sam), f"/c/{self.town.dawn.pk}/"
        clocks = list(Clock.objects.order_by("pk").values())
        asked = {"to": self.town.meena.id, "keep": "on"}
        assert sam.post(f"{path}hand-over/", asked).status_code == 422, "a question has words"
        sam.post(f"{path}hand-over/", {**asked, "note": "Is the roofer booked?"})
        self.town.dawn.refresh_from_db()
        assert (self.town.dawn.state, self.town.dawn.owner_id) == (
            "waiting for colleague",
            self.town.sam.id,
        )
        assert "waiting for a colleague" in html(sam, "/")
        say = {"mode": "note", "note": "Asked again", "seen": "0"}
        sam.post(f"{path}say/", say)
        self.town.dawn.refresh_from_db()
        assert self.town.dawn.state == "waiting for colleague", "one’s own note is no answer"
        at_desk(self.town.meena).post(f"{path}say/", {**say, "note": "Wednesday at nine"})
        self.town.dawn.refresh_from_db()
        assert self.town.dawn.state == "in progress"
        assert list(Clock.objects.order_by("pk").values()) == clocks

    def test_rules_are_ordered_switched_and_removed_by_a_lead_alone(self) -> None:
        lead = at_desk(self.town.priya)
        self.rule(to="person", person=self.town.sam.id)
        self.rule(brand=self.town.dawn.brand_id)
        first, second = Rule.objects.all()
        lead.post(f"/sharing/{second.pk}/", {"act": "up"})
        assert list(Rule.objects.all()) == [second, first]
        lead.post(f"/sharing/{first.pk}/", {"act": "off"})
        assert self.arrives("Ann", "Hello").owner is None
        lead.post(f"/sharing/{first.pk}/", {"act": "dance"})
        lead.post(f"/sharing/{second.pk}/", {"act": "remove"})
        assert list(Rule.objects.all()) == [first]
        assert lead.post("/sharing/99999/", {"act": "up"}).status_code == 404
        for given in ({"to": "person"}, {"to": "skill"}, {"to": "duty", "language": "!"}):
            assert lead.post("/sharing/", {"way": "round", **given}).status_code == 422
        assert lead.post("/sharing/people/", {"person": "0"}).status_code == 422
        assert at_desk(self.town.sam).get("/sharing/").status_code == 403
