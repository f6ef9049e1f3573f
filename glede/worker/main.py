"""The worker process: jobs by name, loops as a table, a thread for each account listened to."""

import asyncio
import logging
import os
import signal
import threading
from collections.abc import Coroutine
from datetime import datetime

from django.db import connections
from procrastinate import App
from procrastinate.connector import BaseAsyncConnector
from procrastinate.contrib.django import app as deferring
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.exceptions import ConnectorException

from glede.flow import connections as platform_connections
from glede.kit import beat
from glede.worker import loops, tasks
from glede.worker.accounts import LOOK_EVERY, Keeper
from glede.worker.loops import Listener, Loop

log = logging.getLogger(__name__)

#: How many jobs run side by side: sends wait for platforms, not for our processor.
JOBS_AT_ONCE = 4
BEAT_EVERY = 5.0


def run() -> int:
    """Work until SIGTERM or SIGINT, then finish what is in hand and stop."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    keeper = Keeper(stop)
    intake_listener = Listener("glede_intake")
    every_loop = [
        *loops.LOOPS,
        Loop("accounts", LOOK_EVERY, keeper.turn),
        Loop("beat", BEAT_EVERY, _beat),
    ]
    threads = [
        threading.Thread(target=loops.run, args=(loop,), kwargs={"stop": stop}, name=loop.name)
        for loop in every_loop
    ]
    threads.append(
        threading.Thread(
            target=loops.run,
            args=(loops.DRAIN,),
            kwargs={"stop": stop, "wake": intake_listener.wait},
            name="drain",
        )
    )
    for thread in threads:
        thread.start()
    try:
        asyncio.run(_jobs(stop))
    finally:
        stop.set()
        keeper.close()
        for thread in threads:
            thread.join(timeout=10)
        intake_listener.close()
        platform_connections.close_all()
        connections.close_all()
    return 0


def _beat(now: datetime) -> bool:
    beat.beat(part="worker", details={"pid": os.getpid()}, now=now)
    return False


async def _jobs(stop: threading.Event) -> None:
    """Run Procrastinate's worker; when the database goes away, wait and start it again."""
    tasks.bind(deferring)
    wait = loops.SHORTEST_WAIT
    while not stop.is_set():
        app = deferring.with_connector(_connector())
        try:
            await _until(stop, _work(app))
            wait = loops.SHORTEST_WAIT
        except (ConnectorException, OSError) as error:
            log.warning("jobs: the database is unwell: %s", type(error).__name__)
            await asyncio.to_thread(stop.wait, wait)
            wait = min(wait * 2, loops.LONGEST_WAIT)


async def _work(app: App) -> None:
    async with app.open_async():
        await app.run_worker_async(
            concurrency=JOBS_AT_ONCE,
            install_signal_handlers=False,
            fetch_job_polling_interval=2.0,
            delete_jobs="successful",
        )


def _connector() -> BaseAsyncConnector:
    """The worker's own asynchronous connections, with the same parameters as Django's."""
    connector = deferring.connector
    if not isinstance(connector, DjangoConnector):
        raise TypeError("The worker starts from Procrastinate's Django connector.")
    return connector.get_worker_connector()


async def _until(stop: threading.Event, work: Coroutine[None, None, None]) -> None:
    """Await `work` until it ends or `stop` is set; jobs in hand are finished first."""
    job = asyncio.ensure_future(work)
    while not job.done() and not stop.is_set():
        await asyncio.wait({job}, timeout=0.5)
    job.cancel()
    try:
        await job
    except asyncio.CancelledError:
        log.info("jobs: stopped")
