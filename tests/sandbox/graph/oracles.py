"""Clients of other people, unchanged but for their address, and calls that look at the answers."""

from collections.abc import Iterator
from typing import Any

from facebook_business.adobjects.comment import Comment
from facebook_business.adobjects.igcomment import IGComment
from facebook_business.adobjects.igmedia import IGMedia
from facebook_business.adobjects.iguser import IGUser
from facebook_business.adobjects.page import Page
from facebook_business.adobjects.pagepost import PagePost
from facebook_business.adobjects.unifiedthread import UnifiedThread
from facebook_business.api import FacebookAdsApi
from facebook_business.session import FacebookSession
from pyfacebook import FacebookApi, GraphAPI, IGBusinessApi

from sandbox.kernel.world import Picture
from tests.sandbox.graph.conftest import ELIN, OMAR, Meta

JPEG = Picture(b"\xff\xd8\xff\xe0 a picture", "image/jpeg")


class Town:
    """What stands before anybody calls: comments, an answer, a chat, a visitor's post, mentions."""

    def __init__(self, meta: Meta) -> None:
        do, fb, ig = meta.do, meta.facebook, meta.instagram
        self.meta = meta
        self.comment = do(fb.comment, ELIN, "The lift is stuck.", on=meta.post)
        self.answer = do(fb.answer_in_app, meta.page, "We are sending somebody.", to=self.comment)
        self.later = [do(fb.comment, OMAR, f"Me too, {n}", on=meta.post) for n in range(4)]
        self.wall = do(fb.mention, OMAR, "Thank you!", page=meta.page)
        self.tagged = do(fb.tag, OMAR, "Look at this", page=meta.page)
        do(fb.rate, OMAR, "Slow to answer", page=meta.page)
        self.message = do(fb.message, ELIN, "Private words", page=meta.page, pictures=[JPEG])
        self.person = fb.network.stored.messages[self.message].person
        self.ig_comment = do(ig.comment, ELIN, "Lovely benches", on=meta.media)
        self.ig_answer = do(ig.answer_in_app, meta.ig, "Thank you", to=self.ig_comment)
        self.ig_later = [do(ig.comment, OMAR, f"Nice {n}", on=meta.media) for n in range(3)]
        self.ig_mention = do(ig.mention, OMAR, "At @redkite", page=meta.ig)
        self.ig_named = do(ig.comment, OMAR, "Right, @redkite?", on=self.ig_mention)
        digest = meta.served.world.media.put(JPEG.content, JPEG.content_type)
        self.picture = meta.served.world.media.address(digest)


class Official:
    """facebook_business, Meta's own."""

    def __init__(self, town: Town) -> None:
        self.town, self.meta = town, town.meta
        session = FacebookSession(self.meta.app_id, self.meta.secret, self.meta.token)
        session.GRAPH = f"{self.meta.served.base}/facebook"
        self.api = FacebookAdsApi(session, "v26.0")
        self.page = Page(self.meta.page, api=self.api)
        self.ig = IGUser(self.meta.ig, api=self.api)

    def page_shown(self) -> None:
        said = self.page.api_get(fields=["name", "username", "instagram_business_account"])
        assert (said["name"], said["username"]) == ("Red Kite", "redkite")
        assert said["instagram_business_account"]["id"] == self.meta.ig

    def feed(self) -> None:
        assert [one["id"] for one in self.page.get_feed(fields=["message", "from"])] == [
            self.town.wall,
            self.meta.post,
        ]

    def posts(self) -> None:
        (one,) = self.page.get_posts(fields=["message", "permalink_url", "created_time"])
        assert one["message"] == "The boilers are looked after today."
        assert one["permalink_url"].startswith("https://")
        assert one["created_time"].endswith("+0000")

    def visitors(self) -> None:
        (one,) = self.page.get_visitor_posts(fields=["from"])
        assert one["from"]["name"] == "Omar Sayle"

    def tagged(self) -> None:
        assert [one["id"] for one in self.page.get_tagged()] == [self.town.tagged]

    def ratings(self) -> None:
        (one,) = self.page.get_ratings()
        assert one["review_text"] == "Slow to answer"

    def comments_paged(self) -> None:
        post = PagePost(self.meta.post, api=self.api)
        found = list(post.get_comments(params={"limit": 2, "order": "chronological"}))
        assert [one["id"] for one in found] == [self.town.comment, *self.town.later]

    def comments_all(self) -> None:
        post = PagePost(self.meta.post, api=self.api)
        found = post.get_comments(params={"filter": "stream"}, fields=["message", "parent"])
        assert found.total() == 6
        parents = [one["parent"]["id"] for one in found if "parent" in one]
        assert parents == [self.town.comment]

    def comment_shown(self) -> None:
        said = Comment(self.town.comment, api=self.api).api_get(
            fields=["message", "is_hidden", "can_hide", "can_reply_privately", "comment_count"]
        )
        assert said["message"] == "The lift is stuck."
        assert (said["is_hidden"], said["can_hide"], said["can_reply_privately"]) == (
            False,
            True,
            True,
        )
        assert said["comment_count"] == 1

    def answered(self) -> None:
        made = Comment(self.town.comment, api=self.api).create_comment(params={"message": "Soon."})
        assert self.meta.facebook.network.entry(made["id"]).text == "Soon."

    def hidden(self) -> None:
        Comment(self.town.comment, api=self.api).api_update(params={"is_hidden": True})
        assert self.meta.facebook.network.entry(self.town.comment).hidden

    def deleted(self) -> None:
        Comment(self.town.later[0], api=self.api).api_delete()
        assert self.meta.facebook.network.stored.entries[self.town.later[0]].deleted

    def published(self) -> None:
        made = self.page.create_feed(params={"message": "Good news"})
        assert made["id"] in self.meta.facebook.posts(self.meta.page)

    def conversations(self) -> None:
        (one,) = self.page.get_conversations(
            params={"platform": "MESSENGER"}, fields=["snippet", "updated_time", "participants"]
        )
        assert one["snippet"] == "Private words"
        assert one["participants"]["data"][0]["id"] == self.town.person
        listed = list(UnifiedThread(one["id"], api=self.api).get_messages())
        assert [x["id"] for x in listed] == [self.town.message]

    def messaged(self) -> None:
        given = {"recipient": {"id": self.town.person}, "message": {"text": "Hello Elin"}}
        said = self.page.create_message(params={**given, "messaging_type": "RESPONSE"})
        sent = self.meta.facebook.network.stored.messages[said["message_id"]]
        assert (sent.text, said["recipient_id"]) == ("Hello Elin", self.town.person)

    def subscribed(self) -> None:
        self.page.create_subscribed_app(params={"subscribed_fields": ["feed", "messages"]})
        (app,) = self.page.get_subscribed_apps()
        assert app["id"] == self.meta.app_id

    def blocked(self) -> None:
        self.page.create_blocked(params={"psid": [int(self.town.person)]})
        assert [one["id"] for one in self.page.get_blocked()] == [self.town.person]

    def ig_media(self) -> None:
        (one,) = self.ig.get_media(fields=["caption", "media_type", "comments_count", "timestamp"])
        assert (one["caption"], one["media_type"]) == ("New benches in the square.", "IMAGE")
        assert one["comments_count"] == 5

    def ig_comments_paged(self) -> None:
        media = IGMedia(self.meta.media, api=self.api)
        found = list(media.get_comments(params={"limit": 1}, fields=["text", "username", "hidden"]))
        assert [one["text"] for one in found] == ["Nice 2", "Nice 1", "Nice 0", "Lovely benches"]
        assert found[-1]["username"] == "elinp"
        assert found[-1]["hidden"] is False

    def ig_answered(self) -> None:
        made = IGComment(self.town.ig_comment, api=self.api).create_reply(
            params={"message": "Sit down"}
        )
        assert self.meta.instagram.network.entry(made["id"]).parent == self.town.ig_comment

    def ig_published(self) -> None:
        made = self.ig.create_media(params={"image_url": self.town.picture, "caption": "Hi"})
        media = self.ig.create_media_publish(params={"creation_id": int(made["id"])})
        assert media["id"] in self.meta.instagram.posts(self.meta.ig)


class Independent:
    """python-facebook-api."""

    def __init__(self, town: Town) -> None:
        self.town, self.meta = town, town.meta
        given = {
            "app_id": self.meta.app_id,
            "app_secret": self.meta.secret,
            "access_token": self.meta.token,
            "version": "v24.0",
        }
        facebook, instagram = (f"{self.meta.served.base}/{x}/" for x in ("facebook", "instagram"))
        exchange = f"{facebook}v24.0/oauth/access_token"
        self.fb = FacebookApi(**given, base_url=facebook, access_token_url=exchange)
        self.graph = GraphAPI(**given, base_url=facebook, access_token_url=exchange)
        self.ig = IGBusinessApi(**given, base_url=instagram, instagram_business_id=self.meta.ig)

    def page_shown(self) -> None:
        said = self.fb.page.get_info(self.meta.page, fields="id,name,username,fan_count")
        assert (said.name, said.username, said.fan_count) == ("Red Kite", "redkite", 2011)

    def posts(self) -> None:
        said = self.fb.page.get_posts(self.meta.page, fields="id,message,created_time")
        assert said.data[0].message == "The boilers are looked after today."

    def feed(self) -> None:
        said = self.fb.page.get_feed(self.meta.page, fields="id,message,from", count=None)
        assert [one.id for one in said.data] == [self.town.wall, self.meta.post]

    def tagged(self) -> None:
        said = self.fb.page.get_tagged_posts(self.meta.page, fields="id,message")
        assert said.data[0].message == "Look at this"

    def post_shown(self) -> None:
        said = self.fb.post.get_info(self.meta.post, fields="id,permalink_url,is_published")
        assert (said.id, said.is_published) == (self.meta.post, True)
        assert said.permalink_url.startswith("https://")

    def comments_paged(self) -> None:
        said = self.fb.post.get_comments(
            self.meta.post, fields="id,message,like_count", count=None, limit=2
        )
        assert [one.id for one in said.data] == [self.town.comment, *self.town.later]
        assert said.data[0].like_count == 0

    def comment_shown(self) -> None:
        fields = "id,message,can_hide,comment_count,from,created_time,permalink_url"
        said = self.fb.comment.get_info(self.town.comment, fields=fields)
        assert (said.message, said.can_hide, said.comment_count) == ("The lift is stuck.", True, 1)
        assert said._from["name"] == "Elin Pugh"
        assert said.created_time.endswith("+0000")

    def comments_batch(self) -> None:
        ids = [self.town.comment, self.town.answer]
        said = self.fb.comment.get_batch(ids=ids, fields="id,parent")
        assert said[self.town.answer].parent.id == self.town.comment

    def answered(self) -> None:
        said = self.fb.comment.create(self.town.comment, message="Soon.", fields="id,message")
        assert said.message == "Soon."
        assert self.meta.facebook.network.entry(said.id).parent == self.town.comment

    def changed(self) -> None:
        self.fb.comment.update(self.town.answer, message="Somebody comes at ten.")
        entry = self.meta.facebook.network.entry(self.town.answer)
        assert entry.text == "Somebody comes at ten."

    def deleted(self) -> None:
        assert self.fb.comment.delete(self.town.later[0])["success"] is True

    def conversation(self) -> None:
        fields = "id,snippet,message_count,unread_count,participants"
        said = self.fb.conversation.get_info(f"t_{self.town.person}", fields=fields)
        assert (said.snippet, said.message_count, said.unread_count) == ("Private words", 1, 1)
        assert said.participants.data[0].name == "Elin Pugh"

    def message_shown(self) -> None:
        fields = "id,message,from,to,attachments"
        said = self.fb.message.get_info(self.town.message, fields=fields)
        assert (said.message, said._from["id"]) == ("Private words", self.town.person)
        assert said.attachments.data[0].mime_type == "image/jpeg"
        assert said.attachments.data[0].image_data.url.startswith("http")

    def token(self) -> None:
        app = self.graph.get_app_token()["access_token"]
        said = self.graph.debug_token(self.meta.token, app)["data"]
        assert (said["is_valid"], said["type"]) == (True, "PAGE")
        assert "pages_messaging" in said["scopes"]

    def ig_shown(self) -> None:
        said = self.ig.user.get_info(fields="id,username,media_count")
        assert (said.username, said.media_count) == ("redkite", 1)

    def ig_media(self) -> None:
        said = self.ig.user.get_media(fields="id,caption,media_type,permalink,timestamp")
        assert said.data[0].caption == "New benches in the square."

    def ig_comments_paged(self) -> None:
        said = self.ig.media.get_comments(
            self.meta.media, fields="id,text,timestamp,username", count=None, limit=2
        )
        assert [one.username for one in said.data] == ["omars", "omars", "omars", "elinp"]

    def ig_comment_shown(self) -> None:
        said = self.ig.comment.get_info(self.town.ig_comment, fields="id,text,like_count,username")
        assert (said.text, said.username) == ("Lovely benches", "elinp")

    def ig_replies(self) -> None:
        said = self.ig.comment.get_replies(self.town.ig_comment, fields="id,text,timestamp")
        assert [one.text for one in said.data] == ["Thank you"]

    def ig_mentions(self) -> None:
        comment = self.ig.user.get_mentioned_comment(
            comment_id=self.town.ig_named, fields="id,text,timestamp"
        )
        assert comment.mentioned_comment.text == "Right, @redkite?"
        media = self.ig.user.get_mentioned_media(media_id=self.town.ig_mention, fields="id,caption")
        assert media.mentioned_media.caption == "At @redkite"

    def ig_limit(self) -> None:
        said = self.ig.user.get_content_publishing_limit(fields="config,quota_usage")
        assert (said.data[0].quota_usage, said.data[0].config.quota_total) == (0, 100)


def calls(of: type) -> list[str]:
    return [name for name, value in vars(of).items() if name[0] != "_" and callable(value)]


def every() -> Iterator[tuple[str, str]]:
    for who in CLIENTS:
        for name in calls(CLIENTS[who]):
            yield who, name


CLIENTS: dict[str, type[Any]] = {
    "facebook_business": Official,
    "pyfacebook": Independent,
}
