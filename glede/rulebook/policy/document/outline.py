"""What a policy document says, whatever file it came in: the values the reader hands on.

The keys and the shape people see are those of `glede policy import --json` (docs/reference).
"""

from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class Dated:
    """A date as written (“October 2018”) and as a day; a month alone is its first or last day,
    as its use asks. `on` is empty where the words name no day."""

    written: str
    on: date | None = None


@dataclass(frozen=True, slots=True)
class Clause:
    """One numbered piece of the text. `number` is as printed, or one made from its place
    (“§3”) where the document has none; a heading carries no duty and scopes what follows."""

    number: str
    text: str
    section: str = ""
    heading: bool = False
    #: Where it stands in `Outline.text` (characters, half-open).
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Section:
    number: str
    title: str


@dataclass(frozen=True, slots=True)
class Definition:
    term: str
    text: str
    clause: str = ""


@dataclass(frozen=True, slots=True)
class Duty:
    """One duty of one role: a bullet in a table's cell is one."""

    role: str
    text: str
    clause: str = ""


@dataclass(frozen=True, slots=True)
class Named:
    """A law, a related document or a platform the text names."""

    name: str
    clause: str = ""
    quote: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """A whole document. Every `quote` taken from it stands letter for letter in the text of the
    clause it names."""

    title: str = ""
    organisation: str = ""
    version: str = ""
    approved_by: str = ""
    owner: str = ""
    reviewer: str = ""
    effective_on: Dated | None = None
    approved_on: Dated | None = None
    next_review: Dated | None = None
    review_period_months: int | None = None
    sections: tuple[Section, ...] = ()
    clauses: tuple[Clause, ...] = ()
    definitions: tuple[Definition, ...] = ()
    duties: tuple[Duty, ...] = ()
    laws: tuple[Named, ...] = ()
    #: The documents the text lists as belonging to it; those it only cites are in `cited`.
    related: tuple[Named, ...] = ()
    cited: tuple[Named, ...] = ()
    platforms: tuple[Named, ...] = ()
    #: The text ends in the middle of a sentence, or a page could not be read.
    truncated: bool = False
    #: The clauses' texts in order, as the import screen shows them.
    text: str = field(default="", repr=False)
