"""How long a text is for Bluesky, and what in it links."""

import pytest

from glede.platforms.bluesky.facets import count, facets, fitting, pieces
from glede.platforms.contract import Refused

PEOPLE = {"mabel.test": "did:plc:mabel", "redkite.org.uk": "did:plc:redkite"}


def who(handle: str) -> str:
    return PEOPLE.get(handle, "")


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("", 0),
        ("abc", 3),
        ("é", 1),
        ("e\u0301", 1),
        ("👨‍👩‍👧‍👦", 1),
        ("🇬🇧", 1),
        ("👋🏽", 1),
        ("\r\n", 1),
        ("🏴󠁧󠁢󠁷󠁬󠁳󠁿", 1),
    ],
)
def test_what_a_person_sees_as_one_character_counts_once(text: str, length: int) -> None:
    assert count(text) == length


def test_three_hundred_fit_and_one_more_is_refused_with_how_many_to_cut() -> None:
    fitting("👋🏽" * 300)

    with pytest.raises(Refused, match="shorten it by 3"):
        fitting("👋🏽" * 303)


def test_few_characters_of_many_bytes_are_refused_too() -> None:
    with pytest.raises(Refused, match="3000 bytes"):
        fitting("👨‍👩‍👧‍👦" * 200)


def test_links_tags_and_people_are_marked_at_their_bytes() -> None:
    text = "Grüße 👋🏽 @mabel.test, see https://example.org/a?b=1. #Repairs (example.com) ^Sam"

    marks = facets(text, resolve=who)

    assert pieces(text, marks) == [
        "@mabel.test",
        "https://example.org/a?b=1",
        "#Repairs",
        "example.com",
    ]
    features = [mark["features"][0] for mark in marks]
    assert features[0]["did"] == "did:plc:mabel"
    assert features[3]["uri"] == "https://example.com"


def test_people_nobody_knows_and_addresses_of_mail_stay_plain() -> None:
    assert facets("@nobody.test write to desk@redkite.org.uk", resolve=who) == []


def test_a_name_said_twice_is_asked_for_once() -> None:
    asked: list[str] = []

    def resolve(handle: str) -> str:
        asked.append(handle)
        return who(handle)

    marks = facets("@Mabel.test and @mabel.test", resolve=resolve)

    assert asked == ["mabel.test"]
    assert len(marks) == 2
