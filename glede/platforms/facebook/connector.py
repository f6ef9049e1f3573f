"""The Facebook plug-in: one Page with its Messenger, and what the desk knows of the platform."""

from collections.abc import Sequence
from datetime import datetime

from glede.platforms.contract import (
    Author,
    Bare,
    Batch,
    Connection,
    Cursor,
    Fetched,
    Field,
    Hook,
    Media,
    Moderation,
    OAuth,
    Offer,
    OutboundMessage,
    Platform,
    RawEvent,
    Receipt,
    Refused,
    Registration,
    Scope,
)
from glede.platforms.facebook import collect, publish
from glede.platforms.facebook.capabilities import CAPABILITIES, LONGEST_MESSAGE
from glede.platforms.facebook.moderate import moderate
from glede.platforms.facebook.parse import parse
from glede.platforms.graph import chats, files, oauth
from glede.platforms.graph.hook import DOOR
from glede.platforms.graph.listening import listen
from glede.platforms.graph.transport import Graph
from glede.platforms.graph.values import id_of, text_of, web

#: What a Page tells our app of (values of the edge subscribed_apps).
FIELDS = (
    "feed",
    "mention",
    "ratings",
    "messages",
    "message_echoes",
    "message_edits",
    "message_deliveries",
    "message_reads",
    "message_reactions",
    "messaging_postbacks",
    "messaging_referrals",
    "messaging_policy_enforcement",
    "standby",
    "messaging_handovers",
)

SCOPES = (
    Scope("pages_show_list", "See which Pages you manage"),
    Scope("pages_manage_metadata", "Be told at once when something happens on the Page"),
    Scope("pages_read_engagement", "Read the Page's own posts"),
    Scope("pages_read_user_content", "Read what people write on the Page, and its reviews"),
    Scope("pages_manage_engagement", "Answer, hide and delete comments"),
    Scope("pages_manage_posts", "Publish and delete posts"),
    Scope("pages_messaging", "Read and answer the Page's messages"),
    Scope("business_management", "Use Pages that belong to a business portfolio", needed=False),
)


class Facebook(Bare):
    """Thread-safe; a worker keeps one for each Page."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._graph = Graph(connection)
        self._page = connection.account
        self._manner = chats.Manner(
            platform="messenger",
            node=self._page,
            account=self._page,
            most=LONGEST_MESSAGE,
            counted_in="characters",
        )

    def identify(self, *, now: datetime) -> Author:
        # Only a Page has a category: the token of a person is refused here.
        found = self._graph.get("me", {"fields": "id,name,username,link,category"}, now=now)
        native_id = id_of(found, "id")
        if not native_id:
            raise Refused("Facebook did not say which Page this token is for.")
        return Author(
            native_id,
            text_of(found, "name") or native_id,
            handle=text_of(found, "username"),
            url=web(found.get("link")) or f"https://www.facebook.com/{native_id}",
        )

    def poll(self, cursor: Cursor, *, now: datetime) -> Batch:
        return collect.poll(self._graph, self._manner, cursor, now=now)

    def lookup(self, native_ids: Sequence[str], *, now: datetime) -> Sequence[RawEvent]:
        return collect.lookup(self._graph, self._manner, native_ids, now=now)

    def send(self, message: OutboundMessage, *, now: datetime) -> Receipt:
        if message.publication is not None and not message.parent:
            return publish.publish(self._graph, self._page, message, message.publication, now=now)
        if message.private:
            return chats.send(self._graph, self._manner, message, now=now)
        if not message.parent:
            raise Refused("It is not said which comment or post this answers.")
        automatic = self._connection.settings.get("automatic_public") == "yes"
        return publish.answer(self._graph, self._page, message, automatic=automatic, now=now)

    def read_back(self, message: OutboundMessage, *, now: datetime) -> Receipt | None:
        if message.publication is not None and not message.parent:
            return publish.standing(self._graph, self._page, message, message.publication, now=now)
        if message.private:
            return chats.read_back(self._graph, self._manner, message, now=now)
        return publish.answer_standing(self._graph, self._page, message, now=now)

    def moderate(self, moderation: Moderation, *, now: datetime) -> None:
        moderate(self._graph, self._page, moderation, now=now)

    def fetch(self, media: Media, *, most_bytes: int, now: datetime) -> Fetched:
        return files.fetch(media, base_url=self._connection.base_url, most_bytes=most_bytes)

    def listen(self, hook: Hook, *, now: datetime) -> datetime | None:
        return listen(
            self._graph,
            self._connection,
            hook,
            what="page",
            fields=FIELDS,
            edges={self._page: FIELDS},
            now=now,
        )

    def close(self) -> None:
        self._graph.close()


def count_text(text: str) -> int:
    return len(text)


def _address(registration: Registration, redirect: str, state: str, _challenge: str) -> str:
    return oauth.address(registration, redirect, state, SCOPES)


def _finish(
    registration: Registration, code: str, redirect: str, _verifier: str, now: datetime
) -> Sequence[Offer]:
    fields = "id,name,username,access_token"
    allowed = oauth.allowed(registration, code, redirect, fields=fields, now=now)
    return [
        Offer(
            native_id=id_of(page, "id"),
            name=text_of(page, "name"),
            credential={"access_token": text_of(page, "access_token")},
            handle=text_of(page, "username"),
            scopes=allowed.scopes,
            expires_at=allowed.expires_at,
        )
        for page in allowed.pages
        if id_of(page, "id") and text_of(page, "access_token")
    ]


platform = Platform(
    slug="facebook",
    name="Facebook",
    glyph="facebook",
    capabilities=CAPABILITIES,
    parse=parse,
    connect=Facebook,
    count_text=count_text,
    fields=(
        Field(
            "access_token",
            "Page access token",
            secret=True,
            hint="Of a system user, from Meta Business settings; or sign in with Facebook instead.",
        ),
    ),
    door=DOOR,
    poll_every=120,
    base_url="https://graph.facebook.com",
    oauth=OAuth(scopes=SCOPES, address=_address, finish=_finish),
    app_fields=(
        Field("client_id", "App ID", hint="Meta for Developers, your app, App settings, Basic"),
        Field("client_secret", "App secret", secret=True, hint="On the same page; it also signs"),
        Field("verify_token", "Verify token", made=True),
    ),
    shared_app=True,
)
