from typing import ClassVar

from django.db import models
from django.db.models.functions import Lower

from glede.rulebook.people.models import Person


class Office(models.Model):
    """A post the policy speaks of (“Head of Relationships”), whoever holds it."""

    name = models.TextField()
    order = models.PositiveSmallIntegerField(default=0)
    #: Who is told when neither holder nor deputy can act.
    falls_to = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering: ClassVar = ["order", "name"]
        constraints: ClassVar = [
            models.UniqueConstraint(Lower("name"), name="offices_office_name_folded"),
        ]

    def __str__(self) -> str:
        return self.name


class Holding(models.Model):
    """A person in an office, as its holder or as a deputy, from a day until another (half-open)."""

    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="holdings")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="holdings")
    deputy = models.BooleanField(default=False)
    from_on = models.DateField()
    until_on = models.DateField(null=True)

    class Meta:
        ordering: ClassVar = ["deputy", "-from_on", "pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(until_on__isnull=True)
                | models.Q(until_on__gt=models.F("from_on")),
                name="offices_holding_period",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} as {self.office}"


class Absence(models.Model):
    """A person who cannot act from a day until another (half-open)."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="absences")
    from_on = models.DateField()
    until_on = models.DateField()

    class Meta:
        ordering: ClassVar = ["from_on", "pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(until_on__gt=models.F("from_on")), name="offices_absence_period"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} away from {self.from_on}"
