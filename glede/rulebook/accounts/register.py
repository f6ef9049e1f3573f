"""The register of approved platforms: which may be connected, and who decides (2.1, 3.1). Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from glede.kit.words import Spoken, say


class Status(Spoken):
    APPROVED = "approved"
    TRIAL = "trial"
    RETIRED = "retired"
    NOT_APPROVED = "not approved"


#: An account may be connected, or connected again, only where the platform is one of these.
USABLE = frozenset({Status.APPROVED, Status.TRIAL})


@dataclass(frozen=True, slots=True)
class Entry:
    """One platform of the register; one that nobody entered is not approved."""

    slug: str
    name: str
    status: Status
    aliases: Sequence[str] = ()
    owner: str = ""
    review_on: date | None = None
    source: str = ""
    reason: str = ""

    @property
    def usable(self) -> bool:
        return self.status in USABLE

    def overdue(self, today: date) -> bool:
        return self.usable and self.review_on is not None and self.review_on < today

    def refusal(self) -> str:
        """Why no account can be connected there, and who decides; "" if one can."""
        if self.usable:
            return ""
        said = {
            Status.RETIRED: say(
                "%(platform)s was retired from the register of approved platforms.",
                platform=self.name,
            ),
            Status.NOT_APPROVED: say(
                "%(platform)s is not an approved platform.", platform=self.name
            ),
        }[self.status]
        return say(
            "%(said)s No account can be connected there until the Deputy Chief Executive approves a"
            " business case for it (clause 3.1).",
            said=said,
        )


def named(entries: Sequence[Entry], words: str) -> Entry | None:
    """The platform somebody means by its slug, its name or an alias: Twitter is X."""
    asked = " ".join(words.split()).casefold()
    return next(
        (
            entry
            for entry in entries
            if asked in {entry.slug, entry.name.casefold(), *map(str.casefold, entry.aliases)}
        ),
        None,
    )
