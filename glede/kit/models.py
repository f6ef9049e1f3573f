from typing import ClassVar

from django.db import models


class LiveEvent(models.Model):
    """A numbered event for open screens: ids only, never words.

    `xid` is the writing transaction, filled in by the database: readers order by (xid, id) and
    stop at the oldest transaction still running, so a late commit is never skipped.
    """

    xid = models.BigIntegerField(
        db_default=models.expressions.RawSQL("pg_current_xact_id()::text::bigint", [])
    )
    topic = models.TextField()
    brand = models.BigIntegerField(null=True)
    person = models.BigIntegerField(null=True)
    payload = models.JSONField(default=dict)
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["xid", "id"], name="kit_liveevent_order")]

    def __str__(self) -> str:
        return f"{self.xid}-{self.pk} {self.topic}"


class Beat(models.Model):
    """A sign of life of a part that runs in the background (worker, stream, sweep)."""

    part = models.TextField(primary_key=True)
    at = models.DateTimeField()
    details = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.part} at {self.at:%H:%M:%S}"
