"""The cast is who it says it is: each role is there, and the strangers are strangers."""

from django.test import TestCase

from glede.rulebook.people.rules import Permission, Role
from tests import cast, make


class TestCast(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = cast.build()

    def test_every_role_is_held_by_somebody(self) -> None:
        held = {grant.role for viewer in self.cast.everybody().values() for grant in viewer.grants}

        assert held == set(Role)

    def test_a_resident_who_writes_to_a_brand_is_seen_by_its_advisors(self) -> None:
        talk = make.conversation(self.cast.pennvale_site, slug="pennvale")

        assert talk.brand_id == self.cast.pennvale
        assert self.cast.sam.may(Permission.REPLY, talk.brand_id)
        assert not self.cast.meena.may(Permission.READ_CONVERSATIONS, talk.brand_id)
        assert talk.due_clause == "6.5"
