"""What a list is asked for, in a line of words that a person types, reads and shares.

    brand:pennvale is:late -label:spam owner:me due:<2h "damp flat"

Pure. Reading what was printed gives the same query, and printing what was read gives the same line
in one form. What is not understood is said, with the nearest word that would be; it shows nothing
rather than everything.
"""

import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from glede.desk.conversations.filters import Field, Filters, Is, Want
from glede.desk.conversations.lanes import Group
from glede.desk.conversations.rules import SETTLED, State
from glede.kit.words import lowered, say

#: A person types no more than this; what is longer is cut, and they are told.
LONGEST = 300
#: Names of views stand in a narrow menu.
LONGEST_NAME = 40
_OFFERED = 8
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
_UNIT_WORDS = {"m": "min", "h": "h", "d": "days"}
_DUE = re.compile(r"([<>])([1-9][0-9]{0,3})([mhd])", re.ASCII)
_LANGUAGE = re.compile(r"[a-z]{2,3}", re.ASCII)
_TOKEN = re.compile(r'(?P<minus>-?)(?:(?P<key>[A-Za-z]+):)?(?P<value>"[^"]*"?|[^\s"]*)')


class Key(StrEnum):
    """What may stand before a colon."""

    IS = "is"
    BRAND = "brand"
    PLATFORM = "platform"
    OWNER = "owner"
    LABEL = "label"
    LANG = "lang"
    DUE = "due"
    STATE = "state"
    MENTIONS = "mentions"


@dataclass(frozen=True, slots=True)
class Kind:
    """One line of the reference: what it asks for, an example, and whether several of it mean any
    of them (a conversation has one brand) or all of them (it can have two labels)."""

    key: Key
    takes: str
    example: str
    is_any: bool = False


KINDS: Mapping[Key, Kind] = {
    kind.key: kind
    for kind in (
        Kind(Key.IS, say("how it stands; the words are below"), "is:late"),
        Kind(Key.BRAND, say("a brand, by its short name or code"), "brand:pennvale", is_any=True),
        Kind(Key.PLATFORM, say("a platform"), "platform:facebook", is_any=True),
        Kind(Key.OWNER, say("me, none, or somebody’s sign-off"), "owner:none", is_any=True),
        Kind(Key.LABEL, say("a label that is on it"), "label:repairs"),
        Kind(Key.LANG, say("the language they wrote last, by its code"), "lang:cy", is_any=True),
        Kind(Key.DUE, say("less time left than, more time left than, or today"), "due:<2h"),
        Kind(Key.STATE, say("a state"), "state:in-progress", is_any=True),
        Kind(Key.MENTIONS, say("notes that name me"), "mentions:me"),
    )
}

#: Every word after “is:”, how a screen says it, and what it asks the list for.
IS: Mapping[str, tuple[str, Want]] = {
    "late": (say("Late"), Want(Field.GROUP, (Group.LATE,))),
    "soon": (say("Due in 1 h"), Want(Field.GROUP, (Group.SOON,))),
    "promised": (say("Promised"), Want(Field.GROUP, (Group.PROMISED,))),
    "waiting": (say("Waiting for them"), Want(Field.GROUP, (Group.WAITING,))),
    "not-needed": (say("No reply needed?"), Want(Field.GROUP, (Group.NOT_NEEDED,))),
    "unread": (say("Unread"), Want(Field.IS, (Is.UNREAD,))),
    "read": (say("Read"), Want(Field.IS, (Is.UNREAD,), without=True)),
    "private": (say("Private"), Want(Field.IS, (Is.PRIVATE,))),
    "public": (say("Public"), Want(Field.IS, (Is.PRIVATE,), without=True)),
    "snoozed": (say("Snoozed"), Want(Field.IS, (Is.SNOOZED,))),
}
STATES: Mapping[str, State] = {
    one.value.replace(" ", "-"): one for one in State if one not in SETTLED
}


@dataclass(frozen=True, slots=True)
class Term:
    """One thing asked for; without a key it is words. `without` turns it round."""

    key: Key | None
    value: str
    without: bool = False

    @property
    def text(self) -> str:
        minus = "-" if self.without else ""
        if self.key is not None:
            return f"{minus}{self.key.value}:{_quoted(self.value, when=_has_space)}"
        return f"{minus}{_quoted(self.value, when=_looks_like_more)}"


@dataclass(frozen=True, slots=True)
class Query:
    """Everything that was asked for, in the order in which it was."""

    terms: tuple[Term, ...] = ()

    @property
    def text(self) -> str:
        return " ".join(term.text for term in self.terms)

    @property
    def words(self) -> str:
        """What the page of the full search would be asked."""
        return " ".join(term.text for term in self.terms if term.key is None)

    def less(self, term: Term) -> "Query":
        return Query(tuple(one for one in self.terms if one != term))

    def instead(self, key: Key, value: str) -> "Query":
        """With this one value of a key in the place of those it has; none where it is empty."""
        kept = [one for one in self.terms if one.key is not key or one.without]
        return Query((*kept, *([Term(key, value)] if value else [])))

    def value(self, key: Key) -> str:
        """The one value asked for of a key; empty for none, or several."""
        found = [one.value for one in self.terms if one.key is key and not one.without]
        return found[0] if len(found) == 1 else ""


@dataclass(frozen=True, slots=True)
class Problem:
    """What was not understood, in a sentence, and the line that would have been."""

    says: str
    instead: str = ""


@dataclass(frozen=True, slots=True)
class Read:
    query: Query
    problems: tuple[Problem, ...] = ()


def _has_space(value: str) -> bool:
    return not value or any(one.isspace() for one in value)


def _looks_like_more(value: str) -> bool:
    return _has_space(value) or ":" in value or value.startswith("-")


def _quoted(value: str, *, when: Callable[[str], bool]) -> str:
    return f'"{value}"' if when(value) else value


def read(text: str) -> Read:
    """What a line asks for. Raises nothing: what is not understood is among the problems."""
    problems: list[Problem] = []
    if len(text) > LONGEST:
        problems.append(
            Problem(
                say("Only the first %(longest)s characters were read.", longest=LONGEST),
                text[:LONGEST],
            )
        )
    terms: dict[Term, None] = {}
    given = text[:LONGEST].replace("\0", " ")
    for found in _TOKEN.finditer(given):
        value = " ".join(found["value"].replace('"', " ").split())
        if found["key"] is None:
            if value:
                terms[Term(None, value, bool(found["minus"]))] = None
            continue
        key, value = found["key"].lower(), value.lower()
        if key not in set(Key):
            problems.append(_no_such_key(given, found))
        elif not value:
            example = KINDS[Key(key)].example
            problems.append(
                Problem(
                    say(
                        "“%(key)s:” needs a word after it, such as %(example)s.",
                        key=key,
                        example=example,
                    )
                )
            )
        else:
            terms[Term(Key(key), value, bool(found["minus"]))] = None
    return Read(Query(tuple(terms)), tuple(problems))


def _no_such_key(given: str, found: re.Match[str]) -> Problem:
    key = found["key"].lower()
    near = _nearest(key, [one.value for one in Key])
    start, end = found.span("key")
    instead = f"{given[:start]}{near}{given[end:]}" if near else ""
    known = ", ".join(f"{one.value}:" for one in Key)
    return Problem(
        say(
            "There is no “%(key)s:”; there are %(known)s. Words with a colon go in quotes.",
            key=key,
            known=known,
        ),
        instead,
    )


def _nearest(word: str, known: Iterable[str]) -> str:
    found = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return found[0] if found else ""


NOTHING = Filters((Want(Field.NOTHING),))


# --- What the words mean here --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Name:
    """Something that is called by a word: whose ids it has, and how a screen says it."""

    ids: tuple[int, ...]
    says: str


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The names that this person may use, by the word that stands for each (lower case)."""

    brands: Mapping[str, Name] = field(default_factory=dict)
    #: Other words for a brand: its code.
    codes: Mapping[str, str] = field(default_factory=dict)
    platforms: Mapping[str, str] = field(default_factory=dict)
    people: Mapping[str, Name] = field(default_factory=dict)
    labels: Mapping[str, Name] = field(default_factory=dict)

    def values(self, key: Key) -> Mapping[str, str]:
        """Every word that may stand after a key, and how it is said; none where any may."""
        match key:
            case Key.IS:
                return {word: says for word, (says, _) in IS.items()}
            case Key.BRAND:
                return {word: name.says for word, name in self.brands.items()}
            case Key.PLATFORM:
                return self.platforms
            case Key.OWNER:
                people = {word: name.says for word, name in self.people.items()}
                return {"me": say("Me"), "none": say("No owner")} | people
            case Key.LABEL:
                return {word: name.says for word, name in self.labels.items()}
            case Key.DUE:
                return {
                    "<1h": say("Less than 1 h left"),
                    "<2h": say("Less than 2 h left"),
                    "today": say("Due today"),
                }
            case Key.STATE:
                return {word: state.value.capitalize() for word, state in STATES.items()}
            case Key.MENTIONS:
                return {"me": say("Notes that name me")}
            case Key.LANG:
                return {"cy": say("Welsh"), "en": say("English")}


@dataclass(frozen=True, slots=True)
class Meant:
    """What a query asks the list for, and what of it has no meaning here."""

    filters: Filters
    problems: tuple[Problem, ...] = ()


def meaning(query: Query, vocabulary: Vocabulary, *, me: int) -> Meant:
    """Names become ids. What is not known shows nothing, and is said."""
    wants: list[Want] = []
    problems: list[Problem] = []
    anyone: dict[Key, list[Want]] = {}
    for term in query.terms:
        found = _want(term, vocabulary, me)
        if isinstance(found, str):
            problems.append(_unknown(query, term, vocabulary, found))
            wants.append(Want(Field.NOTHING))
        elif term.without:
            wants.append(Want(found.field, found.values, without=not found.without))
        elif term.key is not None and KINDS[term.key].is_any:
            anyone.setdefault(term.key, []).append(found)
        else:
            wants.append(found)
    for same in anyone.values():
        wants.append(Want(same[0].field, tuple(value for one in same for value in one.values)))
    return Meant(Filters(tuple(wants)), tuple(problems))


def _want(term: Term, vocabulary: Vocabulary, me: int) -> Want | str:
    """What a term asks for, or a sentence that says why it asks for nothing."""
    if term.key is None:
        return Want(Field.WORDS, (term.value,))
    if term.key is Key.DUE:
        return _due(term.value)
    found = _meant(term.key, term.value, vocabulary, me)
    if found is not None:
        return found
    if term.key is Key.LANG:
        return say(
            "“%(term)s” is no language code: write cy for Welsh, pl for Polish.", term=term.value
        )
    noun = _NOUNS.get(term.key, term.key.value)
    return say("There is no %(noun)s “%(term)s”.", noun=noun, term=term.value)


_NOUNS = {Key.IS: "“is:”", Key.MENTIONS: "“mentions:”", Key.OWNER: "sign-off"}


def _meant(key: Key, value: str, vocabulary: Vocabulary, me: int) -> Want | None:
    named = {Key.BRAND: vocabulary.brands, Key.OWNER: vocabulary.people,
             Key.LABEL: vocabulary.labels}  # fmt: skip
    if key is Key.OWNER and value in ("me", "none"):
        return Want(Field.OWNER, (me if value == "me" else None,))
    if key in named:
        word = vocabulary.codes.get(value, value) if key is Key.BRAND else value
        name = named[key].get(word)
        return Want(_FIELDS[key], name.ids) if name else None
    plain: Mapping[Key, Want | None] = {
        Key.IS: IS[value][1] if value in IS else None,
        Key.PLATFORM: _one(Field.PLATFORM, value, value in vocabulary.platforms),
        Key.LANG: _one(Field.LANGUAGE, value, _LANGUAGE.fullmatch(value)),
        Key.STATE: _one(Field.STATE, STATES.get(value), value in STATES),
        Key.MENTIONS: _one(Field.IS, Is.MENTIONS_ME, value == "me"),
    }
    return plain[key]


_FIELDS = {Key.BRAND: Field.BRAND, Key.OWNER: Field.OWNER, Key.LABEL: Field.LABEL}


def _one(about: Field, value: object, holds: object) -> Want | None:
    return Want(about, (value,)) if holds else None


def _due(value: str) -> Want | str:
    if value == "today":
        return Want(Field.TODAY)
    found = _DUE.fullmatch(value)
    if found is None:
        return say(
            "“due:%(value)s” is not understood: write due:<2h, due:>1d or due:today.", value=value
        )
    side = Field.LEFT_UNDER if found[1] == "<" else Field.LEFT_OVER
    return Want(side, (int(found[2]) * _UNITS[found[3]],))


def _unknown(query: Query, term: Term, vocabulary: Vocabulary, says: str) -> Problem:
    if term.key is None:
        return Problem(says)
    near = _nearest(term.value, [*vocabulary.values(term.key), *vocabulary.codes])
    if not near:
        return Problem(says)
    mended = tuple(Term(one.key, near, one.without) if one == term else one for one in query.terms)
    return Problem(says, Query(mended).text)


def said(term: Term, vocabulary: Vocabulary) -> str:
    """A term as its chip says it: “Pennvale”, “Not label spam”, “Less than 2 h left”."""
    words = _said(term, vocabulary)
    return say("Not %(what)s", what=lowered(words)) if term.without else words


def _said(term: Term, vocabulary: Vocabulary) -> str:
    if term.key is None:
        return f"“{term.value}”"
    if term.key is Key.DUE and (found := _DUE.fullmatch(term.value)):
        time = say("%(n)s %(unit)s", n=found[2], unit=_UNIT_WORDS[found[3]])
        if found[1] == "<":
            return say("Less than %(time)s left", time=time)
        return say("More than %(time)s left", time=time)
    values = vocabulary.values(term.key)
    word = vocabulary.codes.get(term.value, term.value) if term.key is Key.BRAND else term.value
    says = values.get(word, term.value)
    match term.key:
        case Key.OWNER if term.value not in ("me", "none"):
            return say("Owner %(name)s", name=says)
        case Key.OWNER if term.value == "me":
            return say("Mine")
        case Key.LABEL:
            return say("Label %(name)s", name=says)
        case Key.STATE:
            return say("State %(says)s", says=lowered(says))
        case Key.LANG:
            return say("Language %(name)s", name=says)
        case _:
            return says


# --- Completion ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Offer:
    """How the line may go on: the whole line then, the term alone, and what it means."""

    line: str
    term: str
    says: str


def offers(text: str, vocabulary: Vocabulary) -> tuple[Offer, ...]:
    """How the last word of a line may go on, the likeliest first; at most eight."""
    begun = re.search(r'(-?)(?:([A-Za-z]+):)?("[^"]*|[^\s"]*)$', text[:LONGEST])
    if begun is None:  # never: the end of a line always is an empty word
        return ()
    before = text[: begun.start()]
    minus, key, part = begun[1], (begun[2] or "").lower(), begun[3].strip('"').lower()
    found = _values_of(key, part, vocabulary) if key else _anything(part, vocabulary)
    made = []
    for term, says in found:
        whole = f"{minus}{term}"
        goes_on = "" if whole.endswith(":") else " "
        made.append(Offer(f"{before}{whole}{goes_on}", whole, says))
    return tuple(made[:_OFFERED])


def _values_of(key: str, part: str, vocabulary: Vocabulary) -> Iterator[tuple[str, str]]:
    if key not in set(Key):
        return
    values = vocabulary.values(Key(key))
    starts = [one for one in values if one.startswith(part)]
    inside = [
        one for one, says in values.items() if one not in starts and part in f"{one} {says.lower()}"
    ]
    for one in (*starts, *inside):
        yield Term(Key(key), one).text, values[one]


def _anything(part: str, vocabulary: Vocabulary) -> Iterator[tuple[str, str]]:
    for kind in KINDS.values():
        if kind.key.value.startswith(part):
            yield f"{kind.key.value}:", kind.takes
    if part:
        for key in Key:
            for term, says in _values_of(key.value, part, vocabulary):
                if term.partition(":")[2].strip('"').startswith(part):
                    yield term, says


# --- Views ---------------------------------------------------------------------------------------


class Share(StrEnum):
    """Who sees a view that somebody kept."""

    ME = "me"
    BRAND = "brand"
    TEAM = "team"


class BadView(ValueError):  # noqa: N818 - reads as a sentence
    """A view that cannot be kept; the sentence says why."""


#: What everybody has: name and query.
DEFAULTS: tuple[tuple[str, str], ...] = (
    (say("All"), ""),
    (say("Mine"), "owner:me"),
    (say("No owner"), "owner:none"),
    (say("Unread"), "is:unread"),
    (say("Snoozed"), "is:snoozed"),
)


def named(name: str) -> str:
    """A name as it is kept. Raises `BadView`."""
    found = " ".join(name.split())
    if not found:
        raise BadView(say("Give the view a name."))
    if len(found) > LONGEST_NAME:
        raise BadView(say("A name has room for %(most)s characters.", most=LONGEST_NAME))
    if found.casefold() in {one.casefold() for one, _ in DEFAULTS}:
        raise BadView(
            say("“%(found)s” is a view that everybody has. Choose another name.", found=found)
        )
    return found
