"""Other people's clients find on the sandbox what they find at Meta."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from facebook_business.exceptions import FacebookRequestError
from pyfacebook import FacebookError

from sandbox.graph.tokens import SCOPES, USER
from tests.sandbox.graph.conftest import Meta
from tests.sandbox.graph.oracles import CLIENTS, Independent, Official, Town, calls, every
from tests.sandbox.shared import lacking, read, shape


@pytest.mark.parametrize(("who", "call"), list(every()))
def test_a_client_does_its_call(meta: Meta, who: str, call: str) -> None:
    getattr(CLIENTS[who](Town(meta)), call)()


@pytest.mark.parametrize("who", list(CLIENTS))
def test_every_client_does_fifteen_calls(who: str) -> None:
    assert len(calls(CLIENTS[who])) >= 15


#: A field of the sandbox, and the call that cannot do without.
_NEEDED = [
    ("id", Official, "published"),
    ("data", Official, "feed"),
    ("next", Official, "comments_paged"),
    ("after", Official, "comments_paged"),
    ("cursors", Official, "comments_paged"),
    ("paging", Independent, "comments_paged"),
    ("summary", Official, "comments_all"),
    ("total_count", Official, "comments_all"),
    ("parent", Independent, "comments_batch"),
    ("message", Independent, "comment_shown"),
    ("from", Independent, "comment_shown"),
    ("name", Official, "visitors"),
    ("created_time", Official, "posts"),
    ("permalink_url", Official, "posts"),
    ("can_hide", Independent, "comment_shown"),
    ("is_hidden", Official, "comment_shown"),
    ("can_reply_privately", Official, "comment_shown"),
    ("comment_count", Independent, "comment_shown"),
    ("review_text", Official, "ratings"),
    ("instagram_business_account", Official, "page_shown"),
    ("snippet", Independent, "conversation"),
    ("participants", Official, "conversations"),
    ("message_id", Official, "messaged"),
    ("recipient_id", Official, "messaged"),
    ("success", Independent, "deleted"),
    ("attachments", Independent, "message_shown"),
    ("image_data", Independent, "message_shown"),
    ("url", Independent, "message_shown"),
    ("is_valid", Independent, "token"),
    ("scopes", Independent, "token"),
    ("text", Independent, "ig_replies"),
    ("username", Independent, "ig_comments_paged"),
    ("hidden", Official, "ig_comments_paged"),
    ("caption", Independent, "ig_media"),
    ("media_type", Official, "ig_media"),
    ("mentioned_comment", Independent, "ig_mentions"),
    ("mentioned_media", Independent, "ig_mentions"),
    ("quota_usage", Independent, "ig_limit"),
    ("config", Independent, "ig_limit"),
]


@pytest.mark.parametrize(("name", "who", "call"), _NEEDED)
def test_a_field_that_is_gone_is_missed(meta: Meta, name: str, who: Any, call: str) -> None:
    client = who(Town(meta))
    meta.do(meta.served.world.faults.order, "missing-field", name=name, times=100)
    with pytest.raises(Exception):  # noqa: B017, PT011 - every client complains in its own words
        getattr(client, call)()


def test_both_clients_understand_a_refusal(meta: Meta) -> None:
    town = Town(meta)
    with pytest.raises(FacebookRequestError) as official:
        Official(town).page.create_message(
            params={"recipient": {"id": "1"}, "message": {"text": "Who?"}}
        )
    assert (official.value.api_error_code(), official.value.api_error_subcode()) == (100, 2018001)
    with pytest.raises(FacebookError) as independent:
        Independent(town).fb.comment.get_info("1_2", fields="id")
    assert (independent.value.code, independent.value.error_subcode) == (100, 33)


def test_a_client_reads_how_much_of_its_limit_is_used(meta: Meta) -> None:
    client = Independent(Town(meta))
    meta.facebook.graph.limits.most["pages"] = (2, meta.facebook.graph.limits.most["pages"][1])
    client.page_shown()
    used = client.fb.rate_limit.get_limit(object_id=meta.page, rate_limit_type="pages")
    assert used.call_count == 50
    client.page_shown()
    with pytest.raises(FacebookError) as throttled:
        client.page_shown()
    assert throttled.value.code == 80001


_TYPES = {"bool": bool, "string": str, "datetime": str, "unsigned int": int, "int": int}
#: Answered beside what the specification of the node lists.
_BESIDE: dict[str, set[str]] = {"User": {"id"}}


def test_every_field_stands_in_metas_specification(meta: Meta) -> None:
    town = Town(meta)
    reading = meta.facebook.graph.reading
    views, stored = reading.views, meta.facebook.network.stored
    nodes = [
        *(views.entry(one) for one in stored.entries.values() if one.kind != "rating"),
        ("Page", views.page(stored.accounts[meta.page])),
        ("IGUser", views.ig_user(stored.accounts[meta.ig])),
        ("User", views.person(stored.people[town.person])),
        ("UnifiedThread", views.thread(stored.accounts[meta.page], town.person)),
    ]
    assert {kind for kind, _ in nodes} >= {"Comment", "PagePost", "IGComment", "IGMedia"}
    for kind, said in nodes:
        fields = {
            one["name"]: one["type"]
            for one in read("specs", "meta", "api_specs", f"{kind}.json")["fields"]
        }
        for name, value in said.items():
            assert name in fields, f"{kind}.{name} is not Meta's"
            wanted = _TYPES.get(fields[name], object)
            assert isinstance(value, wanted), f"{kind}.{name} is {value!r}, not {fields[name]}"


@pytest.mark.parametrize(
    ("platform", "file", "path", "given"),
    [
        ("facebook", "facebook_apidata_comments_comment_info", "{comment}", {}),
        (
            "facebook",
            "facebook_apidata_comments_comments_p1",
            "{post}/comments",
            {"limit": "2", "summary": "true"},
        ),
        ("facebook", "facebook_apidata_conversations_cvs_info", "t_{person}", {}),
        ("instagram", "instagram_apidata_comments_comment_fields", "{ig_comment}", {}),
        ("instagram", "instagram_apidata_comments_replies", "{ig_comment}/replies", {}),
        ("instagram", "instagram_apidata_medias_comments_p1", "{media}/comments", {"limit": "2"}),
        (
            "instagram",
            "instagram_apidata_users_content_publish_limit",
            "{ig}/content_publishing_limit",
            {},
        ),
    ],
)
def test_an_answer_has_what_a_captured_one_has(
    meta: Meta, platform: str, file: str, path: str, given: dict[str, str]
) -> None:
    captured = read("fixtures", platform, f"pyfacebook_{file}.json")
    town = Town(meta)
    names = {**vars(town), "post": meta.post, "media": meta.media, "ig": meta.ig}
    one = captured["data"][0] if "data" in captured else captured
    ours = Independent(town).graph.get(path.format(**names), {**given, "fields": ",".join(one)})
    assert lacking(shape(ours), shape(captured)) == []


def test_tokens_and_containers_look_as_captured(meta: Meta) -> None:
    client = Independent(Town(meta)).graph
    tokens = meta.facebook.graph.tokens
    user = meta.do(tokens.made, "USER", USER, list(SCOPES), timedelta(hours=1))
    said = client.debug_token(user.value, client.get_app_token()["access_token"])
    assert lacking(shape(said), shape(captured("facebook", "base_token_info"))) == []
    said = client.exchange_long_lived_user_access_token(user.value)
    assert lacking(shape(said), shape(captured("facebook", "base_long_term_token"))) == []
    made = Official(Town(meta)).ig.create_media(
        params={"image_url": Town(meta).picture, "caption": "Hi"}
    )
    said = client.get_object(made["id"], fields="id,status,status_code")
    wanted = captured("instagram", "instagram_apidata_publish_container_info")
    assert lacking(shape(said), shape(wanted)) == []
    assert said == {**wanted, "id": made["id"]}


def captured(platform: str, file: str) -> Any:
    return read("fixtures", platform, f"pyfacebook_{file}.json")


def test_a_refusal_looks_as_captured(meta: Meta) -> None:
    said = httpx.get(f"{meta.graph}/1_2", params={"access_token": meta.token}).json()
    assert lacking(shape(said), shape(captured("facebook", "error"))) == []
