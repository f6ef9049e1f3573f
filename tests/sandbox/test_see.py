"""The public pages: what anybody sees, and what a person does there as a resident."""

from collections.abc import Iterator

import httpx
import pytest
from bs4 import BeautifulSoup

from sandbox.see import people
from sandbox.see.people import resident
from tests.sandbox.serving import Served, serving
from tests.sandbox.village import Village

PAGE = "village-red-kite"
ADDRESS = f"/village/see/{PAGE}"


@pytest.fixture
def served() -> Iterator[Served]:
    with serving(Village) as served:
        yield served


def village(served: Served) -> Village:
    stage = served.world.stages["village"]
    assert isinstance(stage, Village)
    return stage


def looks(served: Served, *, name: str = "") -> BeautifulSoup:
    answer = httpx.get(served.base + ADDRESS, params={"as": name} if name else {})
    assert answer.status_code == 200
    return BeautifulSoup(answer.text, "html.parser")


def acts(served: Served, do: str, *, name: str = "Nia Prosser", **said: str) -> httpx.Response:
    return httpx.post(
        served.base + ADDRESS, data={"as": name, "do": do, **said}, follow_redirects=False
    )


def items(served: Served) -> list[str]:
    return list(village(served).items)


def test_the_front_page_leads_to_every_page_of_every_platform(served: Served) -> None:
    front = httpx.get(served.base).text
    assert f'href="{ADDRESS}"' in front
    listed = httpx.get(f"{served.base}/village/see", follow_redirects=True).text
    assert f'href="{ADDRESS}"' in listed
    assert httpx.get(f"{served.base}/village/see/nobody").status_code == 404


def test_a_person_posts_replies_edits_and_deletes_as_a_resident(served: Served) -> None:
    assert acts(served, "post", text="The lift is stuck").status_code == 303
    (post,) = items(served)
    assert acts(served, "reply", of=post, text="Again!", name="Omar Said").status_code == 303
    assert acts(served, "edit", of=post, text="The lift is stuck again").status_code == 303
    seen = looks(served).select_one(f'[id="item-{post}"]')
    assert seen is not None
    assert "The lift is stuck again" in seen.text
    assert "edited" in seen.text
    assert "Again!" in seen.text
    assert acts(served, "delete", of=post).status_code == 303
    seen = looks(served).select_one(f'[id="item-{post}"]')
    assert seen is not None
    assert "This was deleted." in seen.text
    assert "The lift is stuck again" not in seen.text
    assert "Again!" in seen.text


def test_a_deleted_post_with_no_answers_is_not_seen_any_more(served: Served) -> None:
    acts(served, "post", text="Never mind")
    (post,) = items(served)
    acts(served, "delete", of=post)
    assert looks(served).select_one(f'[id="item-{post}"]') is None


def test_nobody_edits_or_deletes_what_another_wrote(served: Served) -> None:
    acts(served, "post", text="Mine")
    (post,) = items(served)
    for do in ("edit", "delete"):
        refused = acts(served, do, of=post, text="Yours", name="Omar Said")
        assert refused.status_code == 400
        assert "That is not yours." in refused.text
    assert 'value="edit"' not in str(looks(served, name="Omar Said"))
    assert 'value="edit"' in str(looks(served, name="nia  PROSSER"))


def test_what_the_page_hid_is_seen_by_its_author_alone(served: Served) -> None:
    acts(served, "post", text="Rude words")
    (post,) = items(served)
    served.do(village(served).hide, post)
    assert "Rude words" not in looks(served).text
    assert "Rude words" not in looks(served, name="Omar Said").text
    assert "only you still see it" in looks(served, name="Nia Prosser").text


def test_private_messages_are_between_two(served: Served) -> None:
    acts(served, "message", text="My address is 3 Wren Close")
    (message,) = items(served)
    served.do(village(served).answer_in_app, PAGE, "Thank you, Nia.", to=message)
    mine = looks(served, name="Nia Prosser").text
    assert "3 Wren Close" in mine
    assert "Thank you, Nia." in mine
    for other in (looks(served), looks(served, name="Omar Said")):
        assert "Wren Close" not in other.text
        assert "Thank you, Nia." not in other.text


def test_words_are_shown_as_words(served: Served) -> None:
    acts(served, "post", text="<script>alert(1)</script> & so on", name="<b>Nia</b>")
    seen = looks(served, name='"><img src=x>')
    wall = seen.select_one('[data-live="wall"]')
    assert wall is not None
    assert "<script>alert(1)</script> & so on" in wall.text
    assert wall.find("script") is None
    assert seen.find("img") is None


def test_a_picture_is_shown_and_anything_else_refused(served: Served) -> None:
    fields = {"as": "Nia Prosser", "do": "post", "text": "Look", "alt": "A puddle"}
    picture = {"picture": ("a.png", b"\x89PNG not much of one", "image/png")}
    address = served.base + ADDRESS
    assert httpx.post(address, data=fields, files=picture).status_code == 303
    shown = looks(served).select_one("article img")
    assert shown is not None
    assert httpx.get(str(shown["src"])).content == picture["picture"][1]
    other = {"picture": ("a.html", b"<script>", "text/html")}
    refused = httpx.post(address, data=fields, files=other)
    assert refused.status_code == 400
    assert "Only pictures" in refused.text
    assert len(items(served)) == 1


def test_what_cannot_be_done_is_said_and_the_words_kept(served: Served) -> None:
    assert "Write something first." in acts(served, "post", text="  ").text
    gone = acts(served, "reply", of="village:99", text="Hello?")
    assert gone.status_code == 400
    assert "not there any more" in gone.text
    assert "Hello?" in gone.text
    assert "Say first who you are" in acts(served, "post", text="Hi", name=" - ").text
    assert "nobody can do here" in acts(served, "fly", text="Hi").text
    assert items(served) == []


def test_another_site_cannot_act_for_a_resident(served: Served) -> None:
    refused = httpx.post(
        served.base + ADDRESS,
        data={"as": "Nia Prosser", "do": "post", "text": "Hi"},
        headers={"sec-fetch-site": "cross-site"},
    )
    assert refused.status_code == 403
    assert items(served) == []


def test_a_change_is_told_at_once_to_whoever_looks_at_that_page(served: Served) -> None:
    with httpx.stream("GET", f"{served.base}{ADDRESS}/live", timeout=10) as stream:
        lines = stream.iter_lines()
        assert "event: open" in [next(lines) for _ in range(3)]
        elsewhere = f"{served.base}/village/see/village-pennvale"
        httpx.post(elsewhere, data={"as": "Nia Prosser", "do": "post", "text": "Not here"})
        acts(served, "message", text="Here")
        told = next(line for line in lines if line.startswith('data: {"what"'))
    assert told == 'data: {"what": "messaged"}'
    now = httpx.get(f"{served.base}{ADDRESS}/now", params={"as": "Nia Prosser"}).text
    assert "Here" in now
    assert "<html" not in now


def test_a_platform_where_residents_can_do_nothing_says_so() -> None:
    with serving(lambda world: Village(world, can=frozenset())) as served:
        seen = looks(served, name="Nia Prosser")
        assert "they can only look" in seen.text
        assert seen.find("textarea") is None


def test_a_name_is_the_same_person_however_it_is_written() -> None:
    assert resident("Nia  Prosser") == resident(" Nia Prosser ")
    assert people.key("NIA prosser") == people.key("Nia Prosser")
    assert people.handle("Siân Ó Máirtín") == "sian_o_mairtin"
    assert people.handle("王小明")
    with pytest.raises(ValueError, match="no name"):
        resident("—")
