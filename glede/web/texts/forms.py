"""What people send from the pages of texts."""

from django import forms
from django.utils.translation import gettext_lazy

from glede.desk.replies import texts, voices
from glede.desk.replies.texts import USE_WORDS, Use, Wording
from glede.desk.replies.voices import Voice


class SnippetForm(forms.Form):
    """A text of one's own."""

    title = forms.CharField(label=gettext_lazy("Title"), max_length=texts.LONGEST_TITLE)
    language = forms.ChoiceField(
        label=gettext_lazy("Language"), choices=list(texts.LANGUAGES.items()), initial="en"
    )
    words = forms.CharField(
        label=gettext_lazy("What it says"),
        max_length=texts.LONGEST,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 7}),
    )

    def wording(self) -> Wording:
        given = self.cleaned_data
        return Wording(None, Use.REPLY, given["language"], given["title"], given["words"])


class TextForm(SnippetForm):
    """A text of the desk's: for one brand, or for all of them."""

    use = forms.ChoiceField(
        label=gettext_lazy("What it is for"),
        choices=[(one.value, words) for one, words in USE_WORDS.items()],
    )
    brand = forms.TypedChoiceField(
        label=gettext_lazy("For"),
        coerce=lambda value: int(value) if value else None,
        empty_value=None,
        required=False,
    )
    field_order = ("title", "use", "brand", "language", "words")

    def __init__(self, *args: object, brands: list[tuple[str, str]], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type] # Django's own signature
        self.fields["brand"].choices = brands  # type: ignore[attr-defined] # a choice field
        # For every brand at once only by who keeps the words of every brand.
        self.fields["brand"].required = all(value for value, _ in brands)

    def wording(self) -> Wording:
        given = self.cleaned_data
        return Wording(
            given["brand"], Use(given["use"]), given["language"], given["title"], given["words"]
        )


class VoiceForm(forms.Form):
    """What is a brand's own."""

    link = forms.CharField(
        label=gettext_lazy("Page for writing to it"), max_length=300, required=False
    )
    phone = forms.CharField(label=gettext_lazy("Telephone"), max_length=40, required=False)
    email = forms.CharField(label=gettext_lazy("E-mail"), max_length=200, required=False)
    also = forms.CharField(
        label=gettext_lazy("Further numbers, addresses and pages of its own"),
        help_text=gettext_lazy("One a line. They may stand in public."),
        max_length=4_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    phrases = forms.CharField(
        label=gettext_lazy("Names and turns of phrase by which people know it"),
        help_text=gettext_lazy(
            "One a line. Another brand’s reply that has one is asked back before it goes."
        ),
        max_length=4_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def voice(self, brand: str) -> Voice:
        given = self.cleaned_data
        return Voice(
            brand,
            given["link"],
            given["phone"],
            given["email"],
            voices.lines(given["also"]),
            voices.lines(given["phrases"]),
        )
