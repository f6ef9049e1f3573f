"""From where one looks: who, when, and how the list stands; times in that person's words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo

from glede.desk.conversations.lanes import Moment
from glede.desk.views.queries import Known
from glede.kit import clock
from glede.rulebook.people.rules import Viewer
from glede.web.inbox.asked import Asked, BrandView, State, ask, moment_of


@dataclass(frozen=True, slots=True)
class Sight:
    """From where one looks: who, when, and how the list stands."""

    viewer: Viewer
    state: State
    #: The brands whose conversations they read.
    known: Mapping[int, BrandView]
    #: The words and views they may use.
    desk: Known
    now: datetime
    zone: tzinfo

    @property
    def asked(self) -> Asked:
        return ask(self.state.q, self.desk, self.viewer)

    @property
    def moment(self) -> Moment:
        return moment_of(self.now, self.zone)

    def when(self, at: datetime) -> str:
        return clock.when_words(at, self.now, self.zone)

    def time(self, at: datetime) -> str:
        return f"{at.astimezone(self.zone):%H:%M}"
