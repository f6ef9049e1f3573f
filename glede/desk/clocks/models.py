from typing import ClassVar

from django.db import models
from django.db.models import Q

from glede.desk.conversations.models import Conversation, Enquiry
from glede.rulebook.brands.models import Calendar
from glede.rulebook.policy.models import Version


class Clock(models.Model):
    """A promise or a legal time running in one conversation, with the clause and versions it was
    made under. The promises of an answer belong to an enquiry; a date that was agreed and a time
    the law sets belong to the conversation, and `reference` tells one of a kind from the next."""

    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, related_name="clocks")
    enquiry = models.ForeignKey(Enquiry, on_delete=models.PROTECT, null=True, related_name="clocks")
    kind = models.TextField()  # a key of `kinds`
    reference = models.TextField(default="", db_default="")
    state = models.TextField()
    held_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField()
    due_at = models.DateTimeField()
    soft_at = models.DateTimeField()
    #: The next instant a sweep must look at this clock: a warning step or the due time.
    look_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)
    stopped_by_kind = models.TextField(default="")  # delivery | message | person | agreement
    stopped_by_id = models.BigIntegerField(null=True)
    in_hours = models.BooleanField()
    reading = models.TextField()
    clause = models.TextField()
    policy = models.ForeignKey(Version, on_delete=models.PROTECT)
    calendar = models.ForeignKey(Calendar, on_delete=models.PROTECT)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["enquiry", "kind"],
                condition=Q(enquiry__isnull=False),
                name="clocks_clock_kind",
            ),
            models.UniqueConstraint(
                fields=["conversation", "kind", "reference"],
                condition=Q(enquiry__isnull=True),
                name="clocks_clock_reference",
            ),
            models.CheckConstraint(
                condition=Q(enquiry__isnull=False) | ~Q(reference=""),
                name="clocks_clock_told_apart",
            ),
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
    """A clock crossed 50, 75, 90 or 100 per cent, or so many minutes before its end (then the
    share is 0): the insert decides who alerts."""

    clock = models.ForeignKey(Clock, on_delete=models.CASCADE, related_name="steps")
    percent = models.PositiveSmallIntegerField()
    minutes_before = models.PositiveIntegerField(default=0, db_default=0)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["clock", "percent", "minutes_before"], name="clocks_step_once"
            ),
        ]

    def __str__(self) -> str:
        if self.minutes_before:
            return f"{self.minutes_before} min before, at {self.at:%H:%M}"
        return f"{self.percent} % at {self.at:%H:%M}"
