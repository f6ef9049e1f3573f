"""Acts on what somebody else wrote: why, by whom, for how long (clauses 5.4, 6.8, 6.9). Pure."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from glede.kit.words import Spoken, say
from glede.platforms.contract import Ability, Act, Can
from glede.rulebook.people.rules import Permission


class Reason(Spoken):
    """Why an act is done, in the policy's words; criticism is none of them."""

    ABUSIVE = "abusive"
    OFFENSIVE = "offensive"
    THREATENING = "threatening"
    TROLLING = "trolling"
    LIBEL = "potential libel"
    PERSONAL = "somebody’s personal details"
    SPAM = "spam or fraud"
    OTHER = "another reason"


#: The clause that each reason is under; the words of the act say what no clause names.
CLAUSES: Mapping[Reason, str] = {
    Reason.ABUSIVE: "6.8",
    Reason.OFFENSIVE: "6.8",
    Reason.THREATENING: "6.8",
    Reason.TROLLING: "6.8",
    Reason.LIBEL: "6.9",
    Reason.PERSONAL: "5.4",
    Reason.SPAM: "6.9",
    Reason.OTHER: "6.9",
}

#: Clause 6.8: an advisor protects the page by what can be undone; taking something away for good
#: or shutting somebody out is for those who lead.
ASKS: Mapping[Act, Permission] = {
    Act.HIDE: Permission.MODERATE,
    Act.UNHIDE: Permission.MODERATE,
    Act.REPORT: Permission.MODERATE,
    Act.DELETE: Permission.RESTRICT,
    Act.BLOCK: Permission.RESTRICT,
    Act.UNBLOCK: Permission.RESTRICT,
}

#: What takes each act back, where the platform can do that.
BACK: Mapping[Act, Act] = {
    Act.HIDE: Act.UNHIDE,
    Act.UNHIDE: Act.HIDE,
    Act.BLOCK: Act.UNBLOCK,
    Act.UNBLOCK: Act.BLOCK,
}

#: Acts on a person rather than on one message of theirs.
ON_A_PERSON = frozenset({Act.BLOCK, Act.UNBLOCK})

#: Doing these once more leaves everything as it is, so that an unknown outcome may be tried again.
SAFE_TO_REPEAT = frozenset({Act.HIDE, Act.UNHIDE, Act.DELETE, Act.BLOCK, Act.UNBLOCK})

#: What a look at the item itself can tell.
TO_BE_SEEN = frozenset({Act.HIDE, Act.UNHIDE, Act.DELETE})

DOING: Mapping[Act, str] = {
    Act.HIDE: say("Hide it"),
    Act.UNHIDE: say("Show it again"),
    Act.DELETE: say("Delete it"),
    Act.BLOCK: say("Block the person"),
    Act.UNBLOCK: say("Lift the block"),
    Act.REPORT: say("Report it"),
}
DONE: Mapping[Act, str] = {
    Act.HIDE: say("Hidden"),
    Act.UNHIDE: say("Shown again"),
    Act.DELETE: say("Deleted"),
    Act.BLOCK: say("Person blocked"),
    Act.UNBLOCK: say("Block lifted"),
    Act.REPORT: say("Reported"),
}


class ActRefusedError(ValueError):
    """The act is not done, and the sentence says why."""


def ability(abilities: Mapping[str, Ability], act: Act) -> Ability:
    """What the platform says of an act; one it says nothing of it does not offer."""
    return abilities.get(act.value, Ability(Can.NO, "", "Its plug-in does not offer it."))


def is_final(act: Act, abilities: Mapping[str, Ability]) -> bool:
    """Can the act not be taken back on this platform?"""
    back = BACK.get(act)
    return back is None or ability(abilities, back).can is Can.NO


def check_end(ends_at: datetime | None, *, now: datetime, most: timedelta) -> datetime:
    """When a block ends. Raises `ActRefusedError`."""
    if ends_at is None:
        raise ActRefusedError(say("Say when the block ends: nobody is shut out for good."))
    if ends_at <= now:
        raise ActRefusedError(say("That day is over: a block ends in the future."))
    if ends_at - now > most:
        raise ActRefusedError(
            say("A block lasts %(days)s days at most; it can be renewed then.", days=most.days)
        )
    return ends_at
