"""What is typed is looked at by every checker, with what it must know of brand and group."""

from dataclasses import dataclass
from datetime import datetime

from glede.desk.replies import checks, queries_voices, voices
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


def look(words: str, *, brand_id: int, public: bool, now: datetime) -> tuple[Looked, ...]:
    """What every checker found in words that speak for a brand."""
    if not words.strip():
        return ()
    of_all = queries_voices.voices()
    known = set(voices.ours(list(of_all.values())))
    # The number for emergencies may stand anywhere.
    for number in (
        replies.text_of(brand_id).emergency_number,
        emergency_number(numbers.in_force(now).book),
    ):
        known.add(voices.digits(number))
    typed = Typed(
        words=words,
        public=public,
        brand=of_all[brand_id],
        others=tuple(one for other, one in of_all.items() if other != brand_id),
        ours=frozenset(known - {""}),
    )
    return tuple(Looked(one, words) for one in checks.look(typed))


def findings(words: str, *, brand_id: int, public: bool, now: datetime) -> list[Finding]:
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
        for one in look(words, brand_id=brand_id, public=public, now=now)
    ]
