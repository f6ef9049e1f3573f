"""From the instance's HTML to what a person reads; how long a text is for the instance."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glede.platforms.mastodon.words import count, read

LINK = (
    '<a href="https://example.org/a/long/way?x=1&amp;y=2" rel="nofollow">'
    '<span class="invisible">https://</span><span class="ellipsis">example.org/a/long</span>'
    '<span class="invisible">/way?x=1&amp;y=2</span></a>'
)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>Hello &amp; welcome</p>", "Hello & welcome"),
        ("<p>one<br>two<br />three</p><p>four</p>", "one\ntwo\nthree\n\nfour"),
        (
            '<p><span class="h-card"><a href="https://a.example/@b" class="u-url mention">@'
            "<span>b</span></a></span> hm</p>",
            "@b hm",
        ),
        (f"<p>see {LINK} now</p>", "see example.org/a/long… now"),
        ("<ul><li>gas</li><li>water</li></ul>", "• gas\n• water"),
        ("<blockquote><p>was</p></blockquote><p>is</p>", "was\n\nis"),
        ("no tags, 1 < 2 and 3 > 2", "no tags, 1 < 2 and 3 > 2"),
        ("<p>left open <b>and <i>crossed</b> here</i>", "left open and crossed here"),
        ("<script>alert(1)</script><p>x</p>", "x"),
        ("", ""),
    ],
)
def test_what_a_person_reads(html: str, text: str) -> None:
    assert read(html)[0] == text


def test_links_are_kept_whole_and_mentions_are_none() -> None:
    html = f'<p>{LINK} <a class="mention" href="https://a.example/@b">@b</a> {LINK}</p>'
    assert read(html)[1] == ("https://example.org/a/long/way?x=1&y=2",)
    assert read('<a href="javascript:alert(1)">x</a>')[1] == ()


@given(st.text(alphabet=st.sampled_from('<>/"= pabr&;sclaspninvisible\nü'), max_size=300))
def test_any_text_gives_words(html: str) -> None:
    text, links = read(html)
    assert isinstance(text, str)
    assert isinstance(links, tuple)


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("Hello", 5),
        ("see https://www.example.org/" + "a" * 200, 4 + 23),
        ("https://a.example/b.", 24),
        ("@mair@social.example thanks", len("@mair thanks")),
        ("@mair thanks", 12),
        ("mail me@example.org", len("mail me@example.org")),
        ("👩‍👩‍👧 cŵn", 5),
    ],
)
def test_what_the_instance_counts(text: str, length: int) -> None:
    assert count(text) == length
