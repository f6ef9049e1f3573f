"""What is said in other languages: glede/locale/<language>/LC_MESSAGES/django.po.

python -m tools.translations              say what is missing or no longer said; exit code 1 if so
python -m tools.translations --merge      bring the catalogues up to date with templates and code
python -m tools.translations --compile    make the .mo files that Django reads (tools/setup does it)

Only the .po files are kept: what is made of them is not. Without the .mo files Glede speaks
English, and `glede doctor` says so.
"""

import io
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import django
from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

ROOT = Path(__file__).parents[1]
GLEDE = ROOT / "glede"
LOCALE = GLEDE / "locale"
_KEYWORDS = {
    "gettext": None,
    "gettext_lazy": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "gettext_noop": None,
}
#: What `templatize` writes for the tags of a template.
_IN_TEMPLATES = {"gettext": None, "ngettext": (1, 2), "pgettext": ((1, "c"), 2), "_": None}

type MessageId = str | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that is said, and where."""

    what: MessageId
    context: str | None
    file: str
    line: int


def said() -> Iterator[Said]:
    """Everything that templates and code mark for translation."""
    for file in sorted(GLEDE.rglob("*.html")):
        if "{% translate" in (text := file.read_text(encoding="utf-8")) or "{% blocktrans" in text:
            yield from _extracted(templatize(text, origin=str(file)), file, _IN_TEMPLATES)
    for file in sorted(GLEDE.rglob("*.py")):
        text = file.read_text(encoding="utf-8")
        if "django.utils.translation" in text:
            yield from _extracted(text, file, _KEYWORDS)


def _extracted(text: str, file: Path, keywords: dict[str, object]) -> Iterator[Said]:
    found = extract("python", io.BytesIO(text.encode()), keywords=keywords)  # type: ignore[arg-type] # babel's own table
    for line, what, _comments, context in found:
        yield Said(what, context, str(file.relative_to(ROOT)), line)


def catalogues() -> list[Path]:
    return sorted(LOCALE.glob("*/LC_MESSAGES/django.po"))


def read(file: Path) -> Catalog:
    with file.open("rb") as given:
        return read_po(given, locale=file.parent.parent.name, domain="django")


def template() -> Catalog:
    made = Catalog(domain="django", project="Glede", charset="utf-8")
    for one in said():
        made.add(one.what, locations=[(one.file, one.line)], context=one.context)
    return made


def faults(catalogue: Catalog, wanted: Catalog) -> list[str]:
    """What is not said in this language, and what is kept but said nowhere."""
    here = {(one.id, one.context): one for one in catalogue if one.id}
    asked = {(one.id, one.context) for one in wanted if one.id}
    missing = [f"not translated: {_first(key[0])}" for key in asked if not _is_said(here.get(key))]
    stale = [f"said nowhere: {_first(key[0])}" for key in here if key not in asked]
    broken = [
        f"{error}: {_first(one.id)}" for one in here.values() for error in one.check(catalogue)
    ]
    return sorted({*missing, *stale, *broken})


def _is_said(message: object) -> bool:
    string = getattr(message, "string", "")
    return all(string) if isinstance(string, (tuple, list)) else bool(string)


def _first(what: MessageId) -> str:
    return what if isinstance(what, str) else what[0]


def merge(file: Path, wanted: Catalog) -> None:
    catalogue = read(file)
    catalogue.update(wanted, no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    with file.open("wb") as kept:
        write_po(kept, catalogue, width=100, omit_header=False, sort_output=True)


def compile_all() -> None:
    for file in catalogues():
        made = file.with_suffix(".mo")
        part = made.with_suffix(".part")
        with part.open("wb") as kept:
            write_mo(kept, read(file))
        part.replace(made)


def main(arguments: Sequence[str]) -> int:
    if arguments == ["--compile"]:
        compile_all()
        return 0
    if not settings.configured:
        settings.configure(USE_I18N=False)
        django.setup()
    wanted = template()
    if arguments == ["--merge"]:
        for file in catalogues():
            merge(file, wanted)
    found = [
        f"{file.parent.parent.name}: {fault}"
        for file in catalogues()
        for fault in faults(read(file), wanted)
    ]
    print("\n".join(found) or "Every language says everything.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
