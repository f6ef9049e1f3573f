from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from glede.desk.views.rules import Share
from glede.rulebook.brands.models import Brand
from glede.rulebook.people.models import Person


class View(models.Model):
    """The list as somebody asked for it, kept under a name: for themselves, for everybody who reads
    a brand, or for the team."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="views")
    name = models.TextField()
    query = models.TextField(default="")
    order = models.TextField()  # conversations.lanes.Order
    share = models.TextField()  # rules.Share
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, null=True)
    #: Among the views of its maker.
    position = models.PositiveSmallIntegerField()
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint("person", Lower("name"), name="views_view_name"),
            models.CheckConstraint(
                condition=Q(share=Share.BRAND.value, brand__isnull=False)
                | (~Q(share=Share.BRAND.value) & Q(brand__isnull=True)),
                name="views_view_brand",
            ),
        ]

    def __str__(self) -> str:
        return self.name
