from typing import ClassVar

from django.db import models


class Version(models.Model):
    """One version of the policy text; never changed once approved, followed by another."""

    number = models.TextField(unique=True)
    title = models.TextField()
    approved_by = models.TextField(default="")
    approved_at = models.DateTimeField(null=True)
    effective_at = models.DateTimeField(null=True)
    review_due_on = models.DateField(null=True)
    source_hash = models.TextField(default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["effective_at"], name="policy_version_effective"),
        ]

    def __str__(self) -> str:
        return f"{self.title} v{self.number}"


class Clause(models.Model):
    """A numbered sentence of a version; a heading gives scope and is not a duty."""

    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="clauses")
    number = models.TextField()
    section = models.TextField(default="")
    heading = models.BooleanField(default=False)
    text = models.TextField()
    order = models.PositiveIntegerField()

    class Meta:
        ordering: ClassVar = ["order"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["version", "number"], name="policy_clause_number"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.text[:40]}"


class Rule(models.Model):
    """A value the desk runs by, bound to a clause: written, assumed or confirmed."""

    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="rules")
    key = models.TextField()
    value = models.JSONField()
    clause = models.TextField(default="")
    quote = models.TextField(default="")
    status = models.TextField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["version", "key"], name="policy_rule_key"),
        ]

    def __str__(self) -> str:
        return f"{self.key} = {self.value!r} ({self.status})"
