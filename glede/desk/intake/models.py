from typing import ClassVar

from django.db import models

from glede.rulebook.accounts.models import Account, App


class RawEvent(models.Model):
    """One event as it came, kept before anybody understood it; dropped after its days.

    `state`: waiting -> done | aside (set aside with its error, replayable).
    """

    app = models.ForeignKey(App, on_delete=models.PROTECT, db_index=False)
    key = models.TextField()
    account = models.TextField(default="")
    body = models.BinaryField()
    ingested_at = models.DateTimeField()
    state = models.TextField(default="waiting")
    tries = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(default="")
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["app", "key"], name="intake_rawevent_key"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["id"], name="intake_rawevent_waiting", condition=models.Q(state="waiting")
            ),
            models.Index(
                fields=["id"], name="intake_rawevent_aside", condition=models.Q(state="aside")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.state}"


class Position(models.Model):
    """Where a poll or stream of an account left off."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="positions")
    way = models.TextField()  # poll | stream
    cursor = models.TextField(default="")
    moved_at = models.DateTimeField()
    heard_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "way"], name="intake_position_way"),
        ]

    def __str__(self) -> str:
        return f"{self.account} {self.way} {self.cursor[:30]}"


class Blindness(models.Model):
    """A stretch in which we could not hear an account; recorded, then backfilled."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="blindness")
    from_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True)
    why = models.TextField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["account"],
                condition=models.Q(until_at__isnull=True),
                name="intake_blindness_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account} blind from {self.from_at:%Y-%m-%d %H:%M}"
