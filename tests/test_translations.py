"""Every language says what residents read, knows what the desk says, and keeps nothing else."""

from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from django.utils import translation

from tools import translations


@pytest.fixture(scope="module")
def wanted() -> Catalog:
    return translations.template()


@pytest.mark.parametrize(
    "file", translations.catalogues(), ids=lambda file: f"{file.parts[-3]}-{file.stem}"
)
def test_nothing_is_missing_and_nothing_is_said_in_vain(file: Path, wanted: Catalog) -> None:
    said = wanted if file.stem == translations.SERVER else translations.template(file.stem)

    assert translations.faults(translations.read(file), said) == []


def test_what_is_missing_stale_or_broken_is_found(wanted: Catalog) -> None:
    kept = Catalog(locale="cy")
    kept.add("Nobody says this any more", "Neb")
    kept.add("My settings", "")
    kept.add("Write to us", "")
    kept.add(
        ("%(n)d hour", "%(n)d hours"),
        ("%(n)d awr", "awr %(x)s", "", "", ""),
        flags={"python-format"},
    )

    found = "\n".join(translations.faults(kept, wanted))

    assert "said nowhere: Nobody says this any more" in found
    assert "not translated: %(n)d hour" in found
    assert "not translated: Write to us" in found
    assert "not in the catalogue: Write to us" not in found
    assert "My settings" not in found, "what the desk says may stand there untranslated"
    assert "not in the catalogue: Keep these settings" in found


def test_words_within_words_and_values_that_are_words_are_found(wanted: Catalog) -> None:
    """What a call is given within another, and what a class of words holds."""
    known = {one.id for one in wanted}

    assert {"without a name", "(none named)", "potential libel"} <= known
    assert "There are no more items." in {one.id for one in translations.template("djangojs")}


def test_django_reads_what_was_made_of_them() -> None:
    """`make setup` makes the .mo files; the plural is chosen by Welsh's own rule."""
    with translation.override("cy"):
        said = [
            translation.ngettext("%(n)d minute", "%(n)d minutes", n) % {"n": n} for n in (1, 2, 5)
        ]
        assert translation.gettext("Write to us") == "Ysgrifennwch atom"
    assert said == ["1 munud", "2 funud", "5 munud"]


def test_what_nobody_translated_yet_is_said_in_english() -> None:
    with translation.override("cy"):
        assert translation.gettext("Keep these settings") == "Keep these settings"
        assert [
            translation.ngettext("%(n)s open promise", "%(n)s open promises", n) % {"n": n}
            for n in (0, 1, 2)
        ] == ["0 open promises", "1 open promise", "2 open promises"]
