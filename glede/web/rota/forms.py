"""A week of the rota as a form: one row for each shift, turned into values at the door."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext, gettext_lazy

from glede.desk.rota import rules
from glede.desk.rota.rules import BadShift, Duty, Gap, Planned
from glede.kit import clock
from glede.kit.words import say, told

#: Rows for shifts that are not written yet.
FREE_ROWS = 3
#: More than a week of four brands needs; a form with more was not made by us.
MOST_ROWS = 200
_TIME_INPUT = {"inputmode": "numeric", "placeholder": "09:00", "maxlength": 5}
_CLOCK = re.compile(r"([01]?\d|2[0-3])[:.]([0-5]\d)")

type Choices = Sequence[tuple[str, str]]


class Checks(forms.CharField):
    """“18:00, 22:00”; cleans to times."""

    def clean(self, value: Any) -> Any:
        parts = [part for part in re.split(r"[,;\s]+", str(super().clean(value) or "")) if part]
        found = []
        for part in parts:
            match = _CLOCK.fullmatch(part)
            if match is None:
                raise forms.ValidationError(
                    gettext("“%(part)s” is no time: write 18:00, 22:00.") % {"part": part}
                )
            found.append(time(int(match[1]), int(match[2])))
        return tuple(found)


class ShiftForm(forms.Form):
    """One row. Without a person it is empty, and says nothing."""

    id = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)
    on = forms.ChoiceField(label=gettext_lazy("Day"))
    person = forms.ChoiceField(label=gettext_lazy("Person"), required=False)
    duty = forms.ChoiceField(
        label=gettext_lazy("What they do"),
        choices=[(duty.value, rules.WORDS[duty]) for duty in Duty],
    )
    brand = forms.ChoiceField(label=gettext_lazy("For"), required=False)
    starts = forms.TimeField(
        label=gettext_lazy("From"), widget=forms.TimeInput(_TIME_INPUT, "%H:%M")
    )
    ends = forms.TimeField(label=gettext_lazy("To"), widget=forms.TimeInput(_TIME_INPUT, "%H:%M"))
    checks = Checks(label=gettext_lazy("Looks at"), required=False, max_length=120)
    note = forms.CharField(label=gettext_lazy("Note"), required=False, max_length=200)

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        monday: date,
        people: Choices,
        brands: Choices,
        usual: Sequence[time],
        **more: Any,
    ) -> None:
        super().__init__(data, **more)
        self._usual = usual
        choices: dict[str, Choices] = {
            "on": [
                (day.isoformat(), say("%(weekday)s %(day)s", weekday=name, day=day.day))
                for number, name in enumerate(clock.SHORT_WEEKDAYS)
                for day in [monday + timedelta(days=number)]
            ],
            say("person"): [("", say("nobody: no shift")), *people],
            say("brand"): [("", say("every brand")), *brands],
        }
        for name, given in choices.items():
            self.fields[name].choices = given  # type: ignore[attr-defined] # both are choices
        for name, field in self.fields.items():
            if name != "id":
                field.widget.attrs["aria-label"] = gettext("%(label)s, row %(n)s") % {
                    "label": field.label,
                    "n": more["prefix"][1:],
                }
        self.planned: Planned | None = None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.errors:
            return cleaned
        planned = Planned(
            person_id=int(cleaned["person"]),
            brand_id=int(cleaned["brand"]) if cleaned["brand"] else None,
            duty=Duty(cleaned["duty"]),
            on=date.fromisoformat(cleaned["on"]),
            starts=cleaned["starts"],
            ends=cleaned["ends"],
            checks=cleaned["checks"],
            note=cleaned["note"],
            id=cleaned["id"],
        )
        planned = rules.with_checks(planned, self._usual)
        try:
            rules.check(planned)
        except BadShift as error:
            self.add_error("checks", told(error))
        self.planned = planned
        return cleaned


class WeekForm(forms.Form):
    """Every row of a week, with the version of the week it began from."""

    seen = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    rows = forms.IntegerField(min_value=0, max_value=MOST_ROWS, widget=forms.HiddenInput)

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        given: Sequence[Planned] = (),
        seen: int,
        monday: date,
        **choices: Any,
    ) -> None:
        self._choices = {"monday": monday, **choices}
        if data is None:
            begin = [initial(one) for one in given] + _free(monday)
            super().__init__(initial={"seen": seen, "rows": len(begin)})
            self.shifts = [self._row(number, initial=one) for number, one in enumerate(begin)]
        else:
            super().__init__(data)
            count = str(data.get("rows", ""))
            most = min(int(count), MOST_ROWS) if count.isdecimal() and len(count) < 4 else 0
            self.shifts = [
                self._row(number, data)
                if data.get(f"s{number}-person")
                else self._row(number, initial=_typed(data, number))
                for number in range(most)
            ]

    def _row(self, number: int, data: Mapping[str, Any] | None = None, **more: Any) -> ShiftForm:
        return ShiftForm(data, prefix=f"s{number}", **self._choices, **more)

    def is_valid(self) -> bool:
        return super().is_valid() and all(row.is_valid() for row in self._filled())

    def _filled(self) -> Iterator[ShiftForm]:
        return (row for row in self.shifts if row.is_bound)

    def planned(self) -> list[Planned]:
        """What the valid form says."""
        return [row.planned for row in self._filled() if row.planned is not None]

    def offer(self, gaps: Iterable[Gap], *, zone: Any) -> None:
        """A row for each gap, in which somebody can be named who stands in."""
        for gap in gaps:
            begins, ends = gap.from_at.astimezone(zone), gap.until_at.astimezone(zone)
            values = {
                "on": begins.date().isoformat(),
                "duty": Duty.STAND_IN.value,
                "brand": str(gap.brand_id),
                "starts": _minute(begins),
                "ends": _minute(ends),
            }
            self.shifts.append(self._row(len(self.shifts), initial=values))

    @property
    def count(self) -> int:
        return len(self.shifts)


def _minute(at: datetime) -> time:
    return at.time().replace(second=0, microsecond=0)


def initial(one: Planned) -> dict[str, Any]:
    return {
        "id": one.id,
        "on": one.on.isoformat(),
        "person": str(one.person_id),
        "duty": one.duty.value,
        "brand": str(one.brand_id or ""),
        "starts": one.starts,
        "ends": one.ends,
        "checks": ", ".join(f"{at:%H:%M}" for at in one.checks),
        "note": one.note,
    }


def _free(monday: date) -> list[dict[str, Any]]:
    return [{"on": monday.isoformat()} for _ in range(FREE_ROWS)]


def _typed(data: Mapping[str, Any], number: int) -> dict[str, Any]:
    """What stood in a row that has nobody, so that it stands there again."""
    return {
        name: data.get(f"s{number}-{name}", "")
        for name in ("on", "duty", "brand", "starts", "ends", "checks", "note")
    }


class AwayForm(forms.Form):
    """Who is away, from which day, and on which they are back."""

    person = forms.ChoiceField(label=gettext_lazy("Who is away"))
    from_on = forms.DateField(
        label=gettext_lazy("First day away"), widget=forms.DateInput({"type": "date"})
    )
    until_on = forms.DateField(
        label=gettext_lazy("Back on"), widget=forms.DateInput({"type": "date"})
    )

    def __init__(self, *args: Any, people: Choices, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["person"].choices = people  # type: ignore[attr-defined] # a choice field


class SwapForm(forms.Form):
    """Who takes a shift, and why."""

    person = forms.ChoiceField(label=gettext_lazy("Who takes it"))
    note = forms.CharField(
        label=gettext_lazy("Why"),
        max_length=200,
        error_messages={"required": gettext_lazy("Say why, for whoever reads the rota.")},
    )

    def __init__(self, *args: Any, people: Choices, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["person"].choices = people  # type: ignore[attr-defined] # a choice field
