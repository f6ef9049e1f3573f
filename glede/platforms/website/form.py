"""The public form: what a visitor's browser posts from a page of ours.

No secret reaches the browser. The page carries a ticket (glede/kit/tickets.py) that we signed for
this website and this thread; it expires. Whoever has not loaded our page has none.
"""

import hashlib
import ipaddress
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qs, urlsplit

from glede.kit import crypto, tickets
from glede.platforms.contract import Allowance, Answer, DoorApp, NotGenuine, RawEvent, Request
from glede.platforms.website.capabilities import (
    LONGEST_EMAIL,
    LONGEST_NAME,
    LONGEST_PAGE,
    LONGEST_TEXT,
)

CONTENT_TYPE = "application/x-www-form-urlencoded"
MAX_BYTES = 32_768
#: First line of a kept form; a signed hook cannot begin so, since JSON does not.
MARK = b"form\n"
PURPOSE = "website-form"
#: Shown to nobody: whoever fills it in is a machine.
HONEYPOT = "company"
_MOST_FIELDS = 20
#: Ours, unless the app's settings say otherwise: an office behind one address still gets through.
PER_ADDRESS_AN_HOUR = "20"
PER_SITE_AN_HOUR = "600"
_HOUR = 3600


@dataclass(frozen=True, slots=True)
class Filled:
    """The fields as they were filled in; `thread` is empty for a first message."""

    key: str
    ticket: str
    thread: str
    name: str
    email: str
    message: str
    language: str
    page: str
    honeypot: str


def read(body: bytes) -> Filled:
    try:
        text = body.decode("utf-8")
        fields = parse_qs(
            text, max_num_fields=_MOST_FIELDS, keep_blank_values=True, errors="strict"
        )
    except ValueError as error:
        raise NotGenuine("The form cannot be read as UTF-8 fields.", status=400) from error

    def one(name: str) -> str:
        # A text in PostgreSQL holds no NUL.
        return fields.get(name, [""])[0].replace("\0", "").strip()

    return Filled(
        key=one("key"),
        ticket=one("ticket"),
        thread=one("thread"),
        name=one("name"),
        email=one("email"),
        message=one("message").replace("\r\n", "\n"),
        language=one("language")[:35],
        page=one("page")[:LONGEST_PAGE],
        honeypot=one(HONEYPOT),
    )


def verify(request: Request, app: DoorApp, now: datetime) -> None:
    if len(request.body) > MAX_BYTES:
        raise NotGenuine(f"A form has at most {MAX_BYTES} bytes.", status=413)
    if not _is_from_our_page(request.headers):
        raise NotGenuine("The form is sent from our own page, not from another site.", status=403)
    filled = read(request.body)
    if not app.settings.get("public_key") or filled.key != app.settings["public_key"]:
        raise NotGenuine("The form does not name this website's public key.", status=403)
    _nonce(filled, app, now)
    _check_fields(filled)


def allowances(request: Request, app: DoorApp) -> tuple[Allowance, ...]:
    who = crypto.keyed_hash("form-address", _network(request.client).encode())[:32]
    settings = app.settings
    per_address = int(settings.get("form_per_address_an_hour", PER_ADDRESS_AN_HOUR))
    per_site = int(settings.get("form_per_site_an_hour", PER_SITE_AN_HOUR))
    return (
        Allowance(f"form:{app.slug}:{who}", per_address, _HOUR),
        Allowance(f"form:{app.slug}", per_site, _HOUR),
    )


def split(request: Request, app: DoorApp, now: datetime) -> tuple[RawEvent, ...]:
    """What is kept: the words and our time, not the ticket. A filled honeypot is not kept."""
    filled = read(request.body)
    if filled.honeypot:
        return ()
    thread = filled.thread or _nonce(filled, app, now)
    kept = {
        "id": _native_id(filled),
        "at": now.isoformat(),
        "thread": thread,
        "link_hash": crypto.token_hash(link(app.slug, thread)),
        "name": filled.name,
        "email": filled.email if app.settings.get("smtp_host") else "",
        "message": filled.message,
        "language": filled.language,
        "page_url": filled.page,
    }
    body = MARK + json.dumps(kept, ensure_ascii=False).encode()
    return (RawEvent(f"form:{_native_id(filled)}", body, app.slug),)


def answer(request: Request, app: DoorApp) -> Answer:
    """To the visitor's private page; `m` finds the message until the worker has read it."""
    filled = read(request.body)
    if filled.honeypot:
        where = f"/w/{filled.key}/thanks/"
    else:
        thread = filled.thread or _ticket_nonce(filled.ticket)
        where = f"/v/{link(app.slug, thread)}/?m={_native_id(filled)}"
        # The page that thanks is in the language they chose; ours without being asked is English.
        if re.fullmatch("[a-z]{2}", filled.language) and filled.language != "en":
            where += f"&lang={filled.language}"
    return Answer(303, headers=(("location", where), ("referrer-policy", "no-referrer")))


def link(slug: str, thread: str) -> str:
    """The token of the private link: made again from the thread, kept only as a hash."""
    return crypto.token("visitor", slug, thread)


def _is_from_our_page(headers: Mapping[str, str]) -> bool:
    """By Origin; a page that sends no referrer has the origin "null", and says where it is from."""
    origin = headers.get("origin", "null")
    if origin == "null":
        return headers.get("sec-fetch-site") == "same-origin"
    try:
        return urlsplit(origin).netloc.lower() == headers.get("host", "").lower() != ""
    except ValueError:
        return False


def _nonce(filled: Filled, app: DoorApp, now: datetime) -> str:
    try:
        return tickets.nonce(filled.ticket, PURPOSE, app.slug, filled.thread, now=now)
    except tickets.TicketInvalidError as error:
        raise NotGenuine("The form was not made by us. Open it again from our page.") from error
    except tickets.TicketExpiredError as error:
        raise NotGenuine(
            "The form was open for too long. Go back, copy your message and open the form again."
        ) from error


def _check_fields(filled: Filled) -> None:
    if filled.honeypot:
        return
    if not filled.message or not filled.name:
        raise NotGenuine("Please write your name and a message.", status=422)
    if len(filled.name) > LONGEST_NAME or len(filled.message) > LONGEST_TEXT:
        raise NotGenuine(
            f"A name has at most {LONGEST_NAME} characters and a message {LONGEST_TEXT}.",
            status=422,
        )
    local, at, domain = filled.email.partition("@")
    fits = len(filled.email) <= LONGEST_EMAIL and filled.email.isprintable()
    if filled.email and not (
        local and at and domain and fits and not set(filled.email) & set(' ,;<>"')
    ):
        raise NotGenuine("The e-mail address cannot be one. You may leave it empty.", status=422)


def _ticket_nonce(ticket: str) -> str:
    return ticket.partition(".")[0]


def _native_id(filled: Filled) -> str:
    """The ticket and the words: a double click is one message, a second thought another."""
    words = "\0".join((filled.name, filled.email, filled.message)).encode()
    return f"{_ticket_nonce(filled.ticket)}.{hashlib.sha256(words).hexdigest()[:16]}"


def _network(client: str) -> str:
    """An IPv6 customer has a whole /64; counting single addresses would count nothing."""
    try:
        address = ipaddress.ip_address(client)
    except ValueError:
        return client
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)
