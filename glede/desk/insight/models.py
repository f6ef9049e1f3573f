from typing import ClassVar

from django.db import models

from glede.rulebook.people.models import Person


class Rehearsal(models.Model):
    """Past traffic played again under a version of the policy or under other opening hours.

    A draft may be thrown away later, so the version is kept by its number and no foreign key.
    """

    #: None: every enquiry keeps the version it was received under.
    version = models.BigIntegerField(null=True)
    version_number = models.TextField(default="")
    hours_from = models.TextField()  # receipt | version | drafted
    #: {"brand": id or null, "week": {day: [[opens, closes]]}, "closed_on_bank_holidays": bool}
    hours = models.JSONField(null=True)
    from_at = models.DateTimeField()
    to_at = models.DateTimeField()
    asked_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True)
    asked_at = models.DateTimeField()
    state = models.TextField()
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    #: The last sign of life of the job.
    touched_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    says = models.TextField(default="")
    #: Brand id -> replay.Counts as a mapping; the viewer's brands are added up when it is shown.
    counts = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"rehearsal {self.pk}: {self.state}"


class Difference(models.Model):
    """One enquiry that would have gone otherwise. Ids instead of foreign keys: it is what was
    found on one day, written in bulk, and stays true whatever becomes of the conversation."""

    rehearsal = models.ForeignKey(Rehearsal, on_delete=models.CASCADE, related_name="differences")
    enquiry = models.BigIntegerField()
    conversation = models.BigIntegerField()
    brand = models.BigIntegerField()
    platform = models.TextField()
    change = models.TextField()
    received_at = models.DateTimeField()
    live_due_at = models.DateTimeField()
    due_at = models.DateTimeField()
    stopped_at = models.DateTimeField(null=True)
    live_outcome = models.TextField()
    outcome = models.TextField()
    clause = models.TextField(default="")

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["rehearsal", "change", "received_at", "id"], name="insight_difference_list"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.change}: enquiry {self.enquiry}"
