from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from glede.desk.conversations.models import Label
from glede.rulebook.brands.models import Brand
from glede.rulebook.people.models import Person


class Rule(models.Model):
    """What comes in like this goes to whom; the first that finds somebody decides."""

    place = models.PositiveIntegerField()
    active = models.BooleanField(default=True)
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, null=True)
    platform = models.TextField(default="")
    language = models.TextField(default="")
    label = models.ForeignKey(Label, on_delete=models.PROTECT, null=True)
    kind = models.TextField(default="")  # rules.Kind
    phrases = models.JSONField(default=list)
    to = models.TextField()  # rules.To
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True)
    skill = models.TextField(default="")
    way = models.TextField(default="round")  # rules.Way
    #: Who got something by it last: the next in turn comes after them.
    last_person = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, related_name="shared_last"
    )

    class Meta:
        ordering: ClassVar = ["place", "pk"]

    def __str__(self) -> str:
        return f"rule {self.place} to {self.to}"


class Skill(models.Model):
    """What somebody can do that not everybody can: a language (“cy”), or a topic."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="skills")
    name = models.TextField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint("person", Lower("name"), name="sharing_skill_once")
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.name}"


class Capacity(models.Model):
    """How many open conversations somebody is given by rule at most."""

    person = models.OneToOneField(Person, on_delete=models.CASCADE, related_name="capacity")
    most = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(most__gt=0), name="sharing_capacity_some")
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.most} at most"
