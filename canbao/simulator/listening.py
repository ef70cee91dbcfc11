"""Listens as somebody outside would: real HTTP on a port, with the troubles of real networks."""

import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Literal, Self

#: What becomes of a request. `busy`: nothing is taken, and 503 says so. `lost`: it breaks off before it is
#: taken. `broken`: it is taken, and 500 does not say so. `cut`: it is taken, and the connection breaks off
#: without an answer. `silent`: it is taken, and no answer comes for as long as anybody waits.
Trouble = Literal["busy", "lost", "broken", "cut", "silent"]
_BUSY, _BROKEN = 503, 500
_LONGEST_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Heard:
    """A request as it arrived; names of headers in small letters."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Said:
    """What is answered."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


class _Server(ThreadingHTTPServer):
    """One thread for each request; of many that come at once nobody has to knock again a second later."""

    daemon_threads = False
    request_queue_size = 128


class Listener:
    """A server of one thread per request, while in the context; the next requests meet these `troubles`.

    `silent` is set when somebody waits for an answer that does not come; `host` is one of our addresses.
    """

    def __init__(self, take: Callable[[Heard], Said], *, port: int = 0, host: str = "127.0.0.1") -> None:
        self.troubles: deque[Trouble | None] = deque()
        self.silent = threading.Event()
        self._closing, self._lock = threading.Event(), threading.Lock()
        self._server = _Server((host, port), self._handler(take))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        """Where it listens."""
        host, port = self._server.server_address[:2]
        return f"http://{host!s}:{port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _meet(self, take: Callable[[Heard], Said], heard: Heard) -> Said | None:
        """What is answered; None: nothing. Requests are taken one after another."""
        with self._lock:
            trouble = self.troubles.popleft() if self.troubles else None
            if trouble == "busy":
                return Said(_BUSY)
            if trouble == "lost":
                return None
            said = take(heard)
        if trouble == "silent":
            self.silent.set()
            self._closing.wait(_LONGEST_SECONDS)
        return {"broken": Said(_BROKEN), "cut": None, "silent": None}.get(trouble or "", said)

    def _handler(self, take: Callable[[Heard], Said]) -> type[BaseHTTPRequestHandler]:
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def _answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                said = listener._meet(take, Heard(self.command, self.path, headers, body))
                self.close_connection = True
                if said is not None:
                    self.send_response(said.status)
                    self.send_header("content-length", str(len(said.body)))
                    for name, value in said.headers.items():
                        self.send_header(name, value)
                    self.end_headers()
                    self.wfile.write(said.body)

            do_GET = do_POST = _answer

            def log_message(self, format: str, *args: object) -> None:
                """Nothing is written to the terminal of a test or a demo."""

        return Handler
