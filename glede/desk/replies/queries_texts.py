"""Texts, snippets and what is a brand's own, read back."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from glede.desk.replies import models
from glede.desk.replies.texts import Text, Use


@dataclass(frozen=True, slots=True)
class Version:
    number: int
    title: str
    words: str
    at: datetime
    by: str


def offered(*, brand_id: int, person_id: int) -> tuple[Text, ...]:
    """What a person may write with for a brand: its texts, everybody's, and their own."""
    of_all = Q(owner=None) & (Q(brand=None) | Q(brand_id=brand_id))
    found = models.Text.objects.filter(of_all | Q(owner_id=person_id), archived_at=None)
    return tuple(_text(one) for one in found)


def for_moments(brand_id: int) -> tuple[Text, ...]:
    """The desk's own sentences for a brand, in every language: not replies, nobody's snippets."""
    found = models.Text.objects.filter(
        Q(brand=None) | Q(brand_id=brand_id), owner=None, archived_at=None
    )
    return tuple(_text(one) for one in found.exclude(use=Use.REPLY))


def managed(brands: frozenset[int] | None) -> tuple[Text, ...]:
    """The desk's texts for these brands, archived ones last; `None`: of all, and for all."""
    found = models.Text.objects.filter(owner=None)
    return _listed(found if brands is None else found.filter(brand_id__in=brands))


def snippets(person_id: int) -> tuple[Text, ...]:
    return _listed(models.Text.objects.filter(owner_id=person_id))


def text(text_id: int) -> Text | None:
    found = models.Text.objects.filter(pk=text_id).first()
    return _text(found) if found is not None else None


def versions(text_id: int) -> tuple[Version, ...]:
    """The newest first."""
    found = models.TextVersion.objects.filter(text_id=text_id).select_related("created_by")
    return tuple(
        Version(
            one.number,
            one.title,
            one.words,
            one.created_at,
            one.created_by.name if one.created_by else "",
        )
        for one in found.order_by("-number")
    )


def _listed(found: QuerySet[models.Text]) -> tuple[Text, ...]:
    rows = [_text(one) for one in found.order_by("use", "title", "pk")]
    return tuple(sorted(rows, key=lambda one: one.archived))


def _text(of: models.Text) -> Text:
    return Text(
        id=of.pk,
        brand_id=of.brand_id,
        owner_id=of.owner_id,
        use=Use(of.use),
        language=of.language,
        title=of.title,
        words=of.words,
        version=of.version,
        used=of.used,
        archived=of.archived_at is not None,
    )
