"""A person outside: names, notes, adjustments, who else it may be. Changes nothing."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection
from django.db.models import OuterRef, Q, Subquery
from django.db.models.functions import JSONObject, Lower

from glede.desk.contacts.models import Adjustment, Contact, Declaration, Handle, Note, Regroup
from glede.desk.contacts.rules import Consent, Regrouped, Wish, in_words
from glede.kit.words import say

#: How like two names must be, from 0 to 1, to be shown side by side (pg_trgm).
_NAMES_ALIKE = 0.6


@dataclass(frozen=True, slots=True)
class KnownName:
    """One handle."""

    id: int
    platform: str
    name: str
    handle: str
    url: str
    first_seen_at: datetime


def named(names: Collection[str], *, but: int) -> frozenset[str]:
    """Which of these names, in small letters, people have on a platform; not those of the contact
    `but`."""
    if not names:
        return frozenset()
    found = Handle.objects.annotate(small=Lower("name")).filter(small__in=names)
    return frozenset(found.exclude(contact_id=but).values_list("small", flat=True).distinct())


def names_of(contact_id: int) -> frozenset[str]:
    """The names this person has on platforms."""
    return frozenset(
        Handle.objects.filter(contact_id=contact_id).values_list("name", flat=True).distinct()
    )


@dataclass(frozen=True, slots=True)
class NoteLine:
    id: int
    text: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class AdjustmentLine:
    id: int
    says: str
    since_on: date
    consent: Consent
    consent_on: date
    review_on: date
    by: str


@dataclass(frozen=True, slots=True)
class Known:
    """What we may know of a person."""

    notes: tuple[NoteLine, ...]
    adjustments: tuple[AdjustmentLine, ...]
    works_here_since: date | None
    #: Every name of theirs, the oldest first.
    names: tuple[KnownName, ...]

    @property
    def line(self) -> str:
        """“Large print, prefers not to be phoned”: what stands above the composer."""
        says = [one.says for one in self.adjustments]
        return ", ".join([*says[:1], *(_lower(one) for one in says[1:])])


def _lower(says: str) -> str:
    return says if says[:3].isupper() else says[:1].lower() + says[1:]


@dataclass(frozen=True, slots=True)
class PersonOutside:
    id: int
    name: str
    names: tuple[KnownName, ...]


@dataclass(frozen=True, slots=True)
class Perhaps:
    """Another person it may be, and what speaks for it."""

    contact_id: int
    platform: str
    name: str
    handle: str
    evidence: str


@dataclass(frozen=True, slots=True)
class RegroupLine:
    id: int
    kind: Regrouped
    source_id: int
    target_id: int
    source_name: str
    target_name: str
    by: str
    at: datetime
    why: str
    handles: tuple[int, ...]
    conversations: tuple[int, ...]


def person(contact_id: int) -> PersonOutside | None:
    """With every name, the oldest first."""
    found = Contact.objects.filter(pk=contact_id).first()
    if found is None:
        return None
    names = Handle.objects.filter(contact=found).order_by("first_seen_at", "pk")
    return PersonOutside(
        found.pk,
        found.name,
        tuple(
            KnownName(one.pk, one.platform, one.name, one.handle, one.url, one.first_seen_at)
            for one in names
        ),
    )


def known(contact_id: int) -> Known:
    """Notes, adjustments that hold, whether they declared that they work here, and their names; one
    query, since every open conversation asks it."""
    of = {"contact": OuterRef("pk")}
    notes = Note.objects.filter(**of, removed_at=None).order_by("-at")
    holds = Adjustment.objects.filter(**of, ended_at=None).order_by("pk")
    declared = Declaration.objects.filter(**of, withdrawn_at=None).values("declared_on")[:1]
    names = Handle.objects.filter(**of).order_by("first_seen_at", "pk")
    found = (
        Contact.objects.filter(pk=contact_id)
        .values_list(
            ArraySubquery(notes.values(one=JSONObject(**_NOTE))),
            ArraySubquery(holds.values(one=JSONObject(**_ADJUSTMENT))),
            Subquery(declared),
            ArraySubquery(names.values(one=JSONObject(**_NAME))),
        )
        .first()
    )
    if found is None:
        return Known((), (), None, ())
    return Known(
        notes=tuple(
            NoteLine(one["id"], one["text"], one["by"], datetime.fromisoformat(one["at"]))
            for one in found[0]
        ),
        adjustments=tuple(
            AdjustmentLine(
                id=one["id"],
                says=in_words(Wish(one["wish"]), one["words"]),
                since_on=date.fromisoformat(one["since_on"]),
                consent=Consent(one["consent"]),
                consent_on=date.fromisoformat(one["consent_on"]),
                review_on=date.fromisoformat(one["review_on"]),
                by=one["by"],
            )
            for one in found[1]
        ),
        works_here_since=found[2],
        names=tuple(
            KnownName(**{**one, "first_seen_at": datetime.fromisoformat(one["first_seen_at"])})
            for one in found[3]
        ),
    )


_NAME = {
    "id": "pk",
    "platform": "platform",
    "name": "name",
    "handle": "handle",
    "url": "url",
    "first_seen_at": "first_seen_at",
}
_NOTE = {"id": "pk", "text": "text", "by": "person__name", "at": "at"}
_ADJUSTMENT = {
    "id": "pk",
    "wish": "wish",
    "words": "words",
    "since_on": "since_on",
    "consent": "consent",
    "consent_on": "consent_on",
    "review_on": "review_on",
    "by": "person__name",
}


_PERHAPS = """
SELECT handle.contact_id, handle.platform, handle.name, handle.handle,
    handle.handle <> '' AND lower(handle.handle) = ANY(%(handles)s) AS same_handle,
    (SELECT max(similarity(lower(handle.name), one)) FROM unnest(%(names)s::text[]) AS one)
FROM contacts_handle AS handle
WHERE handle.contact_id <> %(contact)s AND (lower(handle.handle) = ANY(%(handles)s)
    OR EXISTS (SELECT FROM unnest(%(names)s::text[]) AS one WHERE lower(handle.name) %% one))
ORDER BY 5 DESC, 6 DESC, handle.id LIMIT 12
"""


def perhaps(of: PersonOutside) -> tuple[Perhaps, ...]:
    """Other people with the same handle or a name like theirs; somebody decides. Whose
    conversations a viewer may not read is for the caller to leave out."""
    handles = sorted({bare for one in of.names if (bare := _bare(one.handle))})
    names = sorted({one.name.casefold() for one in of.names if len(one.name) > 3})
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('pg_trgm.similarity_threshold', %s, true)", [str(_NAMES_ALIKE)]
        )
        cursor.execute(_PERHAPS, {"contact": of.id, "handles": handles, "names": names})
        rows = cursor.fetchall()
    found: dict[int, Perhaps] = {}
    for contact_id, platform, name, handle, same_handle, likeness in rows:
        evidence = (
            say("the same handle, @%(handle)s", handle=_bare(handle))
            if same_handle
            else say("a name the same, %(name)s", name=name)
            if likeness == 1
            else say("a name much like it, %(name)s", name=name)
        )
        found.setdefault(contact_id, Perhaps(contact_id, platform, name, handle, evidence))
    return tuple(found.values())


def _bare(handle: str) -> str:
    return handle.removeprefix("@").casefold()


def regroups(contact_id: int) -> tuple[RegroupLine, ...]:
    """What was merged or parted here and still stands, the newest first."""
    found = Regroup.objects.filter(undone_at=None).filter(_touches(contact_id))
    rows = found.select_related("source", "target", "person").order_by("-pk")[:20]
    return tuple(_regroup(one) for one in rows)


def regroup(regroup_id: int) -> RegroupLine | None:
    found = Regroup.objects.filter(pk=regroup_id).select_related("source", "target", "person")
    one = found.first()
    return _regroup(one) if one is not None else None


def went_to(contact_id: int) -> int | None:
    """Whom a person without names was merged into, the last time."""
    found = Regroup.objects.filter(kind=Regrouped.MERGE, source_id=contact_id, undone_at=None)
    return found.order_by("-pk").values_list("target_id", flat=True).first()


def handles_of(contact_id: int) -> Sequence[int]:
    return list(Handle.objects.filter(contact_id=contact_id).values_list("pk", flat=True))


def _touches(contact_id: int) -> Q:
    return Q(source_id=contact_id) | Q(target_id=contact_id)


def _regroup(of: Regroup) -> RegroupLine:
    return RegroupLine(
        id=of.pk,
        kind=Regrouped(of.kind),
        source_id=of.source_id,
        target_id=of.target_id,
        source_name=of.source.name,
        target_name=of.target.name,
        by=of.person.name,
        at=of.at,
        why=of.why,
        handles=tuple(of.moved["handles"]),
        conversations=tuple(of.moved["conversations"]),
    )
