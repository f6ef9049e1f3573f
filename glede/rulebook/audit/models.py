from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Entry(models.Model):
    """One act: ids, verbs, clause, version and keyed hashes; never a resident's words."""

    at = models.DateTimeField()
    actor_kind = models.TextField()
    actor_id = models.TextField()
    actor_name = models.TextField()
    verb = models.TextField()
    object_kind = models.TextField()
    object_id = models.TextField()
    brand = models.TextField(default="")
    clause = models.TextField(default="")
    policy_version = models.TextField(default="")
    details = models.JSONField(default=dict)

    class Meta:
        db_table = "audit_entry"
        indexes: ClassVar = [
            models.Index(fields=["object_kind", "object_id", "id"], name="audit_entry_object"),
            models.Index(fields=["clause", "at"], name="audit_entry_clause"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor_name} {self.verb} {self.object_id}"


class Seal(models.Model):
    """A batch of committed entries, chained by digest to the seal before it.

    Every entry with an id up to `floor` is in this seal or an earlier one: none of them can come
    any more.
    """

    at = models.DateTimeField()
    entries = ArrayField(models.BigIntegerField())
    floor = models.BigIntegerField()
    previous = models.TextField()
    digest = models.TextField()

    class Meta:
        db_table = "audit_seal"
        indexes: ClassVar = [models.Index(fields=["at"], name="audit_seal_at")]

    def __str__(self) -> str:
        return f"seal {self.pk} of {len(self.entries)} entries"
