"""Where a program is told, and of what."""

from collections.abc import Sequence

from django import forms
from django.utils.translation import gettext_lazy

from glede.desk.webhooks.rules import WORDS, Kind
from glede.flow.webhooks import Given


class WebhookForm(forms.Form):
    """`brands` are what may be chosen, as (id, name)."""

    use_required_attribute = True

    name = forms.CharField(
        label=gettext_lazy("What is told there"),
        max_length=80,
        help_text=gettext_lazy("Such as “Repairs system”."),
    )
    url = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=2_000,
        help_text=gettext_lazy("https, on the public internet. It is called from this machine."),
        widget=forms.TextInput(attrs={"inputmode": "url", "spellcheck": "false"}),
    )
    kinds = forms.MultipleChoiceField(
        label=gettext_lazy("Told when"),
        choices=[(kind.value, words) for kind, words in WORDS.items()],
        widget=forms.CheckboxSelectMultiple,
    )
    brands = forms.TypedMultipleChoiceField(
        label=gettext_lazy("For which brands"),
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("None chosen: every brand."),
    )

    def __init__(self, *args: object, brands: Sequence[tuple[int, str]], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type] # as Django's own
        self.fields["brands"].choices = brands  # type: ignore[attr-defined] # a choice field

    def given(self) -> Given:
        given = self.cleaned_data
        return Given(
            name=given["name"],
            url=given["url"].strip(),
            kinds=frozenset(map(Kind, given["kinds"])),
            brands=frozenset(given["brands"]) or None,
        )
