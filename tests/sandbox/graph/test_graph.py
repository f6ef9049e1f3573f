"""What Meta's platforms do to a desk: windows, limits, webhooks, tokens, refusals."""

import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any

import httpx
import pytest

from sandbox.graph.stages import Facebook, Instagram
from sandbox.kernel.world import Impossible, Picture, World, utc_now
from tests.sandbox.graph.conftest import ELIN, OMAR, Meta
from tests.sandbox.receiver import Receiver, receiving

JPEG = b"\xff\xd8\xff\xe0 a picture"


def get(meta: Meta, path: str, **given: str) -> dict[str, Any]:
    given.setdefault("access_token", meta.token)
    return httpx.get(f"{meta.graph}/{path}", params=given).json()  # type: ignore[no-any-return]


def post(meta: Meta, path: str, **given: Any) -> dict[str, Any]:
    given.setdefault("access_token", meta.token)
    return httpx.post(f"{meta.graph}/{path}", json=given).json()  # type: ignore[no-any-return]


def refusal(said: dict[str, Any]) -> tuple[int, int]:
    return said["error"]["code"], said["error"].get("error_subcode", 0)


def later(meta: Meta, by: timedelta) -> None:
    meta.served.world.now = lambda: utc_now() + by


def write(meta: Meta, to: str, text: str = "We are on it.", **more: Any) -> dict[str, Any]:
    return post(meta, f"{meta.page}/messages", recipient={"id": to}, message={"text": text}, **more)


def chat_of(meta: Meta, *, instagram: bool = False) -> str:
    stage, account = (meta.instagram, meta.ig) if instagram else (meta.facebook, meta.page)
    meta.do(stage.message, ELIN, "No heating since Friday.", page=account)
    platform = "instagram" if instagram else "messenger"
    said = get(meta, f"{meta.page}/conversations", platform=platform, fields="participants")
    return said["data"][0]["participants"]["data"][0]["id"]  # type: ignore[no-any-return]


def subscribed(meta: Meta, receiver: Receiver, *kinds: str) -> None:
    for kind in kinds:
        said = post(
            meta,
            f"{meta.app_id}/subscriptions",
            access_token=f"{meta.app_id}|{meta.secret}",
            object=kind,
            callback_url=receiver.address,
            verify_token="ours",
            fields="feed,mention,messages,message_echoes,message_edits,message_reads,ratings,"
            "comments,mentions,messaging_seen",
        )
        assert said == {"success": True}
    said = post(
        meta,
        f"{meta.page}/subscribed_apps",
        subscribed_fields="feed,mention,messages,message_echoes,message_edits,ratings",
    )
    assert said == {"success": True}


def challenged(query: Any) -> bytes | None:
    good = query.get("hub.mode") == "subscribe" and query.get("hub.verify_token") == "ours"
    return query["hub.challenge"].encode() if good else None


def entries(taken: list[tuple[bytes, Any]]) -> list[dict[str, Any]]:
    return [entry for body, _ in taken for entry in json.loads(body)["entry"]]


def test_a_comment_reaches_the_desk_signed_and_escaped(meta: Meta) -> None:
    with receiving(challenged) as receiver:
        subscribed(meta, receiver, "page", "instagram")
        made = meta.do(meta.facebook.comment, ELIN, "Dim gwres – £40 ❄", on=meta.post)
        ((body, headers),) = receiver.wait(1)
        mac = hmac.new(meta.secret.encode(), body, hashlib.sha256).hexdigest()
        assert headers["x-hub-signature-256"] == f"sha256={mac}"
        assert body.isascii()
        assert rb"\u00a3" in body
        change = json.loads(body)["entry"][0]["changes"][0]
        assert (change["field"], change["value"]["verb"]) == ("feed", "add")
        assert change["value"]["comment_id"] == made
        assert change["value"]["parent_id"] == meta.post


def test_only_a_subscribed_account_is_told_of(meta: Meta) -> None:
    with receiving(challenged) as receiver:
        subscribed(meta, receiver, "page")
        other = meta.facebook.pages()[1].native_id
        meta.do(meta.facebook.message, ELIN, "Not for you.", page=other)
        meta.do(meta.facebook.message, ELIN, "For you.", page=meta.page)
        taken = entries(receiver.wait(1))
        assert [one["messaging"][0]["message"]["text"] for one in taken] == ["For you."]


def test_an_address_that_does_not_answer_the_challenge_is_refused(meta: Meta) -> None:
    with receiving(lambda _query: b"no") as receiver:
        said = post(
            meta,
            f"{meta.app_id}/subscriptions",
            access_token=f"{meta.app_id}|{meta.secret}",
            object="page",
            callback_url=receiver.address,
            verify_token="ours",
            fields="feed",
        )
        assert refusal(said)[0] == 2200


def test_events_gather_over_several_assets_and_come_twice(meta: Meta) -> None:
    with receiving(challenged) as receiver:
        subscribed(meta, receiver, "page")
        other = meta.facebook.credentials()["pages"][1]
        httpx.post(
            f"{meta.graph}/{other['native_id']}/subscribed_apps",
            data={"subscribed_fields": "messages", "access_token": other["access_token"]},
        )
        meta.facebook.network.calling.manners.twice = 1.0
        meta.do(meta.served.world.hooks.hold)
        for page in (meta.page, other["native_id"]):
            meta.do(meta.facebook.message, ELIN, "Hello", page=page)
        meta.do(meta.served.world.hooks.release)
        first, second = receiver.wait(2)
        assert first[0] == second[0]
        assert {one["id"] for one in json.loads(first[0])["entry"]} == {
            meta.page,
            other["native_id"],
        }


def test_edits_unsending_and_our_own_words_are_told(meta: Meta) -> None:
    with receiving(challenged) as receiver:
        subscribed(meta, receiver, "page", "instagram")
        written = meta.do(meta.facebook.message, ELIN, "Helo", page=meta.page)
        meta.do(meta.facebook.edit, ELIN, "Hello", of=written)
        meta.do(meta.facebook.answer_in_app, meta.page, "Good morning", to=written)
        unsent = meta.do(meta.instagram.message, ELIN, "Private", page=meta.ig)
        meta.do(meta.instagram.delete, ELIN, of=unsent)
        receiver.wait(2)
        for _ in range(100):
            if len(entries(receiver.taken)) == 5:
                break
            receiver.wait(len(receiver.taken) + 1, seconds=0.05)
        said = [one["messaging"][0] for one in entries(receiver.taken)]
        assert [x["message_edit"]["num_edit"] for x in said if "message_edit" in x] == [1]
        messages = [x["message"] for x in said if "message" in x]
        assert sum(bool(x.get("is_echo")) for x in messages) == 1
        assert [x["mid"] for x in messages if x.get("is_deleted")] == [unsent]


def test_instagram_may_leave_the_changes_out(meta: Meta) -> None:
    with receiving(challenged) as receiver:
        subscribed(meta, receiver, "instagram")
        meta.instagram.network.calling.without_changes = True
        made = meta.do(meta.instagram.comment, ELIN, "Lovely", on=meta.media)
        (entry,) = entries(receiver.wait(1))
        assert (entry["field"], entry["value"]["id"]) == ("comments", made)


@pytest.mark.parametrize(("instagram", "subcode"), [(False, 2018278), (True, 2534022)])
def test_the_window_closes_and_a_person_may_still_answer_for_a_week(
    meta: Meta, instagram: bool, subcode: int
) -> None:
    person = chat_of(meta, instagram=instagram)
    assert write(meta, person, messaging_type="RESPONSE")["recipient_id"] == person
    later(meta, timedelta(hours=25))
    assert refusal(write(meta, person, messaging_type="RESPONSE")) == (10, subcode)
    tagged = {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
    assert "message_id" in write(meta, person, **tagged)
    assert (
        refusal(write(meta, person, messaging_type="MESSAGE_TAG", tag="ACCOUNT_UPDATE"))[0] == 100
    )
    later(meta, timedelta(days=8))
    assert refusal(write(meta, person, **tagged)) == (10, subcode)


def privately(meta: Meta, comment: str) -> dict[str, Any]:
    return post(
        meta, f"{meta.page}/messages", recipient={"comment_id": comment}, message={"text": "Hello"}
    )


def test_one_private_answer_to_a_comment_and_only_for_a_week(meta: Meta) -> None:
    first = meta.do(meta.facebook.comment, ELIN, "Cold", on=meta.post)
    second = meta.do(meta.instagram.comment, OMAR, "Cold too", on=meta.media)
    assert "message_id" in privately(meta, first)
    assert refusal(privately(meta, first))[0] == 10900
    later(meta, timedelta(days=8))
    assert refusal(privately(meta, second))[0] == 10903


def test_blocked_people_cannot_be_written_to_and_cannot_write(meta: Meta) -> None:
    person = chat_of(meta)
    ids = [{"id": person}]
    said = post(meta, f"{meta.page}/moderate_conversations", user_ids=ids, actions=["BLOCK_USER"])
    assert said == {"success": True}
    assert refusal(write(meta, person))[0] == 551
    with pytest.raises(Impossible):
        meta.do(meta.facebook.message, ELIN, "Again", page=meta.page)
    on_instagram = [{"id": chat_of(meta, instagram=True)}]
    said = post(
        meta, f"{meta.page}/moderate_conversations", user_ids=on_instagram, actions=["block_user"]
    )
    assert said == {"success": "true"}


def test_hiding_answering_and_deleting(meta: Meta) -> None:
    comment = meta.do(meta.facebook.comment, ELIN, "Rude words", on=meta.post)
    answer = post(meta, f"{comment}/comments", message="Please be kind.")["id"]
    assert refusal(post(meta, f"{comment}/comments", message="Please be kind."))[0] == 506
    assert post(meta, comment, is_hidden=True) == {"success": True}
    assert get(meta, comment, fields="is_hidden,comment_count") == {
        "is_hidden": True,
        "comment_count": 1,
        "id": comment,
    }
    stream = get(meta, f"{meta.post}/comments", filter="stream", fields="id")
    assert [one["id"] for one in stream["data"]] == [comment, answer]
    httpx.delete(f"{meta.graph}/{comment}", params={"access_token": meta.token})
    assert refusal(get(meta, comment)) == (100, 33)
    assert refusal(get(meta, answer)) == (100, 33)


def test_one_refused_or_unknown_field_fails_the_whole_call(meta: Meta) -> None:
    assert refusal(get(meta, meta.post, fields="id,no_such_thing"))[0] == 100
    meta.facebook.graph.settings.refused_fields.add("from")
    assert refusal(get(meta, meta.post, fields="id,from"))[0] == 10
    assert get(meta, meta.post, fields="id")["id"] == meta.post


def test_an_empty_page_may_have_a_next(meta: Meta) -> None:
    made = meta.do(meta.facebook.comment, ELIN, "Anyone?", on=meta.post)
    meta.facebook.graph.settings.empty_first_page = True
    said = get(meta, f"{meta.post}/comments")
    assert said["data"] == []
    assert httpx.get(said["paging"]["next"]).json()["data"][0]["id"] == made


def test_a_dead_token_a_wrong_proof_and_a_policy_block(meta: Meta) -> None:
    assert refusal(get(meta, meta.page, appsecret_proof="0" * 64))[0] == 100
    meta.facebook.graph.settings.held_back.add(meta.page)
    assert refusal(post(meta, f"{meta.page}/feed", message="Hello"))[0] == 368
    meta.do(meta.facebook.graph.tokens.revoke, meta.page)
    assert refusal(get(meta, meta.page))[0] == 190


@pytest.mark.parametrize(
    ("limit", "code"), [("pages", 80001), ("instagram", 80002), ("messenger", 80006)]
)
def test_throttles_say_when_to_come_again(meta: Meta, limit: str, code: int) -> None:
    person = chat_of(meta)
    meta.facebook.graph.limits.most[limit] = (0, timedelta(minutes=19))
    paths = {"pages": meta.page, "instagram": meta.ig, "messenger": f"{meta.page}/messages"}
    answer = httpx.request(
        "POST" if limit == "messenger" else "GET",
        f"{meta.graph}/{paths[limit]}",
        params={"access_token": meta.token, "recipient": json.dumps({"id": person})},
    )
    assert refusal(answer.json())[0] == code
    usage = json.loads(answer.headers["x-business-use-case-usage"])[meta.page][0]
    assert usage["estimated_time_to_regain_access"] >= 19


def test_a_scheduled_post_appears_when_it_is_due(meta: Meta) -> None:
    due = utc_now() + timedelta(minutes=20)
    given = {"message": "Tomorrow's works", "published": False}
    soon = int((utc_now() + timedelta(minutes=2)).timestamp())
    assert refusal(post(meta, f"{meta.page}/feed", scheduled_publish_time=soon, **given))[0] == 100
    made = post(meta, f"{meta.page}/feed", scheduled_publish_time=int(due.timestamp()), **given)[
        "id"
    ]
    assert made not in meta.facebook.posts(meta.page)
    listed = get(meta, f"{meta.page}/scheduled_posts", fields="scheduled_publish_time")
    assert listed["data"][0]["id"] == made
    later(meta, timedelta(minutes=21))
    get(meta, meta.page)
    assert made in meta.facebook.posts(meta.page)


def test_a_container_is_published_once_it_is_ready(meta: Meta) -> None:
    digest = meta.served.world.media.put(JPEG, "image/jpeg")
    address = meta.served.world.media.address(digest)
    meta.instagram.graph.settings.container_seconds = 60
    made = post(meta, f"{meta.ig}/media", image_url=address, caption="Green", alt_text="A lawn")[
        "id"
    ]
    assert get(meta, made, fields="status_code")["status_code"] == "IN_PROGRESS"
    assert refusal(post(meta, f"{meta.ig}/media_publish", creation_id=made)) == (9007, 2207027)
    later(meta, timedelta(seconds=61))
    media = post(meta, f"{meta.ig}/media_publish", creation_id=made)["id"]
    assert get(meta, media, fields="alt_text,caption")["alt_text"] == "A lawn"
    late = post(meta, f"{meta.ig}/media", image_url=address)["id"]
    later(meta, timedelta(hours=25))
    assert get(meta, late, fields="status_code")["status_code"] == "EXPIRED"
    meta.instagram.graph.settings.container_error = "2207026"
    bad = post(meta, f"{meta.ig}/media", image_url=address)["id"]
    assert get(meta, bad, fields="status_code")["status_code"] == "ERROR"


def test_a_day_has_room_for_so_many_publications(meta: Meta) -> None:
    address = meta.served.world.media.address(meta.served.world.media.put(JPEG, "image/jpeg"))
    meta.instagram.graph.settings.posts_a_day = 1
    for outcome in ("id", "error"):
        made = post(meta, f"{meta.ig}/media", image_url=address)["id"]
        assert outcome in post(meta, f"{meta.ig}/media_publish", creation_id=made)


def test_a_reel_is_poured_in_and_finished(meta: Meta) -> None:
    started = post(meta, f"{meta.page}/video_reels", upload_phase="start")
    poured = httpx.post(
        started["upload_url"],
        content=b"a film",
        headers={"Authorization": f"OAuth {meta.token}", "offset": "0", "file_size": "6"},
    )
    assert poured.json() == {"success": True}
    said = post(
        meta,
        f"{meta.page}/video_reels",
        upload_phase="finish",
        video_id=started["video_id"],
        video_state="PUBLISHED",
        description="The new play area",
    )
    assert said["success"] is True
    video = get(meta, started["video_id"], fields="status,post_id")
    assert video["status"] == {"video_status": "ready"}


def test_a_browser_allows_and_a_code_becomes_a_page_token(meta: Meta) -> None:
    asked = {"client_id": meta.app_id, "redirect_uri": "http://desk/back", "state": "s"}
    dialog = f"{meta.served.base}/facebook/v26.0/dialog/oauth"
    assert "Allow as" in httpx.get(dialog, params={**asked, "scope": "pages_messaging"}).text
    allowed = httpx.post(dialog, params=asked, data={"account": "me"})
    code = httpx.URL(allowed.headers["location"]).params["code"]
    given = {
        "client_id": meta.app_id,
        "client_secret": meta.secret,
        "redirect_uri": "http://desk/back",
        "code": code,
    }
    short = httpx.get(f"{meta.graph}/oauth/access_token", params=given).json()
    again = httpx.get(f"{meta.graph}/oauth/access_token", params=given).json()
    assert refusal(again) == (100, 36009)
    pages = get(meta, "me/accounts", access_token=short["access_token"])["data"]
    assert meta.page in {one["id"] for one in pages}
    later(meta, timedelta(hours=2))
    dead = get(meta, "me/accounts", access_token=short["access_token"])
    assert refusal(dead) == (190, 463)


def test_an_order_to_fail_after_the_deed_leaves_the_deed(meta: Meta) -> None:
    order = {"kind": "error-after", "stage": "facebook", "method": "POST", "status": 500}
    httpx.post(f"{meta.served.base}/_control/faults", json=order)
    answer = httpx.post(
        f"{meta.graph}/{meta.post}/comments", data={"access_token": meta.token, "message": "Done"}
    )
    assert answer.status_code == 500
    assert [one["message"] for one in get(meta, f"{meta.post}/comments")["data"]] == ["Done"]


def test_everything_outlives_a_restart_on_both_stages(meta: Meta) -> None:
    picture = Picture(JPEG, "image/jpeg")
    made = meta.do(meta.instagram.comment, ELIN, "Kept", on=meta.media, pictures=[picture])
    world = World("http://nowhere")
    world.media = meta.served.world.media
    again = Facebook(world)
    world.add(again)
    beside = Instagram(world)
    again.load(meta.facebook.dump())
    beside.load(meta.instagram.dump())
    assert [one.native_id for one in beside.wall(meta.ig)[0].replies] == [made]
    assert again.credentials()["client_secret"] == meta.secret
    assert again.credentials()["pages"][0]["access_token"] == meta.token


def test_residents_cannot_act_on_what_is_not_theirs(meta: Meta) -> None:
    made = meta.do(meta.facebook.comment, ELIN, "Mine", on=meta.post)
    with pytest.raises(Impossible):
        meta.do(meta.facebook.edit, OMAR, "Not mine", of=made)
    meta.do(meta.facebook.delete, ELIN, of=made)
    with pytest.raises(Impossible):
        meta.do(meta.facebook.comment, OMAR, "Too late", on=made)
