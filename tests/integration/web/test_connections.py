"""Who sends a request slowly, in part or without end holds nothing of the process for long."""

import asyncio
import contextlib

import click
import pytest

from canbao import connections, process
from canbao.process import Stopping, bind, serve_until, take

HEAD = b"POST /things HTTP/1.1\r\nhost: a\r\n"


async def app(scope, receive, send):
    """Answers with how much was sent."""
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        size, more = size + len(message.get("body", b"")), message.get("more_body", False)
    headers = [(b"content-length", b"1")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": str(size).encode()})


@contextlib.asynccontextmanager
async def serving(proxies="127.0.0.1"):
    """A server of this process; gives what opens a connection to it."""
    listening, stopping = bind("127.0.0.1", 0), Stopping()
    listening.listen()
    task = asyncio.create_task(serve_until(stopping, app, listening, proxies))
    writers = []

    async def connect(sent=b""):
        reader, writer = await asyncio.open_connection(*listening.getsockname())
        writers.append(writer)
        writer.write(sent)
        return reader, writer

    try:
        yield connect
    finally:
        for writer in writers:
            writer.close()
        stopping.asked.set()
        await task


async def status(reader):
    """The status of the answer, once the other side has closed; None for no answer."""
    answer = await reader.read()
    return int(answer.split()[1]) if answer else None


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    """Nobody waits for half a minute here."""
    for name in ("HEAD_SECONDS", "BODY_PAUSE_SECONDS", "LOOK_SECONDS"):
        monkeypatch.setattr(connections, name, 0.05)


async def test_half_a_head_is_not_waited_for():
    async with serving() as connect:
        for sent in (b"", b"POST /thi", HEAD):
            reader, _ = await connect(sent)
            assert await status(reader) == 408


async def test_a_head_that_comes_byte_by_byte_is_not_waited_for_either():
    async with serving() as connect:
        reader, writer = await connect(b"POST /")

        async def drip():
            while True:
                writer.write(b"a")
                await asyncio.sleep(0.01)

        dripping = asyncio.create_task(drip())
        assert await status(reader) == 408
        dripping.cancel()


async def test_a_head_without_end_is_not_kept(monkeypatch):
    monkeypatch.setattr(connections, "HEAD_SECONDS", 600.0)
    async with serving() as connect:
        reader, _ = await connect(HEAD + b"x: " + b"a" * (4 * connections.HEAD_BYTES))
        with contextlib.suppress(ConnectionResetError):  # what was not read is lost with its connection
            assert await status(reader) in (431, None)


async def test_half_a_body_is_not_waited_for():
    async with serving() as connect:
        reader, _ = await connect(HEAD + b"content-length: 10\r\n\r\n12345")
        assert await status(reader) is None


async def test_a_body_is_not_waited_for_without_end(monkeypatch):
    monkeypatch.setattr(connections, "BODY_PAUSE_SECONDS", 600.0)
    monkeypatch.setattr(connections, "BODY_SECONDS", 0.05)
    async with serving() as connect:
        reader, _ = await connect(HEAD + b"content-length: 10\r\n\r\n12345")
        assert await status(reader) is None


async def test_whole_requests_are_answered_on_one_connection():
    async with serving() as connect:
        reader, writer = await connect()
        for _ in range(3):
            writer.write(HEAD + b"content-length: 5\r\n\r\n12345")
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")
            await reader.readuntil(b"5")


async def test_a_body_that_comes_in_pieces_is_no_part_of_a_head(monkeypatch):
    monkeypatch.setattr(connections, "HEAD_BYTES", 3)
    async with serving() as connect:
        reader, writer = await connect()
        for _ in range(3):
            for piece in (HEAD + b"content-length: 8\r\n\r\n", b"1234", b"5678"):
                writer.write(piece)
                await asyncio.sleep(0.01)
            assert (await reader.readuntil(b"\r\n\r\n8")).startswith(b"HTTP/1.1 200")


async def test_the_head_of_a_second_request_is_not_kept_without_end_either(monkeypatch):
    monkeypatch.setattr(connections, "HEAD_SECONDS", 600.0)
    async with serving() as connect:
        reader, writer = await connect(HEAD + b"content-length: 5\r\n\r\n12345")
        await reader.readuntil(b"\r\n\r\n5")
        writer.write(HEAD + b"x: " + b"a" * (4 * connections.HEAD_BYTES))
        with contextlib.suppress(ConnectionResetError):
            assert await status(reader) in (431, None)


async def test_head_and_body_of_an_answer_come_as_one_piece():
    async with serving() as connect:
        reader, writer = await connect()
        for _ in range(20):
            writer.write(HEAD + b"content-length: 5\r\n\r\n12345")
            piece = await reader.read(65_536)
            assert piece.startswith(b"HTTP/1.1 200")
            assert piece.endswith(b"\r\n\r\n5")


async def test_an_answer_that_goes_on_is_sent_as_it_comes(monkeypatch):
    goes_on = asyncio.Event()

    async def slow(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"1", "more_body": True})
        await goes_on.wait()
        await send({"type": "http.response.body", "body": b"2"})

    monkeypatch.setitem(globals(), "app", slow)
    async with serving() as connect:
        reader, _ = await connect(HEAD + b"content-length: 0\r\n\r\n")
        assert (await reader.readuntil(b"\r\n\r\n1")).startswith(b"HTTP/1.1 200")
        goes_on.set()
        assert await reader.readexactly(1) == b"2"


async def test_an_answer_that_nobody_takes_is_given_up_and_one_that_is_taken_slowly_is_not(monkeypatch):
    monkeypatch.setattr(connections, "ANSWER_PAUSE_SECONDS", 1.0)
    given_up, pieces, piece = [], 400, b"a" * 65_536

    async def long(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        try:
            for _ in range(pieces):
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        finally:
            given_up.append((await receive())["type"])

    monkeypatch.setitem(globals(), "app", long)
    async with serving() as connect:
        nobody, _ = await connect(HEAD + b"content-length: 0\r\n\r\n")
        slow, _ = await connect(HEAD + b"content-length: 0\r\n\r\n")
        taken = 0
        while some := await slow.read(2**20):
            taken += len(some)
            await asyncio.sleep(0.02)
            if some.endswith(b"0\r\n\r\n"):
                break
        assert taken > pieces * len(piece)
        async with asyncio.timeout(10):
            with contextlib.suppress(ConnectionResetError):
                assert len(await nobody.read()) < pieces * len(piece)
    assert given_up == ["http.disconnect"] * 2


async def test_connections_are_limited_in_all_and_of_one_address(monkeypatch):
    monkeypatch.setattr(connections, "HEAD_SECONDS", 600.0)
    monkeypatch.setattr(connections, "CONNECTIONS_OF_AN_ADDRESS", 2)
    monkeypatch.setattr(connections, "CONNECTIONS", 3)
    whole = HEAD + b"connection: close\r\ncontent-length: 0\r\n\r\n"
    for proxies, allowed in (("10.0.0.1", 2), ("10.0.0.1, 127.0.0.0/8", 3), ("*", 3)):
        async with serving(proxies) as connect:
            for _ in range(allowed - 1):
                await connect(b"POST")
            reader, _ = await connect(whole)
            assert await status(reader) == 200
            await connect(b"POST")
            reader, _ = await connect()
            assert await status(reader) == 503


class TestPorts:
    def test_that_are_taken_are_nobody_elses_before_anybody_answers_there(self):
        with take() as first:
            port = first.getsockname()[1]
            with pytest.raises(click.ClickException, match=str(port)):
                take(port)
            with take(port, or_free=True) as other:
                assert other.getsockname()[1] != port


async def test_a_connection_that_rests_is_ended_and_not_before(monkeypatch):
    def config(app, proxies, made=process.web_config):
        config = made(app, proxies)
        config.timeout_keep_alive = 0.3
        return config

    monkeypatch.setattr(process, "web_config", config)
    async with serving() as connect:
        reader, writer = await connect()
        for _ in range(3):
            writer.write(HEAD + b"content-length: 5\r\n\r\n12345")
            await reader.readuntil(b"\r\n\r\n5")
            await asyncio.sleep(0.15)
        began = asyncio.get_running_loop().time()
        assert await reader.read() == b""
        assert asyncio.get_running_loop().time() - began < 3
