"""The instance's JSON, entity by entity, as docs.joinmastodon.org/entities has it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sandbox.kernel.media import Stock
from sandbox.mastodon import words
from sandbox.mastodon.state import (
    Account,
    Medium,
    Notice,
    Report,
    Scheduled,
    State,
    Status,
)

type Json = dict[str, Any]

MOST_CHARACTERS = 500
MOST_MEDIA = 4
MOST_IMAGE_BYTES = 16 * 1024 * 1024
MOST_VIDEO_BYTES = 99 * 1024 * 1024
MOST_DESCRIPTION = 1500
IMAGES = ("image/jpeg", "image/png", "image/gif", "image/webp")
FILMS = ("video/mp4", "video/webm", "video/quicktime")
SOUNDS = ("audio/mpeg", "audio/ogg", "audio/wav")


def stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


@dataclass(slots=True)
class Entities:
    state: State
    base: str
    domain: str
    stock: Stock

    def address_of(self, account: Account) -> str:
        return f"{self.base}/@{account.acct}"

    def account(self, account: Account) -> Json:
        picture = f"{self.base}/avatars/original/missing.png"
        header = f"{self.base}/headers/original/missing.png"
        own = self.state.own.get(account.id, [])
        return {
            "id": account.id,
            "username": account.username,
            "acct": account.acct,
            "display_name": account.name,
            "locked": False,
            "bot": False,
            "discoverable": True,
            "indexable": False,
            "group": False,
            "created_at": account.created_at.strftime("%Y-%m-%dT00:00:00.000Z"),
            "note": "",
            "url": self.address_of(account),
            "uri": f"{self.base}/ap/users/{account.id}",
            "avatar": picture,
            "avatar_static": picture,
            "avatar_description": "",
            "header": header,
            "header_static": header,
            "header_description": "",
            "followers_count": self.state.followers.get(account.id, 0),
            "following_count": 0,
            "statuses_count": len(own),
            "last_status_at": f"{self.state.statuses[own[-1]].at:%Y-%m-%d}" if own else None,
            "hide_collections": None,
            "noindex": False,
            "show_media": True,
            "show_media_replies": True,
            "show_featured": True,
            "feature_approval": {"automatic": [], "manual": [], "current_user": "denied"},
            "emojis": [],
            "roles": [],
            "fields": [],
        }

    def own_account(self, account: Account) -> Json:
        return {
            **self.account(account),
            "source": {
                "privacy": "public",
                "sensitive": False,
                "language": None,
                "note": "",
                "fields": [],
                "follow_requests_count": 0,
                "hide_collections": None,
                "discoverable": True,
                "indexable": False,
                "attribution_domains": [],
                "quote_policy": "public",
            },
            "role": {
                "id": "-99",
                "name": "",
                "color": "",
                "permissions": "65536",
                "highlighted": False,
                "collection_limit": 10,
            },
        }

    def status(self, status: Status, *, viewer: str, quoted: bool = True) -> Json:
        author = self.state.accounts[status.account]
        parent = self.state.statuses.get(status.in_reply_to)
        children = [one for one in self.state.children(status.id) if not one.deleted]
        said: Json = {
            "id": status.id,
            "created_at": stamp(status.at),
            "in_reply_to_id": parent.id if parent and not parent.deleted else None,
            "in_reply_to_account_id": parent.account if parent else None,
            "sensitive": status.sensitive,
            "spoiler_text": status.spoiler,
            "visibility": status.visibility,
            "language": status.language or None,
            "uri": f"{self.base}/ap/users/{author.id}/statuses/{status.id}",
            "url": f"{self.address_of(author)}/{status.id}",
            "replies_count": len(children),
            "reblogs_count": 0,
            "favourites_count": 0,
            "quotes_count": self.state.quoted.get(status.id, 0),
            "edited_at": stamp(status.edited_at) if status.edited_at else None,
            "favourited": False,
            "reblogged": False,
            "muted": (viewer, self.state.root(status).id) in self.state.quiet,
            "bookmarked": False,
            "content": self._html(status.text),
            "filtered": [],
            "reblog": None,
            "application": {"name": status.app, "website": None} if status.app else None,
            "account": self.account(author),
            "media_attachments": [self.medium(self.state.media[one]) for one in status.media],
            "mentions": [self._mention(self.state.accounts[one]) for one in status.mentions],
            "tags": [
                {"name": tag, "url": f"{self.base}/tags/{tag}"} for tag in words.tags(status.text)
            ],
            "emojis": [],
            "tagged_collections": [],
            "quote": self._quote(status, viewer=viewer) if quoted else None,
            "card": None,
            "poll": None,
            "quote_approval": {
                "automatic": ["public"],
                "manual": [],
                "current_user": "automatic",
            },
        }
        if viewer == status.account:
            said["pinned"] = False
        return said

    def _quote(self, status: Status, *, viewer: str) -> Json | None:
        if not status.quote:
            return None
        quoted = self.state.statuses[status.quote]
        if quoted.deleted:
            return {"state": "deleted", "quoted_status": None}
        shown = self.status(quoted, viewer=viewer, quoted=False)
        return {"state": "accepted", "quoted_status": shown}

    def _mention(self, account: Account) -> Json:
        return {
            "id": account.id,
            "username": account.username,
            "url": self.address_of(account),
            "acct": account.acct,
        }

    def _html(self, text: str) -> str:
        def link_of(acct: str) -> str:
            found = self.state.by_acct(acct, self.domain)
            return self.address_of(found) if found else ""

        return words.html(text, link_of=link_of, tag_link=lambda tag: f"{self.base}/tags/{tag}")

    def medium(self, medium: Medium, *, ready: bool = True) -> Json:
        address = self.stock.address(medium.digest) if ready else None
        shape = {"width": medium.width, "height": medium.height} if medium.width else {}
        return {
            "id": medium.id,
            "type": medium.kind,
            "url": address,
            "preview_url": address,
            "remote_url": None,
            "preview_remote_url": None,
            "text_url": None,
            "meta": {"original": shape} if shape else {},
            "description": medium.alt or None,
            "blurhash": None,
        }

    def notification(self, notice: Notice) -> Json:
        return {
            "id": notice.id,
            "type": notice.kind,
            "created_at": stamp(notice.at),
            "group_key": f"ungrouped-{notice.id}",
            "account": self.account(self.state.accounts[notice.who]),
            "status": self.status(self.state.statuses[notice.status], viewer=notice.whose),
        }

    def scheduled(self, one: Scheduled) -> Json:
        return {
            "id": one.id,
            "scheduled_at": stamp(one.at),
            "params": {
                "text": one.text,
                "visibility": one.visibility,
                "spoiler_text": one.spoiler or None,
                "sensitive": None,
                "language": one.language or None,
                "in_reply_to_id": int(one.in_reply_to) if one.in_reply_to else None,
                "media_ids": one.media or None,
                "poll": None,
                "idempotency": one.key or None,
                "application_id": 1,
                "scheduled_at": None,
                "with_rate_limit": False,
                "quoted_status_id": None,
                "quote_approval_policy": "public",
                "allowed_mentions": None,
            },
            "media_attachments": [self.medium(self.state.media[found]) for found in one.media],
        }

    def report(self, report: Report) -> Json:
        return {
            "id": report.id,
            "action_taken": False,
            "action_taken_at": None,
            "category": report.category,
            "comment": report.comment,
            "forwarded": report.forwarded,
            "created_at": stamp(report.at),
            "status_ids": report.statuses or None,
            "rule_ids": None,
            "collection_ids": None,
            "target_account": self.account(self.state.accounts[report.of]),
        }

    def relationship(self, viewer: str, of: str) -> Json:
        state = self.state
        return {
            "id": of,
            "following": (viewer, of) in state.follows,
            "showing_reblogs": (viewer, of) in state.follows,
            "notifying": False,
            "languages": None,
            "followed_by": (of, viewer) in state.follows,
            "blocking": (viewer, of) in state.blocks,
            "blocked_by": (of, viewer) in state.blocks,
            "muting": (viewer, of) in state.mutes,
            "muting_notifications": (viewer, of) in state.mutes,
            "muting_expires_at": None,
            "requested": False,
            "requested_by": False,
            "domain_blocking": False,
            "endorsed": False,
            "note": "",
        }

    def edits(self, status: Status) -> list[Json]:
        author = self.account(self.state.accounts[status.account])
        now = [(status.text, status.spoiler, status.edited_at or status.at)]
        then = [(one.text, one.spoiler, one.at) for one in status.history]
        return [
            {
                "content": self._html(text),
                "spoiler_text": spoiler,
                "sensitive": status.sensitive,
                "created_at": stamp(at),
                "account": author,
                "media_attachments": [self.medium(self.state.media[one]) for one in status.media],
                "emojis": [],
                "quote": None,
            }
            for text, spoiler, at in [*then, *now]
        ]

    def conversation(self, last: Status, *, viewer: str) -> Json:
        others = {last.account, *last.mentions} - {viewer}
        return {
            "id": self.state.root(last).id,
            "unread": last.account != viewer,
            "accounts": [self.account(self.state.accounts[one]) for one in sorted(others)],
            "last_status": self.status(last, viewer=viewer),
        }

    def instance(self) -> Json:
        # Real instances have a host of its own for it; here it is the same one, under our path.
        streaming = self.base
        return {
            "domain": self.domain,
            "title": "Town square",
            "version": "4.7.0",
            "source_url": "https://github.com/mastodon/mastodon",
            "description": "Where the town talks.",
            "wrapstodon": None,
            "usage": {"users": {"active_month": len(self.state.accounts)}},
            "thumbnail": {
                "url": f"{self.base}/thumbnail.png",
                "blurhash": None,
                "versions": {},
                "description": "",
            },
            "icon": [],
            "languages": ["en"],
            "configuration": self.configuration(streaming),
            "registrations": {
                "enabled": False,
                "approval_required": False,
                "reason_required": None,
                "message": None,
                "min_age": None,
                "url": None,
            },
            "api_versions": {"mastodon": 10},
            "contact": {"email": "staff@town.example", "account": None},
            "rules": [],
        }

    def configuration(self, streaming: str) -> Json:
        feeds = {"local": "public", "remote": "public"}
        return {
            "urls": {
                "streaming": streaming,
                "status": None,
                "about": f"{self.base}/about",
                "privacy_policy": None,
                "terms_of_service": None,
            },
            "vapid": {"public_key": ""},
            "accounts": {
                "max_featured_tags": 10,
                "max_pinned_statuses": 5,
                "max_profile_fields": 4,
                "profile_field_name_limit": 255,
                "profile_field_value_limit": 255,
                "max_display_name_length": 30,
                "max_note_length": 500,
                "max_avatar_description_length": MOST_DESCRIPTION,
                "max_header_description_length": MOST_DESCRIPTION,
            },
            "statuses": {
                "max_characters": MOST_CHARACTERS,
                "max_media_attachments": MOST_MEDIA,
                "characters_reserved_per_url": words.LINK_COUNTS,
            },
            "media_attachments": {
                "description_limit": MOST_DESCRIPTION,
                "supported_mime_types": [*IMAGES, *FILMS, *SOUNDS],
                "image_size_limit": MOST_IMAGE_BYTES,
                "image_matrix_limit": 33_177_600,
                "video_size_limit": MOST_VIDEO_BYTES,
                "video_frame_rate_limit": 120,
                "video_matrix_limit": 8_294_400,
            },
            "polls": {
                "max_options": 4,
                "max_characters_per_option": 50,
                "min_expiration": 300,
                "max_expiration": 2_629_746,
            },
            "translation": {"enabled": False},
            "timelines_access": {
                "live_feeds": feeds,
                "hashtag_feeds": feeds,
                "trending_link_feeds": feeds,
            },
            "limited_federation": False,
        }
