from typing import ClassVar

from django.contrib.postgres.indexes import BrinIndex
from django.db import models

from glede.desk.intake.rules import State, Way
from glede.rulebook.accounts.models import Account, App


class RawEvent(models.Model):
    """One event as it came, kept before anybody understood it; dropped after its days.

    `state`: waiting -> done | aside (set aside with its error, replayable).
    """

    # The door has just looked the app up, and an app is closed, never deleted: a check in the
    # database for every row would lock the same row of every app in every commit.
    app = models.ForeignKey(App, on_delete=models.PROTECT, db_index=False, db_constraint=False)
    key = models.TextField()
    account = models.TextField(default="")
    body = models.BinaryField()
    ingested_at = models.DateTimeField()
    way = models.TextField(default=Way.WEBHOOK.value)
    state = models.TextField(default=State.WAITING.value)
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
            # Rows come in the order of time: a few pages of index find what is old enough to drop.
            BrinIndex(fields=["ingested_at"], name="intake_rawevent_age", autosummarize=True),
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
    """A stretch in which we could not hear an account in one way; recorded, then backfilled.

    `way`: poll, where nothing else can be relied on; stream or webhook, while polls go on.
    """

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="blindness")
    way = models.TextField(default=Way.POLL.value, db_default=Way.POLL.value)
    from_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True)
    why = models.TextField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["account", "way"],
                condition=models.Q(until_at__isnull=True),
                name="intake_blindness_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account} blind from {self.from_at:%Y-%m-%d %H:%M}"


class Tally(models.Model):
    """How many events of an account were understood in one hour, by the way they came."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="tallies")
    way = models.TextField()
    hour_at = models.DateTimeField()
    events = models.PositiveIntegerField()
    last_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "hour_at", "way"], name="intake_tally_hour"),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.hour_at:%Y-%m-%d %H} {self.way}: {self.events}"


class Usage(models.Model):
    """How often a public form was used with this key in one window; no address, only its hash."""

    key = models.TextField()
    window_at = models.DateTimeField()
    used = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["key", "window_at"], name="intake_usage_window"),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.used} times from {self.window_at:%H:%M}"
