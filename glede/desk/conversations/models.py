from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from glede.desk.contacts.models import Contact, Handle
from glede.desk.conversations.rules import SETTLED
from glede.rulebook.accounts.models import Account
from glede.rulebook.brands.models import Brand
from glede.rulebook.people.models import Person

#: In the order in which the list's query names them, so that PostgreSQL sees it means the index.
_SETTLED = sorted(state.value for state in SETTLED)


class Subject(models.Model):
    """The post under discussion, ours or somebody's."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT)
    native_id = models.TextField()
    author_name = models.TextField()
    text = models.TextField()
    url = models.TextField(default="")
    ours = models.BooleanField(default=False)
    at = models.DateTimeField()
    #: What its platform marked as nothing to be looked at unasked (`veil.py`); empty for nothing.
    flagged = models.TextField(default="", db_default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["account", "native_id"], name="conversations_subject_native"
            ),
        ]

    def __str__(self) -> str:
        return self.text[:60]


class Thread(models.Model):
    """One native tree or private chat on one account."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="threads")
    native_id = models.TextField()
    private = models.BooleanField(default=False)
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, null=True)
    #: A private chat in which a matter goes on that began in public (clause 6.3).
    continues = models.ForeignKey(
        "Conversation", on_delete=models.PROTECT, null=True, related_name="private_threads"
    )
    opened_at = models.DateTimeField()
    last_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["account", "native_id"], name="conversations_thread_native"
            ),
        ]

    def __str__(self) -> str:
        return self.native_id


class PrivateLink(models.Model):
    """A visitor's way back to a thread: only the hash of the token is kept; it expires."""

    thread = models.ForeignKey(Thread, on_delete=models.CASCADE, related_name="links")
    token_hash = models.TextField(unique=True)
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"link to thread {self.thread_id}"


class Label(models.Model):
    """A word that the desk puts on conversations, for one brand or for all; archived, not deleted,
    so that what once carried it still says so."""

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, null=True)
    name = models.TextField()
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True)
    archived_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                Lower("name"), "brand", name="conversations_label_name", nulls_distinct=False
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Conversation(models.Model):
    """One matter of one contact with one brand, over one or more threads.

    The list shows a row from this table alone: `words`, `due_at` and the counts are kept current
    by the actions that change them. A further column, `lane` (`lanes.Lane`), says under which
    heading a row stands, time apart: PostgreSQL keeps it, with the indexes the list goes by, and it
    is no field here because nothing but the list reads it (migrations 0011 to 0018).
    """

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT)
    #: Without an index of its own: `conversations_of_contact` begins with it.
    contact = models.ForeignKey(
        Contact, on_delete=models.PROTECT, related_name="conversations", db_index=False
    )
    account = models.ForeignKey(Account, on_delete=models.PROTECT)
    thread = models.ForeignKey(Thread, on_delete=models.PROTECT, related_name="conversations")
    owner = models.ForeignKey(Person, on_delete=models.PROTECT, null=True)
    state = models.TextField()
    state_at = models.DateTimeField()
    opened_at = models.DateTimeField()

    # What a row shows, denormalised.
    name = models.TextField()
    platform = models.TextField()
    kind = models.TextField()
    private = models.BooleanField(default=False)
    words = models.TextField(default="")
    #: Are those words ours, and who of us wrote them; nobody where the platform's own app did.
    #: Without an index: a row changes with every reply, and nobody looks conversations up by it.
    words_ours = models.BooleanField(default=False, db_default=False)
    words_person = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )
    last_at = models.DateTimeField()
    message_count = models.PositiveIntegerField(default=0)
    waiting_count = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField(null=True)
    soft_at = models.DateTimeField(null=True)
    due_from = models.DateTimeField(null=True)
    due_clause = models.TextField(default="")
    #: What is due then: a key of the room that owns clocks. Empty without a running clock.
    due_kind = models.TextField(default="", db_default="")
    #: In which language they wrote last, as a BCP 47 tag; empty where nobody knows.
    language = models.TextField(default="", db_default="")
    #: Ids of labels, in the order in which they were put on.
    labels = ArrayField(models.BigIntegerField(), default=list, db_default=[])
    #: Why no reply may be needed (`rules.NotNeeded`), as the desk proposes; a person decides.
    proposed = models.TextField(default="", db_default="")
    #: Out of sight until then, or until they write or a clock of ours comes near; stops no clock.
    snoozed_until = models.DateTimeField(null=True)
    snoozed_by = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, related_name="conversations_snoozed"
    )
    #: The same matter said elsewhere: closed here, answered there.
    duplicate_of = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="duplicates"
    )
    #: Went on as part of that one; its messages moved there, and can be moved back.
    merged_into = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="merged"
    )
    #: Grows with every change a reader or writer should notice; the collision guard compares it.
    revision = models.PositiveIntegerField(default=1)
    #: The revision at which somebody last spoke, edited or deleted; notes and hand-overs leave it.
    said_revision = models.PositiveIntegerField(default=1)

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["last_at", "id"],
                condition=~Q(state__in=_SETTLED),
                name="conversations_open_last",
            ),
            models.Index(fields=["contact", "-last_at"], name="conversations_of_contact"),
            GinIndex(
                fields=["labels"],
                condition=~Q(state__in=_SETTLED),
                name="conversations_open_labels",
            ),
            models.Index(
                fields=["snoozed_until"],
                condition=Q(snoozed_until__isnull=False),
                name="conversations_snoozed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.words[:40]}"


class Enquiry(models.Model):
    """One stretch of a conversation that waits for us; it owns the clocks."""

    conversation = models.ForeignKey(
        Conversation, on_delete=models.PROTECT, related_name="enquiries"
    )
    number = models.PositiveIntegerField()
    follow_up = models.BooleanField(default=False)
    opened_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    closed_as = models.TextField(default="")
    #: “No reply needed”: why, and who said so; then whether somebody else agreed (clauses.md A3).
    closed_reason = models.TextField(default="", db_default="")
    closed_words = models.TextField(default="", db_default="")
    closed_by = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, related_name="enquiries_closed"
    )
    checked_at = models.DateTimeField(null=True)
    checked_by = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, related_name="enquiries_checked"
    )
    check_found = models.TextField(default="", db_default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["conversation", "number"], name="conversations_enquiry_number"
            ),
            models.UniqueConstraint(
                fields=["conversation"],
                condition=Q(answered_at__isnull=True, closed_at__isnull=True),
                name="conversations_enquiry_one_open",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["-closed_at"],
                condition=~Q(closed_reason=""),
                name="conversations_not_needed",
            ),
        ]

    def __str__(self) -> str:
        return f"enquiry {self.number} of conversation {self.conversation_id}"


class Agreement(models.Model):
    """A timescale: what will be done, by when and by whom; told, then agreed or not (clause 6.5).

    One is planned at most and one holds at most; a later one replaces it and says why.
    """

    conversation = models.ForeignKey(
        Conversation, on_delete=models.PROTECT, related_name="agreements"
    )
    number = models.PositiveSmallIntegerField()
    what = models.TextField()
    by_at = models.DateTimeField()
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="agreements")
    reason = models.TextField(default="")
    state = models.TextField()
    planned_at = models.DateTimeField()
    planned_by = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="agreements_planned"
    )
    told_at = models.DateTimeField(null=True)
    #: Our message that told it; empty where they were told otherwise.
    told_in = models.ForeignKey("Message", on_delete=models.PROTECT, null=True)
    #: Without an objection until then it counts as agreed.
    silence_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, related_name="agreements_answered"
    )
    #: Kept, replaced, objected to, or the conversation was closed for another reason.
    ended_at = models.DateTimeField(null=True)
    kept_at = models.DateTimeField(null=True)
    missed_at = models.DateTimeField(null=True)
    clause = models.TextField(default="")
    policy_version = models.TextField(default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["conversation", "number"], name="conversations_agreement_number"
            ),
            models.UniqueConstraint(
                fields=["conversation"],
                condition=Q(state="planned"),
                name="conversations_agreement_one_planned",
            ),
            models.UniqueConstraint(
                fields=["conversation"],
                condition=Q(state__in=["proposed", "agreed", "silent"], ended_at__isnull=True),
                name="conversations_agreement_one_holds",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["silence_at"],
                condition=Q(state="proposed", ended_at__isnull=True),
                name="conversations_agreement_silent",
            ),
        ]

    def __str__(self) -> str:
        return f"agreement {self.number} of conversation {self.conversation_id}"


class Message(models.Model):
    """One native item, or an internal note (no native id, never sent)."""

    #: Empty only on the tombstone of a message whose deletion came before it.
    thread = models.ForeignKey(Thread, on_delete=models.PROTECT, null=True, related_name="messages")
    conversation = models.ForeignKey(
        Conversation, on_delete=models.PROTECT, null=True, related_name="messages"
    )
    enquiry = models.ForeignKey(
        Enquiry, on_delete=models.PROTECT, null=True, related_name="messages"
    )
    handle = models.ForeignKey(Handle, on_delete=models.PROTECT, null=True)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True)
    platform = models.TextField()
    native_id = models.TextField(null=True)
    parent_native_id = models.TextField(default="")
    direction = models.TextField()  # in | out | note
    kind = models.TextField()
    private = models.BooleanField(default=False)
    #: An automatic acknowledgement: no person wrote it, and it answers nothing by itself.
    automatic = models.BooleanField(default=False, db_default=False)
    url = models.TextField(default="")
    language = models.TextField(default="")
    received_at = models.DateTimeField()
    ingested_at = models.DateTimeField()
    remark_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)
    #: Shown to nobody but its author and us.
    hidden_at = models.DateTimeField(null=True)
    #: Taken off the page by us, not by its author: what it asked still waits.
    removed_at = models.DateTimeField(null=True)
    #: Hidden, shown or removed in the platform's own app, by somebody or by the platform.
    moderated_there = models.BooleanField(default=False, db_default=False)
    revision = models.TextField(default="")
    media = models.JSONField(default=list)
    #: Why its words and pictures are veiled until somebody asks to see them; empty where not.
    flagged = models.TextField(default="", db_default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["platform", "native_id"], name="conversations_message_native"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["conversation", "received_at", "id"], name="conversations_message_talk"
            ),
            models.Index(fields=["thread", "received_at", "id"], name="conversations_message_tree"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.native_id or self.pk}"


class MessageVersion(models.Model):
    """The words of a message at one time: the only table that holds bodies."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    text = models.TextField()
    revision = models.TextField(default="")
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["message", "number"], name="conversations_version_number"
            ),
        ]

    def __str__(self) -> str:
        return self.text[:60]


class Mention(models.Model):
    """A colleague named in an internal note (`@Sam`)."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="mentions")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="mentions")
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["message", "person"], name="conversations_mention_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} in message {self.message_id}"


class Regrouping(models.Model):
    """Messages went from one conversation to another, because a person said that it is one matter
    (merge) or two (split); `moved` lists everything that went, so that it can go back."""

    kind = models.TextField()  # cases.Kind
    source = models.ForeignKey(
        Conversation, on_delete=models.PROTECT, related_name="regroupings_from"
    )
    target = models.ForeignKey(
        Conversation, on_delete=models.PROTECT, related_name="regroupings_to"
    )
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="regroupings")
    at = models.DateTimeField()
    why = models.TextField(default="")
    #: Ids by what they are of, with what they were before; see `actions_cases`.
    moved = models.JSONField(default=dict)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, related_name="regroupings_undone"
    )

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(source=F("target")), name="conversations_regrouping_two"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.source_id} and {self.target_id}"


class Sighting(models.Model):
    """One way in which a message reached us: webhook, poll, stream, lookup, or our own send."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="sightings")
    way = models.TextField()
    account = models.ForeignKey(Account, on_delete=models.PROTECT)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["message", "way", "account"], name="conversations_sighting_way"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.way} at {self.at:%H:%M}"


class Reading(models.Model):
    """How far a person has read a conversation; the list asks its one index alone."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, db_index=False)
    person = models.ForeignKey(Person, on_delete=models.CASCADE)
    revision = models.PositiveIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["conversation", "person"],
                include=["revision"],
                name="conversations_reading_one",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} read {self.conversation_id} to {self.revision}"
