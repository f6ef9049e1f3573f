"""The people tests speak of, in a group of two brands: made once per class, never changed.

class TestInbox(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = cast.build()
"""

from dataclasses import dataclass

from glede.rulebook.audit.rules import SYSTEM
from glede.rulebook.brands import actions as brands
from glede.rulebook.people.rules import Role, Viewer
from tests import make


@dataclass(frozen=True, slots=True)
class Cast:
    """Two brands with a website each, and one person in every role."""

    red_kite: int
    pennvale: int
    red_kite_site: int
    pennvale_site: int
    policy: int

    #: Advisor of every brand.
    sam: Viewer
    #: Advisor of Red Kite only: the stranger for everything about Pennvale.
    meena: Viewer
    #: Lead of every brand.
    priya: Viewer
    #: Head of Relationships, owner of the policy.
    noor: Viewer
    #: Futurologist, reviewer of the policy.
    felix: Viewer
    #: Group Brand Manager.
    beth: Viewer
    #: Deputy Chief Executive.
    delia: Viewer
    #: Administrator: runs the machine, reads no resident's words.
    ada: Viewer
    #: Reader of every brand.
    rae: Viewer
    #: Staff: guidance and policy only.
    stan: Viewer
    #: Nobody gave them a role yet.
    nell: Viewer

    def everybody(self) -> dict[str, Viewer]:
        return {
            name: value
            for name in self.__slots__
            if isinstance(value := getattr(self, name), Viewer)
        }


def build() -> Cast:
    brands.set_up(name="Red Kite Group", actor=SYSTEM, now=make.LONG_AGO)
    red_kite, pennvale = make.brand("Red Kite"), make.brand("Pennvale", order=1)
    return Cast(
        red_kite=red_kite,
        pennvale=pennvale,
        red_kite_site=make.website("red-kite", red_kite),
        pennvale_site=make.website("pennvale", pennvale),
        policy=make.policy_version(),
        sam=make.person("Sam", Role.ADVISOR),
        meena=make.person("Meena", Role.ADVISOR, brand_id=red_kite),
        priya=make.person("Priya", Role.LEAD),
        noor=make.person("Noor", Role.OWNER),
        felix=make.person("Felix", Role.REVIEWER),
        beth=make.person("Beth", Role.BRAND_MANAGER),
        delia=make.person("Delia", Role.DEPUTY_CHIEF_EXECUTIVE),
        ada=make.person("Ada", Role.ADMINISTRATOR),
        rae=make.person("Rae", Role.READER),
        stan=make.person("Stan", Role.STAFF),
        nell=make.person("Nell"),
    )
