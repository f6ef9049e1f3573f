"""What we may know of a person outside, and on what grounds. Pure.

An adjustment says what we do, never why: no health, no diagnosis, no gossip (UK GDPR article
5(1)(c), data minimisation). It is kept because the person asked and agreed (Equality Act 2010
sections 20 and 29; consent recorded with its day and how), and looked at again on a day.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from glede.kit.words import Spoken, say

#: Long enough to say what to do; too short for somebody's story.
LONGEST_ADJUSTMENT = 120
LONGEST_NOTE = 500


class BadKnowledge(ValueError):  # noqa: N818 - reads as a sentence
    """It is not kept, and the words say what is missing."""


class Wish(Spoken):
    """What a person asked us to do differently; the words are what screens show."""

    LARGE_PRINT = "Large print"
    PLAIN_WORDS = "Plain words, no idioms"
    NO_CALLS = "Prefers not to be phoned"
    CALL_INSTEAD = "Prefers a phone call"
    SIGNED = "BSL video"
    MORE_TIME = "More time to answer"
    LANGUAGE = "Another language"
    SPOKEN_FOR = "Somebody speaks for them"
    OTHER = "Something else"


#: Those that mean nothing without words.
NEEDS_WORDS = frozenset({Wish.LANGUAGE, Wish.SPOKEN_FOR, Wish.OTHER})


class Consent(Spoken):
    """How they agreed that we keep it."""

    WROTE = "they wrote so to us"
    CALL = "on the phone"
    IN_PERSON = "in person"
    REPRESENTATIVE = "somebody who may act for them said so"


class Regrouped(StrEnum):
    """How handles came to another person."""

    MERGE = "merge"
    SPLIT = "split"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """An adjustment as somebody writes it down."""

    wish: Wish
    words: str
    since_on: date
    consent: Consent | None
    consent_on: date | None
    review_on: date


@dataclass(frozen=True, slots=True)
class Agreed:
    """Their consent: how and on which day."""

    consent: Consent
    on: date


def check(asked: Asked, *, today: date) -> Agreed:
    """The consent it is kept by. Raises `BadKnowledge` unless it may be kept."""
    if asked.consent is None or asked.consent_on is None:
        raise BadKnowledge(
            say(
                "Ask them first: without their consent it is not kept. Say how and when they"
                " agreed."
            )
        )
    if asked.consent_on > today or asked.since_on > today:
        raise BadKnowledge(say("A day to come cannot have been agreed yet."))
    if asked.review_on <= today:
        raise BadKnowledge(say("Choose a day to come on which somebody looks at it again."))
    if asked.wish in NEEDS_WORDS and not asked.words.strip():
        raise BadKnowledge(say("Say in a few words what we do: not why."))
    if len(asked.words) > LONGEST_ADJUSTMENT:
        raise BadKnowledge(
            say(
                "Keep it to %(most)s characters: what we do, not why they need it.",
                most=LONGEST_ADJUSTMENT,
            )
        )
    return Agreed(asked.consent, asked.consent_on)


def in_words(wish: Wish, words: str) -> str:
    """“Large print”, “Another language: Welsh”."""
    if not words:
        return wish.value
    return words if wish is Wish.OTHER else f"{wish.value}: {words}"
