"""What a platform asks for, as a form: its plug-in names the fields."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from django import forms
from django.utils.translation import gettext

from glede.platforms.contract import Field

#: A credential may be a whole key file.
_LONGEST = 20_000
_ADDRESS = "base_url"


class FieldsForm(forms.Form):
    """The fields of an account or of our registration; those we make ourselves are not asked."""

    use_required_attribute = False

    def __init__(
        self, *args: object, asked: Sequence[Field], address: str, **kwargs: object
    ) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type] # as Django's own
        for one in asked:
            if one.made:
                continue
            self.fields[one.name] = forms.CharField(
                label=one.label,
                required=one.required,
                help_text=one.hint,
                max_length=_LONGEST,
                widget=forms.PasswordInput(attrs={"autocomplete": "off"})
                if one.secret
                else forms.TextInput(attrs={"autocomplete": "off"}),
            )
        self.fields[_ADDRESS] = forms.CharField(
            label=gettext("Address of the platform"),
            required=False,
            max_length=500,
            help_text=f"Empty: {address}."
            if address
            else gettext("Needed only where it is its own."),
            widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off"}),
        )

    def clean_base_url(self) -> str:
        address = str(self.cleaned_data[_ADDRESS]).strip()
        parts = urlsplit(address)
        if address and (parts.scheme not in ("https", "http") or not parts.hostname):
            raise forms.ValidationError(gettext("Write the whole address: https://…"))
        return address

    def given(self) -> dict[str, str]:
        """What was typed, by field; nothing for what stayed empty."""
        return {
            name: str(value)
            for name, value in self.cleaned_data.items()
            if name != _ADDRESS and value
        }

    @property
    def address(self) -> str:
        return str(self.cleaned_data[_ADDRESS])
