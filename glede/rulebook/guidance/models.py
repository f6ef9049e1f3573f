from typing import ClassVar

from django.db import models

from glede.rulebook.people.models import Person
from glede.rulebook.policy.models import Version


class Receipt(models.Model):
    """A member of staff says that they have read a version (clause 1.1); never changed."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="receipts")
    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="receipts")
    #: The first reading of the version is 1; each later year adds one.
    turn = models.PositiveSmallIntegerField()
    read_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["person", "version", "turn"], name="guidance_receipt_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} read {self.version}"
