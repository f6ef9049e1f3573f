"""The town: residents who write to their landlord's websites, at a pace of their own.

python -m sandbox.town.websites --base http://localhost:8000 --apps websites.json --every 40
"""

import argparse
import json
import random
import secrets
import signal
import sys
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from sandbox import website
from sandbox.town import stories
from sandbox.town.stories import Message
from sandbox.website import NotTakenError, Site

_FIRST_WAIT, _LONGEST_WAIT = 1.0, 60.0


def main(arguments: Sequence[str] | None = None) -> int:
    args = _arguments(arguments)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    sites = read_sites(args.apps)
    rng = random.Random(args.seed)
    run = args.run or secrets.token_hex(4)
    told = (message for message in stories.told(rng) if message.brand in sites)
    for message in islice(told, args.most or None):
        if stop.wait(args.every * rng.uniform(0.5, 1.5)):
            break
        post(args.base, sites[message.brand], message, run=run, stop=stop)
        if stop.is_set():
            break
    return 0


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="sandbox.town.websites", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--base", required=True, help="address of Glede")
    parser.add_argument("--apps", required=True, type=Path, help="JSON file with the websites")
    parser.add_argument("--every", type=float, default=40, help="seconds between posts, on average")
    parser.add_argument("--seed", type=int, default=2011, help="decides who writes when")
    parser.add_argument("--most", type=int, default=0, help="stop after so many posts")
    parser.add_argument("--run", default="", help="names this run in ids; else a random name")
    return parser.parse_args(arguments)


def read_sites(file: Path) -> dict[str, Site]:
    listed = json.loads(file.read_text(encoding="utf-8"))["apps"]
    return {app["slug"]: Site(app["slug"], app["brand"], app["secret"]) for app in listed}


def post(base: str, site: Site, message: Message, *, run: str, stop: threading.Event) -> None:
    """Try until it is taken: the id stays the same, so it is kept once however often we call."""
    event_id = f"{run}-{message.thread}-{message.number}"
    event = {
        "type": "message.created",
        "timestamp": datetime.now(UTC).isoformat(),
        "data": {
            "id": event_id,
            "thread": f"{run}-{message.thread}",
            "author": {"id": message.who, "name": message.who},
            "text": message.text,
            "language": message.language,
            "page_url": f"https://www.{site.slug}.example/contact",
        },
    }
    wait = _FIRST_WAIT
    while not stop.is_set():
        try:
            website.call(base, site, event_id=event_id, event=event)
        except NotTakenError as error:
            print(f"town: {error} Trying again in {wait:.0f} s.", file=sys.stderr, flush=True)
            stop.wait(wait)
            wait = min(wait * 2, _LONGEST_WAIT)
        else:
            return


if __name__ == "__main__":
    sys.exit(main())
