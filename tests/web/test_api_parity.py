"""What a screen can do a program can ask for, or it is said why not: no later screen goes without.

Pure: the table below is held against the addresses of the desk and against the API's document.
"""

import inspect
from collections.abc import Iterable, Mapping

from django import forms

from glede.web import access
from glede.web.api.urls import document
from glede.web.inbox.cases import CaseForm
from glede.web.inbox.forms import ClosingForm, SayForm
from glede.web.people.forms import ActForm
from glede.web.sharing.forms import ChangeLabelForm, RuleActForm
from tests.web.test_access import addresses

#: Why the API has no such operation.
SIGNING_IN = "Signing in and one's own keys are for people, not for programs."
THE_SCREEN = "It is about the screen itself: how it looks, and who sits before it."
GRANTS = "What grants, approves or decides for everybody is done by a person who is signed in."
AT_SIGN_IN = "A token has no session that could end while something is written."
MACHINE = "Somebody looks at what was set aside, and lets it in again."
BROWSER = "A browser's subscription is that browser's own."
LOOKED_AT = "A second pair of eyes on what a colleague decided: somebody who is signed in."
MAILED = "The answer holds the preview that the mail would show."

_C = "/conversations/{conversation_id}"
_P = "/people/{person_id}"

#: Address of a screen that takes a POST -> the operations that do the same; by its act, where a
#: form has several; or why there is none.
SAME: Mapping[str, str | tuple[str, ...] | Mapping[str, str]] = {
    "views/": ("POST /views",),
    "views/<int:view_id>/": ("PUT /views/{view_id}",),
    "views/<int:view_id>/up/": ("POST /views/{view_id}/up",),
    "views/<int:view_id>/delete/": ("DELETE /views/{view_id}",),
    "c/<int:conversation_id>/say/": {
        "": f"POST {_C}/replies",
        "next": f"POST {_C}/replies",
        "resolve": f"POST {_C}/replies",
        "resolve-next": f"POST {_C}/replies",
        "picture": f"POST {_C}/pictures",
        "drop": f"DELETE {_C}/pictures/{{attachment_id}}",
        "texts": f"GET {_C}/texts",
        "invite": f"GET {_C}/invitation",
        "note": f"POST {_C}/notes",
    },
    "c/<int:conversation_id>/draft/": (f"PUT {_C}/drafts/{{mode}}", f"GET {_C}/drafts"),
    "c/<int:conversation_id>/check/": (f"POST {_C}/check",),
    "c/<int:conversation_id>/closing/": {
        "send": f"POST {_C}/closing-lines/{{closing_id}}/send",
        "decline": f"POST {_C}/closing-lines/{{closing_id}}/decline",
        "undo": f"POST {_C}/closing-lines/{{closing_id}}/ask-again",
    },
    "c/<int:conversation_id>/texts/": (f"POST {_C}/texts/{{text_id}}",),
    "c/<int:conversation_id>/read/": (f"POST {_C}/read",),
    "c/<int:conversation_id>/m/<int:message_id>/veil/": (
        f"POST {_C}/messages/{{message_id}}/veil",
    ),
    "c/<int:conversation_id>/here/": THE_SCREEN,
    "here/gone/": THE_SCREEN,
    "c/<int:conversation_id>/assign/": (f"POST {_C}/assign",),
    "c/<int:conversation_id>/resolve/": (f"POST {_C}/resolve",),
    "c/<int:conversation_id>/label/": (
        f"POST {_C}/labels",
        f"DELETE {_C}/labels/{{label_id}}",
    ),
    "c/<int:conversation_id>/snooze/": (f"POST {_C}/snooze", f"POST {_C}/wake"),
    "c/<int:conversation_id>/hand-over/": (f"POST {_C}/hand-over",),
    "bulk/": ("POST /bulk",),
    "bulk/do/": ("POST /bulk",),
    "acts/<int:act_id>/undo/": ("POST /acts/{act_id}/undo",),
    "c/<int:conversation_id>/reopen/": (f"POST {_C}/reopen",),
    "c/<int:conversation_id>/timescale/": (f"POST {_C}/timescale",),
    "c/<int:conversation_id>/timescale/answer/": (f"POST {_C}/timescale/answer",),
    "c/<int:conversation_id>/timescale/drop/": (f"POST {_C}/timescale/drop",),
    "c/<int:conversation_id>/no-reply/": (f"POST {_C}/no-reply",),
    "c/<int:conversation_id>/cases/": {
        "merge": f"POST {_C}/merge",
        "split": f"POST {_C}/split",
        "move": f"POST {_C}/move",
        "link": f"POST {_C}/duplicate",
        "unlink": f"DELETE {_C}/duplicate",
        "unmerge": f"POST {_C}/unmerge",
    },
    "c/<int:conversation_id>/alike/": (f"GET {_C}/alike", f"POST {_C}/alike"),
    "c/<int:conversation_id>/m/<int:message_id>/": (f"POST {_C}/messages/{{message_id}}/moderate",),
    "c/<int:conversation_id>/print/": (f"GET {_C}/messages", f"GET {_C}/timeline"),
    "deeds/<int:deed_id>/take-back/": ("POST /deeds/{deed_id}/take-back",),
    "deeds/<int:deed_id>/again/": ("POST /deeds/{deed_id}/again",),
    "sample/<int:enquiry_id>/": LOOKED_AT,
    "sending/<int:delivery_id>/take-back/": ("POST /deliveries/{delivery_id}/take-back",),
    "sending/<int:delivery_id>/second/": LOOKED_AT,
    "sending/<int:delivery_id>/again/": ("POST /deliveries/{delivery_id}/again",),
    "acknowledgements/<slug:slug>/": ("PUT /brands/{slug}/acknowledgement",),
    "acknowledgements/<slug:slug>/test/": MAILED,
    "alerts/seen/": ("POST /alerts/seen",),
    "alerts/<int:alert_id>/take/": ("POST /alerts/{alert_id}/take",),
    "alerts/preferences/": ("GET /alerts/preferences", "PUT /alerts/preferences"),
    "alerts/ways/browser/": BROWSER,
    "alerts/ways/service/": ("POST /alerts/ways",),
    "alerts/ways/team/": ("POST /alerts/channels",),
    "alerts/ways/mail/test/": ("POST /alerts/mail/test",),
    "alerts/ways/<int:address_id>/test/": ("POST /alerts/ways/{place_id}/test",),
    "alerts/ways/<int:address_id>/remove/": ("DELETE /alerts/ways/{place_id}",),
    "capture/": ("POST /captures",),
    "capture/answered/<int:conversation_id>/": (f"POST {_C}/answered-there",),
    "calendars/<slug:slug>/next/": GRANTS,
    "channels/connect/<slug:brand>/<slug:platform>/": GRANTS,
    "channels/choose/<int:asking_id>/": GRANTS,
    "channels/<int:account_id>/disconnect/": GRANTS,
    "intake/<int:pk>/replay/": MACHINE,
    "me/keys/": THE_SCREEN,
    "me/look/": THE_SCREEN,
    "me/words/": AT_SIGN_IN,
    "me/sessions/<int:pk>/end/": SIGNING_IN,
    "me/sessions/end/": SIGNING_IN,
    "people/<int:contact_id>/": {
        "adjust": f"POST {_P}/adjustments",
        "review": f"POST {_P}/adjustments/{{adjustment_id}}/review",
        "end": f"DELETE {_P}/adjustments/{{adjustment_id}}",
        "note": f"POST {_P}/notes",
        "forget": f"DELETE {_P}/notes/{{note_id}}",
        "declare": f"PUT {_P}/works-here",
        "withdraw": f"DELETE {_P}/works-here",
        "merge": f"POST {_P}/join",
        "part": f"POST {_P}/part",
        "undo": f"POST {_P}/regroups/{{regroup_id}}/undo",
    },
    "platforms/<slug:slug>/decide/": GRANTS,
    "policy/import/": ("POST /policy/import",),
    "rota/away/": ("POST /away", "GET /away"),
    "rota/away/<int:absence_id>/back/": ("DELETE /away/{absence_id}",),
    "rota/week/<str:monday>/": ("PUT /rota/{monday}",),
    "rota/shift/<int:shift_id>/": ("POST /rota/shifts/{shift_id}/swap",),
    "texts/new/": ("POST /texts",),
    "texts/<int:text_id>/": ("PUT /texts/{text_id}",),
    "texts/<int:text_id>/archive/": ("DELETE /texts/{text_id}", "POST /texts/{text_id}/back"),
    "texts/mine/new/": ("POST /snippets",),
    "texts/mine/<int:text_id>/": ("PUT /snippets/{text_id}",),
    "texts/mine/<int:text_id>/archive/": (
        "DELETE /snippets/{text_id}",
        "POST /snippets/{text_id}/back",
    ),
    "texts/voice/<slug:slug>/": ("PUT /brands/{slug}/voice",),
    "sharing/": ("POST /sharing/rules", "GET /sharing/rehearsal"),
    "sharing/<int:rule_id>/": {
        "up": "POST /sharing/rules/{rule_id}/up",
        "on": "POST /sharing/rules/{rule_id}/on",
        "off": "POST /sharing/rules/{rule_id}/off",
        "remove": "DELETE /sharing/rules/{rule_id}",
    },
    "sharing/people/": ("PUT /sharing/people/{person_id}",),
    "sharing/give-back/": ("POST /give-back",),
    "sharing/hand-over/": ("POST /hand-over",),
    "sharing/labels/": ("POST /labels",),
    "sharing/labels/<int:label_id>/": {
        "rename": "PUT /labels/{label_id}",
        "archive": "DELETE /labels/{label_id}",
        "back": "POST /labels/{label_id}/back",
    },
    "webhooks/": ("POST /webhooks",),
    "webhooks/<int:endpoint_id>/": ("PUT /webhooks/{webhook_id}",),
    "webhooks/<int:endpoint_id>/secret/": ("POST /webhooks/{webhook_id}/secret",),
    "webhooks/<int:endpoint_id>/switch/": (
        "POST /webhooks/{webhook_id}/on",
        "POST /webhooks/{webhook_id}/off",
    ),
    "webhooks/<int:endpoint_id>/test/": ("POST /webhooks/{webhook_id}/test",),
    "webhooks/<int:endpoint_id>/delete/": ("DELETE /webhooks/{webhook_id}",),
    "webhooks/sent/<int:sending_id>/replay/": ("POST /webhook-deliveries/{sending_id}/replay",),
}
#: Whole parts of the desk of which the same reason is true.
PARTS = {"accounts/": SIGNING_IN, "tokens/": GRANTS, "policy/": GRANTS}

#: Forms with several acts: a further act fails the test until it has its operation.
ACTS: Mapping[str, Iterable[str]] = {
    "people/<int:contact_id>/": ActForm.ACTS,
    "c/<int:conversation_id>/say/": (*SayForm.AFTER, "note", "drop"),
}
_CHOICES: Mapping[str, tuple[type[forms.Form], str]] = {
    "c/<int:conversation_id>/cases/": (CaseForm, "act"),
    "c/<int:conversation_id>/closing/": (ClosingForm, "do"),
    "sharing/<int:rule_id>/": (RuleActForm, "act"),
    "sharing/labels/<int:label_id>/": (ChangeLabelForm, "act"),
}


def takes_a_post(view: access.View) -> bool:
    """By what Django's own gate for methods, or a view's class, lets in; without either, all."""
    at: object | None = view
    while at is not None:
        if (kind := getattr(at, "view_class", None)) is not None:
            return hasattr(kind, "post")
        if inspect.isfunction(at):
            methods = inspect.getclosurevars(at).nonlocals.get("request_method_list")
            if methods is not None:
                return "POST" in methods
        at = getattr(at, "__wrapped__", None)
    return True


def posted_to() -> set[str]:
    """What people send from the desk: not what residents do, and not the API itself."""
    found = set()
    for route, view in addresses():
        gate = access.gate_of(view)
        outside = gate is None or not (gate.needs_person or route.startswith("accounts/"))
        if not outside and takes_a_post(view):
            found.add(route)
    return found


def test_every_act_of_a_screen_is_an_operation_or_says_why_not() -> None:
    routes = posted_to()
    left = {one for one in routes - set(SAME) if not one.startswith(tuple(PARTS))}

    assert len(routes) > 100
    assert not left, "Give these an operation of the API, or say in SAME why they have none."
    assert not set(SAME) - routes, "These are no addresses that take a POST."


def test_every_operation_that_is_named_is_there() -> None:
    there = {
        f"{method.upper()} {address.removeprefix('/api/v1')}"
        for address, methods in document()["paths"].items()
        for method in methods
    }
    named = [
        one
        for same in SAME.values()
        if not isinstance(same, str)
        for one in (same.values() if isinstance(same, Mapping) else same)
    ]

    assert len(named) > 80
    assert set(named) <= there, set(named) - there


def test_every_act_of_a_form_with_several_has_its_operation() -> None:
    acts = dict(ACTS)
    for route, (form, field) in _CHOICES.items():
        acts[route] = [value for value, _ in form.base_fields[field].choices]  # type: ignore[attr-defined] # a choice field

    for route, those in acts.items():
        same = SAME[route]
        assert isinstance(same, Mapping)
        assert set(those) == set(same), route
    assert {route for route, same in SAME.items() if isinstance(same, Mapping)} == set(acts)
