"""The calls of X's API v2 that a desk makes: who may call them, and what they count against."""

from sandbox.x.calls import Way
from sandbox.x.listening import Listening
from sandbox.x.messages import Messages
from sandbox.x.people import People
from sandbox.x.posts import Posts
from sandbox.x.uploads import Uploads


def ways(
    people: People, posts: Posts, messages: Messages, uploads: Uploads, listening: Listening
) -> list[Way]:
    read, write = ("tweet.read", "users.read"), ("tweet.read", "tweet.write", "users.read")
    moderate = ("tweet.read", "tweet.moderate.write", "users.read")
    mute, see_mutes = ("users.read", "mute.write"), ("users.read", "mute.read")
    send, read_sent = ("dm.write", "users.read"), ("dm.read", "users.read")
    media = ("media.write",)
    return [
        Way("GET", "/2/users/me", people.users_me, "user", read, ("users",)),
        Way("GET", "/2/users/by", people.users_by, "any", read, ("users",)),
        Way("GET", "/2/users/by/username/{name}", people.user_by, "any", read, ("users",)),
        Way("GET", "/2/users", people.users, "any", read, ("users",)),
        Way("GET", "/2/users/{id}", people.user, "any", read, ("users",)),
        Way("GET", "/2/users/{id}/mentions", posts.mentions, "any", read, ("mentions",)),
        Way("GET", "/2/users/{id}/tweets", posts.timeline, "any", read, ("timeline",)),
        Way("GET", "/2/users/{id}/muting", people.muting, "user", see_mutes, ("mute",)),
        Way("POST", "/2/users/{id}/muting", people.mute, "user", mute, ("mute",)),
        Way("DELETE", "/2/users/{id}/muting/{of}", people.unmute, "user", mute, ("mute",)),
        Way("GET", "/2/users/{id}/blocking", people.blocking, "user", ("block.read",)),
        Way("POST", "/2/users/{id}/dm/block", people.dm_block, "user", send, ("dm block",)),
        Way("POST", "/2/users/{id}/dm/unblock", people.dm_unblock, "user", send, ("dm block",)),
        Way("POST", "/2/tweets", posts.create, "user", write, ("post", "post by app"), 201),
        Way("GET", "/2/tweets", posts.posts, "any", read, ("lookup",)),
        Way("GET", "/2/tweets/search/recent", posts.search, "any", read, ("search",)),
        Way("GET", "/2/tweets/search/stream", listening.stream, "app", (), ("stream",)),
        Way("GET", "/2/tweets/search/stream/rules", listening.rules, "app", (), ("rules",)),
        Way("POST", "/2/tweets/search/stream/rules", listening.change_rules, "app", (), ("rules",)),
        Way("GET", "/2/tweets/{id}", posts.post, "any", read, ("lookup",)),
        Way("DELETE", "/2/tweets/{id}", posts.delete, "user", write, ("delete",)),
        Way("PUT", "/2/tweets/{id}/hidden", posts.hide, "user", moderate, ("hide",)),
        Way("GET", "/2/dm_events", messages.directs, "user", read_sent, ("dm events",)),
        Way("GET", "/2/dm_events/{id}", messages.direct, "user", read_sent, ("dm events",)),
        Way("DELETE", "/2/dm_events/{id}", messages.forget, "user", send, ("dm",)),
        Way(
            "GET", "/2/dm_conversations/with/{who}/dm_events", messages.directs,
            "user", read_sent, ("dm events",),
        ),
        Way(
            "GET", "/2/dm_conversations/{conversation}/dm_events", messages.directs,
            "user", read_sent, ("dm events",),
        ),
        Way(
            "POST", "/2/dm_conversations/with/{who}/messages", messages.send_direct,
            "user", send, ("dm", "dm by day"), 201,
        ),
        Way(
            "POST", "/2/dm_conversations/{conversation}/messages", messages.send_direct,
            "user", send, ("dm", "dm by day"), 201,
        ),
        Way("POST", "/2/media/upload", uploads.upload, "user", media, ("media",)),
        Way("GET", "/2/media/upload", uploads.upload_status, "user", media, ("media",)),
        Way("POST", "/2/media/upload/initialize", uploads.initialise, "user", media, ("media",)),
        Way("POST", "/2/media/upload/{id}/append", uploads.append, "user", media, ("media",)),
        Way("POST", "/2/media/upload/{id}/finalize", uploads.finish, "user", media, ("media",)),
        Way("POST", "/2/media/metadata", uploads.describe_media, "user", media, ("media",)),
        Way("GET", "/2/webhooks", listening.webhooks, "app", (), ("webhooks",)),
        Way("POST", "/2/webhooks", listening.add_webhook, "app", (), ("webhooks",)),
        Way("POST", "/2/webhooks/replay", listening.replay, "app", (), ("replay",)),
        Way("PUT", "/2/webhooks/{id}", listening.revalidate, "app", (), ("webhooks",)),
        Way("DELETE", "/2/webhooks/{id}", listening.remove_webhook, "app", (), ("webhooks",)),
        Way(
            "GET", "/2/activity/subscriptions", listening.subscriptions, "any", (),
            ("subscriptions",),
        ),
        Way(
            "POST", "/2/activity/subscriptions", listening.subscribe, "any", (), ("subscriptions",)
        ),
        Way(
            "PUT", "/2/activity/subscriptions/{id}", listening.change_subscription, "app", (),
            ("subscriptions",),
        ),
        Way(
            "DELETE", "/2/activity/subscriptions/{id}", listening.unsubscribe, "app", (),
            ("subscriptions",),
        ),
        Way("GET", "/2/activity/stream", listening.activity_stream, "app", (), ("stream",)),
    ]  # fmt: skip
