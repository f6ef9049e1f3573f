"""The Instagram plug-in: one professional account, and what the desk knows of the platform."""

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
from glede.platforms.graph import chats, files, oauth
from glede.platforms.graph.hook import DOOR
from glede.platforms.graph.listening import listen
from glede.platforms.graph.transport import Graph
from glede.platforms.graph.values import id_of, object_of, text_of
from glede.platforms.instagram import collect, publish
from glede.platforms.instagram.capabilities import CAPABILITIES, LONGEST_TEXT
from glede.platforms.instagram.moderate import moderate
from glede.platforms.instagram.parse import parse

#: What an account tells our app of (fields of the object instagram).
FIELDS = (
    "comments",
    "live_comments",
    "mentions",
    "messages",
    "message_reactions",
    "messaging_postbacks",
    "messaging_referral",
    "messaging_seen",
    "messaging_handover",
    "standby",
)
#: The Page an account belongs to has to have let the app in; these fields do that.
_PAGE_FIELDS = ("feed", "messages")

SCOPES = (
    Scope("pages_show_list", "See which Pages, and with them which accounts, you manage"),
    Scope("pages_manage_metadata", "Be told at once when something happens on the account"),
    Scope("pages_read_engagement", "See to which Page the account belongs"),
    Scope("instagram_basic", "Read the account's own posts"),
    Scope("instagram_manage_comments", "Read, answer, hide and delete comments"),
    Scope("instagram_manage_messages", "Read and answer the account's messages"),
    Scope("instagram_content_publish", "Publish pictures, films and stories"),
    Scope("pages_manage_posts", "Lend pictures to Instagram through the Page", needed=False),
    Scope("business_management", "Use accounts of a business portfolio", needed=False),
)


class Instagram(Bare):
    """Thread-safe; a worker keeps one for each account."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._graph = Graph(connection)
        self._page = connection.settings.get("page_id", "")
        self._handle = connection.handle
        self._manner = chats.Manner(
            platform="instagram",
            node=self._page or "me",
            account=connection.account,
            most=LONGEST_TEXT,
            counted_in="bytes",
        )

    def identify(self, *, now: datetime) -> Author:
        """The account that belongs to the Page."""
        fields = "id,instagram_business_account{id,username,name}"
        found = self._graph.get(self._page or "me", {"fields": fields}, now=now)
        owned = object_of(found, "instagram_business_account")
        native_id, handle = id_of(owned, "id"), text_of(owned, "username")
        if native_id and not handle:
            owned = self._graph.get(native_id, {"fields": "id,username,name"}, now=now)
            handle = text_of(owned, "username")
        if not native_id or not handle:
            raise Refused(
                "No professional Instagram account belongs to this Page. Join them in Meta "
                "Business settings first."
            )
        return Author(
            native_id,
            text_of(owned, "name") or handle,
            handle=handle,
            url=f"https://www.instagram.com/{handle}/",
        )

    def poll(self, cursor: Cursor, *, now: datetime) -> Batch:
        return collect.poll(self._graph, self._account(now=now), cursor, now=now)

    def lookup(self, native_ids: Sequence[str], *, now: datetime) -> Sequence[RawEvent]:
        return collect.lookup(self._graph, self._account(now=now), native_ids, now=now)

    def send(self, message: OutboundMessage, *, now: datetime) -> Receipt:
        if message.publication is not None and not message.parent:
            ours = self._ours(now=now)
            return publish.publish(self._graph, ours, message, message.publication, now=now)
        if message.private:
            return chats.send(self._graph, self._manner, message, now=now)
        if not message.parent:
            raise Refused("It is not said which comment this answers.")
        automatic = self._connection.settings.get("automatic_public") == "yes"
        ours = self._ours(now=now)
        return publish.answer(self._graph, ours, message, automatic=automatic, now=now)

    def read_back(self, message: OutboundMessage, *, now: datetime) -> Receipt | None:
        if message.publication is not None and not message.parent:
            ours = self._ours(now=now)
            return publish.standing(self._graph, ours, message, message.publication, now=now)
        if message.private:
            return chats.read_back(self._graph, self._manner, message, now=now)
        return publish.answer_standing(self._graph, self._ours(now=now), message, now=now)

    def moderate(self, moderation: Moderation, *, now: datetime) -> None:
        moderate(self._graph, self._manner.node, self._connection.account, moderation, now=now)

    def fetch(self, media: Media, *, most_bytes: int, now: datetime) -> Fetched:
        return files.fetch(media, base_url=self._connection.base_url, most_bytes=most_bytes)

    def listen(self, hook: Hook, *, now: datetime) -> datetime | None:
        edges = {self._page: _PAGE_FIELDS} if self._page else {self._connection.account: FIELDS}
        return listen(
            self._graph,
            self._connection,
            hook,
            what="instagram",
            fields=FIELDS,
            edges=edges,
            now=now,
        )

    def close(self) -> None:
        self._graph.close()

    def _account(self, *, now: datetime) -> collect.Account:
        return collect.Account(self._connection.account, self._name(now=now), self._manner)

    def _ours(self, *, now: datetime) -> publish.Ours:
        return publish.Ours(
            native_id=self._connection.account,
            handle=self._name(now=now),
            page=self._page,
            meter=self._connection.meter,
            look_every=float(self._connection.settings.get("container_seconds") or 3),
        )

    def _name(self, *, now: datetime) -> str:
        """Our own handle, by which lists tell what we wrote; asked for once if it is not known."""
        if not self._handle:
            params = {"fields": "username"}
            found = self._graph.get(self._connection.account, params, now=now)
            self._handle = text_of(found, "username")
        return self._handle


def count_text(text: str) -> int:
    return len(text)


def _address(registration: Registration, redirect: str, state: str, _challenge: str) -> str:
    return oauth.address(registration, redirect, state, SCOPES)


def _finish(
    registration: Registration, code: str, redirect: str, _verifier: str, now: datetime
) -> Sequence[Offer]:
    fields = "id,name,access_token,instagram_business_account{id,username,name}"
    allowed = oauth.allowed(registration, code, redirect, fields=fields, now=now)
    offers = []
    for page in allowed.pages:
        owned, token = object_of(page, "instagram_business_account"), text_of(page, "access_token")
        native_id, handle = id_of(owned, "id"), text_of(owned, "username")
        if native_id and token:
            offers.append(
                Offer(
                    native_id=native_id,
                    name=text_of(owned, "name") or handle or text_of(page, "name") or native_id,
                    credential={"access_token": token},
                    handle=handle,
                    scopes=allowed.scopes,
                    expires_at=allowed.expires_at,
                    settings={"page_id": id_of(page, "id")},
                )
            )
    if not offers:
        raise Refused(
            "None of the Pages you allowed has a professional Instagram account. Join them in Meta "
            "Business settings first."
        )
    return offers


platform = Platform(
    slug="instagram",
    name="Instagram",
    glyph="instagram",
    capabilities=CAPABILITIES,
    parse=parse,
    connect=Instagram,
    count_text=count_text,
    fields=(
        Field(
            "access_token",
            "Access token of its Page",
            secret=True,
            hint="Of a system user, from Meta Business settings; or sign in with Facebook instead.",
        ),
        Field("page_id", "Its Page's id", hint="The Facebook Page to which the account belongs"),
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
