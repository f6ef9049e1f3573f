"""The rules by which what comes in finds its owner, and what they would have done."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from glede.desk.conversations import queries_labels
from glede.desk.sharing import queries
from glede.desk.sharing.queries import Written
from glede.desk.sharing.rules import TO_WORDS, WAY_WORDS, BadRule, Kind, RuleOf, To, Way, phrases
from glede.flow import sharing
from glede.kit.words import joined, say, told
from glede.platforms import registry
from glede.rulebook.brands import queries as brands
from glede.rulebook.people.rules import Permission
from glede.web.access import DeskRequest, needs
from glede.web.sharing.forms import RuleActForm, RuleForm, WorkerForm


@dataclass(frozen=True, slots=True)
class RuleView:
    id: int
    what: str
    who: str
    active: bool


@dataclass(frozen=True, slots=True)
class WouldView:
    id: int
    name: str
    brand: str
    came_at: datetime
    place: int | None
    person: str


@needs(Permission.SHARE_WORK)
@require_http_methods(["GET", "HEAD", "POST"])
def every(request: DeskRequest) -> HttpResponse:
    form = _form(request)
    if request.method == "POST" and form.is_valid():
        try:
            sharing.add_rule(viewer=request.viewer, rule=_rule(form), now=request.now)
        except BadRule as error:
            form.add_error(None, told(error))
        else:
            messages.success(request, gettext("The rule holds from now on, after those above it."))
            return HttpResponseRedirect(reverse("sharing:rules"))
    content = {
        "form": form,
        "rules": [_view(one) for one in queries.every()],
        "would": _would(request),
        "count": settings.GLEDE_SHARING_REHEARSED,
    }
    return render(request, "sharing/rules.html", content, status=422 if form.errors else 200)


@needs(Permission.SHARE_WORK)
@require_POST
def change(request: DeskRequest, rule_id: int) -> HttpResponse:
    """Move a rule up, switch it off or on, or remove it."""
    if all(one.rule.id != rule_id for one in queries.every()):
        raise Http404("There is no such rule.")
    form = RuleActForm(request.POST)
    if form.is_valid():
        act = form.cleaned_data["act"]
        sharing.change_rule(viewer=request.viewer, rule_id=rule_id, act=act, now=request.now)
    else:
        messages.warning(request, gettext("Nothing was changed: say what to do with the rule."))
    return HttpResponseRedirect(reverse("sharing:rules"))


@needs(Permission.SHARE_WORK)
@require_http_methods(["GET", "HEAD", "POST"])
def workers(request: DeskRequest) -> HttpResponse:
    """Skills, and how much somebody is given at most."""
    found = queries.workers(now=request.now)
    wrong = ""
    if request.method == "POST":
        form = WorkerForm(request.POST)
        if form.is_valid() and form.cleaned_data["person"] in {one.id for one in found}:
            sharing.set_person(
                viewer=request.viewer,
                person_id=form.cleaned_data["person"],
                skills=form.cleaned_data["skills"].split(","),
                most=form.cleaned_data["most"],
                now=request.now,
            )
            return HttpResponseRedirect(reverse("sharing:people"))
        wrong = say(
            "Nothing was kept: skills stand between commas, and the most is a number from 1."
        )
    content = {"workers": found, "wrong": wrong}
    return render(request, "sharing/people.html", content, status=422 if wrong else 200)


def _form(request: DeskRequest) -> RuleForm:
    people = queries.workers(now=request.now)
    return RuleForm(
        request.POST or None,
        brands=[(str(one.pk), one.name) for one in brands.all_brands()],
        platforms=[(slug, registry.get(slug).name) for slug in registry.slugs()],
        labels=[(str(one.id), one.name) for one in queries_labels.all_labels(archived=False)],
        people=[(str(one.id), one.name) for one in people],
        skills=sorted({skill for one in people for skill in one.skills}),
    )


def _rule(form: RuleForm) -> RuleOf:
    """Raises `BadRule`."""
    given = form.cleaned_data
    return RuleOf(
        id=0,
        brand_id=given["brand"],
        platform=given["platform"],
        language=given["language"],
        label_id=given["label"],
        kind=Kind(given["kind"]),
        phrases=phrases(given["phrases"]),
        to=To(given["to"]),
        person_id=given["person"],
        skill=given["skill"],
        way=Way(given["way"]),
    )


_KINDS = {Kind.ANY: "", Kind.PUBLIC: say("in public"), Kind.PRIVATE: say("in private")}


def _view(one: Written) -> RuleView:
    rule = one.rule
    parts = [
        one.brand,
        registry.get(rule.platform).name if rule.platform in registry.slugs() else rule.platform,
        _KINDS[rule.kind] if rule.kind else "",
        say("language %(language)s", language=rule.language) if rule.language else "",
        say("label %(name)s", name=one.label) if one.label else "",
        say("says %(phrases)s", phrases=joined((f"“{one}”" for one in rule.phrases), say(" or ")))
        if rule.phrases
        else "",
    ]
    who = one.person or TO_WORDS[rule.to]
    if rule.to is To.SKILL:
        who = say("those with the skill %(skill)s", skill=rule.skill)
    if rule.to is not To.PERSON:
        who = joined([who, WAY_WORDS[rule.way]], ", ")
    return RuleView(
        rule.id, joined(filter(None, parts), ", ") or say("Everything"), who, one.active
    )


def _would(request: DeskRequest) -> list[WouldView]:
    if not queries.active_rules():
        return []
    names = {one.id: one.name for one in queries.workers(now=request.now)}
    most = settings.GLEDE_SHARING_REHEARSED
    return [
        WouldView(
            one.conversation.pk,
            one.conversation.name,
            one.conversation.brand.name,
            one.conversation.opened_at,
            one.place,
            names.get(one.person_id or 0, ""),
        )
        for one in sharing.rehearse(viewer=request.viewer, now=request.now, limit=most)
    ]
