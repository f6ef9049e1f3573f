from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from glede.rulebook.people.models import Person


class Endpoint(models.Model):
    """Where a program wants to be told, and of what. Closed, not deleted: its log stays."""

    name = models.TextField()
    url = models.TextField()
    #: `rules.Kind`
    kinds = ArrayField(models.TextField())
    #: Brand ids; null means every brand, and what belongs to none.
    brands = ArrayField(models.BigIntegerField(), null=True)
    #: Sealed by the vault: a JSON list, newest first, each with the time until which it is good.
    secrets = models.BinaryField()
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True)
    #: Nothing is sent from then on; `off_why` says why if nobody switched it off.
    off_at = models.DateTimeField(null=True)
    off_why = models.TextField(default="")
    #: Since when nothing was taken; empty after the last that was.
    failing_since = models.DateTimeField(null=True)
    #: After a call that failed nothing is sent there until then, so that one receiver that hangs
    #: does not hold up the others.
    rests_until = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name


class Event(models.Model):
    """One thing that programs are told of: ids and links, no words."""

    key = models.TextField(unique=True)
    kind = models.TextField()
    brand = models.BigIntegerField(null=True)
    data = models.JSONField()
    at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.key


class Sending(models.Model):
    """One event on its way to one endpoint."""

    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="sendings")
    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="sendings")
    state = models.TextField()  # rules.State
    #: Tries since it was asked for, or asked for again.
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["endpoint", "event"], name="webhooks_sending_once"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["next_try_at"],
                condition=Q(state="waiting"),
                name="webhooks_sending_due",
            ),
            models.Index(fields=["endpoint", "-id"], name="webhooks_sending_log"),
        ]

    def __str__(self) -> str:
        return f"{self.event_id} to {self.endpoint_id}: {self.state}"


class Try(models.Model):
    """One call: when, how long it took, and what was answered."""

    sending = models.ForeignKey(Sending, on_delete=models.CASCADE, related_name="log")
    at = models.DateTimeField()
    milliseconds = models.PositiveIntegerField()
    #: Empty where no answer came: then `says` says why.
    status = models.PositiveSmallIntegerField(null=True)
    says = models.TextField(default="")

    def __str__(self) -> str:
        return f"{self.status or 'no answer'} at {self.at:%H:%M:%S}"


class Place(models.Model):
    """Up to where the live events were read; empty while nobody wants to be told."""

    position = models.TextField(default="")

    def __str__(self) -> str:
        return self.position or "nowhere"
