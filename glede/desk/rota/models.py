from typing import ClassVar

from django.db import models

from glede.rulebook.brands.models import Brand
from glede.rulebook.people.models import Person


class Week(models.Model):
    """A week of the rota that somebody saved; `version` tells two people who change it at once."""

    monday = models.DateField(unique=True)
    version = models.PositiveIntegerField(default=0)
    saved_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"week of {self.monday}"


class Shift(models.Model):
    """One person in one shift: the wall time as it was written, and the instants it stands for."""

    week = models.ForeignKey(Week, on_delete=models.PROTECT, related_name="shifts")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="shifts")
    #: Empty for every brand.
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, null=True, related_name="shifts")
    duty = models.TextField()  # rules.Duty
    on = models.DateField()
    starts = models.TimeField()
    ends = models.TimeField()
    #: Wall times as "08:00"; only of somebody on call.
    checks = models.JSONField(default=list)
    note = models.TextField(default="")
    from_at = models.DateTimeField()
    until_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["from_at", "until_at", "pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(until_at__gt=models.F("from_at")), name="rota_shift_lasts"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["until_at", "from_at"], name="rota_shift_when"),
        ]

    def __str__(self) -> str:
        return f"{self.duty} on {self.on}"


class Lapse(models.Model):
    """A gap that was found ahead, and people told of it once; closed when it is covered or over."""

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="lapses")
    lack = models.TextField()  # rules.Lack
    from_at = models.DateTimeField()
    until_at = models.DateTimeField()
    found_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["brand"],
                condition=models.Q(closed_at__isnull=True),
                name="rota_lapse_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.lack} from {self.from_at}"
