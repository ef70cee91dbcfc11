"""Network namespaces, one for each service, whose cables to broker and database are cut and healed.

    with Cables(["registration", "ledger"]) as cables:
        cables.inside("ledger")          # what a command is prefixed with to run there
        cables.cut("ledger")             # nothing arrives, and nobody is told
        cables.lose("ledger", DATABASE)  # what is sent there is lost; what comes from there arrives
        cables.heal("ledger")

Each namespace hangs on a bridge of this machine, where database and broker have an address each. A cut is a
port taken off the bridge: as with a cable that is pulled behind a switch, no side sees its link go down. What
is lost one way only goes to a neighbor that does not exist.
"""

import asyncio
import contextlib
import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Sequence
from typing import Self

#: Last numbers of the addresses on the bridge.
DATABASE, BROKER = 1, 2
_FIRST_SERVICE = 11
_NOBODY = "02:00:00:00:00:99"
_CHUNK = 65_536


def can_make_namespaces() -> bool:
    """Whether this user may make network namespaces here."""
    if os.geteuid() != 0 or shutil.which("ip") is None:
        return False
    name = f"canbao-try-{os.getpid()}"
    if subprocess.run(["ip", "netns", "add", name], capture_output=True, check=False).returncode:
        return False
    subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)
    return True


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], capture_output=True, check=True)


class Cables:
    """One bridge, and a namespace for each name. `with` makes and removes them."""

    def __init__(self, names: Sequence[str]) -> None:
        number = os.getpid() % 250 + 1
        self._network = f"10.213.{number}"
        self._bridge = f"canbao{number}"
        self._names = list(names)

    def __enter__(self) -> Self:
        _ip("link", "add", self._bridge, "type", "bridge")
        for last in (DATABASE, BROKER):
            _ip("address", "add", f"{self.address(last)}/24", "dev", self._bridge)
        _ip("link", "set", self._bridge, "up")
        for name in self._names:
            space, port = self._space(name), self._port(name)
            _ip("netns", "add", space)
            _ip("link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", space)
            _ip("link", "set", port, "master", self._bridge, "up")
            _ip("-n", space, "address", "add", f"{self.of(name)}/24", "dev", "eth0")
            _ip("-n", space, "link", "set", "eth0", "up")
            _ip("-n", space, "link", "set", "lo", "up")
        return self

    def __exit__(self, *_: object) -> None:
        for name in self._names:
            with contextlib.suppress(subprocess.CalledProcessError):
                _ip("netns", "del", self._space(name))
        with contextlib.suppress(subprocess.CalledProcessError):
            _ip("link", "del", self._bridge)

    def address(self, last: int) -> str:
        """An address on the bridge."""
        return f"{self._network}.{last}"

    def of(self, name: str) -> str:
        """The address of a service."""
        return self.address(_FIRST_SERVICE + self._names.index(name))

    def inside(self, name: str) -> list[str]:
        """What a command is prefixed with to run in the namespace of a service."""
        return ["ip", "netns", "exec", self._space(name)]

    def cut(self, name: str) -> None:
        """Let nothing through, either way."""
        _ip("link", "set", self._port(name), "nomaster")

    def lose(self, name: str, last: int) -> None:
        """Lose what a service sends to the database, or to the broker."""
        _ip("-n", self._space(name), "neighbor", "replace", self.address(last), "lladdr", _NOBODY,
            "dev", "eth0", "nud", "permanent")  # fmt: skip

    def lose_answers(self, name: str) -> None:
        """Lose what a service is sent; what it sends arrives."""
        _ip("neighbor", "replace", self.of(name), "lladdr", _NOBODY, "dev", self._bridge, "nud", "permanent")

    def heal(self, name: str) -> None:
        """Let everything through again."""
        _ip("link", "set", self._port(name), "master", self._bridge)
        for where, address in (
            *((("-n", self._space(name)), self.address(last)) for last in (DATABASE, BROKER)),
            ((), self.of(name)),
        ):
            device = "eth0" if where else self._bridge
            with contextlib.suppress(subprocess.CalledProcessError):  # it was not lost
                _ip(*where, "neighbor", "del", address, "dev", device)

    def _space(self, name: str) -> str:
        return f"{self._bridge}-{name}"

    def _port(self, name: str) -> str:
        return f"{self._bridge}p{self._names.index(name)}"


@contextlib.asynccontextmanager
async def forwarded(host: str, port: int) -> AsyncIterator[int]:
    """Pass on what comes to a port of `host` to one of loopback, where the embedded database listens."""
    open_ones: set[asyncio.StreamWriter] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            onward_reader, onward_writer = await asyncio.open_connection("127.0.0.1", port)
            pair = {writer, onward_writer}
            open_ones.update(pair)
            await asyncio.wait(
                [
                    asyncio.create_task(_pass_on(reader, onward_writer)),
                    asyncio.create_task(_pass_on(onward_reader, writer)),
                ],
                return_when=asyncio.FIRST_COMPLETED,
            )
            open_ones.difference_update(pair)
            for one in pair:
                one.close()

    server = await asyncio.start_server(serve, host, 0)
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        server.close()
        for one in list(open_ones):
            one.close()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(_CHUNK):
            writer.write(data)
            await writer.drain()
