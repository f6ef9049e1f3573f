"""Turns a kept form or a hook's JSON into events."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, Field, TypeAdapter, ValidationError

from glede.kit import crypto
from glede.platforms.contract import (
    Author,
    Deleted,
    Edited,
    InboundEvent,
    Kind,
    Post,
    Written,
)
from glede.platforms.website.capabilities import LONGEST_NAME, LONGEST_PAGE, LONGEST_TEXT
from glede.platforms.website.form import MARK, link

type Id = Annotated[str, Field(min_length=1, max_length=200)]


class HookAuthor(BaseModel):
    id: Id
    name: Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)]
    email: str = ""


class HookMessage(BaseModel):
    id: Id
    thread: Id
    author: HookAuthor
    text: Annotated[str, Field(min_length=1, max_length=LONGEST_TEXT)]
    language: str = ""
    page_url: Annotated[str, Field(max_length=LONGEST_PAGE)] = ""


class HookGone(BaseModel):
    id: Id


class HookWritten(BaseModel):
    type: Literal["message.created", "message.edited"]
    timestamp: AwareDatetime
    data: HookMessage


class HookDeleted(BaseModel):
    type: Literal["message.deleted"]
    timestamp: AwareDatetime
    data: HookGone


class KeptForm(BaseModel):
    id: str
    at: AwareDatetime
    thread: str
    link_hash: str
    name: str
    email: str
    message: str
    language: str
    page_url: str


_HOOK: TypeAdapter[HookWritten | HookDeleted] = TypeAdapter(
    Annotated[HookWritten | HookDeleted, Field(discriminator="type")]
)


class UnreadableError(ValueError):
    """A body that is none of ours; names the fields, and not what stands in them."""


def parse(body: bytes, account: str) -> tuple[InboundEvent, ...]:
    """Raises `UnreadableError`: what was signed and cannot be read is set aside, not ignored, for
    somebody may be waiting for an answer to it."""
    try:
        if body.startswith(MARK):
            kept = KeptForm.model_validate_json(body[len(MARK) :])
            return (Written(_form_post(kept, account)),)
        event = _HOOK.validate_json(body)
    except ValidationError as error:
        raise UnreadableError(_said(error)) from None
    if isinstance(event, HookDeleted):
        return (Deleted(account, f"{account}/{event.data.id}", event.timestamp),)
    post = _hook_post(event.data, account, event.timestamp)
    if event.type == "message.edited":
        return (Edited(post, event.timestamp),)
    return (Written(post),)


def _said(error: ValidationError) -> str:
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return "; ".join(
        f"{'.'.join(str(part) for part in one['loc']) or 'the body'}: {one['msg']}" for one in found
    )


def _form_post(form: KeptForm, account: str) -> Post:
    # Nobody has checked who wrote it or whose e-mail it is: every thread is a person of its own.
    return Post(
        native_id=f"{account}/form/{form.id}",
        account=account,
        author=Author(native_id=f"{account}/form/{form.thread}", name=form.name),
        text=form.message,
        at=form.at,
        kind=Kind.FORM,
        thread=form.thread,
        private=True,
        url=form.page_url,
        language=form.language,
        notify=form.email,
        link_hash=form.link_hash,
    )


def _hook_post(message: HookMessage, account: str, at: datetime) -> Post:
    return Post(
        native_id=f"{account}/{message.id}",
        account=account,
        author=Author(native_id=f"{account}/{message.author.id}", name=message.author.name),
        text=message.text,
        at=at,
        kind=Kind.MESSAGE,
        thread=message.thread,
        private=True,
        url=message.page_url,
        language=message.language,
        notify=message.author.email,
        link_hash=crypto.token_hash(link(account, message.thread)),
    )
