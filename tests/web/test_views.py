"""Views that people keep: what they show, who sees them, and who changes them."""

from datetime import timedelta

from glede.desk.conversations.models import Conversation
from glede.desk.views.models import View
from glede.rulebook.audit.models import Entry
from tests import make
from tests.web.test_inbox import NOW, OnATuesday, at_desk, html, names

FRAGMENT = {"HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": "ul#offers"}
LATE = "/views/?q=is%3Alate+brand%3Atwenty11"


class TestViews(OnATuesday):
    def keep(self, name: str = "Late T11", share: str = "me", path: str = LATE) -> View:
        answer = at_desk(self.town.sam).post(path, {"name": name, "share": share})
        assert answer.status_code == 303, answer.content
        return View.objects.get(name=name)

    def test_a_list_is_kept_under_a_name_and_counted_in_the_menu(self) -> None:
        client = at_desk(self.town.sam)
        assert "Keep as a view" in html(client, "/?q=is:late+brand:twenty11")
        view = self.keep()

        page = html(client, "/?q=is:late+brand:twenty11")
        assert names(page) == ["Kerry-Ann Dobbs"]
        assert '<span class="cut">Late T11</span>' in page
        assert 'Late T11 <span class="meta">1</span>' in page
        assert "Keep as a view" not in page
        assert "Twenty11 · " not in page
        manage = html(client, "/views/")
        assert "Late · Twenty11" in manage
        entry = Entry.objects.get(verb="desk:view:kept")
        assert (entry.object_kind, entry.object_id) == ("view", str(view.pk))
        assert "Late T11" not in str(entry.details)

    def test_a_view_is_its_makers_until_it_is_shared(self) -> None:
        view = self.keep()
        priya, meena = at_desk(self.town.priya), at_desk(self.town.meena)
        assert "Late T11" not in html(priya, "/")

        change = f"/views/{view.pk}/"
        sam = at_desk(self.town.sam)
        sam.post(change, {"name": "Late", "share": "brand:twenty11"})
        assert "Late <span" in html(priya, "/")
        assert "Late <span" not in html(meena, "/")  # reads Red Kite alone

        sam.post(change, {"name": "Late", "share": "team"})
        page = html(meena, "/views/")
        assert "Shared with you" in page
        # What she may not read is not in its count, and its word means nothing to her.
        assert "There is no brand" in html(meena, "/?q=is:late+brand:twenty11")

    def test_what_others_share_may_be_opened_and_not_changed(self) -> None:
        view = self.keep(share="team")
        hidden = self.keep(name="Hidden")
        meena = at_desk(self.town.meena)

        for path, values in (
            (f"/views/{view.pk}/", {"name": "Mine now", "share": "me"}),
            (f"/views/{view.pk}/up/", {}),
            (f"/views/{view.pk}/delete/", {}),
        ):
            assert meena.post(path, values).status_code == 403
            assert meena.post(path.replace(str(view.pk), str(hidden.pk)), values).status_code == 404
        view.refresh_from_db()
        assert view.name == "Late T11"
        assert meena.get(f"/views/{view.pk}/delete/").status_code == 405

    def test_views_are_moved_renamed_and_deleted(self) -> None:
        first, second = self.keep("First"), self.keep("Second")
        sam = at_desk(self.town.sam)

        sam.post(f"/views/{second.pk}/up/")
        assert list(View.objects.order_by("position").values_list("name", flat=True)) == [
            "Second",
            "First",
        ]
        sam.post(f"/views/{second.pk}/delete/")
        first.refresh_from_db()
        assert first.position == 0
        assert "is gone" in html(sam, "/views/")

    def test_a_name_that_is_taken_or_missing_is_refused_and_kept(self) -> None:
        self.keep("Roses")
        sam = at_desk(self.town.sam)
        for name, says in (
            ("roses", "You have a view “roses” already"),
            ("Mine", "is a view that everybody has"),
            (" ", "Give the view a name"),
        ):
            answer = sam.post(LATE, {"name": name, "share": "me"})
            assert answer.status_code == 422
            assert says in answer.content.decode()
        refused = sam.post(LATE, {"name": "Other", "share": "brand:nobody"})
        assert "Choose one of your brands" in refused.content.decode()
        assert 'value="Other"' in refused.content.decode()
        assert View.objects.count() == 1

    def test_what_sleeps_is_counted_in_its_own_view_alone(self) -> None:
        Conversation.objects.filter(pk=self.town.dawn.pk).update(
            snoozed_until=NOW + timedelta(hours=1)
        )
        client = at_desk(self.town.sam)
        page = html(client, "/")

        assert "Dawn Petherick" not in names(page)
        assert 'Snoozed <span class="meta">1</span>' in page
        assert names(html(client, "/?q=is:snoozed")) == ["Dawn Petherick"]

    def test_a_line_goes_on_in_a_list_box_of_words_one_may_use(self) -> None:
        sam, meena = at_desk(self.town.sam), at_desk(self.town.meena)
        box = html(sam, "/complete/?q=is:late+brand:pe", headers=FRAGMENT)

        assert 'data-line="is:late brand:pennvale "' in box
        assert 'role="option"' in box
        assert "pennvale" not in html(meena, "/complete/?q=brand:pe", headers=FRAGMENT)
        without = sam.get("/complete/?q=brand")
        assert without["Location"] == "/views/#words"

    def test_somebody_who_reads_no_conversations_has_no_views(self) -> None:
        nobody = at_desk(make.person("Nia"))

        assert nobody.get("/views/").status_code == 403
        assert nobody.get("/complete/?q=a").status_code == 403
