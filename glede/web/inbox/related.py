"""What stands beside a conversation: the same matter elsewhere, this person's others, and how many
residents under the same post say the same. The desk suggests; a person decides (clause 6.2)."""

from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse

from glede.desk.contacts.queries import Known
from glede.desk.conversations import queries_cases
from glede.desk.conversations.queries_cases import Other
from glede.desk.conversations.talk import Card
from glede.kit import clock
from glede.kit.words import say
from glede.web.inbox.asked import NO_BRAND, BrandView
from glede.web.inbox.listing import platform_name
from glede.web.inbox.sight import Sight

#: Lines of each kind in the panel; the page of the person has them all.
_MOST = 4


@dataclass(frozen=True, slots=True)
class OtherView:
    """One line about another conversation."""

    of: Other
    url: str
    brand: BrandView
    platform: str
    when: str
    #: Where it stands: “late by 20 min”, “waits for them”, “resolved Tue 24 Nov”.
    outcome: str
    tag: str
    #: Why the desk thinks it may be the same matter; empty where it does not.
    because: str


@dataclass(frozen=True, slots=True)
class RelatedView:
    #: Where this conversation went on, if it did.
    went_on: OtherView | None
    #: What it is linked to as the same matter, there and back.
    same: tuple[OtherView, ...]
    #: What went on in it.
    took_in: tuple[OtherView, ...]
    #: What may be the same matter.
    maybe: tuple[OtherView, ...]
    #: What this person asked otherwise.
    past: tuple[OtherView, ...]
    more_past: int
    #: How many others under the same post say the same, and where they are listed.
    alike: int
    alike_url: str
    cases_url: str
    #: What we may know of this person.
    known: Known
    person_url: str
    #: It came in on the page of another brand: which account answers.
    answered_over: str


def build(card: Card, sight: Sight, *, known: Known) -> RelatedView:
    """Two queries, one where nobody's post is answered."""
    around = queries_cases.around(sight.viewer, card)
    alike = queries_cases.alike(sight.viewer, card, at_least=settings.GLEDE_ALIKE_PERCENT / 100)
    shown = [view(one, card, sight) for one in around]
    went_on = next((one for one in shown if one.of.id == card.merged_into_id), None)
    same = [one for one in shown if _is_same(one.of, card)]
    took_in = [one for one in shown if one.of.merged_into_id == card.id]
    told = {one.of.id for one in (*same, *took_in, *([went_on] if went_on else []))}
    rest = [one for one in shown if one.of.id not in told and one.of.merged_into_id is None]
    maybe = [one for one in rest if one.because][:_MOST]
    past = [one for one in rest if one not in maybe]
    query = sight.state.query
    return RelatedView(
        went_on=went_on,
        same=tuple(same),
        took_in=tuple(took_in),
        maybe=tuple(maybe),
        past=tuple(past[:_MOST]),
        more_past=max(0, len(past) - _MOST),
        alike=len(alike),
        alike_url=reverse("inbox:alike", args=[card.id]) + query,
        cases_url=reverse("inbox:cases", args=[card.id]) + query,
        known=known,
        person_url=reverse("people:person", args=[card.contact_id]),
        answered_over=_answered_over(card),
    )


def _answered_over(card: Card) -> str:
    return card.account_name if card.account_brand_id != card.brand_id else ""


def _is_same(other: Other, card: Card) -> bool:
    if other.id == card.duplicate_of_id or other.duplicate_of_id == card.id:
        return True
    return card.duplicate_of_id is not None and other.duplicate_of_id == card.duplicate_of_id


def view(of: Other, card: Card | None, sight: Sight) -> OtherView:
    outcome, tag = _outcome(of, sight)
    return OtherView(
        of=of,
        url=sight.state.open(of.id),
        brand=sight.known.get(of.brand_id, NO_BRAND),
        platform=platform_name(of.platform),
        when=sight.when(of.last_at),
        outcome=outcome,
        tag=tag,
        because=_because(of, card) if card is not None else "",
    )


def _outcome(of: Other, sight: Sight) -> tuple[str, str]:
    if of.due_at is not None:
        is_late = sight.now > of.due_at
        return clock.due_words(due_at=of.due_at, now=sight.now), "late" if is_late else "running"
    return of.state.says, ""


def _because(of: Other, card: Card) -> str:
    """The evidence, in words: what a person would look at to decide."""
    if of.contact_id != card.contact_id:
        return ""
    same_words = of.likeness * 100 >= settings.GLEDE_SAME_WORDS_PERCENT
    both_open = not of.is_settled and of.waiting_count > 0 and card.waiting_count > 0
    if same_words:
        return say("the same person in nearly the same words")
    if both_open and of.brand_id == card.brand_id:
        return say("the same person, and both wait")
    return ""
