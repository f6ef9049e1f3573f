from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from glede.rulebook.people.models import Person


class Act(models.Model):
    """Something a person did with conversations, kept for as long as it can be undone: ids and
    values, never words."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="acts")
    deed = models.TextField()  # rules.Deed
    conversations = ArrayField(models.BigIntegerField())
    #: `rules.Changed`: the columns that changed, by row.
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    at = models.DateTimeField()
    until_at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["until_at"], name="acts_act_until")]

    def __str__(self) -> str:
        return f"{self.deed} {self.at:%H:%M:%S}"
