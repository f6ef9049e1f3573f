from typing import ClassVar

from django.db import models


class Organisation(models.Model):
    """The one group this database belongs to."""

    name = models.TextField()
    demo = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(pk=1), name="brands_one_organisation")
        ]

    def __str__(self) -> str:
        return self.name


class Brand(models.Model):
    """A name the group speaks under; archived, never deleted (clause 1.1)."""

    slug = models.SlugField(unique=True)
    name = models.TextField(unique=True)
    code = models.CharField(max_length=4)
    order = models.PositiveSmallIntegerField(default=0)
    archived_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["order", "name"]

    def __str__(self) -> str:
        return self.name


class Calendar(models.Model):
    """One version of a brand's opening hours; never changed, only followed by another.

    A change starts at a time of its own. A correction starts when the wrong calendar did and stands
    in its place for every question about hours; the wrong one stays on record.

    `hours` is weekday name -> list of ["09:00", "17:30"]; `closures` and `openings` are lists of
    {"on", "spans", "why", "source"}; bank holidays come from the `holidays` package by subdivision.
    """

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="calendars")
    version = models.PositiveIntegerField()
    zone = models.TextField(default="Europe/London")
    subdivision = models.TextField(default="ENG")
    closed_on_bank_holidays = models.BooleanField(default=True)
    hours = models.JSONField()
    closures = models.JSONField(default=list)
    openings = models.JSONField(default=list)
    effective_at = models.DateTimeField()
    source = models.TextField(default="")
    #: What the next version is for, in the words of whoever published it.
    why = models.TextField(default="", db_default="")
    published_at = models.DateTimeField(null=True)
    corrects = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, related_name="corrected_by"
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["brand", "version"], name="brands_calendar_version"),
            models.UniqueConstraint(
                fields=["brand", "effective_at"],
                condition=models.Q(corrects__isnull=True),
                name="brands_calendar_effective",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.brand.slug} calendar {self.version}"
