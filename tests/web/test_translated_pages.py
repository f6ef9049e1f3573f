"""Every word of the desk can be said in another language, and is said in the one somebody chose.

Two proofs. What stands in a template is read from the templates themselves, every branch of them,
and none may hold a word that is not marked. What Python puts on a page is seen by saying every page
in a language in which each translated sentence comes back in brackets: what stands outside brackets
and is nobody's data is counted, and the number may only fall.
"""

import gettext
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import ClassVar
from unittest import mock

import pytest
import time_machine
from django.apps import apps
from django.db import models
from django.test import Client, TestCase
from django.utils import translation
from django.utils.translation import trans_real

import glede
from glede.desk.contacts.models import Contact
from glede.platforms import registry
from glede.rulebook.accounts.models import Account
from glede.rulebook.audit.rules import SYSTEM
from glede.rulebook.people import actions as people
from glede.rulebook.people.rules import Role, Viewer
from tests import make
from tests.web import inbox_desk
from tests.web.inbox_desk import Town
from tests.web.test_access import GATES, ByToken
from tests.web.test_inbox import NOW, at_desk

TEMPLATES = Path(glede.__file__).parent / "web" / "templates"
OPEN, CLOSE = "⟦", "⟧"
#: What a reader or a screen reader is told by an attribute.
_ATTRIBUTES = frozenset({"alt", "aria-description", "aria-label", "placeholder", "title"})
#: Never words of ours: programs, keys, and what a machine reads.
_NOT_WORDS = frozenset({"code", "kbd", "script", "style"})
_EMPTY = frozenset({"br", "hr", "img", "input", "link", "meta", "use", "path", "wbr", "col"})
_LETTERS = re.compile(r"[^\W\d_]{2,}")


class Words(HTMLParser):
    """The words of a page: what it shows and what its attributes say."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        #: In the order of the page; True where it stands in an attribute.
        self.found: list[tuple[str, bool]] = []
        #: Tags, each with its language where it says one: what stands there is not the page's.
        self._within: list[tuple[str, str]] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _EMPTY:
            self._within.append((tag, "" if tag == "html" else dict(attrs).get("lang") or ""))
        self.found += [(value, True) for name, value in attrs if name in _ATTRIBUTES and value]

    def handle_endtag(self, tag: str) -> None:
        if tag in (one for one, _lang in self._within):
            while self._within.pop()[0] != tag:
                pass

    def handle_data(self, data: str) -> None:
        if not any(tag in _NOT_WORDS or lang for tag, lang in self._within):
            self.found.append((data, False))


# --- What stands in the templates ---

_MARKED = re.compile(r"{% blocktranslate.*?%}.*?{% endblocktranslate %}", re.S)
#: Blocks that fill an attribute of the page around them: classes and what is current.
_ATTRIBUTE_BLOCK = re.compile(
    r'{% block (?:\w+_class|wide) %}.*?{% endblock %}|{% block \w+ %} [\w-]+=".*?{% endblock %}',
    re.S,
)
_TAGS = re.compile(r"{%.*?%}|{{.*?}}|{#.*?#}", re.S)
#: The name of the thing, and names of formats, are the same in every language.
_SAME_EVERYWHERE = frozenset({"Glede", "· Glede"})


def unmarked(template: str) -> list[str]:
    for form in (_MARKED, _ATTRIBUTE_BLOCK, _TAGS):
        template = form.sub("\N{ZERO WIDTH SPACE}", template)
    words = (one.replace("\N{ZERO WIDTH SPACE}", " ").strip() for one, _ in Words(template).found)
    return [one for one in words if _LETTERS.search(one) and one not in _SAME_EVERYWHERE]


def test_no_template_says_a_word_that_cannot_be_translated() -> None:
    found = {
        str(file.relative_to(TEMPLATES)): words
        for file in sorted(TEMPLATES.rglob("*.html"))
        if (words := unmarked(file.read_text(encoding="utf-8")))
    }

    assert found == {}


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("<p>Not yet.</p>", ["Not yet."]),
        ('<a aria-label="Back">{% icon "back" %}</a>', ["Back"]),
        ('<p>{% if late %}{% translate "Late" %}{% else %}In time{% endif %}</p>', ["In time"]),
        ('<p title="{% translate "Late" %}">{{ name }} · <code>is:late</code></p>', []),
        ("{% blocktranslate trimmed %}<b>{{ n }}</b> late{% endblocktranslate %}", []),
    ],
)
def test_a_word_that_is_not_marked_is_found(template: str, words: list[str]) -> None:
    assert unmarked(template) == words


# --- What the pages say ---


class Marking(gettext.NullTranslations):
    """The language in which every sentence comes back in brackets."""

    def __init__(self, code: str) -> None:
        super().__init__()
        self._code = code

    def to_language(self) -> str:
        return self._code

    def gettext(self, message: str) -> str:
        return f"{OPEN}{message.rpartition('\x04')[2]}{CLOSE}"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)


def outside(text: str, depth: int = 0) -> tuple[str, int]:
    """What of a text stands in no brackets, and how many are open after it."""
    kept = []
    for sign in text:
        depth += (sign == OPEN) - (sign == CLOSE)
        kept.append(sign if depth == 0 and sign != CLOSE else " ")
    return " ".join("".join(kept).split()), depth


def _data() -> set[str]:
    """What people and the policy wrote, value by value and sentence by sentence."""
    known: set[str] = set()

    def keep(value: object) -> None:
        if isinstance(value, str):
            known.add(" ".join(value.split()))
        elif isinstance(value, dict):
            for one in value.values():
                keep(one)
        elif isinstance(value, (list, tuple)):
            for one in value:
                keep(one)

    fields = (models.CharField, models.TextField, models.JSONField)
    for model in apps.get_models():
        names = [one.name for one in model._meta.fields if isinstance(one, fields)]
        for row in model._default_manager.values_list(*names) if names else ():
            keep(row)
    return known


#: Times and lengths of time as figures, and names of days and months beside them.
_TIMES = re.compile(
    r"\b(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\w*|Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
    r"|GMT|BST|UTC|px|min|Glede|Europe/London)\b"
)


def holes(page: str, data: set[str], known: str) -> Iterator[str]:
    """The words of a page that no translator can reach and nobody wrote."""
    depth = 0
    for text, is_attribute in Words(page).found:
        # A sentence may hold a link, and then goes on behind it.
        words, after = outside(text, 0 if is_attribute else depth)
        depth = depth if is_attribute else after
        words = words.removesuffix("· Glede").strip(" ·,:;.()“”^–")
        bare = _TIMES.sub("", words)
        if not _LETTERS.search(bare) or words in data:
            continue
        if len(words.split()) > 2 and words.removesuffix("…").strip() in known:
            continue
        yield words


#: How many different phrases of a page stand in no brackets. What is left are names and dates put
#: together, what a brand says to residents, and values of the policy in its own words. A number may
#: only fall: lower it when you mark some.
LEFT: dict[str, int] = {
    "c/<int:conversation_id>/": 3,
    "people/<int:contact_id>/": 1,
    "c/<int:conversation_id>/cases/": 1,
    "c/<int:conversation_id>/m/<int:message_id>/": 1,
    "acknowledgements/": 4,
    "acknowledgements/<slug:slug>/": 2,
    "capture/": 4,
    "api/": 4,
    "policy/": 13,
    "policy/read/": 1,
}

#: These end the session they are asked in.
SILENT = frozenset({"accounts/logout/", "me/sessions/end/"})


class InBrackets(TestCase):
    """A desk with something on it, seen by somebody who may go everywhere."""

    town: ClassVar[Town]
    everywhere: ClassVar[Viewer]

    @classmethod
    def setUpTestData(cls) -> None:
        with time_machine.travel(NOW, tick=False):
            cls.town = inbox_desk.tuesday(NOW)
            cls.everywhere = make.person("Noor", Role.OWNER)
            for role in Role:
                if role is not Role.OWNER:
                    people.grant(
                        person_id=cls.everywhere.id,
                        role=role,
                        brand_id=None,
                        from_at=make.LONG_AGO,
                        actor=SYSTEM,
                        now=make.LONG_AGO,
                    )

    def paths(self) -> Iterator[tuple[str, str]]:
        """Each address that can be asked for here, with what it is called in GATES."""
        said = self.town.dawn.messages.order_by("pk").first()
        assert said is not None
        ids = {
            "int:conversation_id": self.town.dawn.pk,
            "int:message_id": said.pk,
            "int:contact_id": Contact.objects.earliest("pk").pk,
            "slug:slug": "red-kite",
            "slug:brand": "red-kite",
            "slug:platform": "bluesky",
            "int:account_id": Account.objects.earliest("pk").pk,
        }
        for route, gate in GATES.items():
            if isinstance(gate, ByToken) or route in SILENT:
                continue
            path = re.sub(r"<([^>]+)>", lambda one: str(ids.get(one[1], one[0])), route)
            if "<" not in path:
                yield route, f"/{path}"

    def test_what_a_page_says_outside_brackets_only_grows_less(self) -> None:
        data = _data()
        # Names, and whichever are installed where this runs.
        names = {one.name for one in registry.working()}
        platforms = re.compile("|".join(sorted(map(re.escape, names), key=len, reverse=True)))
        known = "\n".join(data)
        found: dict[str, list[str]] = {}
        with (
            time_machine.travel(NOW, tick=False),
            mock.patch.object(trans_real, "translation", Marking),
        ):
            client = at_desk(self.everywhere)
            client.post("/me/look/", {"language": "cy"})
            for route, path in self.paths():
                answer = client.get(path)
                if answer.status_code != 200 or not answer["Content-Type"].startswith("text/html"):
                    continue
                page = answer.content.decode()
                if "<html" in page:
                    assert OPEN in page, f"{path} says nothing in the language chosen"
                    # “2 h 10 left” is one phrase, whatever the figures.
                    said = {
                        platforms.sub("0", re.sub(r"[0-9]+", "0", one))
                        for one in holes(page, data, known)
                    }
                    found[route] = sorted(filter(_LETTERS.search, said))
        more = {route: words for route, words in found.items() if len(words) > LEFT.get(route, 0)}
        assert more == {}, "more than LEFT allows: mark what is new for translation"


class TheLanguageChosen(TestCase):
    """Sam chooses Welsh; nobody else is spoken to in it."""

    sam: ClassVar[Viewer]
    priya: ClassVar[Viewer]

    @classmethod
    def setUpTestData(cls) -> None:
        cls.sam, cls.priya = make.person("Sam", Role.ADVISOR), make.person("Priya", Role.ADVISOR)

    def test_the_desk_speaks_it_to_this_person_alone_and_says_so(self) -> None:
        sam, priya = at_desk(self.sam), at_desk(self.priya)
        sam.post("/me/look/", {"language": "cy"})
        sam.post("/me/look/", {"theme": "dark"})
        usual = trans_real.translation

        with mock.patch.object(
            trans_real, "translation", lambda code: Marking(code) if code == "cy" else usual(code)
        ):
            hers, his = (one.get("/me/").content.decode() for one in (priya, sam))

        assert '<html lang="cy" data-theme="dark"' in his
        assert "<h1>⟦My settings⟧</h1>" in his
        assert 'value="cy" checked' in his
        assert '<script src="/words/cy.js" defer></script>' in his
        assert '<html lang="en-GB"' in hers
        assert "/words/" not in hers, "scripts speak English by themselves"
        assert "<h1>My settings</h1>" in hers

    def test_it_ends_with_the_page_and_one_we_do_not_speak_is_refused(self) -> None:
        sam = at_desk(self.sam)
        sam.post("/me/look/", {"language": "cy"})
        sam.get("/me/")

        assert translation.get_language() == "en-gb"
        assert Client().get("/accounts/login/").content.decode().count('<html lang="en-GB"') == 1
        assert sam.post("/me/look/", {"language": "xx"}).status_code == 422
