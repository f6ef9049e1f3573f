from typing import ClassVar

from django.db import models
from django.db.models import Q

from glede.desk.conversations.models import Enquiry
from glede.rulebook.brands.models import Calendar
from glede.rulebook.policy.models import Version


class Clock(models.Model):
    """A promise running for one enquiry, with the clause and versions it was made under."""

    enquiry = models.ForeignKey(Enquiry, on_delete=models.PROTECT, related_name="clocks")
    kind = models.TextField()
    state = models.TextField()
    started_at = models.DateTimeField()
    due_at = models.DateTimeField()
    soft_at = models.DateTimeField()
    #: The next instant a sweep must look at this clock: a warning step or the due time.
    look_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)
    stopped_by_kind = models.TextField(default="")  # delivery | message
    stopped_by_id = models.BigIntegerField(null=True)
    in_hours = models.BooleanField()
    reading = models.TextField()
    clause = models.TextField()
    policy = models.ForeignKey(Version, on_delete=models.PROTECT)
    calendar = models.ForeignKey(Calendar, on_delete=models.PROTECT)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["enquiry", "kind"], name="clocks_clock_kind"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["look_at"], condition=Q(state="running"), name="clocks_clock_look"
            ),
            models.Index(fields=["due_at"], condition=Q(state="running"), name="clocks_clock_due"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} due {self.due_at:%Y-%m-%d %H:%M}"


class Step(models.Model):
    """A clock crossed 50, 75, 90 or 100 per cent: the insert decides who alerts."""

    clock = models.ForeignKey(Clock, on_delete=models.CASCADE, related_name="steps")
    percent = models.PositiveSmallIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["clock", "percent"], name="clocks_step_once"),
        ]

    def __str__(self) -> str:
        return f"{self.percent} % at {self.at:%H:%M}"
