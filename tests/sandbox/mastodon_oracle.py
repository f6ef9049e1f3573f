"""Mastodon.py and the documented entities ask a server; whose server it is they do not know."""

import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import mastodon
import pytest
import requests
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

SHARED = Path(__file__).parents[2].parent / "shared"


def shared(*parts: str) -> Path:
    """A file that stands beside the checkout; CI has it."""
    found = SHARED.joinpath(*parts)
    if found.exists():
        return found
    if os.environ.get("CI"):
        pytest.fail(f"{found} is missing: CI needs it.")
    pytest.skip(f"{found} is missing: lay it there to run this test.")


class Others(Protocol):
    """Somebody else on the same server, who names our account."""

    def mention(self, text: str) -> str: ...

    def message(self, text: str) -> str: ...

    def reply(self, text: str, *, to: str) -> str: ...

    def edit(self, status_id: str, text: str) -> None: ...

    def delete(self, status_id: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Said:
    """One answer as it came over the wire."""

    method: str
    path: str
    status: int
    body: Any


@dataclass(slots=True)
class Ear:
    """Listens to what a client is told."""

    prefix: str
    heard: list[Said] = field(default_factory=list)

    def __call__(self, response: requests.Response, **_more: object) -> None:
        if "json" not in response.headers.get("content-type", ""):
            return
        path = urlsplit(response.url).path.removeprefix(self.prefix)
        method = str(response.request.method)
        self.heard.append(Said(method, path.rstrip("/"), response.status_code, response.json()))


def client(base_url: str, token: str) -> tuple[mastodon.Mastodon, Ear]:
    api = mastodon.Mastodon(
        access_token=token, api_base_url=base_url, ratelimit_method="throw", request_timeout=20
    )
    ear = Ear(urlsplit(base_url).path)
    api.session.hooks["response"].append(ear)
    return api, ear


@contextmanager
def closing(api: mastodon.Mastodon) -> Iterator[mastodon.Mastodon]:
    try:
        yield api
    finally:
        api.session.close()


# --- The documented entities ---------------------------------------------------------------


@cache
def _document() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(shared("specs", "mastodon", "schema.json").read_bytes())
    return found


@cache
def _registry() -> Registry[Any]:
    return Registry().with_resource("spec:", Resource.opaque(_document()))


@cache
def _paths() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Fixed paths first: /statuses/x is none of /statuses/{id}."""
    found = sorted(_document()["paths"], key=lambda path: path.count("{"))
    return tuple((re.compile(re.sub(r"\{\w+\}", "[^/]+", path) + "$"), path) for path in found)


@cache
def _validator(path: str, method: str, status: int) -> Draft202012Validator | None:
    """None where this answer is not documented; one without a described body takes any."""
    answers = _document()["paths"][path].get(method.lower(), {}).get("responses", {})
    if str(status) not in answers:
        return None
    content = answers[str(status)].get("content", {})
    schema = content.get("application/json", {}).get("schema", {})
    named = json.loads(json.dumps(schema).replace('"#/', '"spec:#/'))
    return Draft202012Validator(named, registry=_registry())


def undocumented(said: Said) -> list[str]:
    """What an answer has that the documentation does not allow; empty if it is as documented."""
    for pattern, path in _paths():
        if pattern.match(said.path):
            validator = _validator(path, said.method, said.status)
            if validator is None:
                continue
            return [
                f"{said.method} {said.path}: {list(error.absolute_path)} {error.message[:200]}"
                for error in validator.iter_errors(said.body)
            ]
    return [f"{said.method} {said.path} answered {said.status}, of which nothing is documented."]


# --- The calls -----------------------------------------------------------------------------

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8cf"
    "c0000003010100c9fe92ef0000000049454e44ae426082"
)


@dataclass(slots=True)
class Round:
    """One round of calls on one server; each call may use what earlier ones left."""

    api: mastodon.Mastodon
    others: Others
    kept: dict[str, Any] = field(default_factory=dict)


def _me(at: Round) -> None:
    me = at.api.account_verify_credentials()
    assert me.acct == me.username
    at.kept["me"] = me
    assert at.api.account(me.id).acct == me.acct


def _lookup(at: Round) -> None:
    assert at.api.account_lookup(at.kept["me"].acct).id == at.kept["me"].id


def _post(at: Round) -> None:
    status = at.api.status_post("The office is closed on Monday. https://example.org/hours")
    assert "https://" in status.content
    assert status.visibility == "public"
    assert status.created_at.tzinfo is not None
    assert status.account.id == at.kept["me"].id
    at.kept["post"] = status
    assert at.api.status(status.id).content == status.content


def _same_key(at: Round) -> None:
    first = at.api.status_post("Once only.", idempotency_key="once")
    second = at.api.status_post("Once only.", idempotency_key="once")
    assert first.id == second.id


def _notifications(at: Round) -> None:
    native_id = at.others.mention("my heating has been off since Friday")
    [newest, *_] = at.api.notifications(types=["mention"])
    assert newest.type == "mention"
    assert newest.status.id == native_id
    assert "heating" in newest.status.content
    assert newest.account.id == newest.status.account.id
    assert newest.created_at.tzinfo is not None
    at.kept["mention"] = newest.status


def _reply(at: Round) -> None:
    answer = at.api.status_reply(at.kept["mention"], "An engineer comes today.")
    assert answer.in_reply_to_id == at.kept["mention"].id
    assert answer.in_reply_to_account_id == at.kept["mention"].account.id
    assert [one.acct for one in answer.mentions] == [at.kept["mention"].account.acct]
    at.kept["answer"] = answer


def _context(at: Round) -> None:
    context = at.api.status_context(at.kept["answer"].id)
    assert [one.id for one in context.ancestors] == [at.kept["mention"].id]
    below = at.api.status_context(at.kept["mention"].id).descendants
    assert [one.id for one in below] == [at.kept["answer"].id]


def _their_edit(at: Round) -> None:
    native_id = at.kept["mention"].id
    at.others.edit(native_id, "my heating has been off since Thursday")
    status = at.api.status(native_id)
    assert status.edited_at is not None
    assert "Thursday" in status.content
    assert len(at.api.status_history(native_id)) == 2


def _our_edit(at: Round) -> None:
    status = at.api.status_update(at.kept["post"], "The office is closed on Tuesday.")
    assert status.edited_at is not None
    assert at.api.status_source(status.id).text == "The office is closed on Tuesday."


def _delete(at: Round) -> None:
    native_id = at.others.reply("never mind", to=at.kept["answer"].id)
    at.others.delete(native_id)
    with pytest.raises(mastodon.MastodonNotFoundError):
        at.api.status(native_id)
    gone = at.api.status_post("A slip of the finger.")
    at.api.status_delete(gone.id)
    with pytest.raises(mastodon.MastodonNotFoundError):
        at.api.status(gone.id)


def _private(at: Round) -> None:
    native_id = at.others.message("my phone number is 01234 567890")
    [conversation, *_] = at.api.conversations()
    assert conversation.last_status.id == native_id
    assert conversation.last_status.visibility == "direct"
    answer = at.api.status_reply(conversation.last_status, "Thank you.", visibility="direct")
    assert answer.visibility == "direct"


def _media(at: Round) -> None:
    medium = at.api.media_post(PIXEL, mime_type="image/png", description="one pixel")
    assert medium.type == "image"
    assert medium.description == "one pixel"
    status = at.api.status_post("A picture.", media_ids=[medium.id])
    assert [one.id for one in status.media_attachments] == [medium.id]
    assert status.media_attachments[0].url.startswith("http")


def _warned(at: Round) -> None:
    status = at.api.status_post("A leak.", spoiler_text="water", language="cy")
    assert (status.spoiler_text, status.language) == ("water", "cy")


def _pages(at: Round) -> None:
    for number in range(5):
        at.api.status_post(f"Number {number}.")
    first = at.api.account_statuses(at.kept["me"].id, limit=2)
    assert ["Number 4" in first[0].content, "Number 3" in first[1].content] == [True, True]
    second = at.api.fetch_next(first)
    assert ["Number 2" in second[0].content, "Number 1" in second[1].content] == [True, True]
    assert [one.id for one in at.api.fetch_previous(second)] == [one.id for one in first]
    everything = at.api.fetch_remaining(first)
    assert len({one.id for one in everything}) == len(everything)
    assert at.kept["post"].id in {one.id for one in everything}


def _since(at: Round) -> None:
    native_id = at.others.mention("is anybody there?")
    newer = at.api.notifications(types=["mention"], limit=1)
    assert [one.status.id for one in newer] == [native_id]
    assert at.api.notifications(since_id=newer[0].id) == []


def _schedule(at: Round) -> None:
    posted = at.kept["post"].created_at
    new_year = posted.replace(year=posted.year + 1, month=1, day=1, microsecond=0)
    later = at.api.status_post("Happy new year.", scheduled_at=new_year)
    assert later.scheduled_at == new_year
    assert [one.id for one in at.api.scheduled_statuses()] == [later.id]
    assert at.api.scheduled_status(later.id).params.text == "Happy new year."
    at.api.scheduled_status_delete(later.id)
    assert at.api.scheduled_statuses() == []


def _block(at: Round) -> None:
    who = at.kept["mention"].account.id
    assert at.api.account_block(who).blocking
    assert [one.id for one in at.api.blocks()] == [who]
    assert at.api.account_relationships(who)[0].blocking
    assert not at.api.account_unblock(who).blocking
    assert at.api.account_mute(who).muting
    assert not at.api.account_unmute(who).muting


def _report(at: Round) -> None:
    made = at.api.report(
        at.kept["mention"].account.id,
        status_ids=[at.kept["mention"].id],
        comment="threatens a caretaker",
    )
    assert made.comment == "threatens a caretaker"
    assert made.target_account.id == at.kept["mention"].account.id


def _instance(at: Round) -> None:
    said = at.api.instance_v2()
    assert said.configuration.statuses.max_characters >= 500
    assert said.configuration.statuses.max_media_attachments >= 4


def _errors(at: Round) -> None:
    with pytest.raises(mastodon.MastodonNotFoundError):
        at.api.status(1)
    with pytest.raises(mastodon.MastodonAPIError, match="500"):
        at.api.status_post("a" * 501)
    with pytest.raises(mastodon.MastodonAPIError):
        at.api.status_post("")


#: In the order in which they are made.
CALLS: dict[str, Callable[[Round], None]] = {
    "verify_credentials, account": _me,
    "lookup": _lookup,
    "post, status": _post,
    "post under one key": _same_key,
    "notifications": _notifications,
    "reply": _reply,
    "context": _context,
    "edited by somebody, history": _their_edit,
    "edit, source": _our_edit,
    "delete": _delete,
    "conversations, direct": _private,
    "media": _media,
    "content warning, language": _warned,
    "pages by Link": _pages,
    "since_id": _since,
    "schedule": _schedule,
    "block, relationships, mute": _block,
    "report": _report,
    "instance": _instance,
    "errors": _errors,
}


def go_round(at: Round) -> None:
    for call in CALLS.values():
        call(at)


def shape(value: object) -> object:
    """The kind of a JSON value, all the way down; of a list, the kinds of what is in it."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [shape(inner) for inner in value[:1]]
    if isinstance(value, bool):
        return "truth"
    if isinstance(value, int | float):
        return "number"
    return "text" if isinstance(value, str) else None


def differ(ours: object, theirs: object, where: str = "") -> list[str]:
    """Where two shapes contradict each other. Nothing and an empty list agree with everything; a
    field only one of them has is no contradiction, but two kinds of the same field are."""
    if ours is None or theirs is None or ours == theirs or [] in (ours, theirs):
        return []
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return [
            line
            for key in ours.keys() & theirs.keys()
            for line in differ(ours[key], theirs[key], f"{where}.{key}")
        ]
    if isinstance(ours, list) and isinstance(theirs, list):
        return differ(ours[0], theirs[0], f"{where}[]")
    return [f"{where}: {ours!r} against {theirs!r}"]
