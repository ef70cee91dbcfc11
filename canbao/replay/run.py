"""Finds the services of a replay: at addresses given, or in an all-in-one of its own."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx

from canbao.definitions import SEASON
from libs.common.db.account import make_private


class NotReady(RuntimeError):
    """An all-in-one of our own did not come up."""


def free_port() -> int:
    """Find a loopback port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def addresses_below(url: str) -> dict[str, list[str]]:
    """Every service under the prefix that the all-in-one and the reverse proxy give it."""
    return {name: [url.rstrip("/") + service.prefix] for name, service in SEASON.items()}


@contextlib.contextmanager
def all_in_one(
    data_dir: Path,
    listening: socket.socket,
    log: Path | None = None,
    settings: Mapping[str, str] | None = None,
) -> Iterator[str]:
    """Run `canbao up` with a movable clock as a child process while in the context; yield its address.

    The child goes on listening on the socket, which is closed here: whatever answers there is the child.
    """
    environment = {"CANBAO_LOG_LEVEL": "WARNING", **os.environ, "CANBAO_CLOCK": "movable", **(settings or {})}
    with contextlib.ExitStack() as stack:
        make_private(data_dir)
        output = stack.enter_context(log.open("ab")) if log else subprocess.DEVNULL
        command = [sys.executable, "-m", "canbao.cli", "up"]
        with listening:
            fd, url = listening.fileno(), f"http://127.0.0.1:{listening.getsockname()[1]}"
            command += ["--fd", str(fd), "--data-dir", str(data_dir)]
            child = subprocess.Popen(
                command, stdout=output, stderr=output, env=environment, start_new_session=True, pass_fds=[fd]
            )
        try:
            wait_until_ready(url, child)
            yield url
        finally:
            stop(child)


def stop(child: subprocess.Popen[bytes], patience_seconds: int = 30) -> None:
    """Ask a child to stop as Ctrl-C would; kill it when it does not."""
    if child.poll() is None:
        child.send_signal(signal.SIGINT)
        try:
            child.wait(patience_seconds)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def wait_until_ready(url: str, child: subprocess.Popen[bytes], patience_seconds: int = 120) -> None:
    """Return when every service under `url` is ready; raise when the child ends or patience does."""
    addresses = addresses_below(url).values()
    until = time.monotonic() + patience_seconds
    with httpx.Client(timeout=2, trust_env=False) as http:
        while time.monotonic() < until:
            if child.poll() is not None:
                raise NotReady(f"canbao up ended with exit code {child.returncode} before it was ready")
            with contextlib.suppress(httpx.HTTPError):
                answers = [http.get(f"{below}/readyz") for [below] in addresses]
                if all(answer.status_code == 200 for answer in answers):
                    return
            time.sleep(0.2)
    raise NotReady(f"{url} was not ready after {patience_seconds} seconds")


@contextlib.contextmanager
def temporary_data_dir() -> Iterator[Path]:
    """A data directory that goes away with the context."""
    path = Path(tempfile.mkdtemp(prefix="canbao-"))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
