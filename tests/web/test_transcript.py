"""A conversation printed or taken away: complete, marked, without what was not asked for."""

import csv
import io
import json
import re
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from glede.rulebook.audit.models import Entry
from glede.web.exports.transcript import letter, masked
from tests.web import inbox_desk
from tests.web.test_inbox import NOW, OnATuesday, at_desk, html


def take(client: Client, conversation: int, form: str, **given: str) -> Any:
    return client.post(f"/c/{conversation}/print/", {"form": form, "others": "none"} | given)


class TestTranscript(OnATuesday):
    def test_the_page_has_every_message_its_versions_its_outcome_and_the_clocks(self) -> None:
        sam, dawn = at_desk(self.town.sam), self.town.dawn
        inbox_desk.answer(dawn, self.town.sam, "A roofer comes tomorrow.", at=NOW)
        assert "put on record" in html(sam, f"/c/{dawn.pk}/print/")

        page = take(sam, dawn.pk, "page").content.decode()

        assert "the little ones slip on it" in page
        assert "Until 24.11.2026 11:52 GMT it said: “Is anyone going to look" in page
        assert "A roofer comes tomorrow. ^Sam" in page
        assert "Sent" in page
        assert "6.5" in page.partition('id="clocks"')[2]
        assert "image: Ceiling of a stairwell with a brown water stain" in page
        assert "R-20418" not in page  # a note, not asked for
        assert "Gareth" not in page  # another person
        entry = Entry.objects.get(verb="export:conversation:made")
        assert (entry.object_kind, entry.object_id) == ("transcript", str(dawn.pk))
        assert entry.details == {
            "form": "page",
            "entries": 2,
            "notes": False,
            "others": "none",
            "unveiled_because": "",
        }

    def test_notes_and_other_people_are_asked_for_and_marked(self) -> None:
        inbox_desk.comment(self.town.red_kite, "Dawn Petherick", "Gareth, and you @marek?", at=NOW)
        sam, dawn = at_desk(self.town.sam), self.town.dawn

        page = take(sam, dawn.pk, "page", notes="yes", others="named").content.decode()
        assert "Internal note, never sent: Priya" in page
        assert "Gareth Olusanya" in page
        hidden = take(sam, dawn.pk, "page", others="masked").content.decode()
        named = re.search(r"Person ([A-Z]), and you Person ([A-Z])\?", hidden)
        assert named
        assert named[1] != named[2]
        assert "Same on the second floor" in hidden
        assert "Gareth" not in hidden
        assert "Marek" not in hidden
        assert "Dawn Petherick" in hidden

    def test_a_deleted_message_leaves_its_place_and_no_words(self) -> None:
        marek = inbox_desk.comment(self.town.red_kite, "Nell", "My address is 4", at=NOW)
        inbox_desk.taken_away(self.town.red_kite, "Nell", written=NOW, at=NOW)

        page = take(at_desk(self.town.sam), marek.pk, "page").content.decode()

        assert "Deleted by its author 24.11.2026 13:30 GMT; its words are not kept" in page
        assert "My address" not in page

    def test_veiled_words_are_taken_with_a_reason_only(self) -> None:
        sam, path = at_desk(self.town.sam), f"/c/{self.town.dawn.pk}/print/"
        message = self.town.dawn.messages.filter(direction="in")[0]
        sam.post(f"/c/{self.town.dawn.pk}/m/{message.pk}/veil/", {"to": "veil"})
        given = {"form": "page", "others": "masked"}

        for form in ("page", "json", "csv"):
            left_out = sam.post(path, given | {"form": form}).content.decode()
            assert "told you twice" not in left_out, form
            assert "veiled by Sam; its words were not asked for" in left_out, form
        assert sam.post(path, given | {"unveil": "I like it"}).status_code == 422
        why = "they asked for their own data"
        whole = sam.post(path, given | {"unveil": why}).content.decode()
        assert "told you twice" in whole
        assert f"Included, because: {why}" in whole
        taken = Entry.objects.filter(verb="export:conversation:made").order_by("pk")
        assert [one.details["unveiled_because"] for one in taken] == ["", "", "", why]

    def test_json_and_csv_say_the_same_and_run_nothing(self) -> None:
        nell = inbox_desk.comment(self.town.red_kite, "Nell", "=1+1 is my flat", at=NOW)
        sam = at_desk(self.town.sam)

        told = json.loads(take(sam, nell.pk, "json").content)
        assert [(one["kind"], one["text"]) for one in told["entries"]] == [
            ("theirs", "=1+1 is my flat")
        ]
        assert told["entries"][0]["at"] == NOW.isoformat()
        assert told["clocks"][0]["clause"]
        answer = take(sam, nell.pk, "csv")
        assert answer["Content-Disposition"] == f'attachment; filename="conversation-{nell.pk}.csv"'
        cells = [
            cell
            for row in csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
            for cell in row
        ]
        assert not any(cell.startswith("=") for cell in cells)
        assert any("=1+1 is my flat" in cell for cell in cells)

    def test_what_one_may_not_read_or_did_not_choose_is_refused(self) -> None:
        meena, other = at_desk(self.town.meena), self.town.most_urgent
        assert meena.get(f"/c/{other.pk}/print/").status_code == 404
        assert take(meena, other.pk, "json").status_code == 404
        sam, dawn = at_desk(self.town.sam), self.town.dawn
        assert take(sam, dawn.pk, "exe").status_code == 422
        assert take(sam, dawn.pk, "page", others="everybody").status_code == 422
        assert not Entry.objects.filter(verb="export:conversation:made").exists()


@pytest.mark.parametrize(("place", "said"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ")])
def test_letters_go_on_after_z(place: int, said: str) -> None:
    assert letter(place) == said


@given(st.lists(st.sampled_from(["Gareth", "gareth", "@Olusanya", "Garethson", "roof", ",", "."])))
def test_no_masked_name_is_left_as_a_word_of_its_own(parts: list[str]) -> None:
    letters = {"Gareth Olusanya": "Person A", "Gareth": "Person A", "Olusanya": "Person A"}

    said = masked(" ".join(parts), letters).split()

    assert "Gareth" not in said
    assert "gareth" not in said
    assert "@Olusanya" not in said
    assert said.count("Garethson") == parts.count("Garethson")
