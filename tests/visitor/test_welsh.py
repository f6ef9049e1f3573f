"""Welsh first among the second languages: the form, the private page, the switch, the promise."""

import pytest
from django.test import Client

from glede.desk.conversations.models import Conversation, Message
from tests.visitor.conftest import Visitor, drain


def test_the_form_speaks_the_browsers_language_and_offers_the_other(visitor: Visitor) -> None:
    path = f"/w/{visitor.key}/"

    welsh = Client().get(path, headers={"Accept-Language": "cy-GB,en;q=0.5"}).content.decode()

    assert '<html lang="cy"' in welsh
    assert "Ysgrifennwch atom" in welsh
    assert "o fewn 4 awr yn ystod oriau gwaith, ac o fewn 12 awr ar adegau eraill" in welsh
    assert '<a class="other-language" href="?lang=en" lang="en-GB"' in welsh

    english = Client().get(f"{path}?lang=en", headers={"Accept-Language": "cy"}).content.decode()
    assert '<html lang="en-GB"' in english
    assert "Write to us" in english
    assert 'href="?lang=cy" lang="cy" hreflang="cy">Cymraeg</a>' in english


@pytest.mark.parametrize("asked", ["xx", "cy/../en", "<b>"])
def test_a_language_we_do_not_speak_is_english(visitor: Visitor, asked: str) -> None:
    page = visitor.get(f"/w/{visitor.key}/", lang=asked).content.decode()

    assert '<html lang="en-GB"' in page
    assert "<b>" not in page


def test_who_writes_in_welsh_is_thanked_and_answered_in_welsh(visitor: Visitor) -> None:
    where = visitor.writes(message="Mae’r boeler wedi torri", language="cy")

    assert where.endswith("&lang=cy")
    assert "Diolch, mae eich neges wedi cyrraedd" in visitor.get(where).content.decode()
    drain()
    assert Message.objects.get().language == "cy"
    assert Conversation.objects.get().language == "cy"
    # Whoever comes back by the bare address is met in the language they wrote in.
    page = visitor.get(where.partition("?")[0]).content.decode()
    assert "Eich sgwrs gyda ni" in page
    assert 'name="language" value="cy"' in page
