"""What is said of a person outside, turned into values at the door."""

from typing import ClassVar

from django import forms
from django.utils.translation import gettext_lazy

from glede.desk.contacts import rules
from glede.desk.contacts.rules import Consent, Wish


class AdjustmentForm(forms.Form):
    """What they asked us to do, and their consent that we keep it."""

    wish = forms.ChoiceField(
        label=gettext_lazy("What we do"),
        choices=[("", gettext_lazy("Choose one")), *((one.value, one.says) for one in Wish)],
    )
    words = forms.CharField(
        label=gettext_lazy("In a few words"),
        required=False,
        max_length=rules.LONGEST_ADJUSTMENT,
        help_text=gettext_lazy("What we do, not why: no health, no diagnosis."),
    )
    since_on = forms.DateField(
        label=gettext_lazy("Since"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    consent = forms.ChoiceField(
        label=gettext_lazy("They agreed that we keep it"),
        required=False,
        choices=[("", gettext_lazy("Not asked yet")), *((one.value, one.says) for one in Consent)],
    )
    consent_on = forms.DateField(
        label=gettext_lazy("On"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    review_on = forms.DateField(
        label=gettext_lazy("Look at it again on"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


class ActForm(forms.Form):
    """Any other act on the page, with what it needs."""

    ACTS: ClassVar = (
        "adjust",
        "review",
        "end",
        "note",
        "forget",
        "declare",
        "withdraw",
        "merge",
        "part",
        "undo",
    )

    act = forms.ChoiceField(choices=[(one, one) for one in ACTS])
    of = forms.IntegerField(min_value=1, required=False)
    text = forms.CharField(required=False, max_length=2_000)
    why = forms.CharField(required=False, max_length=300)
    on = forms.DateField(required=False)
    handles = forms.TypedMultipleChoiceField(coerce=int, required=False)

    def __init__(self, *args: object, handles: list[int], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type] # Django's own signature
        self.fields["handles"].choices = [(one, one) for one in handles]  # type: ignore[attr-defined] # a choice field
