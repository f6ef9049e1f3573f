"""What is said in other languages: glede/locale/<language>/LC_MESSAGES/django.po, and djangojs.po
for what the scripts say.

python -m tools.translations              say what is missing or no longer said; exit code 1 if so
python -m tools.translations --merge      bring the catalogues up to date with templates and code
python -m tools.translations --compile    make the .mo files that Django reads (tools/setup does it)

Residents' pages are said in every language, whole. The words of the desk and of its scripts stand
in each catalogue too, ready for somebody who speaks the language; one without a translation is said
in English.

Only the .po files are kept: what is made of them is not. Without the .mo files Glede speaks
English, and `glede doctor` says so.
"""

import ast
import io
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import django
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

ROOT = Path(__file__).parents[1]
GLEDE = ROOT / "glede"
LOCALE = GLEDE / "locale"
#: Where the words stand in a call of each, from 0.
_PLACES = {
    "gettext": (0,),
    "gettext_lazy": (0,),
    "gettext_noop": (0,),
    "ngettext": (0, 1),
    # kit/words.py
    "say": (0,),
    "say_many": (0, 1),
    # rulebook/policy/registry.py: what a rule means
    "_row": (2,),
}
_IN_SCRIPTS = {"gettext": None, "ngettext": (1, 2)}
#: What `templatize` writes for the tags of a template.
_IN_TEMPLATES = {"gettext": None, "ngettext": (1, 2), "pgettext": ((1, "c"), 2), "_": None}

#: Where a resident reads: what is marked here has to be said in every language.
RESIDENTS = ("glede/web/visitor/", "glede/web/templates/visitor/")
_MARKS = ("{% translate", "{% blocktranslate", '_("')

type MessageId = str | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that is said, and where."""

    what: MessageId
    context: str | None
    file: str
    line: int


#: The catalogues of a language, as Django calls them: one for the server, one for the scripts.
SERVER, SCRIPTS = "django", "djangojs"


def said(domain: str = SERVER) -> Iterator[Said]:
    """Everything that templates and code mark for translation, or everything that scripts do."""
    if domain == SCRIPTS:
        for file in scripts():
            yield from _extracted(file.read_text(encoding="utf-8"), file, _IN_SCRIPTS, "javascript")
        return
    templates = [*GLEDE.rglob("*.html"), *(GLEDE / "web" / "templates").rglob("*.js")]
    for file in sorted(templates):
        text = file.read_text(encoding="utf-8")
        if any(mark in text for mark in _MARKS):
            # What it writes is read as Python, to which the indents of HTML would be a fault.
            calls = "\n".join(map(str.lstrip, templatize(text, origin=str(file)).split("\n")))
            yield from _extracted(calls, file, _IN_TEMPLATES)
    for file in sorted(GLEDE.rglob("*.py")):
        text = file.read_text(encoding="utf-8")
        if "django.utils.translation" in text or "glede.kit.words" in text:
            yield from _in_code(ast.parse(text), str(file.relative_to(ROOT)))


def _in_code(tree: ast.Module, file: str) -> Iterator[Said]:
    """What calls say, also within one another (babel sees the outermost alone), and the values of
    each class of words (`Spoken` of kit/words.py)."""
    for found in ast.walk(tree):
        if isinstance(found, ast.Call):
            name = getattr(found.func, "id", getattr(found.func, "attr", ""))
            words = [_literal(found, place) for place in _PLACES.get(name, ())]
            if words and all(words):
                yield Said(words[0] if len(words) == 1 else tuple(words), None, file, found.lineno)
        elif isinstance(found, ast.ClassDef) and "Spoken" in map(ast.unparse, found.bases):
            for line in found.body:
                if isinstance(line, ast.Assign) and isinstance(line.value, ast.Constant):
                    yield Said(str(line.value.value), None, file, line.lineno)


def _literal(call: ast.Call, place: int) -> str:
    """The words at a place among what is given; "" where no literal stands there."""
    given = call.args[place] if place < len(call.args) else None
    found = given.value if isinstance(given, ast.Constant) else ""
    return found if isinstance(found, str) else ""


def scripts() -> list[Path]:
    return sorted((GLEDE / "web" / "static" / "glede").rglob("*.js"))


def _extracted(
    text: str, file: Path, keywords: dict[str, object], method: str = "python"
) -> Iterator[Said]:
    found = extract(method, io.BytesIO(text.encode()), keywords=keywords)  # type: ignore[arg-type] # babel's own table
    for line, what, _comments, context in found:
        yield Said(what, context, str(file.relative_to(ROOT)), line)


def catalogues() -> list[Path]:
    return sorted(LOCALE.glob("*/LC_MESSAGES/django*.po"))


def read(file: Path) -> Catalog:
    with file.open("rb") as given:
        return read_po(given, locale=file.parent.parent.name, domain=file.stem)


def template(domain: str = SERVER) -> Catalog:
    made = Catalog(domain=domain, project="Glede", charset="utf-8")
    for one in said(domain):
        made.add(one.what, locations=[(one.file, one.line)], context=one.context)
    return made


def faults(catalogue: Catalog, wanted: Catalog) -> list[str]:
    """What residents are not told in this language, what the catalogue does not know (--merge
    repairs that) and what it keeps but nobody says."""
    here = {(one.id, one.context): one for one in catalogue if one.id}
    asked = {(one.id, one.context): one for one in wanted if one.id}
    missing = [
        f"not translated: {_first(key[0])}"
        for key, one in asked.items()
        if is_for_residents(one) and not _is_said(here.get(key))
    ]
    unknown = [f"not in the catalogue: {_first(key[0])}" for key in asked if key not in here]
    stale = [f"said nowhere: {_first(key[0])}" for key in here if key not in asked]
    broken = [
        f"{error}: {_first(one.id)}" for one in here.values() for error in one.check(catalogue)
    ]
    return sorted({*missing, *unknown, *stale, *broken})


def is_for_residents(message: Message) -> bool:
    """Does a resident's page say it? The desk may say it too."""
    return any(file.startswith(RESIDENTS) for file, _line in message.locations)


def _is_said(message: object) -> bool:
    string = getattr(message, "string", "")
    return all(string) if isinstance(string, (tuple, list)) else bool(string)


def _first(what: MessageId) -> str:
    return what if isinstance(what, str) else what[0]


def merge(file: Path, wanted: Catalog) -> None:
    catalogue = read(file)
    made_at = catalogue.creation_date
    catalogue.update(wanted, no_fuzzy_matching=True)
    # A date in the head would be a conflict each time two people add a word.
    catalogue.creation_date = made_at
    catalogue.obsolete.clear()
    with file.open("wb") as kept:
        write_po(kept, catalogue, width=100, include_lineno=False, sort_output=True)


def compile_all() -> None:
    for file in catalogues():
        made = file.with_suffix(".mo")
        part = made.with_suffix(".part")
        catalogue = read(file)
        # Babel would write English forms by the other language's rule: “0 promise” in Welsh.
        for one in [one for one in catalogue if one.id and not _is_said(one)]:
            catalogue.delete(one.id, one.context)
        with part.open("wb") as kept:
            write_mo(kept, catalogue)
        part.replace(made)


def main(arguments: Sequence[str]) -> int:
    if arguments == ["--compile"]:
        compile_all()
        return 0
    if not settings.configured:
        settings.configure(USE_I18N=False)
        django.setup()
    wanted = {domain: template(domain) for domain in (SERVER, SCRIPTS)}
    if arguments == ["--merge"]:
        for file in catalogues():
            merge(file, wanted[file.stem])
    found = [
        f"{file.parent.parent.name}: {fault}"
        for file in catalogues()
        for fault in faults(read(file), wanted[file.stem])
    ]
    print(
        "\n".join(found) or "Every language says what residents read, and knows what the desk says."
    )
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
