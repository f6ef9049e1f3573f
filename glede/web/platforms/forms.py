"""A decision about a platform, with its reason."""

from collections.abc import Sequence

from django import forms
from django.utils.translation import gettext_lazy

from glede.rulebook.accounts.register import Status


class DecisionForm(forms.Form):
    use_required_attribute = False

    status = forms.ChoiceField(
        label=gettext_lazy("It is now"), choices=[(status.value, status.says) for status in Status]
    )
    office = forms.CharField(
        label=gettext_lazy("Which office answers for it"), max_length=120, required=False
    )
    review_on = forms.DateField(
        label=gettext_lazy("Looked at again on"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    reason = forms.CharField(
        label=gettext_lazy("Why"),
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy(
            "Kept with the decision. Name the business case where there is one."
        ),
    )

    def __init__(self, *args: object, offices: Sequence[str], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type] # as Django's own
        self.fields["office"].help_text = f"Such as: {', '.join(offices)}." if offices else ""
