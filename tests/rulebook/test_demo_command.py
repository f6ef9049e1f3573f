"""`glede demo` makes a group one can work in, once, and never touches a real one."""

import argparse
import contextlib
import io
import json
import stat
import tempfile
from pathlib import Path
from unittest import mock

import pytest
from django.contrib.auth import authenticate
from django.test import RequestFactory, TestCase, override_settings
from pytest_django import Settings

from glede.commands import demo, demo_group
from glede.commands.failure import CommandError
from glede.desk.clocks.models import Clock
from glede.desk.conversations.models import Conversation
from glede.desk.rota import queries as rota
from glede.kit import clock
from glede.rulebook.accounts import queries as accounts
from glede.rulebook.accounts.models import Account
from glede.rulebook.audit.rules import SYSTEM
from glede.rulebook.brands import actions as brands
from glede.rulebook.brands import queries as known_brands
from glede.rulebook.people import queries as people
from glede.rulebook.people.rules import Permission, Role
from glede.rulebook.policy.models import Related, Reliance
from tests import make


def glede_demo(*words: str) -> str:
    """What it prints."""
    parser = argparse.ArgumentParser()
    demo.add(parser.add_subparsers())
    with contextlib.redirect_stdout(io.StringIO()) as said:
        assert demo.run(parser.parse_args(["demo", *words])) == 0
    return said.getvalue()


class TestDemo(TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.home = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.enterClassContext(override_settings(GLEDE_HOME=cls.home))
        super().setUpClass()

    @classmethod
    def setUpTestData(cls) -> None:
        glede_demo()

    def password(self) -> str:
        return (self.home / "demo" / "password").read_text().strip()

    def test_everybody_who_is_printed_can_sign_in(self) -> None:
        shown = glede_demo("--sign-ins")

        assert f"Everybody's password: {self.password()}" in shown
        for colleague in demo_group.COLLEAGUES:
            assert colleague.email in shown
            request = RequestFactory().post("/")
            assert authenticate(request, email=colleague.email, password=self.password())

    def test_each_role_is_held_and_each_brand_has_advisors_of_its_own(self) -> None:
        now = clock.now()
        everybody = [people.viewer_of(person, now=now) for person in people.everybody()]

        assert {grant.role for viewer in everybody for grant in viewer.grants} == set(Role)
        for brand in known_brands.all_brands():
            able = [viewer for viewer in everybody if viewer.may(Permission.REPLY, brand.pk)]
            limited = [one for one in able if one.brands_for(Permission.REPLY) is not None]
            assert len(limited) >= 2

    def test_the_first_screen_is_alive(self) -> None:
        waiting = Conversation.objects.exclude(due_at=None)
        answered = Clock.objects.filter(state="stopped", kind="acknowledge")

        assert waiting.count() >= 10
        assert {talk.brand.slug for talk in waiting} == {slug for slug, _, _ in demo_group.BRANDS}
        assert answered.count() >= 20
        assert all(clock.stopped_at <= clock.due_at for clock in answered)
        assert Conversation.objects.filter(state="resolved").count() >= 8

    def test_the_registers_hold_what_the_policy_names(self) -> None:
        assert "Feedback policy" in {row.title for row in Related.objects.all()}
        assert "Data Protection Act 2018" in {row.written for row in Reliance.objects.all()}

    def test_the_rota_has_no_gap_wherever_a_person_has_to_look(self) -> None:
        # The website acknowledges by itself; X does not.
        Account.objects.update(platform="x")
        now = clock.now()

        assert all(one.channels for one in rota.watched_brands(now=now))
        assert rota.exists()
        assert rota.ahead(now=now) == []
        assert rota.on_now(now=now)

    def test_loading_it_again_changes_nothing(self) -> None:
        before = (Conversation.objects.count(), self.password())

        assert "loaded already" in glede_demo()
        assert (Conversation.objects.count(), self.password()) == before

    def test_a_password_too_like_somebodys_address_is_drawn_again(self) -> None:
        before = self.password()
        self.addCleanup((self.home / "demo" / "password").write_text, before)
        drawn = ["priya-redkitegroup-example-10", "umber-velvet-fallow-juniper-42"]
        with mock.patch.object(demo, "_drawn", side_effect=drawn):
            (self.home / "demo" / "password").unlink()
            glede_demo()

        assert self.password() == "umber-velvet-fallow-juniper-42"

    def test_a_lost_password_is_replaced(self) -> None:
        file, before = self.home / "demo" / "password", self.password()
        self.addCleanup(file.write_text, before)
        file.unlink()
        glede_demo()

        assert people.by_email(demo_group.COLLEAGUES[0].email).check_password(self.password())

    def test_the_residents_side_gets_the_secrets_in_a_file_for_its_owner_only(self) -> None:
        file = self.home / "demo" / "websites.json"
        listed = json.loads(file.read_text())["apps"]
        known = {found.app.slug: found.app.secrets[0] for found in accounts.door_apps()}

        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert {app["slug"]: app["secret"] for app in listed} == known
        assert len(known) == 4


@pytest.mark.django_db
@pytest.mark.parametrize("words", [(), ("--sign-ins",)])
def test_a_real_organisation_is_left_alone(
    words: tuple[str, ...], settings: Settings, tmp_path: Path
) -> None:
    settings.GLEDE_HOME = tmp_path
    brands.set_up(name="Vale Homes", actor=SYSTEM, now=make.NOW)

    with pytest.raises(CommandError, match="belongs to Vale Homes"):
        glede_demo(*words)
    assert people.everybody() == []
    assert not (tmp_path / "demo").exists()
