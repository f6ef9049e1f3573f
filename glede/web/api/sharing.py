"""Work shared out, over the API: the rules, what they would have done, who can do what."""

from http import HTTPStatus
from typing import Annotated

from django.conf import settings
from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field, StringConstraints

from glede.desk.conversations import queries_labels
from glede.desk.sharing import queries
from glede.desk.sharing.queries import Worker, Written
from glede.desk.sharing.rules import MOST_PHRASES, BadRule, Kind, RuleOf, To, Way, phrases
from glede.flow import sharing
from glede.platforms import registry
from glede.rulebook.people.rules import Permission
from glede.web.access import found
from glede.web.api.base import CHANGES, REFUSALS, Unfit, asks, caller, or_conflict
from glede.web.api.shapes import PLAIN, Id, ShortWords, brand_named, brand_slugs, one_of

router = Router(tags=["sharing"])

type Phrase = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^,\n]*$"), PLAIN]
type Skill = Annotated[str, StringConstraints(max_length=80, pattern=r"^[^,\n]*$"), PLAIN]


class SharingRuleIn(Schema):
    """What a rule speaks of, and who gets it; what is left empty matches everything. `to`: one
    `person`, whoever is on *duty*, or those with a `skill`; `way`: each in turn (*round*) or
    whoever has *least* to do."""

    brand: ShortWords | None = Field(None, examples=["pennvale"])
    platform: ShortWords = ""
    kind: Annotated[Kind, one_of(Kind)] = Kind.ANY
    language: Annotated[str, StringConstraints(pattern=r"^([A-Za-z]{2,3})?$")] = ""
    label: Id | None = None
    phrases: list[Phrase] = Field(default_factory=list, max_length=MOST_PHRASES)
    to: Annotated[To, one_of(To)] = To.DUTY
    person: Id | None = None
    skill: Skill = ""
    way: Annotated[Way, one_of(Way)] = Way.ROUND


class SharingRuleOut(SharingRuleIn):
    """One rule, in the order in which they are asked."""

    id: int
    active: bool


class WorkerIn(Schema):
    """What somebody can do, and how much they are given by rule at most; null: no limit."""

    skills: list[Skill] = Field(default_factory=list, max_length=30, examples=[["cy", "repairs"]])
    most: int | None = Field(None, ge=1, le=10_000)


class WorkerOut(WorkerIn):
    id: int
    name: str


class WouldOut(Schema):
    """What the rules would have made of one of the last conversations; `rule` counts from 1."""

    conversation: int
    rule: int | None
    person: int | None


@router.get("/sharing/rules", response={200: list[SharingRuleOut], **REFUSALS})
@asks(Permission.SHARE_WORK)
def sharing_rules(request: HttpRequest) -> list[SharingRuleOut]:  # noqa: ARG001
    """The rules by which what comes in finds its owner, those switched off too."""
    return _rules()


@router.post("/sharing/rules", response={201: list[SharingRuleOut], **CHANGES})
@asks(Permission.SHARE_WORK)
def add_rule(request: HttpRequest, given: SharingRuleIn) -> Status[list[SharingRuleOut]]:
    """A rule after all others; it holds from now on."""
    desk, rule = caller(request), _rule(request, given)
    with or_conflict(BadRule):
        sharing.add_rule(viewer=desk.viewer, rule=rule, now=desk.now)
    return Status(HTTPStatus.CREATED, _rules())


@router.delete("/sharing/rules/{int:rule_id}", response={200: list[SharingRuleOut], **CHANGES})
@asks(Permission.SHARE_WORK)
def remove_rule(request: HttpRequest, rule_id: int) -> list[SharingRuleOut]:
    """A rule is gone."""
    return _changed(request, rule_id, "remove")


@router.post("/sharing/rules/{int:rule_id}/up", response={200: list[SharingRuleOut], **CHANGES})
@asks(Permission.SHARE_WORK)
def rule_up(request: HttpRequest, rule_id: int) -> list[SharingRuleOut]:
    """A rule is asked before the one above it."""
    return _changed(request, rule_id, "up")


@router.post("/sharing/rules/{int:rule_id}/on", response={200: list[SharingRuleOut], **CHANGES})
@asks(Permission.SHARE_WORK)
def rule_on(request: HttpRequest, rule_id: int) -> list[SharingRuleOut]:
    """A rule holds again."""
    return _changed(request, rule_id, "on")


@router.post("/sharing/rules/{int:rule_id}/off", response={200: list[SharingRuleOut], **CHANGES})
@asks(Permission.SHARE_WORK)
def rule_off(request: HttpRequest, rule_id: int) -> list[SharingRuleOut]:
    """A rule does not hold for now."""
    return _changed(request, rule_id, "off")


@router.get("/sharing/rehearsal", response={200: list[WouldOut], **REFUSALS})
@asks(Permission.SHARE_WORK, discloses=True)
def rehearsal(request: HttpRequest) -> list[WouldOut]:
    """What the rules would have made of the last conversations that came in; changes nothing."""
    desk = caller(request)
    if not queries.active_rules():
        return []
    most = settings.GLEDE_SHARING_REHEARSED
    return [
        WouldOut(conversation=one.conversation.pk, rule=one.place, person=one.person_id)
        for one in sharing.rehearse(viewer=desk.viewer, now=desk.now, limit=most)
    ]


@router.get("/sharing/people", response={200: list[WorkerOut], **REFUSALS})
@asks(Permission.SHARE_WORK)
def workers(request: HttpRequest) -> list[WorkerOut]:
    """Everybody who works on conversations, with skills and how much they are given at most."""
    return [_worker(one) for one in queries.workers(now=caller(request).now)]


@router.put("/sharing/people/{int:person_id}", response={200: WorkerOut, **CHANGES})
@asks(Permission.SHARE_WORK)
def change_worker(request: HttpRequest, person_id: int, given: WorkerIn) -> WorkerOut:
    """Skills of a colleague, and how much they are given at most."""
    desk = caller(request)
    _colleague(request, person_id)
    sharing.set_person(
        viewer=desk.viewer,
        person_id=person_id,
        skills=given.skills,
        most=given.most,
        now=desk.now,
    )
    return _worker(_colleague(request, person_id))


def _changed(request: HttpRequest, rule_id: int, act: str) -> list[SharingRuleOut]:
    desk = caller(request)
    found(next((one for one in queries.every() if one.rule.id == rule_id), None))
    sharing.change_rule(viewer=desk.viewer, rule_id=rule_id, act=act, now=desk.now)
    return _rules()


def _rule(request: HttpRequest, given: SharingRuleIn) -> RuleOf:
    """What is named must be there. Raises `Unfit`."""
    people = queries.workers(now=caller(request).now)
    if given.platform and given.platform not in registry.slugs():
        raise Unfit("body.platform", f"There is no platform “{given.platform}”.")
    known = {one.id for one in queries_labels.all_labels(archived=False)}
    if given.label is not None and given.label not in known:
        raise Unfit("body.label", "There is no such label.")
    if given.person is not None and given.person not in {one.id for one in people}:
        raise Unfit("body.person", "Nobody by that number works here.")
    if given.skill and given.skill not in {skill for one in people for skill in one.skills}:
        raise Unfit("body.skill", "Nobody has that skill.")
    return RuleOf(
        id=0,
        brand_id=brand_named(given.brand),
        platform=given.platform,
        language=given.language,
        label_id=given.label,
        kind=given.kind,
        phrases=phrases("\n".join(given.phrases)),
        to=given.to,
        person_id=given.person,
        skill=given.skill,
        way=given.way,
    )


def _rules() -> list[SharingRuleOut]:
    slugs = brand_slugs()
    return [_shown(one, slugs) for one in queries.every()]


def _shown(of: Written, slugs: dict[int, str]) -> SharingRuleOut:
    rule = of.rule
    return SharingRuleOut(
        id=rule.id,
        brand=slugs[rule.brand_id] if rule.brand_id else None,
        platform=rule.platform,
        kind=rule.kind,
        language=rule.language,
        label=rule.label_id,
        phrases=list(rule.phrases),
        to=rule.to,
        person=rule.person_id,
        skill=rule.skill,
        way=rule.way,
        active=of.active,
    )


def _colleague(request: HttpRequest, person_id: int) -> Worker:
    those = queries.workers(now=caller(request).now)
    return found(next((one for one in those if one.id == person_id), None))


def _worker(of: Worker) -> WorkerOut:
    return WorkerOut(id=of.id, name=of.name, skills=list(of.skills), most=of.most)
