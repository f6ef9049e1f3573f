"""A desk's own address, as a platform meets it: it answers challenges and keeps what was posted."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit


@dataclass
class Receiver:
    """`asked` answers what a GET carries in its query with a body, or none to refuse."""

    asked: Callable[[Mapping[str, str]], bytes | None]
    address: str = ""
    status: int = 200
    taken: list[tuple[bytes, Mapping[str, str]]] = field(default_factory=list)
    questions: list[Mapping[str, str]] = field(default_factory=list)

    def wait(self, at_least: int, *, seconds: float = 10) -> list[tuple[bytes, Mapping[str, str]]]:
        end = time.monotonic() + seconds
        while len(self.taken) < at_least and time.monotonic() < end:
            time.sleep(0.01)
        return list(self.taken)


@contextlib.contextmanager
def receiving(asked: Callable[[Mapping[str, str]], bytes | None]) -> Iterator[Receiver]:
    receiver = Receiver(asked)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            query = dict(parse_qsl(urlsplit(self.path).query))
            receiver.questions.append(query)
            said = receiver.asked(query)
            self._answer(200 if said is not None else 404, said or b"")

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            if receiver.status == 200:
                receiver.taken.append((body, headers))
            self._answer(receiver.status, b"")

        def _answer(self, status: int, said: bytes) -> None:
            self.send_response(status)
            self.send_header("content-length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_given: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.address = f"http://127.0.0.1:{server.server_address[1]}/hooks"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
