"""A port on the way to a service, which a test cuts and mends while everything else goes on."""

import contextlib
import socket
import threading
from typing import Self


class Wire:
    """Leads every connection on to `to`; while it is cut, none is let through and open ones end."""

    def __init__(self) -> None:
        self.to: tuple[str, int] | None = None
        self._cut = False
        self._open: list[socket.socket] = []
        self._leading: list[threading.Thread] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        # Closing alone does not wake who waits for the next connection.
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self.cut()
        for thread in self._leading:
            thread.join()

    def cut(self) -> None:
        """Let nothing through from now on."""
        self._cut = True
        while self._open:
            with contextlib.suppress(OSError):
                self._open.pop().shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        """Let everything through again."""
        self._cut = False

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listening.accept()
                thread = threading.Thread(target=self._lead, args=(near,), daemon=True)
                self._leading.append(thread)
                thread.start()

    def _lead(self, near: socket.socket) -> None:
        with near, contextlib.suppress(OSError):
            if self._cut or self.to is None:
                return
            with socket.create_connection(self.to) as far:
                self._open += [near, far]
                back = threading.Thread(target=_carry, args=(far, near), daemon=True)
                back.start()
                _carry(near, far)
                back.join()


def _carry(one: socket.socket, other: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while said := one.recv(65536):
            other.sendall(said)
    with contextlib.suppress(OSError):
        other.shutdown(socket.SHUT_WR)
