"""The words that scripts put on the screen can be said in another language, and are."""

import re
from collections.abc import Iterator
from types import SimpleNamespace
from unittest import mock

import pytest
from babel.messages.jslexer import tokenize
from django.test import Client, SimpleTestCase
from playwright.sync_api import Browser, Route, expect

from tests.browser import opened
from tools.translations import scripts

#: Beginnings of words for people: a capital and small letters, or two words of small ones.
_WORDS = re.compile(r"[A-Z][a-z]+|[a-z]{2,} [a-z]|%\(\w+\)s [a-z]|\0 [a-z]{2,}")
_HOLE = re.compile(r"\$\{(?:[^{}]|\{[^{}]*\})*\}")
#: What asks the page for elements, and the names of headers and of keys with Ctrl.
_SELECTOR = re.compile(r"^[.#\[]|\[[\w-]+[\^~|*$]?=|:not\(")
_NAME = re.compile(r"(?:HX|X|Glede|Content|Ctrl)[- ]|[a-z]+[A-Z]\w*$")
#: What the browser calls things.
_MACHINE = frozenset(
    {
        "Alt",
        "Android",
        "AbortError",
        "ArrowDown",
        "ArrowUp",
        "CapsLock",
        "Chrome",
        "Control",
        "Ctrl",
        "Edg",
        "Edge",
        "Enter",
        "Escape",
        "Firefox",
        "Linux",
        "Mac",
        "Meta",
        "Notification",
        "PushManager",
        "Safari",
        "Shift",
        "Tab",
        "Windows",
    }
)
_ASKING = frozenset({"gettext", "ngettext"})


def unmarked(script: str) -> Iterator[str]:
    """The words in a script that stand in no call of gettext or ngettext."""
    within: list[str] = []
    before = ""
    for token in tokenize(script):
        if token.value in ("(", "{", "["):
            within.append(before if token.value == "(" else "")
        elif token.value in (")", "}", "]") and within:
            within.pop()
        elif token.type in ("string", "template_string"):
            words = _HOLE.sub("\0", token.value[1:-1])
            said = within and within[-1] in _ASKING and token.type == "string"
            if not said and _WORDS.search(words) and not _is_for_machines(words):
                yield words
        before = token.value


def _is_for_machines(words: str) -> bool:
    return bool(words.strip() in _MACHINE or _SELECTOR.search(words) or _NAME.match(words))


def test_no_script_says_a_word_that_cannot_be_translated() -> None:
    found = {
        file.name: words
        for file in scripts()
        if (words := list(unmarked(file.read_text(encoding="utf-8"))))
    }

    assert len(scripts()) > 20
    assert found == {}


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ('say("Saved");', ["Saved"]),
        ('say("not saved yet");', ["not saved yet"]),
        ("say(`${n} chosen`);", ["\0 chosen"]),
        ("say(gettext(`Saved ${at}`));", ["Saved \0"]),
        ('say(gettext("Saved %(at)s", { at: "Never" }));', ["Never"]),
        ('say(n ? gettext("Saved") : "Kept");', ["Kept"]),
        ('say(ngettext("%(n)s new", "%(n)s new ones", n));', []),
        ('box.querySelector("#say .pick input").setAttribute("HX-Target", "Enter");', []),
    ],
)
def test_a_word_of_a_script_that_is_not_marked_is_found(script: str, words: list[str]) -> None:
    assert list(unmarked(script)) == words


#: As a .mo file gives it: Welsh has a form of its own for two.
_WELSH = {
    "": "Plural-Forms: nplurals=3; plural=(n==1 ? 0 : n==2 ? 1 : 2);\n",
    "Saved %(at)s": "Cadwyd am %(at)s",
    ("%(n)s day", 0): "%(n)s diwrnod",
    ("%(n)s day", 1): "%(n)s ddiwrnod",
    ("%(n)s day", 2): "%(n)s o ddyddiau",
}


def _spoken(code: str) -> str:
    given = SimpleNamespace(_catalog=_WELSH, _fallback=None)
    with mock.patch("django.views.i18n.DjangoTranslation", return_value=given):
        answer = Client().get(f"/words/{code}.js")
    assert answer.status_code == 200
    return answer.content.decode()


class TheCatalogue(SimpleTestCase):
    def test_a_browser_keeps_it_and_anybody_may_have_it(self) -> None:
        answer = Client().get("/words/cy.js")

        assert answer["Content-Type"].startswith("text/javascript")
        assert answer["Cache-Control"] == "private, max-age=3600"

    def test_a_language_we_do_not_speak_is_not_there(self) -> None:
        assert Client().get("/words/xx.js").status_code == 404


_PAGE = """<!doctype html><html lang="{lang}"><title>Words</title><link rel="icon" href="data:,">
<main id="said"></main>{catalogue}<script src="/said.js" type="module"></script>"""
_SAYS = """import { gettext, ngettext } from "/words.js";
document.getElementById("said").textContent = [
  gettext("Saved %(at)s", { at: "15:40" }), gettext("Not saved"),
  ...[1, 2, 5].map((n) => ngettext("%(n)s day", "%(n)s days", n)),
].join("; ");"""


@pytest.mark.browser
@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("en", "Saved 15:40; Not saved; 1 day; 2 days; 5 days"),
        ("cy", "Cadwyd am 15:40; Not saved; 1 diwrnod; 2 ddiwrnod; 5 o ddyddiau"),
    ],
)
def test_a_script_speaks_the_language_of_its_page(browser: Browser, lang: str, said: str) -> None:
    """With the page's catalogue, under our content security policy; without one, in English."""
    module = next(file for file in scripts() if file.name == "words.js").read_text("utf-8")
    catalogue = '<script src="/cy.js" defer></script>' if lang != "en" else ""
    served = {
        "/": ("text/html", _PAGE.format(lang=lang, catalogue=catalogue)),
        "/cy.js": ("text/javascript", _spoken("cy")),
        "/words.js": ("text/javascript", module),
        "/said.js": ("text/javascript", _SAYS),
    }

    def serve(route: Route) -> None:
        kind, body = served[route.request.url.removeprefix("http://localhost")]
        policy = {"content-security-policy": "default-src 'self'; img-src data:"}
        route.fulfill(body=body, content_type=kind, headers=policy)

    with opened(browser, base_url="http://localhost") as page:
        page.route("**/*", serve)
        page.goto("/")

        expect(page.locator("#said")).to_have_text(said)
