"""The text and what was found in it, side by side, as a page shows them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from glede.kit.words import say
from glede.rulebook.brands.rules import DAYS
from glede.rulebook.imports import queries, rules, typed, wording
from glede.rulebook.imports.queries import (
    SHOW,
    Counts,
    Import,
    Item,
    NoSuchImportError,
    found_in,
    settled_value,
)
from glede.rulebook.imports.rules import FIELD, HOURS, Act, Found, Kind

#: Items and clauses on one page: a document of 10,000 clauses opens as fast as a short one.
ITEMS, CLAUSES = 40, 80

EDITS = ("change", "dismiss", "history")


@dataclass(frozen=True, slots=True)
class At:
    """Where somebody is on the screen; all of it stands in the address."""

    import_id: int
    show: str = "all"
    item: int = 0
    page: int = 0
    text: int = 0
    edit: str = ""
    pane: str = "items"

    def url(self, **changes: object) -> str:
        """The same place with something changed; what has its usual value is left out."""
        said = {
            "show": self.show if self.show != "all" else "",
            "item": self.item,
            "page": self.page,
            "text": self.text,
            "pane": self.pane if self.pane != "items" else "",
        } | changes
        query = urlencode({name: value for name, value in said.items() if value})
        address = reverse("policy_import:screen", args=[self.import_id])
        return f"{address}?{query}" if query else address


def at(import_id: int, query: QueryDict) -> At:
    """From an address; what makes no sense there is taken for nothing."""

    def number(name: str) -> int:
        given = query.get(name, "")
        return int(given) if given.isdecimal() and len(given) <= 15 else 0

    show, edit = query.get("show", ""), query.get("edit", "")
    return At(
        import_id=import_id,
        show=show if show in SHOW else "all",
        item=number("item"),
        page=number("page"),
        text=number("text"),
        edit=edit if edit in EDITS else "",
        pane="text" if query.get("pane") == "text" else "items",
    )


# --- One item --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Past:
    """One line of an item's history."""

    says: str
    value: str
    reason: str
    by: str
    at: datetime
    carried: bool


@dataclass(frozen=True, slots=True)
class Option:
    value: str
    label: str
    chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Editor:
    """How an item's value is typed: by a list, by boxes, by days, or in words."""

    act: str
    hint: str
    words: str = ""
    options: tuple[Option, ...] = ()
    many: bool = False
    week: tuple[tuple[str, str, str], ...] = ()
    long: bool = False
    has_place: bool = True
    clause: str = ""
    quote: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """An item with what may be done about it. `place` is the clause it is about; `error` what was
    wrong with what somebody just sent."""

    id: int
    number: int
    kind: str
    title: str
    value: str
    unit: str
    says: str
    status: str
    quote: str
    place: str
    text_url: str
    version: int
    required: bool
    decided: str = ""
    act: str = ""
    reason: str = ""
    by: str = ""
    at: datetime | None = None
    carried: bool = False
    current: bool = False
    changed_from: str = ""
    edit: str = ""
    editor: Editor | None = None
    history: tuple[Past, ...] = ()
    error: str = ""
    reason_typed: str = ""
    dismiss_label: str = ""
    may_confirm: bool = True
    may_dismiss: bool = True
    edit_url: str = ""
    dismiss_url: str = ""
    history_url: str = ""
    close_url: str = ""
    dated: str = ""


def card(
    item: Item,
    where: At,
    *,
    edit: str = "",
    error: str = "",
    typed_in: Mapping[str, Any] | None = None,
) -> Card:
    found = found_in(item)
    decision = item.decision
    act = Act(decision.act) if decision else None
    own = act in (Act.CORRECTED, Act.ANSWERED)
    place = decision.clause if decision and own else item.clause
    here = replace_item(where, item.pk)
    return Card(
        id=item.pk,
        number=item.number,
        kind=item.kind,
        title=wording.title(found),
        value=wording.value(found, settled_value(item)),
        unit=wording.unit(found) if found.kind in (Kind.RULE, Kind.GAP) else "",
        says=item.says,
        status=item.status,
        quote=decision.quote if decision and own else item.quote,
        place=place,
        text_url=here.url(text=0, pane="text") + (f"#clause-{place}" if place else ""),
        version=item.version,
        required=rules.required(found),
        decided=wording.decided(found.kind, act) if act else "",
        act=act.value if act else "",
        reason=decision.reason if decision else "",
        by=decision.by_name if decision else "",
        at=decision.at if decision else None,
        carried=bool(decision and decision.carried_from_id),
        current=where.item == item.pk,
        changed_from=wording.value(found, item.value) if own and item.value is not None else "",
        edit=edit,
        editor=_editor(item, found, typed_in) if edit == "change" else None,
        history=_history(item, found) if edit == "history" else (),
        error=error,
        reason_typed=(typed_in or {}).get("reason", ""),
        dismiss_label=wording.dismiss(found.kind),
        may_confirm=found.value is not None,
        may_dismiss=not (found.kind is Kind.FIELD and FIELD[found.key].required),
        edit_url=here.url(edit="change"),
        dismiss_url=here.url(edit="dismiss"),
        history_url=here.url(edit="history"),
        close_url=here.url(),
        dated=_dated(found, settled_value(item)),
    )


def replace_item(where: At, item: int) -> At:
    return replace(where, item=item, page=0, text=0, edit="")


def with_edit(where: At, edit: str) -> At:
    return replace(where, edit=edit)


def _dated(found: Found, value: Any) -> str:
    """The day a written date is taken for."""
    if found.kind is Kind.FIELD and isinstance(value, Mapping):
        day = str(value.get("date") or "")
        return typed.day_words(date.fromisoformat(day)) if day else ""
    return ""


def _history(item: Item, found: Found) -> tuple[Past, ...]:
    return tuple(
        Past(
            says=wording.decided(found.kind, Act(one.act)),
            value=wording.value(found, one.value) if one.value is not None else "",
            reason=one.reason,
            by=one.by_name,
            at=one.at,
            carried=one.carried_from_id is not None,
        )
        for one in queries.history(item.pk)
    )


def _editor(item: Item, found: Found, typed_in: Mapping[str, Any] | None) -> Editor:
    value = settled_value(item)
    act = Act.ANSWERED if found.kind is Kind.GAP else Act.CORRECTED
    given = typed_in or {}
    words = ", ".join(given.get("words", ())) or wording.value(found, value)
    type_ = typed.type_of(found.kind, found.key)
    decision = item.decision
    own = decision is not None and decision.act in (Act.CORRECTED, Act.ANSWERED)
    return Editor(
        act=act.value,
        hint=typed.hint(found.kind, found.key),
        words=words,
        options=_options(type_, words),
        many=bool(type_ and type_.name == "words"),
        week=_week(value, given.get("week")) if found.key == HOURS else (),
        long=type_ is not None and type_.name in ("text", "words to look for"),
        has_place=found.kind is not Kind.FIELD,
        clause=given.get("clause", decision.clause if decision and own else item.clause),
        quote=given.get("quote", decision.quote if decision and own else item.quote),
    )


def _options(type_: Any, words: str) -> tuple[Option, ...]:
    if type_ is None:
        return ()
    chosen = {part.strip() for part in words.split(",")}
    listed = type_.choices or (("yes", "no") if type_.name == "yes or no" else ())
    return tuple(
        Option(
            value=choice,
            label=typed.spoken(choice),
            chosen=typed.spoken(choice) in chosen or choice in chosen,
        )
        for choice in listed
    )


def _week(value: Any, given: Mapping[str, str] | None) -> tuple[tuple[str, str, str], ...]:
    """Day, its name, and what stands in its box."""
    return tuple(
        (
            day,
            day.capitalize(),
            given[day]
            if given and any(given.values())
            else typed.words(Kind.RULE, f"{HOURS}.{day}", (value or {}).get(day)),
        )
        for day in DAYS
    )


# --- The text --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause with its quotes marked; `section` is said where a new one begins."""

    number: str
    heading: bool
    section: str
    text: SafeString


def _effective(item: Item) -> tuple[str, str]:
    """The clause and the words an item stands on now."""
    decision = item.decision
    if decision is not None and decision.act in (Act.CORRECTED, Act.ANSWERED):
        return decision.clause, decision.quote
    return item.clause, item.quote


def clauses_of(row: Import, where: At, numbers: Sequence[int]) -> list[Clause]:
    """The clauses at these places of the text, marked."""
    result = row.result or {"clauses": [], "sections": []}
    shown = [result["clauses"][place] for place in numbers]
    titles = {one["number"]: one["title"] for one in result.get("sections", ())}
    names = [clause["number"] for clause in shown]
    quotes: dict[str, list[tuple[str, int]]] = {}
    ids: dict[int, int] = {}
    for item in queries.about(row.pk, names):
        clause, quote = _effective(item)
        if quote:
            quotes.setdefault(clause, []).append((quote, item.number))
            ids[item.number] = item.pk
    before = result["clauses"][numbers[0] - 1].get("section", "") if numbers and numbers[0] else ""
    listed = []
    for clause in shown:
        section = clause.get("section") or ""
        listed.append(
            Clause(
                number=clause["number"],
                heading=bool(clause.get("heading")),
                section=_section(section, titles) if section != before else "",
                text=_marked(clause["text"], quotes.get(clause["number"], []), ids, where),
            )
        )
        before = section
    return listed


def touched(row: Import, item: Item, where: At) -> list[Clause]:
    """The clauses whose marks a decision about the item may have moved."""
    clauses = (row.result or {"clauses": []})["clauses"]
    names = {item.clause, *(one.clause for one in queries.history(item.pk))} - {""}
    places = [place for place, clause in enumerate(clauses) if clause["number"] in names]
    return clauses_of(row, where, places)


def _section(section: str, titles: Mapping[str, str]) -> str:
    return f"{section}. {titles[section]}" if section in titles else section


def _marked(
    text: str, quotes: Sequence[tuple[str, int]], ids: Mapping[int, int], where: At
) -> SafeString:
    """Each quote marked, with the number of its item, which leads to it."""
    parts = []
    for piece, inside, ending in rules.marks(text, quotes):
        body = (
            format_html(
                '<mark data-items="{}"{}>{}</mark>',
                " ".join(str(ids[number]) for number in inside),
                mark_safe(' class="on"')
                if where.item in {ids[number] for number in inside}
                else "",
                piece,
            )
            if inside
            else piece
        )
        notes = format_html_join(
            "",
            '<sup><a href="{}#item-{}" data-item="{}"><span class="vh">Item </span>{}</a></sup>',
            (
                (replace_item(where, ids[number]).url(pane=""), ids[number], ids[number], number)
                for number in ending
            ),
        )
        parts.append((body, notes))
    return format_html_join("", "{}{}", parts)


# --- The page --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Filter:
    label: str
    count: int
    url: str
    current: bool


@dataclass(frozen=True, slots=True)
class Turn:
    """Which part of a long list is shown, and the way to the others."""

    first: int
    last: int
    of: int
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    row: Import
    where: At
    counts: Counts
    filters: tuple[Filter, ...]
    cards: tuple[Card, ...]
    clauses: tuple[Clause, ...]
    items_turn: Turn
    text_turn: Turn
    settled: bool = False


def build(
    row: Import,
    where: At,
    *,
    error: str = "",
    typed_in: Mapping[str, Any] | None = None,
) -> Screen:
    """`error` and `typed_in` belong to the item that is open."""
    total = queries.how_many(row.pk, where.show)
    current = _current(row.pk, where)
    page = _page_of(row.pk, where, current, total)
    here = replace(where, item=current.pk if current else 0, page=page + 1 if where.page else 0)
    numbers, text_turn = _text_page(row, here, current)
    return Screen(
        row=row,
        where=here,
        counts=queries.counts(row.pk),
        filters=_filters(row.pk, here),
        cards=tuple(
            card(
                item,
                here,
                edit=where.edit if item.pk == here.item else "",
                error=error if item.pk == here.item else "",
                typed_in=typed_in if item.pk == here.item else None,
            )
            for item in queries.stretch(row.pk, where.show, first=page * ITEMS, size=ITEMS)
        ),
        clauses=tuple(clauses_of(row, here, numbers)),
        items_turn=_turn(
            page, total, ITEMS, lambda number: here.url(page=number, item="", text="")
        ),
        text_turn=text_turn,
        settled=row.version_id is not None,
    )


def _current(import_id: int, where: At) -> Item | None:
    """The item that is open: the one asked for, else the first to decide on this page."""
    if where.item:
        try:
            return queries.item(import_id, where.item)
        except NoSuchImportError:
            pass  # an old address: begin where one would without it
    if where.page:
        first = (where.page - 1) * ITEMS
        on_page = queries.stretch(import_id, where.show, first=first, size=ITEMS)
        return next((one for one in on_page if one.decision_id is None), next(iter(on_page), None))
    return queries.next_open(import_id, where.show) or queries.first_of(import_id, where.show)


def _page_of(import_id: int, where: At, current: Item | None, total: int) -> int:
    last = max(0, (total - 1) // ITEMS)
    if where.page:
        return min(where.page - 1, last)
    if current is None:
        return 0
    before = queries.how_many(import_id, where.show, before=current.order)
    return min(before // ITEMS, last)


def _text_page(row: Import, where: At, current: Item | None) -> tuple[list[int], Turn]:
    clauses = (row.result or {"clauses": []})["clauses"]
    page = 0
    if where.text:
        page = where.text - 1
    elif current is not None:
        place, _ = _effective(current)
        numbers = [clause["number"] for clause in clauses]
        page = numbers.index(place) // CLAUSES if place in numbers else 0
    page = min(page, max(0, (len(clauses) - 1) // CLAUSES))
    numbers_shown = list(range(len(clauses)))[page * CLAUSES : (page + 1) * CLAUSES]
    turn = _turn(page, len(clauses), CLAUSES, lambda number: where.url(text=number, pane="text"))
    return numbers_shown, turn


def _turn(page: int, total: int, size: int, url: Any) -> Turn:
    last_page = max(0, (total - 1) // size)
    return Turn(
        first=page * size + 1 if total else 0,
        last=min((page + 1) * size, total),
        of=total,
        before=url(page) if page > 0 else "",
        after=url(page + 2) if page < last_page else "",
    )


def _filters(import_id: int, where: At) -> tuple[Filter, ...]:
    counts = queries.counts(import_id)
    top = At(import_id, where.show)
    return tuple(
        Filter(label, count, top.url(show=name if name != "all" else ""), where.show == name)
        for name, label, count in (
            ("todo", say("To decide"), counts.all - counts.decided),
            ("flags", say("Flags"), counts.flags),
            ("all", say("All"), counts.all),
        )
    )


def going_on(import_id: int, after: Item, show: str) -> int:
    """The item to go on with: the next that nobody decided, else the first such, else this one."""
    found = queries.next_open(import_id, show, after=after.order) or queries.next_open(
        import_id, show
    )
    return found.pk if found is not None else after.pk
