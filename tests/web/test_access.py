"""Every address, for every role and for nobody: what is not granted is refused."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import httpx
import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory, TestCase
from django.urls import URLPattern, URLResolver, get_resolver

from glede.rulebook.people.rules import Permission, Viewer
from glede.web import access
from tests import cast
from tests.web.serving import Desk

P = Permission
OPEN, SIGNED_IN = "open to all", "signed in"


@dataclass(frozen=True, slots=True)
class ByToken:
    """Only a program's token that holds this, or `to_change` to change something; a session opens
    it for nobody (test_api.py)."""

    permission: Permission
    to_change: Permission | None = None


#: What each address asks for. A new address fails the test until somebody wrote here what it asks.
GATES: dict[str, Permission | ByToken | str] = {
    "": P.READ_CONVERSATIONS,
    "rows/": P.READ_CONVERSATIONS,
    "complete/": P.READ_CONVERSATIONS,
    "views/": P.READ_CONVERSATIONS,
    "views/<int:view_id>/": P.READ_CONVERSATIONS,
    "views/<int:view_id>/up/": P.READ_CONVERSATIONS,
    "views/<int:view_id>/delete/": P.READ_CONVERSATIONS,
    "c/<int:conversation_id>/": P.READ_CONVERSATIONS,
    "c/<int:conversation_id>/live/": P.READ_CONVERSATIONS,
    "c/<int:conversation_id>/why/": P.READ_CONVERSATIONS,
    "c/<int:conversation_id>/print/": P.READ_CONVERSATIONS,
    "c/<int:conversation_id>/timeline.pdf": P.READ_CONVERSATIONS,
    "c/<int:conversation_id>/timeline.json": P.READ_CONVERSATIONS,
    "c/<int:conversation_id>/say/": P.WORK_CONVERSATIONS,
    "c/<int:conversation_id>/draft/": P.WORK_CONVERSATIONS,
    "c/<int:conversation_id>/read/": P.READ_CONVERSATIONS,
    "c/<int:conversation_id>/m/<int:message_id>/veil/": P.WORK_CONVERSATIONS,
    "c/<int:conversation_id>/here/": P.READ_CONVERSATIONS,
    "here/": P.READ_CONVERSATIONS,
    "here/gone/": P.READ_CONVERSATIONS,
    "c/<int:conversation_id>/colleagues/": P.WORK_CONVERSATIONS,
    "mentions/": P.READ_CONVERSATIONS,
    "c/<int:conversation_id>/assign/": P.WORK_CONVERSATIONS,
    "c/<int:conversation_id>/resolve/": P.WORK_CONVERSATIONS,
    "c/<int:conversation_id>/reopen/": P.WORK_CONVERSATIONS,
    "c/<int:conversation_id>/label/": P.WORK_CONVERSATIONS,
    "c/<int:conversation_id>/snooze/": P.WORK_CONVERSATIONS,
    "acts/<int:act_id>/undo/": P.WORK_CONVERSATIONS,
    "bulk/": P.WORK_CONVERSATIONS,
    "bulk/do/": P.WORK_CONVERSATIONS,
    "sharing/": P.SHARE_WORK,
    "sharing/<int:rule_id>/": P.SHARE_WORK,
    "sharing/people/": P.SHARE_WORK,
    "sharing/give-back/": P.WORK_CONVERSATIONS,
    "sharing/hand-over/": P.WORK_CONVERSATIONS,
    "c/<int:conversation_id>/hand-over/": P.WORK_CONVERSATIONS,
    "sharing/labels/": P.MANAGE_LABELS,
    "sharing/labels/<int:label_id>/": P.MANAGE_LABELS,
    "c/<int:conversation_id>/timescale/": P.WORK_CONVERSATIONS,
    "c/<int:conversation_id>/timescale/answer/": P.WORK_CONVERSATIONS,
    "c/<int:conversation_id>/timescale/drop/": P.WORK_CONVERSATIONS,
    "c/<int:conversation_id>/no-reply/": P.WORK_CONVERSATIONS,
    "people/<int:contact_id>/": P.READ_CONVERSATIONS,
    "c/<int:conversation_id>/cases/": P.WORK_CONVERSATIONS,
    "c/<int:conversation_id>/alike/": P.REPLY,
    "c/<int:conversation_id>/m/<int:message_id>/": P.MODERATE,
    "deeds/<int:deed_id>/take-back/": P.MODERATE,
    "deeds/<int:deed_id>/again/": P.MODERATE,
    "blocks/": P.MODERATE,
    "texts/": P.MANAGE_TEXTS,
    "texts/new/": P.MANAGE_TEXTS,
    "texts/<int:text_id>/": P.MANAGE_TEXTS,
    "texts/<int:text_id>/archive/": P.MANAGE_TEXTS,
    "texts/voice/<slug:slug>/": P.MANAGE_TEXTS,
    "texts/mine/": P.REPLY,
    "texts/mine/new/": P.REPLY,
    "texts/mine/<int:text_id>/": P.REPLY,
    "texts/mine/<int:text_id>/archive/": P.REPLY,
    "c/<int:conversation_id>/texts/": P.REPLY,
    "c/<int:conversation_id>/closing/": P.REPLY,
    "c/<int:conversation_id>/check/": P.REPLY,
    "go/": SIGNED_IN,
    "search/": P.READ_CONVERSATIONS,
    "attachments/<int:attachment_id>/": P.READ_CONVERSATIONS,
    "attachments/<int:attachment_id>/small/": P.READ_CONVERSATIONS,
    "sample/": P.READ_AUDIT,
    "sample/<int:enquiry_id>/": P.READ_AUDIT,
    "acknowledgements/": P.MANAGE_TEXTS,
    "acknowledgements/<slug:slug>/": P.MANAGE_TEXTS,
    "acknowledgements/<slug:slug>/test/": P.MANAGE_TEXTS,
    "sending/<int:delivery_id>/take-back/": P.REPLY,
    "sending/<int:delivery_id>/again/": P.REPLY,
    "sending/<int:delivery_id>/second/": P.REPLY,
    "seconds/": P.REPLY,
    "capture/": P.WORK_CONVERSATIONS,
    "capture/<int:capture_id>/": P.READ_CONVERSATIONS,
    "capture/<int:capture_id>/screenshot/": P.READ_CONVERSATIONS,
    "capture/answered/<int:conversation_id>/": P.REPLY,
    "accounts/login/": OPEN,
    "accounts/logout/": OPEN,
    "accounts/closed/": OPEN,
    "accounts/again/": SIGNED_IN,
    "accounts/password/": SIGNED_IN,
    "accounts/password/first/": SIGNED_IN,
    "accounts/2fa/": SIGNED_IN,
    "accounts/2fa/code/": OPEN,
    "accounts/2fa/again/": SIGNED_IN,
    "accounts/2fa/app/add/": SIGNED_IN,
    "accounts/2fa/app/remove/": SIGNED_IN,
    "accounts/2fa/recovery/": SIGNED_IN,
    "accounts/2fa/recovery/new/": SIGNED_IN,
    "accounts/2fa/recovery/file/": SIGNED_IN,
    "accounts/passkeys/": SIGNED_IN,
    "accounts/passkeys/add/": SIGNED_IN,
    "accounts/passkeys/login/": OPEN,
    "accounts/passkeys/again/": SIGNED_IN,
    "accounts/passkeys/<int:pk>/remove/": SIGNED_IN,
    "accounts/passkeys/<int:pk>/edit/": SIGNED_IN,
    "alerts/": SIGNED_IN,
    "alerts/seen/": SIGNED_IN,
    "alerts/<int:alert_id>/": SIGNED_IN,
    "alerts/<int:alert_id>/take/": P.HANDLE_ALERTS,
    "alerts/preferences/": SIGNED_IN,
    "alerts/ways/": SIGNED_IN,
    "alerts/ways/browser/": SIGNED_IN,
    "alerts/ways/service/": SIGNED_IN,
    "alerts/ways/team/": P.MANAGE_ROTA,
    "alerts/ways/mail/test/": SIGNED_IN,
    "alerts/ways/<int:address_id>/test/": SIGNED_IN,
    "alerts/ways/<int:address_id>/remove/": SIGNED_IN,
    "alerts/log/": SIGNED_IN,
    "manifest.webmanifest": OPEN,
    "sw.js": OPEN,
    "words/<slug:code>.js": OPEN,
    "policy/clauses/<str:number>/figures.<str:form>": P.READ_FIGURES,
    "policy/clauses/<str:number>/rows.<str:form>": P.READ_FIGURES,
    "api/": SIGNED_IN,
    "api/v1/openapi.json": OPEN,
    "api/v1/policy/versions": ByToken(P.READ_POLICY),
    "api/v1/policy/versions/<str:number>": ByToken(P.READ_POLICY),
    "api/v1/policy/versions/<str:number>/clauses": ByToken(P.READ_POLICY),
    "api/v1/policy/versions/<str:number>/clauses/<str:clause>": ByToken(P.READ_POLICY),
    "api/v1/policy/rules": ByToken(P.READ_POLICY),
    "api/v1/policy/import": ByToken(P.DRAFT_POLICY),
    "api/v1/deadline": ByToken(P.READ_POLICY),
    "api/v1/brands/<str:slug>/calendar": ByToken(P.READ_POLICY),
    "api/v1/clauses/<str:clause>/figures": ByToken(P.READ_FIGURES),
    "api/v1/clauses/<str:clause>/rows": ByToken(P.READ_FIGURES),
    "api/v1/conversations/<int:conversation_id>/timeline": ByToken(P.READ_CONVERSATIONS),
    "api/v1/conversations": ByToken(P.READ_CONVERSATIONS),
    "api/v1/conversations/<int:conversation_id>": ByToken(P.READ_CONVERSATIONS),
    "api/v1/conversations/<int:conversation_id>/messages": ByToken(P.READ_CONVERSATIONS),
    "api/v1/conversations/<int:conversation_id>/person": ByToken(P.READ_CONVERSATIONS),
    "api/v1/conversations/<int:conversation_id>/read": ByToken(P.READ_CONVERSATIONS),
    "api/v1/conversations/<int:conversation_id>/notes": ByToken(P.WORK_CONVERSATIONS),
    "api/v1/conversations/<int:conversation_id>/assign": ByToken(P.WORK_CONVERSATIONS),
    "api/v1/conversations/<int:conversation_id>/resolve": ByToken(P.WORK_CONVERSATIONS),
    "api/v1/conversations/<int:conversation_id>/reopen": ByToken(P.WORK_CONVERSATIONS),
    "api/v1/conversations/<int:conversation_id>/no-reply": ByToken(P.WORK_CONVERSATIONS),
    "api/v1/conversations/<int:conversation_id>/timescale": ByToken(P.WORK_CONVERSATIONS),
    "api/v1/conversations/<int:conversation_id>/timescale/answer": ByToken(P.WORK_CONVERSATIONS),
    "api/v1/conversations/<int:conversation_id>/timescale/drop": ByToken(P.WORK_CONVERSATIONS),
    "api/v1/conversations/<int:conversation_id>/replies": ByToken(P.REPLY),
    "api/v1/deliveries/<int:delivery_id>": ByToken(P.READ_CONVERSATIONS),
    "api/v1/deliveries/<int:delivery_id>/take-back": ByToken(P.REPLY),
    "api/v1/deliveries/<int:delivery_id>/again": ByToken(P.REPLY),
    "api/v1/conversations/<int:conversation_id>/messages/<int:message_id>/moderate": ByToken(
        P.MODERATE
    ),
    "api/v1/deeds/<int:deed_id>": ByToken(P.READ_CONVERSATIONS),
    "api/v1/deeds/<int:deed_id>/take-back": ByToken(P.MODERATE),
    "api/v1/deeds/<int:deed_id>/again": ByToken(P.MODERATE),
    "api/v1/blocks": ByToken(P.MODERATE),
    "api/v1/brands": ByToken(P.READ_CONVERSATIONS),
    "api/v1/brands/<str:slug>/colleagues": ByToken(P.WORK_CONVERSATIONS),
    "api/v1/alerts": ByToken(P.HANDLE_ALERTS),
    "api/v1/alerts/seen": ByToken(P.HANDLE_ALERTS),
    "api/v1/accounts": ByToken(P.READ_INTAKE),
    "api/v1/rota": ByToken(P.READ_CONVERSATIONS),
    "api/v1/search": ByToken(P.READ_CONVERSATIONS),
    "api/v1/views": ByToken(P.READ_CONVERSATIONS),
    "api/v1/labels": ByToken(P.READ_CONVERSATIONS, P.MANAGE_LABELS),
    "api/v1/conversations/<int:conversation_id>/labels": ByToken(P.WORK_CONVERSATIONS),
    "api/v1/conversations/<int:conversation_id>/labels/<int:label_id>": ByToken(
        P.WORK_CONVERSATIONS
    ),
    "api/v1/conversations/<int:conversation_id>/snooze": ByToken(P.WORK_CONVERSATIONS),
    "api/v1/conversations/<int:conversation_id>/wake": ByToken(P.WORK_CONVERSATIONS),
    "api/v1/conversations/<int:conversation_id>/merge": ByToken(P.WORK_CONVERSATIONS),
    "api/v1/conversations/<int:conversation_id>/split": ByToken(P.WORK_CONVERSATIONS),
    "api/v1/conversations/<int:conversation_id>/move": ByToken(P.WORK_CONVERSATIONS),
    "api/v1/conversations/<int:conversation_id>/duplicate": ByToken(P.WORK_CONVERSATIONS),
    "api/v1/conversations/<int:conversation_id>/texts": ByToken(P.READ_CONVERSATIONS),
    "api/v1/acts/<int:act_id>/undo": ByToken(P.WORK_CONVERSATIONS),
    "api/v1/bulk": ByToken(P.WORK_CONVERSATIONS),
    "api/v1/webhooks": ByToken(P.MANAGE_TOKENS),
    "api/v1/webhooks/<int:webhook_id>": ByToken(P.MANAGE_TOKENS),
    "api/v1/webhooks/<int:webhook_id>/secret": ByToken(P.MANAGE_TOKENS),
    "api/v1/webhooks/<int:webhook_id>/on": ByToken(P.MANAGE_TOKENS),
    "api/v1/webhooks/<int:webhook_id>/off": ByToken(P.MANAGE_TOKENS),
    "api/v1/webhooks/<int:webhook_id>/test": ByToken(P.MANAGE_TOKENS),
    "api/v1/webhooks/<int:webhook_id>/deliveries": ByToken(P.MANAGE_TOKENS),
    "api/v1/webhook-deliveries/<int:sending_id>": ByToken(P.MANAGE_TOKENS),
    "api/v1/webhook-deliveries/<int:sending_id>/replay": ByToken(P.MANAGE_TOKENS),
    "api/v1/views/<int:view_id>": ByToken(P.READ_CONVERSATIONS),
    "api/v1/views/<int:view_id>/up": ByToken(P.READ_CONVERSATIONS),
    "api/v1/mentions": ByToken(P.READ_CONVERSATIONS),
    "api/v1/mentions/<int:mention_id>/read": ByToken(P.READ_CONVERSATIONS),
    "api/v1/conversations/<int:conversation_id>/drafts": ByToken(P.WORK_CONVERSATIONS),
    "api/v1/conversations/<int:conversation_id>/drafts/<str:mode>": ByToken(P.WORK_CONVERSATIONS),
    "api/v1/conversations/<int:conversation_id>/pictures": ByToken(P.REPLY),
    "api/v1/conversations/<int:conversation_id>/pictures/<int:attachment_id>": ByToken(P.REPLY),
    "api/v1/attachments/<int:attachment_id>": ByToken(P.READ_CONVERSATIONS),
    "api/v1/conversations/<int:conversation_id>/check": ByToken(P.REPLY),
    "api/v1/conversations/<int:conversation_id>/texts/<int:text_id>": ByToken(P.REPLY),
    "api/v1/conversations/<int:conversation_id>/invitation": ByToken(P.REPLY),
    "api/v1/conversations/<int:conversation_id>/closing-lines": ByToken(P.REPLY),
    "api/v1/conversations/<int:conversation_id>/closing-lines/<int:closing_id>/send": ByToken(
        P.REPLY
    ),
    "api/v1/conversations/<int:conversation_id>/closing-lines/<int:closing_id>/decline": ByToken(
        P.REPLY
    ),
    "api/v1/conversations/<int:conversation_id>/closing-lines/<int:closing_id>/ask-again": ByToken(
        P.REPLY
    ),
    "api/v1/captures": ByToken(P.WORK_CONVERSATIONS),
    "api/v1/captures/<int:capture_id>": ByToken(P.READ_CONVERSATIONS),
    "api/v1/captures/<int:capture_id>/screenshot": ByToken(P.READ_CONVERSATIONS),
    "api/v1/conversations/<int:conversation_id>/answered-there": ByToken(P.REPLY),
    "api/v1/labels/<int:label_id>": ByToken(P.MANAGE_LABELS),
    "api/v1/labels/<int:label_id>/back": ByToken(P.MANAGE_LABELS),
    "api/v1/conversations/<int:conversation_id>/regroupings": ByToken(P.WORK_CONVERSATIONS),
    "api/v1/conversations/<int:conversation_id>/unmerge": ByToken(P.WORK_CONVERSATIONS),
    "api/v1/conversations/<int:conversation_id>/messages/<int:message_id>/veil": ByToken(
        P.WORK_CONVERSATIONS
    ),
    "api/v1/conversations/<int:conversation_id>/alike": ByToken(P.REPLY),
    "api/v1/conversations/<int:conversation_id>/hand-over": ByToken(P.WORK_CONVERSATIONS),
    "api/v1/hand-over": ByToken(P.WORK_CONVERSATIONS),
    "api/v1/give-back": ByToken(P.WORK_CONVERSATIONS),
    "api/v1/people/<int:person_id>": ByToken(P.READ_CONVERSATIONS),
    "api/v1/people/<int:person_id>/notes": ByToken(P.WORK_CONVERSATIONS),
    "api/v1/people/<int:person_id>/notes/<int:note_id>": ByToken(P.WORK_CONVERSATIONS),
    "api/v1/people/<int:person_id>/adjustments": ByToken(P.WORK_CONVERSATIONS),
    "api/v1/people/<int:person_id>/adjustments/<int:adjustment_id>/review": ByToken(
        P.WORK_CONVERSATIONS
    ),
    "api/v1/people/<int:person_id>/adjustments/<int:adjustment_id>": ByToken(P.WORK_CONVERSATIONS),
    "api/v1/people/<int:person_id>/works-here": ByToken(P.WORK_CONVERSATIONS),
    "api/v1/people/<int:person_id>/join": ByToken(P.WORK_CONVERSATIONS),
    "api/v1/people/<int:person_id>/part": ByToken(P.WORK_CONVERSATIONS),
    "api/v1/people/<int:person_id>/regroups/<int:regroup_id>/undo": ByToken(P.WORK_CONVERSATIONS),
    "api/v1/texts": ByToken(P.MANAGE_TEXTS),
    "api/v1/texts/<int:text_id>": ByToken(P.MANAGE_TEXTS),
    "api/v1/texts/<int:text_id>/back": ByToken(P.MANAGE_TEXTS),
    "api/v1/snippets": ByToken(P.REPLY),
    "api/v1/snippets/<int:text_id>": ByToken(P.REPLY),
    "api/v1/snippets/<int:text_id>/back": ByToken(P.REPLY),
    "api/v1/brands/<str:slug>/voice": ByToken(P.MANAGE_TEXTS),
    "api/v1/brands/<str:slug>/acknowledgement": ByToken(P.MANAGE_TEXTS),
    "api/v1/alerts/<int:alert_id>/take": ByToken(P.HANDLE_ALERTS),
    "api/v1/alerts/preferences": ByToken(P.HANDLE_ALERTS),
    "api/v1/alerts/ways": ByToken(P.HANDLE_ALERTS),
    "api/v1/alerts/channels": ByToken(P.MANAGE_ROTA),
    "api/v1/alerts/ways/<int:place_id>": ByToken(P.HANDLE_ALERTS),
    "api/v1/alerts/ways/<int:place_id>/test": ByToken(P.HANDLE_ALERTS),
    "api/v1/alerts/mail/test": ByToken(P.HANDLE_ALERTS),
    "api/v1/alerts/log": ByToken(P.HANDLE_ALERTS),
    "api/v1/rota/<str:monday>": ByToken(P.MANAGE_ROTA),
    "api/v1/rota/shifts/<int:shift_id>/swap": ByToken(P.MANAGE_ROTA),
    "api/v1/away": ByToken(P.MANAGE_ROTA),
    "api/v1/away/<int:absence_id>": ByToken(P.MANAGE_ROTA),
    "api/v1/sharing/rules": ByToken(P.SHARE_WORK),
    "api/v1/sharing/rules/<int:rule_id>": ByToken(P.SHARE_WORK),
    "api/v1/sharing/rules/<int:rule_id>/up": ByToken(P.SHARE_WORK),
    "api/v1/sharing/rules/<int:rule_id>/on": ByToken(P.SHARE_WORK),
    "api/v1/sharing/rules/<int:rule_id>/off": ByToken(P.SHARE_WORK),
    "api/v1/sharing/rehearsal": ByToken(P.SHARE_WORK),
    "api/v1/sharing/people": ByToken(P.SHARE_WORK),
    "api/v1/sharing/people/<int:person_id>": ByToken(P.SHARE_WORK),
    "api/v1/<path:rest>": OPEN,
    "calendars/": P.READ_POLICY,
    "calendars/<slug:slug>/": P.READ_POLICY,
    "calendars/<slug:slug>/next/": P.MANAGE_CALENDARS,
    "channels/": P.READ_INTAKE,
    "channels/connect/": P.MANAGE_ACCOUNTS,
    "channels/connect/<slug:brand>/<slug:platform>/": P.MANAGE_ACCOUNTS,
    "channels/back/": P.MANAGE_ACCOUNTS,
    "channels/choose/<int:asking_id>/": P.MANAGE_ACCOUNTS,
    "channels/<int:account_id>/": P.READ_INTAKE,
    "channels/<int:account_id>/disconnect/": P.MANAGE_ACCOUNTS,
    "health/": OPEN,
    "intake/": P.READ_INTAKE,
    "intake/<int:pk>/replay/": P.REPLAY_INTAKE,
    "me/": SIGNED_IN,
    "me/counts/": SIGNED_IN,
    "me/keys/": SIGNED_IN,
    "me/look/": SIGNED_IN,
    "me/words/": SIGNED_IN,
    "me/sessions/": SIGNED_IN,
    "me/sessions/<int:pk>/end/": SIGNED_IN,
    "me/sessions/end/": SIGNED_IN,
    "platforms/": P.READ_POLICY,
    "platforms/<slug:slug>/": P.READ_POLICY,
    "platforms/<slug:slug>/decide/": P.APPROVE_PLATFORMS,
    "policy/": P.READ_POLICY,
    "policy/clauses/<str:number>/": P.READ_POLICY,
    "policy/clauses/<str:number>/rows/": P.READ_FIGURES,
    "policy/rehearsal/": P.READ_FIGURES,
    "policy/rehearsal/<int:rehearsal_id>/": P.READ_FIGURES,
    "policy/rehearsal/<int:rehearsal_id>/rows/": P.READ_FIGURES,
    "policy/versions/": P.READ_POLICY,
    "policy/versions/<str:number>/": P.READ_POLICY,
    "policy/versions/<str:number>/submit/": P.DRAFT_POLICY,
    "policy/versions/<str:number>/clauses/<str:clause>/": P.DRAFT_POLICY,
    "policy/versions/<str:number>/discard/": P.DRAFT_POLICY,
    "policy/versions/<str:number>/send-back/": P.APPROVE_POLICY,
    "policy/versions/<str:number>/approval/": P.APPROVE_POLICY,
    "policy/versions/<str:number>/approval/withdraw/": P.APPROVE_POLICY,
    "policy/versions/<str:number>/approval/confirm/": P.APPROVE_POLICY,
    "policy/versions/<str:number>/minute/": P.APPROVE_POLICY,
    "policy/versions/<str:number>/against/<str:other>/": P.READ_POLICY,
    "policy/versions/<str:number>/registers/": P.DRAFT_POLICY,
    "policy/review/": P.READ_POLICY,
    "policy/review/start/": P.DRAFT_POLICY,
    "policy/review/<int:pk>/": P.DRAFT_POLICY,
    "policy/review/<int:pk>/confirm/": P.APPROVE_POLICY,
    "policy/review/<int:pk>/reopen/": P.READ_POLICY,
    "policy/offices/": P.READ_POLICY,
    "policy/offices/new/": P.MANAGE_OFFICES,
    "policy/offices/<int:pk>/appoint/": P.MANAGE_OFFICES,
    "policy/offices/holdings/<int:pk>/end/": P.MANAGE_OFFICES,
    "policy/offices/away/": P.MANAGE_OFFICES,
    "policy/offices/away/<int:pk>/back/": P.MANAGE_OFFICES,
    "policy/registers/": P.READ_POLICY,
    "policy/registers/documents/new/": P.DRAFT_POLICY,
    "policy/registers/documents/<int:pk>/": P.DRAFT_POLICY,
    "policy/registers/documents/<int:pk>/act/": P.DRAFT_POLICY,
    "policy/registers/law/new/": P.DRAFT_POLICY,
    "policy/registers/law/<int:pk>/": P.DRAFT_POLICY,
    "policy/registers/law/<int:pk>/checked/": P.DRAFT_POLICY,
    "policy/read/": P.READ_GUIDANCE,
    "policy/read/staff/": P.READ_AUDIT,
    "policy/import/": P.DRAFT_POLICY,
    "policy/import/<int:import_id>/": P.DRAFT_POLICY,
    "policy/import/<int:import_id>/again/": P.DRAFT_POLICY,
    "policy/import/<int:import_id>/file/": P.DRAFT_POLICY,
    "policy/import/<int:import_id>/items/<int:item_id>/": P.DRAFT_POLICY,
    "policy/import/<int:import_id>/items/<int:item_id>/decide/": P.DRAFT_POLICY,
    "policy/import/<int:import_id>/items/<int:item_id>/undo/": P.DRAFT_POLICY,
    "policy/import/<int:import_id>/version/": P.DRAFT_POLICY,
    "robots.txt": OPEN,
    "rota/": P.READ_CONVERSATIONS,
    "rota/home/": P.READ_CONVERSATIONS,
    "rota/away/": P.MANAGE_ROTA,
    "rota/away/<int:absence_id>/back/": P.MANAGE_ROTA,
    "rota/week/<str:monday>/": P.MANAGE_ROTA,
    "rota/shift/<int:shift_id>/": P.MANAGE_ROTA,
    "tokens/": P.MANAGE_TOKENS,
    "tokens/make/": P.MANAGE_TOKENS,
    "tokens/<int:token_id>/revoke/": P.MANAGE_TOKENS,
    "tokens/mine/": SIGNED_IN,
    "tokens/mine/<int:token_id>/take/": SIGNED_IN,
    "tokens/mine/<int:token_id>/revoke/": SIGNED_IN,
    "webhooks/": P.MANAGE_TOKENS,
    "webhooks/<int:endpoint_id>/": P.MANAGE_TOKENS,
    "webhooks/<int:endpoint_id>/secret/": P.MANAGE_TOKENS,
    "webhooks/<int:endpoint_id>/switch/": P.MANAGE_TOKENS,
    "webhooks/<int:endpoint_id>/test/": P.MANAGE_TOKENS,
    "webhooks/<int:endpoint_id>/delete/": P.MANAGE_TOKENS,
    "webhooks/sent/<int:sending_id>/replay/": P.MANAGE_TOKENS,
    "wall/": P.READ_CONVERSATIONS,
    "v/<str:token>/": OPEN,
    "w/<str:key>/": OPEN,
    "w/<str:key>/embed.js": OPEN,
    "w/<str:key>/thanks/": OPEN,
}

#: The door asks for a signature; who is signed in makes no difference to it.
HOOKS = ("/hooks/website/red-kite", "/hooks/website/none", "/hooks/none/x", "/hooks/")

#: Addresses that end the session they are called in.
_ENDING = {"accounts/logout/", "me/sessions/end/"}
_SAMPLES = {"int": "1", "slug": "x", "str": "x", "path": "x"}


def addresses() -> Iterator[tuple[str, access.View]]:
    def walk(
        patterns: list[URLPattern | URLResolver], before: str
    ) -> Iterator[tuple[str, access.View]]:
        for pattern in patterns:
            route = before + str(pattern.pattern)
            if isinstance(pattern, URLResolver):
                yield from walk(pattern.url_patterns, route)
            else:
                yield route, pattern.callback

    yield from walk(get_resolver().url_patterns, "")


def path_of(route: str) -> str:
    return "/" + re.sub(r"<(\w+):\w+>", lambda found: _SAMPLES[found[1]], route)


def signed_in(viewer: Viewer) -> Client:
    client = Client()
    client.force_login(
        get_user_model().objects.get(pk=viewer.id),
        backend="allauth.account.auth_backends.AuthenticationBackend",
    )
    return client


def is_sent_to_sign_in(response: HttpResponse) -> bool:
    return response.status_code == 302 and response["Location"].startswith("/accounts/login/?next=")


def test_every_address_is_written_down_here_with_what_it_asks_for() -> None:
    found: dict[str, Permission | ByToken | str] = {}
    for route, view in addresses():
        gate = access.gate_of(view)
        assert gate is not None, f"{route} has no gate."
        if gate.needs_token and gate.permission is not None:
            found[route] = ByToken(gate.permission, gate.to_change)
        else:
            found[route] = gate.permission or (SIGNED_IN if gate.needs_person else OPEN)

    assert found == GATES


def test_a_gate_that_asks_for_no_permission_says_why() -> None:
    for route, view in addresses():
        gate = access.gate_of(view)

        assert gate is not None
        assert gate.permission or gate.why, f"{route} does not say why it asks for so little."


def test_a_view_without_a_gate_is_refused() -> None:
    def forgotten(request: HttpRequest) -> HttpResponse:
        return HttpResponse("Everybody can read this.")

    middleware = access.AccessMiddleware(forgotten)

    with pytest.raises(PermissionDenied):
        middleware.process_view(RequestFactory().get("/"), forgotten)


class TestEveryAddress(TestCase):
    cast: ClassVar[cast.Cast]

    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = cast.build()

    def test_nobody_gets_past_a_gate_that_wants_a_person(self) -> None:
        for route, gate in GATES.items():
            for method in ("get", "post"):
                response = getattr(Client(), method)(path_of(route))
                with self.subTest(route=route, method=method):
                    if isinstance(gate, ByToken):
                        assert response.status_code == 401
                    else:
                        assert is_sent_to_sign_in(response) == (gate != OPEN)

    @pytest.mark.exhaustive
    def test_each_person_gets_past_exactly_the_gates_their_roles_open(self) -> None:
        """As a script asks, whose refusal is a sentence: a gate does not look at who draws the
        page, and a thousand pages take long to draw (the page of a refusal: below).

        What only a token opens is asked for by those whose roles hold the same permission: to them
        above all a session must not open it.
        """
        for name, viewer in self.cast.everybody().items():
            client: Client | None = None
            for route, gate in GATES.items():
                if isinstance(gate, ByToken) and not viewer.may(gate.permission):
                    continue
                may = viewer.may(gate) if isinstance(gate, Permission) else True
                for method in ("get", "post"):
                    if client is None or route in _ENDING:
                        client = signed_in(viewer)
                    ask = getattr(client, method)
                    response = ask(path_of(route), headers={"HX-Request": "true"})
                    if route in _ENDING:
                        client = None
                    with self.subTest(who=name, route=route, method=method):
                        assert (response.status_code == 401) == isinstance(gate, ByToken)
                        assert (response.status_code != 403) == may
                        assert not is_sent_to_sign_in(response)

    def test_a_person_who_left_gets_past_none(self) -> None:
        client = signed_in(self.cast.sam)
        get_user_model().objects.filter(pk=self.cast.sam.id).update(is_active=False)

        response = client.get("/me/")

        assert is_sent_to_sign_in(response)

    def test_a_page_made_for_a_person_is_kept_nowhere(self) -> None:
        page = signed_in(self.cast.sam).get("/policy/")

        assert page["Cache-Control"] == "private, no-store"

    def test_a_fragment_for_nobody_sends_the_whole_window_to_sign_in(self) -> None:
        response = Client().get(
            "/me/",
            headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/c/7/?view=mine"},
        )

        assert response.status_code == 401
        assert response["HX-Redirect"] == "/accounts/login/?next=%2Fc%2F7%2F%3Fview%3Dmine"

    def test_what_a_script_fetches_for_nobody_is_no_page(self) -> None:
        response = Client().post("/c/7/check/", headers={"Sec-Fetch-Mode": "cors"})

        assert response.status_code == 401
        assert response.content == b"You are signed out. Sign in to go on."

    def test_who_sent_a_form_when_the_session_had_ended_goes_on_where_it_stood(self) -> None:
        for page, back in (
            ("http://testserver/c/7/?view=mine", "%2Fc%2F7%2F%3Fview%3Dmine"),
            ("https://elsewhere.example/c/7/", "%2F"),
        ):
            with self.subTest(page=page):
                response = Client().post("/c/7/say/", headers={"Referer": page})

                assert response.status_code == 302
                assert response["Location"] == f"/accounts/login/?next={back}"

    def test_a_refusal_is_a_page_in_words_and_a_sentence_for_a_script(self) -> None:
        page = signed_in(self.cast.stan).get("/intake/")
        sentence = signed_in(self.cast.stan).get("/intake/", headers={"HX-Request": "true"})

        assert "None of your roles opens it" in page.content.decode()
        assert "<html" in page.content.decode()
        assert sentence["Content-Type"].startswith("text/plain")
        assert "None of your roles opens it" in sentence.content.decode()


@pytest.mark.django_db(transaction=True)
def test_the_hooks_and_the_stream_are_gated_beside_django(desk: Desk) -> None:
    with transaction.atomic():
        people = cast.build()

    with httpx.Client(base_url=desk.url) as client:
        assert client.get("/live").status_code == 401
        assert client.post("/live").status_code == 405
        answers = {path: client.post(path, content=b"{}").status_code for path in HOOKS}
        assert all(400 <= status < 500 for status in answers.values())
    for name, viewer in people.everybody().items():
        cookies = {settings.SESSION_COOKIE_NAME: desk.session(viewer)}
        with httpx.Client(base_url=desk.url, cookies=cookies) as client:
            for path, status in answers.items():
                assert client.post(path, content=b"{}").status_code == status, (path, name)
            with client.stream("GET", "/live") as stream:
                assert stream.status_code == 200, name
