from typing import ClassVar

from django.db import models

from glede.rulebook.imports.rules import Act, Kind, State


class File(models.Model):
    """A policy file as it was given, by its content. In the database, so that it and the row that
    needs it are kept, and backed up, together."""

    digest = models.TextField(unique=True)
    size = models.PositiveBigIntegerField()
    data = models.BinaryField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(size__gt=0), name="imports_file_size"),
        ]

    def __str__(self) -> str:
        return f"{self.digest[:12]} ({self.size} bytes)"


class Import(models.Model):
    """One policy file and what was read in it; nobody is bound by it.

    `revision` grows with every change, for screens. `alive_at` is the last sign of whoever reads
    it. `version_id` is the policy version made of it, without a foreign key: a draft may be thrown
    away again.
    """

    file = models.OneToOneField(File, on_delete=models.PROTECT, related_name="import_row")
    name = models.TextField()
    note = models.TextField(default="")
    state = models.TextField(choices=[(one.value, one.value) for one in State])
    given_by = models.BigIntegerField()
    given_by_name = models.TextField()
    given_at = models.DateTimeField()
    alive_at = models.DateTimeField()
    tries = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    doing = models.TextField(default="")
    error = models.TextField(default="")
    read_at = models.DateTimeField(null=True)
    result = models.JSONField(null=True)
    policy_mark = models.TextField(default="")
    follows = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="followed_by"
    )
    revision = models.PositiveIntegerField(default=0)
    version_id = models.BigIntegerField(null=True)
    version_number = models.TextField(default="")

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["alive_at"],
                condition=models.Q(state__in=[State.WAITING.value, State.READING.value]),
                name="imports_unread",
            ),
            models.Index(fields=["policy_mark", "read_at"], name="imports_same_policy"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.state})"


class Item(models.Model):
    """One thing that was found, or is missing, as the reader gave it: it never changes. What a
    person decided is the row `decision` points at; `version` grows with each decision."""

    of = models.ForeignKey(Import, on_delete=models.PROTECT, related_name="items")
    order = models.PositiveIntegerField()
    kind = models.TextField(choices=[(one.value, one.value) for one in Kind])
    key = models.TextField()
    about = models.TextField(default="")
    value = models.JSONField(null=True)
    unit = models.TextField(default="")
    clause = models.TextField(default="")
    quote = models.TextField(default="")
    says = models.TextField(default="")
    status = models.TextField(default="")
    fingerprint = models.TextField()
    version = models.PositiveIntegerField(default=0)
    decision = models.ForeignKey(
        "Decision", null=True, on_delete=models.PROTECT, related_name="holds_for"
    )

    class Meta:
        ordering: ClassVar = ["order"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["of", "order"], name="imports_item_order"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"

    @property
    def number(self) -> int:
        """What people call it; its quote in the text carries the same number."""
        return self.order + 1


class Decision(models.Model):
    """What somebody decided about an item, and when; rows are only ever added. `before` is what
    held until then, so that an undo is exact."""

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="decisions")
    act = models.TextField(choices=[(one.value, one.value) for one in Act])
    value = models.JSONField(null=True)
    clause = models.TextField(default="")
    quote = models.TextField(default="")
    reason = models.TextField(default="")
    by = models.BigIntegerField()
    by_name = models.TextField()
    at = models.DateTimeField()
    before = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="after")
    #: The decision about the same words of an earlier file that this one carries over.
    carried_from = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="carried_to"
    )

    class Meta:
        indexes: ClassVar = [models.Index(fields=["item", "id"], name="imports_decisions")]

    def __str__(self) -> str:
        return f"{self.act} by {self.by_name}"
