"""What a Page and an Instagram account publish: posts, photos, films in phases, containers."""

import re
from datetime import datetime, timedelta
from typing import Any

from sandbox.graph.asking import Asked, moment
from sandbox.graph.errors import GraphError, missing
from sandbox.graph.network import Network
from sandbox.graph.state import Account, Container, Entry, Photo, Upload
from sandbox.graph.views import standing
from sandbox.graph.writing import Writing

SOONEST, LATEST = timedelta(minutes=10), timedelta(days=30)
_CHUNK = 1024 * 1024


class Publishing:
    def __init__(self, network: Network, writing: Writing) -> None:
        self.network = network
        self.writing = writing

    # -- a Page's

    def feed(self, asked: Asked, native_id: str) -> dict[str, Any]:
        account = self.writing.account(asked, native_id)
        photos = [self._photo(account, str(one["media_fbid"])) for one in self._attached(asked)]
        text, link = asked.text("message"), asked.text("link")
        if not (text or link or photos):
            raise GraphError(100, "A post needs a message, a link or attached media.")
        self.writing.not_again(account, text, "")
        entry = self._post(
            asked,
            account,
            text,
            link=link,
            pictures=[one.digest for one in photos],
            form="added_photos" if photos else "shared_story" if link else "mobile_status_update",
        )
        for one in photos:
            one.post = entry.id
        return {"id": entry.id}

    def _attached(self, asked: Asked) -> list[dict[str, Any]]:
        """As one JSON list, or as attached_media[0], attached_media[1] …"""
        listed = asked.object("attached_media") or []
        numbered = [name for name in asked.given if re.fullmatch(r"attached_media\[\d+\]", name)]
        return [*listed, *(asked.object(name) for name in sorted(numbered))]

    def _post(self, asked: Asked, account: Account, text: str, **more: Any) -> Entry:
        published = asked.flag("published", True)
        due = moment(asked.text("scheduled_publish_time"))
        if due is not None:
            if published:
                raise GraphError(
                    100, "You cannot specify a scheduled publish time on a published post"
                )
            if not SOONEST <= due - asked.now <= LATEST:
                raise GraphError(
                    100, "The specified scheduled publish time is invalid.", subcode=1363033
                )
        return self.network.post(account, account.id, text, published=published, due=due, **more)

    def appear(self, now: datetime) -> None:
        """What is due by now is published."""
        for entry in list(self.network.stored.entries.values()):
            if entry.due is not None and entry.due <= now and not entry.deleted:
                self.network.publish(entry)

    def photo(self, asked: Asked, native_id: str) -> dict[str, Any]:
        account = self.writing.account(asked, native_id)
        digest = self._bytes(asked, "image/")
        text = asked.text("message") or asked.text("caption")
        number = self.network.number("122")
        photo = Photo(number, account.id, digest, text, asked.text("alt_text_custom"), asked.now)
        self.network.stored.photos[number] = photo
        if asked.flag("published", True) or asked.text("scheduled_publish_time"):
            entry = self._post(asked, account, text, pictures=[digest], form="added_photos")
            photo.post = entry.id
            return {"id": number, "post_id": entry.id}
        return {"id": number}

    def _bytes(self, asked: Asked, kind: str) -> str:
        if not asked.files:
            raise GraphError(100, "Upload a file as source, or give its url.")
        content, content_type = next(iter(asked.files.values()))
        if not content or not content_type.startswith((kind, "application/octet-stream")):
            raise GraphError(324, f"Missing or invalid file: {content_type} is no {kind}")
        return self.network.world.media.put(content, content_type)

    def _photo(self, account: Account, number: str) -> Photo:
        photo = self.network.stored.photos.get(number)
        if photo is None or photo.account != account.id:
            raise missing(number)
        return photo

    def photo_story(self, asked: Asked, native_id: str) -> dict[str, Any]:
        account = self.writing.account(asked, native_id)
        photo = self._photo(account, asked.needed("photo_id"))
        entry = self.network.post(account, account.id, "", pictures=[photo.digest], form="STORIES")
        photo.post = entry.id
        return {"success": True, "post_id": entry.id}

    def video(self, asked: Asked, native_id: str) -> dict[str, Any]:
        """At once, or in the phases start, transfer and finish."""
        account = self.writing.account(asked, native_id)
        match asked.text("upload_phase"):
            case "start":
                return self._start(asked, account)
            case "transfer":
                upload = self._upload(account, asked.text("upload_session_id"))
                if asked.text("start_offset") != str(len(upload.content)):
                    raise GraphError(
                        6001, "There was a problem uploading your video.", subcode=1363037
                    )
                upload.content += next(iter(asked.files.values()), (b"", ""))[0]
                return self._offsets(upload)
            case "finish":
                upload = self._upload(account, asked.text("upload_session_id"))
                self._finish(asked, account, upload)
                return {"success": True}
        content, content_type = self.network.world.media.get(self._bytes(asked, "video/"))
        upload = self._new(asked, account, len(content))
        upload.content = content
        self._finish(asked, account, upload, content_type)
        return {"id": upload.id}

    def _new(self, asked: Asked, account: Account, size: int) -> Upload:
        number = self.network.number("122")
        upload = Upload(number, account.id, f"s{number}", size, asked.now)
        self.network.stored.uploads[number] = upload
        return upload

    def _start(self, asked: Asked, account: Account) -> dict[str, Any]:
        size = asked.needed("file_size")
        if not size.isdecimal():
            raise GraphError(100, "Param file_size must be a number.")
        upload = self._new(asked, account, int(size))
        return {"video_id": upload.id, "upload_session_id": upload.session, **self._offsets(upload)}

    def _offsets(self, upload: Upload) -> dict[str, str]:
        start = len(upload.content)
        return {"start_offset": str(start), "end_offset": str(min(upload.size, start + _CHUNK))}

    def _upload(self, account: Account, session: str) -> Upload:
        for one in self.network.stored.uploads.values():
            if one.account == account.id and session in (one.session, one.id):
                return one
        raise missing(session)

    def _finish(
        self, asked: Asked, account: Account, upload: Upload, content_type: str = "video/mp4"
    ) -> None:
        if not upload.content or len(upload.content) != upload.size:
            raise GraphError(6000, "The video is not complete.", subcode=1363047)
        upload.text = asked.text("description")
        digest = self.network.world.media.put(upload.content, content_type)
        form = {"video_reels": "REELS", "video_stories": "STORIES"}.get(
            asked.path[-1], "added_video"
        )
        entry = self._post(asked, account, upload.text, pictures=[digest], form=form)
        upload.state, upload.post, upload.content = "ready", entry.id, b""

    def reel(self, asked: Asked, native_id: str) -> dict[str, Any]:
        """Reels and film stories: start names an address for the bytes, finish publishes."""
        account = self.writing.account(asked, native_id)
        if asked.needed("upload_phase") == "start":
            upload = self._new(asked, account, 0)
            return {"video_id": upload.id, "upload_url": f"{asked.base}/video-upload/{upload.id}"}
        upload = self._upload(account, asked.needed("video_id"))
        self._finish(asked, account, upload)
        return {"success": True, "post_id": upload.post}

    def pour(self, asked: Asked, native_id: str) -> dict[str, Any]:
        """Bytes of a film or of a resumable container."""
        content = asked.body or next(iter(asked.files.values()), (b"", ""))[0]
        if not content or asked.headers.get("file_size", str(len(content))) != str(len(content)):
            raise GraphError(6000, "There was a problem uploading your video.", subcode=1363030)
        container = self.network.stored.containers.get(native_id)
        if container is not None:
            asked.acting(self.network.account(container.account))
            container.media = [self.network.world.media.put(content, "video/mp4")]
            container.ready = self._ready_at(asked)
            return {"success": True, "message": "Upload successful."}
        upload = self.network.stored.uploads.get(native_id)
        if upload is None:
            raise missing(native_id)
        asked.acting(self.network.account(upload.account))
        upload.content, upload.size = content, len(content)
        return {"success": True}

    # -- an Instagram account's

    def _ready_at(self, asked: Asked) -> datetime:
        return asked.now + timedelta(seconds=self.writing.settings.container_seconds)

    def container(self, asked: Asked, native_id: str) -> dict[str, Any]:
        account = self.writing.account(asked, native_id)
        form = asked.text("media_type") or ("VIDEO" if asked.text("video_url") else "IMAGE")
        if form not in ("IMAGE", "VIDEO", "REELS", "STORIES", "CAROUSEL"):
            raise GraphError(100, f"Unknown media_type {form}.")
        media: list[str] = []
        children = asked.words("children")
        if form == "CAROUSEL":
            if not 2 <= len(children) <= 10:
                raise GraphError(100, "A carousel has two to ten children.", subcode=2207006)
            for one in children:
                media += self._container(account, one).media
            form = "CAROUSEL_ALBUM"
        elif asked.files:
            media = [self.network.world.media.put(*next(iter(asked.files.values())))]
        elif asked.text("upload_type") != "resumable":
            raise GraphError(
                9004, "Only photo or video can be accepted as media type.", subcode=2207052
            )
        if asked.text("image_url") and self.network.world.media.get(media[0])[1] != "image/jpeg":
            raise GraphError(36001, "The image format is not supported.", subcode=2207005)
        number = self.network.number("17889")
        self.network.stored.containers[number] = Container(
            number,
            account.id,
            asked.now,
            form,
            asked.text("caption"),
            media,
            alt=asked.text("alt_text"),
            ready=self._ready_at(asked) if media else None,
            error=self.writing.settings.container_error,
        )
        said = {"id": number}
        if asked.text("upload_type") == "resumable":
            said["uri"] = f"{asked.base}/ig-api-upload/{number}"
        return said

    def _container(self, account: Account, number: str) -> Container:
        found = self.network.stored.containers.get(number)
        if found is None or found.account != account.id:
            raise missing(number)
        return found

    def publish(self, asked: Asked, native_id: str) -> dict[str, Any]:
        account = self.writing.account(asked, native_id)
        container = self._container(account, asked.needed("creation_id"))
        code = standing(container, asked.now)
        if code != "FINISHED":
            subcode = {"IN_PROGRESS": 2207027, "EXPIRED": 2207008}.get(code, 2207032)
            raise GraphError(9007, f"Media ID is not available: it is {code}.", subcode=subcode)
        times = self.network.stored.published.setdefault(account.id, [])
        times[:] = [one for one in times if asked.now - one < timedelta(days=1)]
        if len(times) >= self.writing.settings.posts_a_day:
            raise GraphError(9, "Application request limit reached", subcode=2207042, status=403)
        times.append(asked.now)
        entry = self.network.post(
            account,
            account.id,
            container.caption,
            kind="media",
            pictures=container.media,
            form=container.form,
            alt=container.alt,
        )
        container.published = entry.id
        return {"id": entry.id}
