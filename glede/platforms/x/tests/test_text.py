"""The count is X's own; the cases are those of its documentation, in words of ours."""

import pytest

from glede.platforms.x.text import bare, count, essence, has_link


@pytest.mark.parametrize(
    ("text", "weight"),
    [
        ("", 0),
        ("abc", 3),
        ("naïve café", 10),
        ("漏水", 4),
        ("👨‍👩‍👧‍👦", 2),
        ("🏴󠁧󠁢󠁷󠁬󠁳󠁿🇬🇧", 4),
        ("☺️", 2),
        ("©", 1),
        ("“quoted” – and more…", 21),
        ("https://example.org/" + "a" * 100, 23),
        ("see example.co.uk/repairs.", 28),
        ("ring 0300 123 4567 at 3.30", 26),
        ("write to help@example.org", 25),
        ("e\u0301", 1),
    ],
)
def test_a_text_weighs_what_x_says(text: str, weight: int) -> None:
    assert count(text) == weight


def test_a_link_is_seen_because_it_costs_more() -> None:
    assert has_link("read https://example.org")
    assert not has_link("read the letter")


def test_what_x_did_to_a_text_is_undone_to_compare_it() -> None:
    stands = "@gwen_sample We &amp; the engineer come today https://t.co/abc https://t.co/pic"
    entities = {
        "urls": [
            {"url": "https://t.co/abc", "expanded_url": "https://example.org/visit"},
            {"url": "https://t.co/pic", "expanded_url": "https://x.com/p/1", "media_key": "3_1"},
        ]
    }

    assert essence(stands, entities) == bare(
        "We & the engineer come today\nhttps://example.org/visit"
    )


def test_what_we_wrote_is_not_taken_for_x_s_escapes() -> None:
    assert essence("write &amp;lt; for &lt;", {}) == bare("write &lt; for <")
    assert essence("write &lt;", {}) != bare("write &lt;")
