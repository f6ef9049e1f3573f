"""A brand's opening hours as a form: seven days in words, listed days, and when it holds."""

import hashlib
import re
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext, gettext_lazy

from glede.kit import hours, wall
from glede.kit.words import say, told
from glede.rulebook.brands.rules import DAYS, OneOffDay, Plan

#: Rows for days that are not listed yet.
FREE_ROWS = 3
#: More than a year's days off; a form with more was not made by us.
MOST_ROWS = 400

_PART = re.compile(r"(\d{1,2}):(\d{2})\s*(?:-|–|to|until)\s*(\d{1,2}):(\d{2})")
_BANK_HOLIDAYS = (
    ("ENG", say("closed on bank holidays of England")),
    ("WLS", say("closed on bank holidays of Wales")),
    ("SCT", say("closed on bank holidays of Scotland")),
    ("NIR", say("closed on bank holidays of Northern Ireland")),
    ("", say("open on bank holidays")),
)


class Spans(forms.CharField):
    """“09:00-12:00, 13:00-17:30”; empty for closed. Cleans to pairs of times."""

    def __init__(self, **more: Any) -> None:
        super().__init__(required=False, max_length=200, **more)

    def clean(self, value: Any) -> Any:
        text = str(super().clean(value) or "").strip().lower()
        found = []
        for part in re.split(r"[,;]", text) if text and text != "closed" else ():
            match = _PART.fullmatch(part.strip())
            if match is None:
                raise forms.ValidationError(
                    gettext(
                        "“%(part)s” are no opening hours: write 09:00-17:30, several of them"
                        " with commas between, or nothing for closed."
                    )
                    % {"part": part.strip()}
                )
            opens, closes = f"{match[1]:0>2}:{match[2]}", f"{match[3]:0>2}:{match[4]}"
            try:
                hours.span(opens, closes)
            except hours.HoursError as error:
                raise forms.ValidationError(told(error)) from error
            found.append((opens, closes))
        return tuple(found)


class PlanForm(forms.Form):
    """Opening hours from some time on, or in the place of wrong ones (`corrects`)."""

    from_at = forms.CharField(
        required=False,
        max_length=40,
        label=gettext_lazy("They hold from"),
        widget=forms.TextInput(attrs={"type": "datetime-local"}),
    )
    bank_holidays = forms.ChoiceField(
        choices=_BANK_HOLIDAYS, required=False, label=gettext_lazy("Bank holidays")
    )
    source = forms.CharField(max_length=300, label=gettext_lazy("Where these hours come from"))
    why = forms.CharField(max_length=300, required=False, label=gettext_lazy("What this is for"))
    rows = forms.IntegerField(min_value=0, max_value=MOST_ROWS, widget=forms.HiddenInput)

    def __init__(
        self, data: Any = None, *, plan: Plan, corrects: bool, writer: str = "", **more: Any
    ) -> None:
        self._plan, self._corrects, self._writer = plan, corrects, writer
        super().__init__(data, initial=None if data is not None else _initial(plan), **more)
        for day in DAYS:
            self.fields[day] = Spans(label=day.capitalize())
        if corrects:
            self.fields["why"].required = True
            self.fields["why"].label = say("What was wrong")
        for number in range(self._count(data)):
            self._add_row(number)

    def _count(self, data: Any) -> int:
        if data is None:
            return len(_listed(self._plan)) + FREE_ROWS
        given = str(data.get("rows", ""))
        return min(int(given), MOST_ROWS) if given.isdecimal() and len(given) < 4 else FREE_ROWS

    def _add_row(self, number: int) -> None:
        place = {"n": number + 1}
        self.fields[f"on_{number}"] = forms.DateField(
            required=False,
            widget=forms.DateInput(
                format="%Y-%m-%d",
                attrs={"type": "date", "aria-label": gettext("Date, listed day %(n)s") % place},
            ),
        )
        self.fields[f"kind_{number}"] = forms.ChoiceField(
            required=False,
            choices=(("closed", gettext("closed")), ("open", gettext("open"))),
            widget=forms.Select(
                attrs={"aria-label": gettext("Closed or open, listed day %(n)s") % place}
            ),
        )
        self.fields[f"times_{number}"] = Spans(
            widget=forms.TextInput(
                attrs={
                    "aria-label": gettext("Times, listed day %(n)s") % place,
                    "placeholder": gettext("all day"),
                }
            )
        )
        self.fields[f"why_{number}"] = forms.CharField(
            required=False,
            max_length=120,
            widget=forms.TextInput(
                attrs={"aria-label": gettext("Reason, listed day %(n)s") % place}
            ),
        )

    @property
    def listed(self) -> list[list[forms.BoundField]]:
        """The rows of the form, each with its four fields."""
        return [
            [self[f"{name}_{number}"] for name in ("on", "kind", "times", "why")]
            for number in range(self._rows())
        ]

    @property
    def week(self) -> list[forms.BoundField]:
        return [self[day] for day in DAYS]

    def _rows(self) -> int:
        return sum(name.startswith("on_") for name in self.fields)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        zone = ZoneInfo(self._plan.zone)
        if not self._corrects:
            cleaned["effective_at"] = self._effective_at(str(cleaned.get("from_at") or ""), zone)
        for number in range(self._rows()):
            named = cleaned.get(f"times_{number}") or cleaned.get(f"why_{number}")
            if named and not cleaned.get(f"on_{number}") and f"on_{number}" not in self.errors:
                self.add_error(f"on_{number}", gettext("Say on which day, or empty the row."))
            if cleaned.get(f"on_{number}") and not cleaned.get(f"why_{number}"):
                self.add_error(
                    f"why_{number}", gettext("Say why, for whoever asks about a deadline.")
                )
        return cleaned

    def _effective_at(self, text: str, zone: ZoneInfo) -> datetime | None:
        if not text:
            self.add_error("from_at", gettext("Say from when on these hours hold."))
            return None
        try:
            return wall.instant(text, zone)
        except wall.WallTimeError as error:
            self.add_error("from_at", told(error))
            return None

    def plan(self) -> Plan:
        """What the valid form says."""
        cleaned = self.cleaned_data
        known = {(day.on, day.why, day.spans): day.source for day in _days(self._plan)}
        days = [
            (
                cleaned[f"kind_{number}"] == "open",
                _day(cleaned, number, known=known, writer=self._writer),
            )
            for number in range(self._rows())
            if cleaned.get(f"on_{number}")
        ]
        return Plan(
            brand_id=self._plan.brand_id,
            corrects=self._plan.corrects,
            effective_at=cleaned.get("effective_at"),
            week={day: cleaned[day] for day in DAYS},
            zone=self._plan.zone,
            subdivision=cleaned["bank_holidays"] or self._plan.subdivision,
            closed_on_bank_holidays=bool(cleaned["bank_holidays"]),
            closures=tuple(day for opens, day in days if not opens),
            openings=tuple(day for opens, day in days if opens),
            source=cleaned["source"],
            why=cleaned["why"],
        )


def digest(plan: Plan) -> str:
    """What was previewed: publishing something else is refused."""
    return hashlib.sha256(repr(plan).encode()).hexdigest()


def _day(
    cleaned: dict[str, Any],
    number: int,
    *,
    known: dict[tuple[date, str, tuple[tuple[str, str], ...]], str],
    writer: str,
) -> OneOffDay:
    """A day that was listed before keeps its source; a new one is its writer's."""
    on, why, spans = (cleaned[f"{name}_{number}"] for name in ("on", "why", "times"))
    return OneOffDay(on, why, known.get((on, why, spans), writer), spans)


def _days(plan: Plan) -> tuple[OneOffDay, ...]:
    return (*plan.closures, *plan.openings)


def _listed(plan: Plan) -> list[tuple[str, OneOffDay]]:
    days = [("closed", day) for day in plan.closures] + [("open", day) for day in plan.openings]
    return sorted(days, key=lambda each: each[1].on)


def _initial(plan: Plan) -> dict[str, Any]:
    found: dict[str, Any] = {day: in_words(plan.week.get(day, ())) for day in DAYS}
    found["bank_holidays"] = plan.subdivision if plan.closed_on_bank_holidays else ""
    found["source"] = plan.source
    listed = _listed(plan)
    found["rows"] = len(listed) + FREE_ROWS
    for number, (kind, day) in enumerate(listed):
        found |= {
            f"on_{number}": day.on,
            f"kind_{number}": kind,
            f"times_{number}": in_words(day.spans),
            f"why_{number}": day.why,
        }
    return found


def in_words(spans: Any) -> str:
    return ", ".join(f"{opens}-{closes}" for opens, closes in spans)
