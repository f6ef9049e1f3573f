"""Snapchat takes stories and spotlights, encrypted as it wants them, and tells nothing back."""

import base64
import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from sandbox.kernel.world import Impossible, Resident, utc_now
from sandbox.snapchat.stage import SCOPE, Snapchat
from tests.sandbox.serving import Served, serving

FILM = b"\x00\x00\x00\x18ftypmp42" + bytes(range(256)) * 20
PICTURE = b"\x89PNG\r\n\x1a\n" + b"a garden " * 40
BRYN = Resident("bryn", "Bryn Tallow", "bryntallow")


@dataclass(frozen=True, slots=True)
class Stand:
    served: Served
    stage: Snapchat
    given: dict[str, Any]

    @property
    def base(self) -> str:
        return f"{self.served.base}/snapchat"

    @property
    def page(self) -> str:
        return str(self.given["pages"]["red-kite"]["id"])

    def post(self, path: str, **more: Any) -> httpx.Response:
        return self.call("POST", f"/v1/public_profiles/{self.page}/{path}", **more)

    def call(self, method: str, path: str, **more: Any) -> httpx.Response:
        token = self.given["pages"]["red-kite"]["access_token"]
        headers = {"authorization": f"Bearer {token}"}
        return httpx.request(method, self.base + path, headers=headers, trust_env=False, **more)

    def medium(
        self, content: bytes, kind: str, *, parts: int = 3, other_key: bytes = b""
    ) -> httpx.Response:
        """What finishing the upload answers."""
        key, iv = secrets.token_bytes(32), secrets.token_bytes(16)
        made = self.post(
            "media",
            json={
                "type": kind,
                "name": "film",
                "key": base64.b64encode(other_key or key).decode(),
                "iv": base64.b64encode(iv).decode(),
            },
        ).json()
        assert made["request_status"] == "SUCCESS"
        padding, cipher = PKCS7(128).padder(), Cipher(algorithms.AES(key), modes.CBC(iv))
        sealing = cipher.encryptor()
        padded = padding.update(content) + padding.finalize()
        sealed = sealing.update(padded) + sealing.finalize()
        size = -(-len(sealed) // parts)
        for number in range(parts):
            chunk = sealed[number * size : (number + 1) * size]
            added = self.call(
                "POST",
                made["add_path"],
                data={"action": "ADD", "part_number": str(number + 1)},
                files={"file": ("film", chunk)},
            )
            assert added.json()["request_status"] == "SUCCESS"
        return self.call("POST", made["finalize_path"], data={"action": "FINALIZE"})


@pytest.fixture
def snapchat() -> Iterator[Stand]:
    with serving(Snapchat) as served:
        stage = served.world.stages["snapchat"]
        assert isinstance(stage, Snapchat)
        yield Stand(served, stage, json.loads(json.dumps(served.do(stage.credentials))))


def wall(snapchat: Stand) -> list[Any]:
    return list(snapchat.served.do(snapchat.stage.wall, snapchat.page))


def test_a_story_is_seen_for_a_day_and_a_spotlight_for_good(snapchat: Stand) -> None:
    story = snapchat.medium(PICTURE, "IMAGE").json()["media_id"]
    assert snapchat.post("stories", json={"media_id": story}).json()["story_id"]
    film = snapchat.medium(FILM, "VIDEO").json()["media_id"]
    body = {"media_id": film, "description": "Our garden #spring", "locale": "en_GB"}
    spotlight = snapchat.post("spotlights", json=body).json()["spotlight_id"]
    saved = snapchat.medium(PICTURE, "IMAGE").json()["media_id"]
    body = {"media_id": saved, "title": "The garden"}
    assert snapchat.post("saved_stories", json=body).json()["request_status"] == "SUCCESS"
    assert [one.text for one in wall(snapchat)] == ["The garden", "Our garden #spring", ""]
    assert httpx.get(wall(snapchat)[1].pictures[0], trust_env=False).content == FILM
    listed = snapchat.call("GET", f"/v1/public_profiles/{snapchat.page}/spotlights").json()
    assert listed["spotlights"][0]["spotlight"]["id"] == spotlight
    snapchat.served.world.now = lambda: utc_now() + timedelta(days=1, minutes=1)
    assert len(wall(snapchat)) == 2


def test_what_does_not_open_or_is_something_else_is_refused(snapchat: Stand) -> None:
    assert snapchat.medium(FILM, "VIDEO", other_key=bytes(32)).status_code == 400
    assert snapchat.medium(PICTURE, "VIDEO").json()["error_code"] == "E1001"
    short = base64.b64encode(bytes(16)).decode()
    body = {"type": "VIDEO", "name": "film", "key": short, "iv": short}
    assert snapchat.post("media", json=body).status_code == 400


def test_a_post_needs_finished_media_of_its_own_kind_and_a_short_text(snapchat: Stand) -> None:
    film = snapchat.medium(FILM, "VIDEO").json()["media_id"]
    body = {"media_id": film, "description": "d" * 161, "locale": "en_GB"}
    assert snapchat.post("spotlights", json=body).status_code == 400
    assert snapchat.post("spotlights", json={"media_id": film}).status_code == 400
    picture = snapchat.medium(PICTURE, "IMAGE").json()["media_id"]
    body = {"media_id": picture, "locale": "en_GB"}
    assert snapchat.post("spotlights", json=body).status_code == 400
    assert snapchat.post("stories", json={"media_id": picture}).status_code == 200
    assert snapchat.post("stories", json={"media_id": picture}).status_code == 400
    assert snapchat.post("stories", json={"media_id": "unknown"}).status_code == 404


def test_a_token_holds_thirty_minutes_and_its_successor_replaces_it(snapchat: Stand) -> None:
    redirect = "http://127.0.0.1/back"
    asked = {
        "response_type": "code",
        "client_id": snapchat.given["client_id"],
        "redirect_uri": redirect,
        "scope": SCOPE,
        "state": "s",
    }
    page = httpx.get(f"{snapchat.base}/login/oauth2/authorize", params=asked, trust_env=False)
    assert "Red Kite" in page.text
    sent = httpx.post(
        f"{snapchat.base}/login/oauth2/authorize",
        params=asked,
        data={"account": snapchat.page},
        trust_env=False,
    )
    code = parse_qs(urlsplit(sent.headers["location"]).query)["code"][0]
    client = {
        "client_id": snapchat.given["client_id"],
        "client_secret": snapchat.given["client_secret"],
    }
    address = f"{snapchat.base}/login/oauth2/access_token"
    form = {**client, "grant_type": "authorization_code", "code": code, "redirect_uri": redirect}
    token = httpx.post(address, data=form, trust_env=False).json()
    assert token["expires_in"] == 1800
    form = {**client, "grant_type": "refresh_token", "refresh_token": token["refresh_token"]}
    assert httpx.post(address, data=form, trust_env=False).status_code == 200
    assert httpx.post(address, data=form, trust_env=False).json()["error"] == "invalid_grant"
    later = utc_now() + timedelta(minutes=31)
    snapchat.stage.authority.now = lambda: later
    found = snapchat.call("GET", "/v1/public_profiles/my_profile")
    assert (found.status_code, found.json()["request_status"]) == (401, "ERROR")


def test_an_app_that_is_not_allow_listed_gets_nowhere(snapchat: Stand) -> None:
    found = snapchat.call("GET", "/v1/public_profiles/my_profile").json()
    assert found["public_profiles"][0]["public_profile"]["id"] == snapchat.page
    snapchat.stage.api.allow_listed = False
    assert snapchat.call("GET", "/v1/public_profiles/my_profile").status_code == 403
    other = snapchat.given["pages"]["pennvale"]["id"]
    snapchat.stage.api.allow_listed = True
    assert snapchat.call("GET", f"/v1/public_profiles/{other}").status_code == 403


def test_residents_can_only_look(snapchat: Stand) -> None:
    stage = snapchat.stage
    made = snapchat.served.do(stage.publish, snapchat.page, "A new story")
    assert stage.can == frozenset()
    with pytest.raises(Impossible):
        stage.comment(BRYN, "Hello", on=made)
    with pytest.raises(Impossible):
        stage.message(BRYN, "Hello", page=snapchat.page)
    dumped = snapchat.served.do(stage.dump)
    before = wall(snapchat)
    stage.api.stored.posted.clear()
    snapchat.served.do(stage.load, dumped)
    assert wall(snapchat) == before
