"""Sentences made where nobody knows who will read them: English for machines, and on a page in the
language of whoever reads it.

    say("No owner")
    say("late %(time)s", time=duration_words(late_by))
    say_many("%(n)s post", "%(n)s posts", count)

What they return is the English string: kept, compared, sent and logged as such, the same whoever
acts. A template says it in its reader's language by itself; other code of the web floor with
`shown`. What a string method or an f-string makes of it is English for everybody: give values.
"""

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from html import escape
from typing import Self, overload

from django.utils.translation import get_language, gettext, ngettext

#: As settings.LANGUAGES calls what the words themselves are written in.
_ENGLISH = "en-gb"


class Sentence(str):
    """English, and what it was made of. Values that are sentences are translated with it."""

    __slots__ = ("_first", "_many", "_n", "_values", "_words")
    _first: Callable[[str], str]
    _words: str
    _many: str
    _n: int
    _values: Mapping[str, object]

    @classmethod
    def of(
        cls,
        words: str,
        values: Mapping[str, object],
        *,
        many: str = "",
        n: int = 1,
        first: Callable[[str], str] = str,
    ) -> Self:
        english = many if many and n != 1 else words
        if values:
            english %= values
        made = cls(first(english))
        made._words, made._values = words, values
        made._many, made._n, made._first = many, n, first
        return made

    def shown(self) -> str:
        if get_language() == _ENGLISH:
            return str(self)
        words = ngettext(self._words, self._many, self._n) if self._many else gettext(self._words)
        if self._values:
            words %= {name: shown(value) for name, value in self._values.items()}
        return self._first(words)

    def capitalised(self) -> Self:
        return self._begun(_upper_first)

    def lowered(self) -> Self:
        return self._begun(_lower_first)

    def _begun(self, first: Callable[[str], str]) -> Self:
        return self.of(self._words, self._values, many=self._many, n=self._n, first=first)

    def __html__(self) -> str:
        """What Django's templates ask a value for: its own words for a page, escaped."""
        return escape(self.shown())

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, _memo: object) -> Self:
        """Forms copy their choices; it never changes."""
        return self

    def __reduce__(self) -> tuple[type[str], tuple[str]]:
        return str, (str(self),)


def _upper_first(words: str) -> str:
    return words[:1].upper() + words[1:]


def _lower_first(words: str) -> str:
    return words[:1].lower() + words[1:]


class Spoken(StrEnum):
    """Values that are words too: what is kept, sent and compared is the value, and a page says
    `says` of it. A catalogue finds them where such a class is written."""

    @property
    def says(self) -> Sentence:
        return spoken(self.value)


def spoken(value: str) -> Sentence:
    """The words of a value of a `Spoken`, where it came as a plain string: out of a row."""
    return Sentence.of(str(value), {})


def say(words: str, /, **values: object) -> Sentence:
    """`words` is a literal, for a catalogue to find; without values a % in it is a %."""
    return Sentence.of(words, values)


def say_many(one: str, many: str, n: int, /, **values: object) -> Sentence:
    """The form for `n`, which also fills %(n)s."""
    return Sentence.of(one, {"n": n, **values}, many=many, n=n)


def capitalised(words: str) -> str:
    """Beginning with a capital, in every language."""
    return words.capitalised() if isinstance(words, Sentence) else _upper_first(words)


def lowered(words: str) -> str:
    """As within a sentence: without a capital at its beginning, in every language."""
    return words.lowered() if isinstance(words, Sentence) else _lower_first(words)


def joined(parts: Iterable[object], between: str = " ") -> Sentence:
    """One after the other; sentences among them, and between them, stay what they are."""
    values: dict[str, object] = {f"_{number}": part for number, part in enumerate(parts)}
    words = "%(between)s".join(f"%({name})s" for name in values)
    return Sentence.of(words, {**values, "between": between})


@overload
def shown(words: str) -> str: ...


@overload
def shown(words: object) -> object: ...


def shown(words: object) -> object:
    """In the language spoken just now, where it is a sentence; anything else as it is."""
    return words.shown() if isinstance(words, Sentence) else words


def of_error(error: BaseException) -> str:
    """What an error says, for another sentence or another error: `str()` of it would be English
    for everybody."""
    first = error.args[0] if error.args else ""
    return first if isinstance(first, Sentence) else str(error)


def told(error: BaseException) -> str:
    """What an error says, in the language spoken just now."""
    return shown(of_error(error))
