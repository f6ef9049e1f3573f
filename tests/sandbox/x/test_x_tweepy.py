"""tweepy, unmodified, finds X where the sandbox stands."""

import threading
from datetime import timedelta
from typing import Any

import pytest
import tweepy

from tests.sandbox.elsewhere import redirect
from tests.sandbox.x.people import BRYN, ODA, PICTURE, Stand


def test_a_client_reads_who_it_is_and_who_others_are(x: Stand) -> None:
    x.mention()
    client = x.tweepy()
    me = client.get_me(user_auth=False, user_fields=["created_at", "public_metrics"])
    assert (me.data.username, me.data.id) == ("redkite", int(x.page))
    assert me.data.public_metrics["tweet_count"] == 0
    found = client.get_user(username="BrynTallow", user_fields=["verified_type"])
    assert (found.data.name, found.data.verified_type) == ("Bryn Tallow", "none")
    both = client.get_users(usernames=["bryntallow", "nobodyatall"])
    assert [one.username for one in both.data] == ["bryntallow"]
    assert both.errors[0]["title"] == "Not Found Error"
    assert client.get_user(id=found.data.id).data.username == "bryntallow"
    assert len(client.get_users(ids=[found.data.id, me.data.id]).data) == 2


def test_mentions_come_newest_first_page_by_page_and_since_an_id(x: Stand) -> None:
    ids = [x.mention(f"@redkite drip number {number}") for number in range(12)]
    client = x.tweepy()
    pages = list(
        tweepy.Paginator(client.get_users_mentions, x.page, max_results=5, user_auth=False)
    )
    assert [len(page.data) for page in pages] == [5, 5, 2]
    assert [str(one.id) for page in pages for one in page.data] == ids[::-1]
    since = client.get_users_mentions(x.page, since_id=ids[9])
    assert [str(one.id) for one in since.data] == [ids[11], ids[10]]
    assert since.meta["newest_id"] == ids[11]
    nothing = client.get_users_mentions(x.page, since_id=ids[11])
    assert nothing.data is None
    assert nothing.meta["result_count"] == 0


def test_a_mention_carries_its_author_picture_and_entities(x: Stand) -> None:
    text = "@redkite <look> at https://example.org/a?b=1&c=2 & #damp"
    x.mention(text, pictures=[PICTURE])
    found = x.tweepy().get_users_mentions(
        x.page,
        expansions=["author_id", "attachments.media_keys"],
        tweet_fields=["created_at", "entities", "conversation_id", "lang", "public_metrics"],
        user_fields=["created_at"],
        media_fields=["url", "alt_text"],
    )
    [post] = found.data
    assert "&lt;look&gt;" in post.text
    assert "https://example.org" not in post.text
    links = {one["expanded_url"] for one in post.entities["urls"]}
    assert "https://example.org/a?b=1&c=2" in links
    assert post.entities["hashtags"][0]["tag"] == "damp"
    for one in post.entities["mentions"]:
        assert post.text[one["start"] : one["end"]].lower() == "@redkite"
    assert found.includes["users"][0].username == "bryntallow"
    assert found.includes["media"][0].alt_text == "A puddle under a boiler"
    assert post.conversation_id == post.id


def test_a_reply_is_taken_only_where_its_author_called_for_it(x: Stand) -> None:
    client = x.tweepy()
    called = x.mention()
    made = client.create_tweet(
        text="We are on our way.", in_reply_to_tweet_id=called, user_auth=False
    )
    assert made.data["text"] == "@bryntallow We are on our way."
    ours = client.create_tweet(text="Our office is open today.", user_auth=False).data["id"]
    under = x.do(x.stage.comment, ODA, "diolch", on=ours)
    with pytest.raises(tweepy.Forbidden, match="not allowed"):
        client.create_tweet(text="Croeso!", in_reply_to_tweet_id=under, user_auth=False)
    x.stage.settings.summoned_by_reply = True
    client.create_tweet(text="Croeso!", in_reply_to_tweet_id=under, user_auth=False)


def test_the_same_words_twice_and_quotes_and_long_posts_are_refused(x: Stand) -> None:
    client = x.tweepy()
    first = client.create_tweet(text="We are closed on Monday.", user_auth=False)
    with pytest.raises(tweepy.Forbidden, match="duplicate"):
        client.create_tweet(text="We are closed on Monday.", user_auth=False)
    with pytest.raises(tweepy.Forbidden, match="Quote"):
        client.create_tweet(text="This.", quote_tweet_id=first.data["id"], user_auth=False)
    with pytest.raises(tweepy.Forbidden, match="too long"):
        client.create_tweet(text="a" * 281, user_auth=False)
    assert client.delete_tweet(first.data["id"], user_auth=False).data["deleted"] is True
    client.create_tweet(text="We are closed on Monday.", user_auth=False)


def test_a_look_up_has_what_stands_and_names_what_is_gone(x: Stand) -> None:
    stays, goes = x.mention("@redkite one"), x.mention("@redkite two")
    x.do(x.stage.delete, BRYN, of=goes)
    client = x.tweepy()
    found = client.get_tweets([stays, goes])
    assert [str(one.id) for one in found.data] == [stays]
    assert found.errors[0]["resource_id"] == goes
    assert client.get_tweet(goes).data is None
    assert str(client.get_tweet(stays).data.id) == stays


def test_an_edit_makes_a_new_id_and_both_know_of_each_other(x: Stand) -> None:
    old = x.mention("@redkite the boyler is cold")
    new = x.do(x.stage.edit, BRYN, "@redkite the boiler is cold", of=old)
    client = x.tweepy()
    [found] = client.get_users_mentions(x.page, since_id=old).data
    assert (str(found.id), [str(one) for one in found.edit_history_tweet_ids]) == (new, [old, new])
    first = client.get_tweet(old, tweet_fields=["edit_controls"]).data
    assert "boyler" in first.text
    assert first.edit_controls["edits_remaining"] == 4
    x.stage.network.edit_window = timedelta(0)
    with pytest.raises(Exception, match="for a while"):
        x.do(x.stage.edit, BRYN, "@redkite again", of=new)


def test_searches_find_a_conversation_an_author_and_an_addressee(x: Stand) -> None:
    called = x.mention()
    client = x.tweepy()
    answer = client.create_tweet(text="Hello.", in_reply_to_tweet_id=called, user_auth=False)
    x.mention("@redkite @twenty11 another matter")

    def search(query: str) -> set[str]:
        return {str(one.id) for one in client.search_recent_tweets(query).data or []}

    assert search(f"conversation_id:{called}") == {called, answer.data["id"]}
    assert search("to:bryntallow from:redkite") == {answer.data["id"]}
    assert len(search('(@twenty11 OR "boiler is") -from:redkite')) == 2
    with pytest.raises(tweepy.BadRequest):
        client.search_recent_tweets("nonsense:here")


def test_a_reply_under_our_post_is_hidden_and_shown_again(x: Stand) -> None:
    ours = x.do(x.stage.publish, x.page, "Our office is open today.")
    under = x.do(x.stage.comment, ODA, "Rubbish", on=ours)
    client = x.tweepy()
    assert client.hide_reply(under, user_auth=False).data["hidden"] is True
    assert x.do(x.stage.wall, x.page)[0].replies[0].hidden is True
    assert client.unhide_reply(under, user_auth=False).data["hidden"] is False
    with pytest.raises(tweepy.Forbidden):
        client.hide_reply(x.mention(), user_auth=False)


def test_people_are_muted_and_their_messages_blocked(x: Stand) -> None:
    x.mention()
    client = x.tweepy()
    bryn = client.get_user(username="bryntallow").data.id
    assert client.mute(bryn, user_auth=False).data["muting"] is True
    assert client.get_muted(user_auth=False).data[0].username == "bryntallow"
    assert client.unmute(bryn, user_auth=False).data["muting"] is False
    assert x.call("POST", f"/2/users/{bryn}/dm/block").json() == {"data": {"blocked": True}}
    with pytest.raises(Exception, match="takes no messages"):
        x.do(x.stage.message, BRYN, "hello?", page=x.page)
    x.call("POST", f"/2/users/{bryn}/dm/unblock")
    x.do(x.stage.message, BRYN, "hello?", page=x.page)


def test_messages_are_answered_only_after_they_came(x: Stand) -> None:
    x.mention()
    client = x.tweepy()
    bryn = client.get_user(username="bryntallow").data.id
    with pytest.raises(tweepy.Forbidden):
        client.create_direct_message(participant_id=bryn, text="Hello", user_auth=False)
    x.do(x.stage.message, BRYN, "My number is 5", page=x.page, pictures=[PICTURE])
    sent = client.create_direct_message(participant_id=bryn, text="Thanks", user_auth=False)
    found = client.get_direct_message_events(
        participant_id=bryn,
        user_auth=False,
        dm_event_fields=["sender_id", "created_at", "dm_conversation_id", "attachments"],
        expansions=["sender_id", "attachments.media_keys"],
        media_fields=["url"],
    )
    newest, oldest = found.data
    assert (newest.text, newest.id) == ("Thanks", int(sent.data["dm_event_id"]))
    assert oldest.sender_id == bryn
    assert oldest.dm_conversation_id == sent.data["dm_conversation_id"]
    assert found.includes["media"][0].url.startswith(x.served.base)
    assert [one.text for one in x.do(x.stage.chat, x.page, BRYN)] == ["My number is 5", "Thanks"]
    assert client.get_direct_message_events(user_auth=False, max_results=1).meta["next_token"]


def test_a_limit_is_told_before_and_after_it_is_reached(x: Stand) -> None:
    x.stage.limits.most["mentions"] = (2, timedelta(minutes=15))
    client = x.tweepy()
    answer = x.call("GET", f"/2/users/{x.page}/mentions")
    assert answer.headers["x-rate-limit-remaining"] == "1"
    client.get_users_mentions(x.page)
    for _ in range(2):
        with pytest.raises(tweepy.TooManyRequests) as caught:
            client.get_users_mentions(x.page)
        assert caught.value.reset_time is not None
    bodies = [x.call("GET", f"/2/users/{x.page}/mentions").json() for _ in range(2)]
    assert sorted("type" in body for body in bodies) == [False, True]


def test_tokens_that_are_over_or_lack_a_scope_are_told_apart(x: Stand) -> None:
    with pytest.raises(tweepy.Unauthorized):
        x.tweepy("never issued").get_me(user_auth=False)
    with pytest.raises(tweepy.Forbidden, match="forbidden for this endpoint"):
        x.tweepy(x.given["bearer_token"]).get_me(user_auth=False)
    x.do(x.stage.authority.revoke, x.page)
    with pytest.raises(tweepy.Unauthorized):
        x.tweepy().get_me(user_auth=False)


class Listening(tweepy.StreamingClient):
    def __init__(self, x: Stand, **more: Any) -> None:
        super().__init__(x.given["bearer_token"], max_retries=0, **more)
        redirect(self.session, "https://api.twitter.com", x.base)
        self.found: list[tweepy.StreamResponse] = []
        self.ready, self.alive, self.done = (threading.Event() for _ in range(3))

    def on_connect(self) -> None:
        self.ready.set()

    def on_response(self, response: tweepy.StreamResponse) -> None:
        self.found.append(response)
        self.done.set()

    def on_keep_alive(self) -> None:
        self.alive.set()


def test_the_stream_brings_what_its_rules_want_with_what_was_missed(x: Stand) -> None:
    x.stage.filtered.keep_alive = 0.2
    early = x.mention("@redkite early leak")
    client = Listening(x)
    added = client.add_rules([tweepy.StreamRule("@redkite leak", tag="leaks")])
    assert added.meta["summary"]["created"] == 1
    assert client.add_rules(tweepy.StreamRule("@redkite leak")).errors[0]["title"]
    thread = client.filter(
        threaded=True, backfill_minutes=5, expansions="author_id", tweet_fields="created_at"
    )
    try:
        assert client.ready.wait(10)
        assert client.done.wait(10)
        assert str(client.found[0].data.id) == early
        client.done.clear()
        x.mention("@redkite nothing of the kind")
        late = x.mention("@redkite another leak")
        assert client.done.wait(10)
        assert str(client.found[1].data.id) == late
        assert client.found[1].matching_rules[0].tag == "leaks"
        assert client.found[1].includes["users"][0].username == "bryntallow"
        second = x.call("GET", "/2/tweets/search/stream", app=True)
        assert (second.status_code, second.json()["title"]) == (429, "ConnectionException")
        assert client.alive.wait(10)
    finally:
        client.disconnect()
        x.do(x.stage.filtered.end)
        thread.join(10)
    rules = client.get_rules()
    assert client.delete_rules([rule.id for rule in rules.data]).meta["summary"]["deleted"] == 1
    assert client.get_rules().data is None
