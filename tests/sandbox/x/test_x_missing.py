"""A field that X leaves out of its answers does not go unnoticed by the client."""

import itertools
from collections.abc import Iterator

import pytest
import tweepy

from tests.sandbox.x.people import BRYN, ODA, PICTURE, Stand, standing

#: What a desk reads of X's answers.
FIELDS = (
    "data", "id", "text", "edit_history_tweet_ids", "author_id", "created_at", "conversation_id",
    "includes", "users", "username", "meta", "newest_id", "next_token", "result_count", "errors",
    "resource_id", "hidden", "muting", "deleted", "dm_event_id", "dm_conversation_id", "sender_id",
    "event_type", "media_keys", "media", "url", "alt_text", "entities", "mentions", "urls",
    "expanded_url", "referenced_tweets", "in_reply_to_user_id", "tweets", "detail",
)  # fmt: skip
#: tweepy warns of one that is missing; the others are errors of it or of who reads its values.
NOTICED = (KeyError, AttributeError, TypeError, AssertionError, IndexError, RuntimeWarning)


@pytest.fixture(scope="module")
def x() -> Iterator[Stand]:
    with standing() as stand:
        stand.stage.limits.most.clear()
        for number in range(6):
            stand.mention(f"@redkite more than a page, {number}")
        yield stand


def journey(x: Stand, *, number: int, broken: str = "", **drift: str) -> None:
    """Reads and writes what a desk does; `broken` is left out of every answer, and `drift` is a
    fault of another kind."""
    root = x.do(x.stage.publish, x.page, f"We are open. {number}")
    under = x.do(x.stage.comment, ODA, "Nonsense", on=root)
    gone = x.mention(f"@redkite gone {number}")
    x.do(x.stage.delete, BRYN, of=gone)
    other = x.mention(f"@redkite another {number}")
    theirs = x.mention(f"@redkite https://example.org/a {number}", pictures=[PICTURE])
    x.do(x.stage.message, BRYN, f"My number is {number}", page=x.page, pictures=[PICTURE])
    if broken:
        x.served.world.faults.order("missing-field", stage="x", name=broken, times=1000)
    if drift:
        x.served.world.faults.order(stage="x", times=1000, **drift)
    try:
        _reads(x.tweepy(), x, theirs, gone=gone, other=other)
        _writes(x.tweepy(), theirs, under=under, number=number)
    finally:
        x.served.world.faults.withdraw()


def _reads(client: tweepy.Client, x: Stand, theirs: str, *, gone: str, other: str) -> None:
    found = client.get_users_mentions(
        x.page,
        max_results=5,
        since_id=str(int(other) - 1),
        expansions=["author_id", "attachments.media_keys"],
        tweet_fields=["created_at", "conversation_id", "entities", "attachments"],
        media_fields=["url", "alt_text"],
    )
    post = found.data[0]
    assert (str(post.id), post.conversation_id) == (theirs, int(theirs))
    assert found.meta["newest_id"] == theirs
    assert found.meta["result_count"] == 2
    assert found.includes["users"][0].username == "bryntallow"
    assert post.author_id == found.includes["users"][0].id
    assert post.created_at is not None
    assert post.entities["mentions"][0]["username"] == "redkite"
    assert post.entities["urls"][0]["expanded_url"] == "https://example.org/a"
    assert post.attachments["media_keys"] == [found.includes["media"][0].media_key]
    assert found.includes["media"][0].url
    assert found.includes["media"][0].alt_text
    first = client.get_users_mentions(x.page, max_results=5)
    assert client.get_users_mentions(x.page, pagination_token=first.meta["next_token"]).data
    looked = client.get_tweets([theirs, gone])
    assert [str(one.id) for one in looked.data] == [theirs]
    assert (looked.errors[0]["resource_id"], bool(looked.errors[0]["detail"])) == (gone, True)


def _writes(client: tweepy.Client, theirs: str, *, under: str, number: int) -> None:
    text = f"On our way {number}"
    made = client.create_tweet(text=text, in_reply_to_tweet_id=theirs, user_auth=False).data
    assert made["text"].endswith(text)
    found = client.get_tweet(
        made["id"],
        tweet_fields=["referenced_tweets", "in_reply_to_user_id"],
        expansions=["referenced_tweets.id"],
    )
    assert str(found.data.referenced_tweets[0].id) == theirs
    assert found.data.in_reply_to_user_id is not None
    assert str(found.includes["tweets"][0].id) == theirs
    assert client.hide_reply(under, user_auth=False).data["hidden"] is True
    author = found.data.in_reply_to_user_id
    assert client.mute(author, user_auth=False).data["muting"] is True
    sent = client.create_direct_message(participant_id=author, text=text, user_auth=False).data
    events = client.get_direct_message_events(
        user_auth=False,
        max_results=2,
        dm_event_fields=["sender_id", "dm_conversation_id", "event_type", "text"],
    )
    assert events.data[0].id == int(sent["dm_event_id"])
    assert events.data[0].dm_conversation_id == sent["dm_conversation_id"]
    assert events.data[1].sender_id == author
    assert events.data[0].event_type == "MessageCreate"
    assert client.delete_tweet(made["id"], user_auth=False).data["deleted"] is True


_numbers = itertools.count(1)


def test_the_journey_succeeds_while_nothing_is_missing(x: Stand) -> None:
    journey(x, number=next(_numbers))


def test_a_field_nobody_knows_and_a_new_value_do_not_trouble_a_client(x: Stand) -> None:
    journey(x, number=next(_numbers), kind="unknown-field")
    journey(x, number=next(_numbers), kind="new-value", name="type", value="hologram")


@pytest.mark.parametrize("name", FIELDS)
def test_a_missing_field_is_noticed(x: Stand, name: str) -> None:
    with pytest.raises(NOTICED):
        journey(x, number=next(_numbers), broken=name)
