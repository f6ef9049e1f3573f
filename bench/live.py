"""From an acknowledged webhook to a real browser's screen: `python -m bench.live`.

One Chromium with the inbox open and 49 more stream clients beside it, 50 events a second through
door, worker and stream. An event is on the screen when the page counts it among “N new”. There is
no yardstick: the promise is a second, and the figure stands for itself. Taken twice, each in a
process of its own: in working hours, and out of them, where every event is also acknowledged by a
text of its own within moments.
"""

import http.client
import importlib
import json
import re
import secrets
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import psycopg
from playwright.sync_api import Page, sync_playwright

from bench import house, report
from glede.platforms.website import hook
from tests.browser import chromium

PER_SECOND = 50
SECONDS = 20
STREAMS = 49
SENDERS = 4
ARRIVES_WITHIN = 60.0

_ID = re.compile(rb'"id": ?([0-9]+)')
_WATCH = """() => {
    window.seen = {};
    const look = () => {
        const at = Date.now();
        for (const id of (document.getElementById('fresh').dataset.ids || '').split(' ')) {
            if (id && !(id in window.seen)) window.seen[id] = at;
        }
        for (const row of document.querySelectorAll('#rows .row')) {
            window.seen[row.dataset.id] ??= at;
        }
    };
    look();
    new MutationObserver(look).observe(
        document.getElementById('list'),
        {subtree: true, childList: true, attributes: true, attributeFilter: ['data-ids']},
    );
}"""


@dataclass
class Sent:
    """When each message was acknowledged, by its id, in seconds of this machine's clock."""

    at: dict[str, float] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)


IN_HOURS, OUT_OF_HOURS = "in working hours", "out of hours"


def main() -> None:
    for hours in (IN_HOURS, OUT_OF_HOURS):
        subprocess.run([sys.executable, "-m", "bench.live", hours], check=True)


def measure(hours: str) -> None:
    with house.opened() as home:
        staff = importlib.import_module("bench.staff")
        hired = staff.hire(open_now=hours == IN_HOURS)
        key = staff.signed_in(hired.owner).cookies["sessionid"].value
        with house.web(home) as port, house.worker(home), _page(port, key) as page:
            _warm_up(port, page)
            with _streams(port, key) as told:
                sent = _send(port)
                shown, seen = _on_screen(home, page, sent)
    beside = f"{hours}, {PER_SECOND} events a second, {STREAMS} more stream clients"
    _say(
        f"acknowledged webhook to a browser's screen, {beside}",
        [max(0.0, seen[one] - sent.at[message]) for message, one in shown.items()],
    )
    _say(
        f"of which until every screen was told, {beside}",
        [max(0.0, told[one] - sent.at[message]) for message, one in shown.items() if one in told],
    )


def _say(what: str, waits: list[float]) -> None:
    for share, name in ((0.5, "median"), (0.95, "p95"), (0.99, "p99")):
        report.say(figure=f"{what}, {name}", value=house.share_of(waits, share) * 1000, unit="ms")


@contextmanager
def _page(port: int, key: str) -> Iterator[Page]:
    url = f"http://localhost:{port}"
    with sync_playwright() as playwright, chromium(playwright) as browser:
        context = browser.new_context(base_url=url)
        context.add_cookies([{"name": "sessionid", "value": key, "url": url}])
        page = context.new_page()
        page.goto("/")
        yield page
        context.close()


def _warm_up(port: int, page: Page) -> None:
    """The first rows fill an empty list, where nothing has to wait; then the watch begins."""
    sent = Sent()
    for _ in range(3):
        _post(http.client.HTTPConnection("127.0.0.1", port, timeout=30), sent)
    page.locator("#rows .row").first.wait_for(timeout=60_000)
    page.evaluate(_WATCH)


@contextmanager
def _streams(port: int, key: str) -> Iterator[dict[int, float]]:
    """Screens that only listen; yields when each conversation was first told to one of them."""
    lines = []
    told: dict[int, float] = {}
    for _ in range(STREAMS):
        line = socket.create_connection(("127.0.0.1", port))
        line.sendall(
            f"GET /live HTTP/1.1\r\nHost: localhost\r\nCookie: sessionid={key}\r\n"
            "Accept: text/event-stream\r\n\r\n".encode()
        )
        lines.append(line)
    for line in lines:
        if b" 200 " not in line.recv(4096).split(b"\r\n")[0]:
            raise SystemExit("A stream was refused.")
        threading.Thread(target=_drain, args=(line, told), daemon=True).start()
    yield told
    for line in lines:
        line.close()


def _drain(line: socket.socket, told: dict[int, float]) -> None:
    try:
        while part := line.recv(65_536):
            at = time.time()
            for one in _ID.findall(part):
                told.setdefault(int(one), at)
    except OSError:
        return


def _send(port: int) -> Sent:
    sent = Sent()
    began = time.monotonic() + 0.5
    with ThreadPoolExecutor(SENDERS) as pool:
        for number in range(SENDERS):
            pool.submit(_send_some, port, sent, began, number)
    if len(sent.at) != PER_SECOND * SECONDS:
        raise SystemExit(f"{len(sent.at)} of {PER_SECOND * SECONDS} events were acknowledged.")
    return sent


def _send_some(port: int, sent: Sent, began: float, number: int) -> None:
    """Every fourth event, each at its own moment."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    for turn in range(number, PER_SECOND * SECONDS, SENDERS):
        time.sleep(max(0.0, began + turn / PER_SECOND - time.monotonic()))
        _post(line, sent)
    line.close()


def _post(line: http.client.HTTPConnection, sent: Sent) -> None:
    message = secrets.token_hex(12)
    body = json.dumps(
        {
            "type": "message.created",
            "timestamp": datetime.now(UTC).isoformat(),
            "data": {
                "id": message,
                "thread": secrets.token_hex(12),
                "author": {"id": secrets.token_hex(12), "name": "Iris Blandford"},
                "text": "The heating has been off since last night and it is cold.",
            },
        }
    ).encode()
    event, stamp = f"msg_{secrets.token_hex(12)}", int(time.time())
    line.request(
        "POST",
        "/hooks/website/bench",
        body,
        {
            "Host": "localhost",
            "Content-Type": "application/json",
            "webhook-id": event,
            "webhook-timestamp": str(stamp),
            "webhook-signature": hook.sign(
                secret=house.SECRET, event_id=event, stamp=stamp, body=body
            ),
        },
    )
    answer = line.getresponse()
    answer.read()
    if answer.status != 200:
        raise SystemExit(f"The door answered {answer.status}.")
    with sent.lock:
        sent.at[message] = time.time()


def _on_screen(
    home: house.House, page: Page, sent: Sent
) -> tuple[dict[str, int], dict[int, float]]:
    """The conversation of each message, and when each conversation came onto the screen."""
    until = time.monotonic() + ARRIVES_WITHIN
    while True:
        seen = {int(one): at / 1000 for one, at in page.evaluate("() => window.seen").items()}
        shown = _shown(home, sent)
        missing = [message for message, one in shown.items() if one not in seen]
        if len(shown) == len(sent.at) and not missing:
            return shown, seen
        if time.monotonic() > until:
            raise SystemExit(
                f"{len(shown)} of {len(sent.at)} were understood, {len(missing)} not on screen."
            )
        page.wait_for_timeout(500)


def _shown(home: house.House, sent: Sent) -> dict[str, int]:
    """The conversation of each message sent."""
    with psycopg.connect(home.url()) as connection:
        rows = connection.execute(
            "SELECT native_id, conversation_id FROM conversations_message"
            " WHERE conversation_id IS NOT NULL"
        ).fetchall()
    found = {native.rpartition("/")[2]: one for native, one in rows}
    return {message: found[message] for message in sent.at if message in found}


if __name__ == "__main__":
    measure(sys.argv[1]) if len(sys.argv) > 1 else main()
