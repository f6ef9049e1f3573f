"""The timescales of a conversation in words, and what may be done to each."""

from dataclasses import dataclass

from glede.desk.conversations import queries_timescale, timescales
from glede.desk.conversations.queries_timescale import Timescale
from glede.desk.conversations.talk import Card
from glede.kit.words import say
from glede.web.inbox.sight import Sight


@dataclass(frozen=True, slots=True)
class TimescaleView:
    """A timescale in words, and what may be done to it."""

    of: Timescale
    by: str
    state: str
    tag: str
    told: str

    @property
    def may_answer(self) -> bool:
        return self.of.holds

    @property
    def is_planned(self) -> bool:
        return self.of.state == timescales.AgreementState.PLANNED


_TAGS = {"agreed": "good", "silent": "good", "objected": "late", "proposed": "plan"}
_SAYS = {
    "planned": say("not told yet"),
    "proposed": say("told, no answer yet"),
    "agreed": say("agreed"),
    "silent": say("agreed by silence"),
    "objected": say("objected to"),
    "replaced": say("moved to another date"),
    "dropped": say("not told after all"),
}


def views(card: Card, sight: Sight) -> tuple[TimescaleView, ...]:
    made = []
    for one in queries_timescale.of_conversation(card.id) if card.has_timescales else ():
        says = _SAYS[one.state]
        if one.kept_at:
            says = say("%(says)s, kept %(at)s", says=says, at=sight.when(one.kept_at))
        elif one.missed_at:
            says = say("%(says)s, missed", says=says)
        how = say("by message") if one.told_by_message else say("outside the desk")
        made.append(
            TimescaleView(
                of=one,
                by=sight.when(one.by_at),
                state=says,
                tag="late" if one.missed_at else _TAGS.get(one.state, ""),
                told=say("told %(at)s, %(how)s", at=sight.when(one.told_at), how=how)
                if one.told_at
                else "",
            )
        )
    return tuple(made)
