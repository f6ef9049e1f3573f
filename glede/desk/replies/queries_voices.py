"""What is each brand's own, read back."""

from glede.desk.replies import models
from glede.desk.replies.voices import Voice
from glede.rulebook.brands import queries as brands


def voice(brand_id: int) -> Voice:
    """A brand's own; only its name until somebody wrote more down."""
    return voices()[brand_id]


def voices() -> dict[int, Voice]:
    """Of every brand there ever was, by its id: a number given up is not another brand's."""
    written = {one.brand_id: one for one in models.Voice.objects.all()}
    return {
        one.pk: _voice(one.name, written.get(one.pk)) for one in brands.all_brands(archived=True)
    }


def _voice(name: str, of: models.Voice | None) -> Voice:
    if of is None:
        return Voice(brand=name)
    return Voice(name, of.link, of.phone, of.email, tuple(of.also), tuple(of.phrases))
