"""`glede run`: everything on one machine, started in order and kept running."""

import argparse
import http.client
import json
import os
import tempfile
import time
from typing import TYPE_CHECKING

from django.conf import settings

from glede.commands import children, embedded, home, ports
from glede.commands.failure import CommandError
from glede.commands.supervisor import Child, Database, Supervisor
from glede.kit import process

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

_ANSWERS_WITHIN = 60.0
#: The demo's platforms open on a morning on which people have written already.
_PAST_MINUTES = 90


def add(subparsers: "Subparsers") -> None:
    parser = subparsers.add_parser("run", help="start everything: database, web, worker")
    parser.add_argument(
        "--no-demo", action="store_true", help="do not load the demo group into an empty database"
    )


def run(args: argparse.Namespace) -> int:
    home.prepare()
    with home.alone():
        port = settings.GLEDE_PORT
        ports.refuse_taken(port)
        supervisor = Supervisor(environment=os.environ, say=say)
        with supervisor.listening():
            try:
                _start(supervisor, port=port, demo=not args.no_demo)
                if not supervisor.stopping:
                    supervisor.run()
                say("Stopping …")
            finally:
                supervisor.stop()
    say("Stopped.")
    return 0


def say(text: str) -> None:
    print(text, flush=True)


def _start(supervisor: Supervisor, *, port: int, demo: bool) -> None:
    begun = time.monotonic()
    if embedded.is_used():
        fresh = not (embedded.folder() / "initialised").exists()
        say("Making the database …" if fresh else "Starting PostgreSQL …")
        supervisor.database = Database(server=embedded.start(), start=embedded.start)
    answer = _step(supervisor, "database", "--tell")
    organisation = json.loads(answer)["organisation"] if answer else ""
    if organisation == "none" and demo:
        say("Loading the demo group …")
        _step(supervisor, "demo")
        organisation = "demo"
    elif organisation == "none":
        say("There is no organisation yet: stop this and make one with `glede setup`.")
    if supervisor.stopping:
        return
    sandbox = _open_platforms(supervisor) if organisation == "demo" else None
    web = supervisor.add("web", children.glede("web", "--port", str(port)))
    supervisor.add("worker", children.glede("worker"))
    if not _answers(supervisor, web, port=port, path="/health/"):
        return
    say(f"\nGlede is open at {settings.GLEDE_BASE_URL} (after {time.monotonic() - begun:.1f} s).")
    if organisation == "demo":
        say(_step(supervisor, "demo", "--sign-ins"))
        if sandbox is not None:
            _connect_platforms(supervisor, sandbox)
        _let_residents_write(supervisor, port)
    say("Ctrl-C stops it.")


def _open_platforms(supervisor: Supervisor) -> Child | None:
    """The demo's own platforms; without them the desk opens all the same, and says so."""
    port = settings.GLEDE_SANDBOX_PORT
    if not port:
        return None
    try:
        ports.refuse_taken(port, setting="GLEDE_SANDBOX_PORT")
    except CommandError as error:
        say(f"The demo opens without its platforms. {error}")
        return None
    given = [f"--port={port}", f"--state={home.demo_sandbox()}"]
    speed, every = settings.GLEDE_SANDBOX_SPEED, settings.GLEDE_DEMO_POST_SECONDS
    given += [f"--speed={speed}", f"--every={every * speed}"]
    given += [f"--past={_PAST_MINUTES}"] if every else []
    return supervisor.add("sandbox", children.sandbox(*given))


def _connect_platforms(supervisor: Supervisor, sandbox: Child) -> None:
    port = settings.GLEDE_SANDBOX_PORT
    try:
        if _answers(supervisor, sandbox, port=port, path="/"):
            say(_step(supervisor, "demo", "--connect"))
            say(f"  All of them: http://localhost:{port}")
    except CommandError as error:
        say(f"The demo goes on without its platforms: {error}")


def _let_residents_write(supervisor: Supervisor, port: int) -> None:
    websites = home.demo_websites()
    if settings.GLEDE_DEMO_POST_SECONDS and websites.exists():
        given = [f"--base=http://127.0.0.1:{port}", f"--apps={websites}"]
        given.append(f"--every={settings.GLEDE_DEMO_POST_SECONDS}")
        supervisor.add("residents", children.residents(*given))


def _step(supervisor: Supervisor, *arguments: str) -> str:
    """Run one of our commands to its end; what it says to people goes to the terminal."""
    with tempfile.TemporaryFile() as answer:
        step = process.spawn(children.glede(*arguments), env=supervisor.environment, stdout=answer)
        while step.poll() is None:
            supervisor.wait(1.0)
            if supervisor.stopping:
                step.terminate()
        if supervisor.stopping:
            return ""
        if step.returncode:
            raise CommandError(f"`glede {' '.join(arguments)}` did not succeed; see above.")
        answer.seek(0)
        return answer.read().decode()


def _answers(supervisor: Supervisor, child: Child, *, port: int, path: str) -> bool:
    """Wait until it does; False when we are asked to stop meanwhile."""
    until = time.monotonic() + _ANSWERS_WITHIN
    while not supervisor.stopping and time.monotonic() < until:
        code = child.process.poll() if child.process is not None else None
        if code is not None:
            raise CommandError(
                f"{child.name} ended with code {code} before it answered; see above."
            )
        connection = http.client.HTTPConnection(ports.LOOPBACK, port, timeout=5)
        try:
            connection.request("GET", path, headers={"Host": "localhost"})
            connection.getresponse().read()
        except (OSError, http.client.HTTPException):
            supervisor.wait(0.1)
        else:
            return True
        finally:
            connection.close()
    if supervisor.stopping:
        return False
    raise CommandError(f"{child.name} did not answer within {_ANSWERS_WITHIN:g} seconds.")
