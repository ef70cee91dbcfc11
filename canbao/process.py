"""The life of a process of ours: its socket, signals, web server and graceful end."""

import asyncio
import contextlib
import signal
import socket
import sys
from collections.abc import Callable, Coroutine, Iterator

import click
import uvicorn
import uvloop

from canbao.connections import PatientConnection
from canbao.garbage import calm_garbage_collector
from canbao.tracing import exporting_traces
from libs.common.service import AsgiApp

#: How long open requests may take to end after a signal; then workers drain (canbao/workers.py).
REQUEST_SECONDS = 5
STOPPING_SIGNALS = (signal.SIGINT, signal.SIGTERM)
#: How long a thread that computes, such as one that reads a long list, has the loop wait for Python's lock
#: each time that it needs it. The usual 5 ms come some ten times to an answer.
HELD_SECONDS = 0.0005


def bind(host: str, port: int) -> socket.socket:
    """Bind the listening socket, before anything slow is started. Port 0 takes a free one.

    Raises click.ClickException with what to do when the port is taken.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        raise click.ClickException(
            f"cannot listen on {host}:{port}: {error.strerror}; choose another with --port"
        ) from None
    return listening


def take(port: int = 0, *, or_free: bool = False) -> socket.socket:
    """Listen on a loopback port at once, for a child to go on: nobody else can take it meanwhile.

    Of those who only bind, several may have the same port. With `or_free` it is a free one where `port` is
    taken; otherwise raises click.ClickException.
    """
    try:
        listening = bind("127.0.0.1", port)
        try:
            listening.listen()
        except OSError as error:
            listening.close()
            raise click.ClickException(f"cannot listen on port {port}: {error.strerror}") from None
    except click.ClickException:
        if not or_free:
            raise
        return take()
    return listening


class Stopping:
    """What SIGINT and SIGTERM do: the first asks, the second insists."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        #: Whether somebody waits for `asked`. Before that, while the process starts, a signal cancels it.
        self.graceful = False

    def signal(self, task: asyncio.Task[None]) -> None:
        """Take one signal for the process whose work is `task`."""
        if self.asked.is_set() or not self.graceful:
            task.cancel()
        self.asked.set()


def run(work: Callable[[Stopping], Coroutine[None, None, None]]) -> None:
    """Run `work` on uvloop until it ends or signals end it."""
    calm_garbage_collector()
    sys.setswitchinterval(HELD_SECONDS)
    with (
        exporting_traces(),
        contextlib.suppress(asyncio.CancelledError),
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        runner.run(_with_signals(work))


async def _with_signals(work: Callable[[Stopping], Coroutine[None, None, None]]) -> None:
    loop = asyncio.get_running_loop()
    stopping = Stopping()
    task = asyncio.create_task(work(stopping), name="main")
    for number in STOPPING_SIGNALS:
        loop.add_signal_handler(number, stopping.signal, task)
    try:
        await task
    finally:
        for number in STOPPING_SIGNALS:
            loop.remove_signal_handler(number)


class _Server(uvicorn.Server):
    """uvicorn without its own signal handlers: the process decides when the server stops."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def web_config(app: AsgiApp, proxies: str = "127.0.0.1") -> uvicorn.Config:
    """How requests are served: `proxies` are believed where they say that one comes from."""
    return uvicorn.Config(
        app,
        interface="asgi3",
        http=PatientConnection,
        ws="none",
        lifespan="off",  # a service's background work is its workers
        log_config=None,
        access_log=False,
        server_header=False,
        forwarded_allow_ips=proxies,
        timeout_graceful_shutdown=REQUEST_SECONDS,
    )


async def serve_until(
    stopping: Stopping,
    app: AsgiApp,
    listening: socket.socket,
    proxies: str = "127.0.0.1",
    beside: Coroutine[None, None, None] | None = None,
) -> None:
    """Answer requests until a signal, then refuse new ones; open ones may end within REQUEST_SECONDS.

    What runs `beside` is cancelled at the end; where it fails, serving ends, and its error is raised.
    """
    server = _Server(web_config(app, proxies))
    serving = asyncio.create_task(server.serve(sockets=[listening]), name="web")
    asked = asyncio.create_task(stopping.asked.wait(), name="asked to stop")
    needed = [asyncio.create_task(beside, name="beside the web")] if beside is not None else []
    stopping.graceful = True
    try:
        await asyncio.wait({serving, asked, *needed}, return_when=asyncio.FIRST_COMPLETED)
        for task in needed:
            if task.done():
                task.result()
    finally:
        for ending in (asked, *needed):
            ending.cancel()
        server.should_exit = True
        await serving
