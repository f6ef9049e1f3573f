"""Who may be given something now, and what the rules say."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, Q

from glede.desk.conversations.models import Conversation, Message, MessageVersion
from glede.desk.conversations.rules import SETTLED, Direction
from glede.desk.rota import queries as rota
from glede.desk.sharing.models import Capacity, Rule, Skill
from glede.desk.sharing.rules import Arrived, Kind, Load, RuleOf, To, Way
from glede.kit import once
from glede.rulebook.offices import queries as offices
from glede.rulebook.people import queries as people
from glede.rulebook.people.rules import Permission


@dataclass(frozen=True, slots=True)
class Worker:
    """Somebody with what they can do and take."""

    id: int
    name: str
    skills: tuple[str, ...]
    most: int | None


@once.remembered
def active_rules() -> tuple[RuleOf, ...]:
    """The rules in force, in their order; one query, asked once for a batch."""
    return tuple(of(row) for row in Rule.objects.filter(active=True))


def of(row: Rule) -> RuleOf:
    return RuleOf(
        id=row.pk,
        brand_id=row.brand_id,
        platform=row.platform,
        language=row.language,
        label_id=row.label_id,
        kind=Kind(row.kind),
        phrases=tuple(row.phrases),
        to=To(row.to),
        person_id=row.person_id,
        skill=row.skill,
        way=Way(row.way),
    )


@dataclass(frozen=True, slots=True)
class Written:
    """A rule as the screen lists it: with the names of what it speaks of."""

    rule: RuleOf
    active: bool
    brand: str
    label: str
    person: str


def every() -> list[Written]:
    """All rules in their order, those switched off too."""
    rows = Rule.objects.select_related("brand", "label", "person")
    return [
        Written(
            of(row),
            row.active,
            row.brand.name if row.brand else "",
            row.label.name if row.label else "",
            row.person.name if row.person else "",
        )
        for row in rows
    ]


def workers(*, now: datetime) -> tuple[Worker, ...]:
    """Everybody who may work on conversations of some brand, with skills and capacity."""
    skills: dict[int, list[str]] = {}
    for person_id, name in Skill.objects.order_by("name").values_list("person_id", "name"):
        skills.setdefault(person_id, []).append(name)
    most = dict(Capacity.objects.values_list("person_id", "most"))
    return tuple(
        Worker(one.id, one.name, tuple(skills.get(one.id, ())), most.get(one.id))
        for one in people.who_may(Permission.WORK_CONVERSATIONS, brand_id=None, now=now)
    )


@once.remembered
def able(brand_id: int, now: datetime) -> frozenset[int]:
    """Who may work for the brand, and is not away today."""
    here = now.astimezone(rota.zone()).date()
    away = {one.person for one in offices.away() if one.from_on <= here < one.until_on}
    may = people.who_may(Permission.WORK_CONVERSATIONS, brand_id=brand_id, now=now)
    return frozenset(one.id for one in may) - away


@once.remembered
def on_duty(brand_id: int, now: datetime) -> frozenset[int]:
    """Who has the brand now by the rota."""
    return rota.on_for(brand_id, now=now)


@once.remembered
def skilled(skill: str) -> frozenset[int]:
    return frozenset(Skill.objects.filter(name__iexact=skill).values_list("person_id", flat=True))


@once.remembered
def capacities() -> dict[int, int]:
    return dict(Capacity.objects.values_list("person_id", "most"))


def candidates(rule: RuleOf, *, brand_id: int, now: datetime) -> frozenset[int]:
    """Whom the rule may choose from now: each may work for the brand and is not away. A skill is
    asked of those on duty first; where none of them has it, of everybody."""
    may = able(brand_id, now)
    match rule.to:
        case To.PERSON:
            return may & {rule.person_id or 0}
        case To.DUTY:
            return may & on_duty(brand_id, now)
        case To.SKILL:
            having = may & skilled(rule.skill)
            return having & on_duty(brand_id, now) or having


def loads(person_ids: Collection[int], *, now: datetime) -> dict[int, Load]:
    """What each of them has open, and how much of it falls due soon; one query."""
    soon = now + timedelta(minutes=settings.GLEDE_SHARING_SOON_MINUTES)
    found = (
        Conversation.objects.filter(owner__in=person_ids)
        .exclude(state__in=sorted(SETTLED))
        .values("owner_id")
        .annotate(open=Count("pk"), soon=Count("pk", filter=Q(due_at__lte=soon)))
    )
    return {row["owner_id"]: Load(row["open"], row["soon"]) for row in found}


def last_by(rule_id: int) -> int | None:
    """Who got something by this rule last; the row is held, so that two do not take one turn."""
    row = Rule.objects.select_for_update(of=("self",), no_key=True).filter(pk=rule_id)
    return row.values_list("last_person_id", flat=True).first()


def arrived(conversation: Conversation, words: str) -> Arrived:
    return Arrived(
        brand_id=conversation.brand_id,
        platform=conversation.platform,
        language=conversation.language,
        labels=tuple(conversation.labels),
        private=conversation.private,
        words=words,
    )


def first_words(conversation_ids: Collection[int]) -> dict[int, str]:
    """The first message of each, in its first words; one query."""
    firsts = (
        Message.objects.filter(conversation__in=conversation_ids, direction=Direction.IN)
        .order_by("conversation_id", "received_at", "pk")
        .distinct("conversation_id")
        .values("pk")
    )
    rows = MessageVersion.objects.filter(number=1, message__in=firsts)
    return dict(rows.values_list("message__conversation_id", "text"))


def newest(brand_ids: Collection[int] | None, *, limit: int) -> list[Conversation]:
    """What came in last, of these brands."""
    found = Conversation.objects.select_related("brand").order_by("-pk")
    if brand_ids is not None:
        found = found.filter(brand__in=brand_ids)
    return list(found[:limit])


def open_of(person_id: int) -> list[Conversation]:
    """What is still somebody's, the first to fall due first."""
    found = Conversation.objects.filter(owner_id=person_id).exclude(state__in=sorted(SETTLED))
    return list(found.select_related("brand").order_by("due_at", "pk"))


def left_behind(*, limit: int) -> list[tuple[int, int]]:
    """Open conversations of people who have left: (conversation, person)."""
    found = Conversation.objects.filter(owner__is_active=False).exclude(state__in=sorted(SETTLED))
    return list(found.order_by("pk").values_list("pk", "owner_id")[:limit])
