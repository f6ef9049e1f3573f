"""What people send from the capture screens, turned into values at the door."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext, gettext_lazy

from glede.kit import wall
from glede.kit.words import say, told
from glede.platforms.contract import Kind
from glede.web.capture import shots
from glede.web.capture.shots import Shot

#: As many characters as a capture holds; no platform of ours takes a longer text.
LONGEST = 10_000

KINDS = (
    (Kind.COMMENT.value, say("A comment under a post of ours")),
    (Kind.MENTION.value, say("A post that names us")),
    (Kind.REVIEW.value, say("A review")),
    (Kind.MESSAGE.value, say("A private message or chat")),
)


class ProofForm(forms.Form):
    """What both screens ask for: the words, the time, and what shows that it stands there."""

    text = forms.CharField(
        label=gettext_lazy("Their words"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={
            "required": gettext_lazy("Copy what was written, word for word."),
            "max_length": gettext_lazy("A capture holds %(limit_value)s characters."),
        },
    )
    at = forms.CharField(
        label=gettext_lazy("When it was posted"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
        help_text=gettext_lazy("As the platform shows it, by the clock in the UK."),
        error_messages={"required": gettext_lazy("Say when: the clock runs from that time.")},
    )
    link = forms.URLField(
        label=gettext_lazy("Link"),
        required=False,
        max_length=2_000,
        assume_scheme="https",
        help_text=gettext_lazy("Where it stands, if it has an address."),
        error_messages={
            "invalid": gettext_lazy("Copy the whole address, beginning with https://.")
        },
    )
    screenshot = forms.FileField(
        label=gettext_lazy("Screenshot"),
        required=False,
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp"}),
        help_text=gettext_lazy("PNG, JPEG or WebP."),
        error_messages={"empty": gettext_lazy("The screenshot is an empty file.")},
    )
    kept = forms.CharField(required=False, widget=forms.HiddenInput())

    def __init__(self, *args: Any, person_id: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person_id = person_id
        self.shot = Shot()

    def clean_text(self) -> str:
        text: str = self.cleaned_data["text"].replace("\r\n", "\n").replace("\0", "")
        if not text.strip():
            raise ValidationError(gettext("Copy what was written, word for word."))
        return text

    def clean_at(self) -> datetime:
        try:
            return wall.instant(self.cleaned_data["at"], ZoneInfo(settings.TIME_ZONE))
        except wall.WallTimeError as error:
            raise ValidationError(told(error)) from error

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        file = None if "screenshot" in self.errors else found.get("screenshot")
        try:
            self.shot = shots.taken(file, self.data.get("kept", ""), self.person_id)
        except ValidationError as error:
            self.add_error("screenshot", error)
        return found

    @property
    def ticket(self) -> str:
        """The screenshot that is kept already, for when the form comes again."""
        return self.shot.ticket(self.person_id)


class AskForm(ProofForm):
    """Something somebody wrote to us, where no interface brings it."""

    account = forms.TypedChoiceField(
        label=gettext_lazy("Account"),
        coerce=int,
        error_messages={"required": gettext_lazy("Choose to which account it was written.")},
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("What it is"), choices=KINDS, initial=Kind.COMMENT.value
    )
    name = forms.CharField(
        label=gettext_lazy("Who wrote it"),
        max_length=200,
        help_text=gettext_lazy("The name as it is shown there."),
        error_messages={"required": gettext_lazy("Write the name that is shown there.")},
    )
    handle = forms.CharField(
        label=gettext_lazy("Their handle"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("Such as @name, if any."),
    )
    seen_by = forms.CharField(
        label=gettext_lazy("Who saw it"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("If it was somebody else than you."),
    )

    field_order = ("account", "kind", "name", "handle", "text", "at", "link", "screenshot")

    def __init__(self, *args: Any, accounts: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["account"]
        field.choices = [("", say("Choose…")), *accounts]  # type: ignore[attr-defined] # a choice field


class AnsweredForm(ProofForm):
    """What was answered in the platform's own app."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].label = gettext_lazy("What you answered")
        self.fields["at"].label = gettext_lazy("When you answered")
