"""What every page carries around its own content: theme, rail and the person at the desk."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils import translation
from django.utils.functional import cached_property
from django.utils.translation import gettext, gettext_noop

from glede.kit import clock
from glede.rulebook.people import keys
from glede.rulebook.people.rules import DENSITIES, THEMES, Permission, Viewer
from glede.web import language

#: What a page looks like before anybody chose.
_THEME, _DENSITY = "system", "comfortable"


@dataclass(frozen=True, slots=True)
class Stop:
    """One place on the rail."""

    name: str
    label: str
    icon: str
    permission: Permission | None
    #: Does a figure stand beside it? It is fetched after the page, so that no page waits for it.
    counted: bool = False
    #: The second key after g that leads there (rulebook/people/keys.py).
    go: str = ""


STOPS = (
    Stop(
        "inbox:list",
        gettext_noop("Inbox"),
        "inbox",
        Permission.READ_CONVERSATIONS,
        counted=True,
        go="i",
    ),
    Stop("capture:ask", gettext_noop("Capture"), "image", Permission.WORK_CONVERSATIONS),
    Stop("search:search", gettext_noop("Search"), "search", Permission.READ_CONVERSATIONS),
    Stop("alerts:list", gettext_noop("Alerts"), "bell", None, counted=True),
    Stop("rota:list", gettext_noop("Rota"), "people", Permission.READ_CONVERSATIONS, go="r"),
    Stop("wall:wall", gettext_noop("Wall"), "wall", Permission.READ_CONVERSATIONS, go="w"),
    Stop("policy:current", gettext_noop("Policy"), "policy", Permission.READ_POLICY, go="p"),
    Stop("calendars:list", gettext_noop("Hours"), "clock", Permission.MANAGE_CALENDARS),
    Stop("texts:list", gettext_noop("Texts"), "post", Permission.MANAGE_TEXTS),
    Stop("acknowledgements:list", gettext_noop("Auto text"), "robot", Permission.MANAGE_TEXTS),
    Stop("channels:list", gettext_noop("Channels"), "watch", Permission.READ_INTAKE, go="c"),
    Stop("intake:aside", gettext_noop("Intake"), "intake", Permission.READ_INTAKE, counted=True),
    Stop("tokens:every", gettext_noop("Tokens"), "key", Permission.MANAGE_TOKENS),
)


@dataclass(frozen=True, slots=True)
class Link:
    href: str
    label: str
    icon: str
    current: bool
    counts: str
    go: str


#: Where the session keeps the last act that can still be undone.
DONE = "done"


@dataclass(frozen=True, slots=True)
class Done:
    """What somebody did last, for the bar that offers to undo it."""

    id: int
    says: str
    until_at: datetime


class Shell:
    """Nothing here is fetched until a template asks: a page signed out asks for nothing."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @cached_property
    def viewer(self) -> Viewer | None:
        return getattr(self._request, "viewer", None)

    @cached_property
    def now(self) -> datetime:
        return getattr(self._request, "now", None) or clock.now()

    @cached_property
    def theme(self) -> str:
        return self._choice("theme", THEMES, _THEME)

    @cached_property
    def density(self) -> str:
        return self._choice("density", DENSITIES, _DENSITY)

    @cached_property
    def language(self) -> str:
        return language.chosen(self._person)

    @cached_property
    def language_tag(self) -> str:
        """What this page is said in, as HTML writes it."""
        return language.tag(translation.get_language() or self.language)

    @cached_property
    def script_words(self) -> str:
        """The language whose words the scripts have to load; empty where they speak English."""
        code = translation.get_language() or settings.LANGUAGE_CODE
        return "" if code == settings.LANGUAGE_CODE else code

    @cached_property
    def single_keys(self) -> bool:
        return bool(getattr(self._person, "single_keys", True))

    @cached_property
    def keymap(self) -> str:
        """The keys this person chose, for the scripts: JSON, empty where none was."""
        chosen = keys.for_scripts(getattr(self._person, "keymap", None) or {})
        return json.dumps(chosen, ensure_ascii=False) if chosen else ""

    @cached_property
    def live_after(self) -> str:
        """The event after which this page's screen goes on."""
        return getattr(self._request, "live_after", "")

    @cached_property
    def first_name(self) -> str:
        return self.viewer.name.split(" ")[0] if self.viewer else ""

    @cached_property
    def done(self) -> Done | None:
        """The last act in this browser, while it can be undone. The session is read already."""
        kept = self._request.session.get(DONE) if self.viewer else None
        if not kept:
            return None
        until_at = datetime.fromisoformat(kept["until"])
        return Done(kept["id"], kept["says"], until_at) if until_at > self.now else None

    @cached_property
    def manages_labels(self) -> bool:
        return self.viewer is not None and self.viewer.may(Permission.MANAGE_LABELS)

    @cached_property
    def shares_work(self) -> bool:
        return self.viewer is not None and self.viewer.may(Permission.SHARE_WORK)

    @cached_property
    def rail(self) -> list[Link]:
        """The places this person may go; a screen that is not installed has no place."""
        if self.viewer is None:
            return []
        links = []
        for stop in STOPS:
            if stop.permission is not None and not self.viewer.may(stop.permission):
                continue
            href = _address(stop.name)
            if href:
                name = stop.name.partition(":")[0]
                links.append(
                    Link(
                        href=href,
                        label=gettext(stop.label),
                        icon=stop.icon,
                        current=self._is_at(stop),
                        counts=name if stop.counted else "",
                        go=stop.go,
                    )
                )
        return links

    def _is_at(self, stop: Stop) -> bool:
        match = self._request.resolver_match
        room = stop.name.partition(":")[0]
        if room == "policy" and self.at_policy:
            return True
        return match is not None and match.app_name == room

    @cached_property
    def at_policy(self) -> bool:
        """Is this a page about the policy? Each of them says when its review is overdue."""
        return self.viewer is not None and self._request.path.startswith("/policy/")

    @cached_property
    def _person(self) -> object:
        # Without a viewer the page is open to all, and looking the person up would be a query
        # for nothing: the cookie says how they like it.
        return self._request.user if self.viewer else None

    def _choice(self, name: str, allowed: Collection[str], otherwise: str) -> str:
        chosen = getattr(self._person, name, None) or self._request.COOKIES.get(f"glede-{name}")
        return str(chosen) if chosen in allowed else otherwise


def _address(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def context(request: HttpRequest) -> dict[str, Shell]:
    """The context processor."""
    return {"shell": Shell(request)}
