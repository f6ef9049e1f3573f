"""From where one looks: who, when, and how the list stands; times in that person's words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo

from glede.desk.conversations.lanes import Moment
from glede.kit import clock
from glede.rulebook.people.rules import Viewer
from glede.web.inbox.listing import BrandView, State, moment_of


@dataclass(frozen=True, slots=True)
class Sight:
    """From where one looks: who, when, and how the list stands."""

    viewer: Viewer
    state: State
    known: Mapping[int, BrandView]
    now: datetime
    zone: tzinfo

    @property
    def moment(self) -> Moment:
        return moment_of(self.now, self.zone)

    def when(self, at: datetime) -> str:
        return clock.when_words(at, self.now, self.zone)

    def time(self, at: datetime) -> str:
        return f"{at.astimezone(self.zone):%H:%M}"
