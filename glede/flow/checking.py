"""What is typed is looked at by every checker, with what it must know of brand and group."""

from dataclasses import dataclass
from datetime import datetime

from glede.desk.contacts import queries as contacts
from glede.desk.conversations import queries_messages as neighbours
from glede.desk.replies import checks, names, queries_voices, voices
from glede.desk.replies import queries as replies
from glede.desk.replies.checks import Severity, Spotted, Typed
from glede.desk.replies.rules import Finding, Found
from glede.flow import numbers
from glede.flow.acknowledging import emergency_number


@dataclass(frozen=True, slots=True)
class Looked:
    """One thing found in words: what it is, and the words it stands in."""

    of: Spotted
    words: str

    @property
    def token(self) -> str:
        return checks.token(self.of, self.words)


@dataclass(frozen=True, slots=True)
class Answering:
    """Whom the words answer, and where."""

    brand_id: int
    contact_id: int
    conversation_id: int


def look(words: str, to: Answering, *, public: bool, now: datetime) -> tuple[Looked, ...]:
    """What every checker found in words that speak for a brand."""
    if not words.strip():
        return ()
    of_all = queries_voices.voices()
    known = set(voices.ours(list(of_all.values())))
    # The number for emergencies may stand anywhere.
    for number in (
        replies.text_of(to.brand_id).emergency_number,
        emergency_number(numbers.in_force(now).book),
    ):
        known.add(voices.digits(number))
    people = contacts.named(names.candidates(words), but=to.contact_id) if public else frozenset()
    around = neighbours.names_around(to.conversation_id) if public else frozenset()
    answered = contacts.names_of(to.contact_id) if around else frozenset()
    typed = Typed(
        words=words,
        public=public,
        brand=of_all[to.brand_id],
        others=tuple(one for other, one in of_all.items() if other != to.brand_id),
        ours=frozenset(known - {""}),
        people=people,
        present=around & people,
        near=names.near(words, around, but=answered),
    )
    return tuple(Looked(one, words) for one in checks.look(typed))


def findings(words: str, to: Answering, *, public: bool, now: datetime) -> list[Finding]:
    """The same, as the send guard lists what has to be settled."""
    return [
        Finding(
            Found.CHECKED,
            f"{one.of.says} {one.of.do}",
            stops=one.of.severity is Severity.STOPS,
            key=one.token,
            clause=one.of.clause,
            wants_reason=one.of.severity in (Severity.REASON, Severity.SECOND),
            wants_second=one.of.severity is Severity.SECOND,
        )
        for one in look(words, to, public=public, now=now)
    ]
