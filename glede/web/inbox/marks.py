"""What a person has put on a conversation: its labels, its snooze; and what they may put on."""

from dataclasses import dataclass

from glede.desk.conversations.queries_labels import LabelRow
from glede.desk.conversations.talk import Card
from glede.flow import sorting
from glede.kit.words import say
from glede.rulebook.people import queries as people
from glede.web.inbox.sight import Sight


@dataclass(frozen=True, slots=True)
class SnoozeChoice:
    key: str
    words: str
    when: str


@dataclass(frozen=True, slots=True)
class Marks:
    labels: tuple[LabelRow, ...]
    #: What can still be put on.
    others: tuple[LabelRow, ...]
    #: “Snoozed until Wed 25 Nov 09:00 by you”; empty where it is in sight.
    snoozed: str
    choices: tuple[SnoozeChoice, ...]


def build(card: Card, sight: Sight, *, may_work: bool) -> Marks:
    known = [one for one in sight.desk.labels if one.brand_id in (None, card.brand_id)]
    on = {one.id: one for one in known}
    offered = sorting.choices(brand_id=card.brand_id, now=sight.now) if may_work else ()
    return Marks(
        labels=tuple(on[one] for one in card.labels if one in on),
        others=tuple(one for one in known if not one.archived and one.id not in card.labels),
        snoozed=_snoozed(card, sight),
        choices=tuple(SnoozeChoice(one.key, one.words, sight.when(one.at)) for one in offered),
    )


def _snoozed(card: Card, sight: Sight) -> str:
    if card.snoozed_until is None:
        return ""
    by: str = say("you")
    if card.snoozed_by_id is not None and card.snoozed_by_id != sight.viewer.id:
        by = people.person(card.snoozed_by_id).name.split()[0]
    return say("Snoozed until %(at)s by %(name)s", at=sight.when(card.snoozed_until), name=by)
