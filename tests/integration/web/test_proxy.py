"""The proxy as it is deployed: what is internal is reached by no spelling, and everything is encrypted.

Caddy runs deploy/Caddyfile as it stands; only the addresses of the services lead to a server of the test.
"""

import http.client
import json
import os
import re
import shutil
import ssl
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from urllib.parse import unquote

import pytest

from canbao.definitions import SERVICES
from libs.common.settings import REPOSITORY
from libs.common.testing.kafka_server import free_port

PATIENCE_SECONDS = 60


class Echo(BaseHTTPRequestHandler):
    """Stands for every service: answers with what reached it."""

    def do_GET(self) -> None:
        told = {"path": self.path, "headers": {name.lower(): value for name, value in self.headers.items()}}
        body = json.dumps(told).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture(scope="module")
def echo():
    """A server that answers for every service; gives its port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_port
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def proxy(echo, tmp_path_factory):
    """Caddy with the configuration of deploy/; gives its ports and what trusts its certificates."""
    caddy = shutil.which("caddy")
    if caddy is None:
        pytest.skip("no Caddy: apt-get install caddy")
    home = tmp_path_factory.mktemp("caddy")
    given = (REPOSITORY / "deploy" / "Caddyfile").read_text(encoding="utf-8")
    config, services = re.subn(r"reverse_proxy [a-z]+:\d+", f"reverse_proxy 127.0.0.1:{echo}", given)
    assert services == len(SERVICES)
    health = free_port()
    (home / "Caddyfile").write_text(config.replace("http://:2020", f"http://:{health}"))
    plain, encrypted = free_port(), free_port()
    environment = os.environ | {
        "PROXY_HTTP_PORT": str(plain),
        "PROXY_HTTPS_PORT": str(encrypted),
        "HTTPS_PORT": str(encrypted),
        "XDG_DATA_HOME": str(home),
        "XDG_CONFIG_HOME": str(home),
    }
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(
            [caddy, "run", "--config", str(home / "Caddyfile"), "--adapter", "caddyfile"],
            env=environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    root = home / "caddy" / "pki" / "authorities" / "local" / "root.crt"
    try:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not (root.is_file() and answers(health)):
            assert process.poll() is None and time.monotonic() < deadline, (home / "log").read_text()[-3000:]
            time.sleep(0.1)
        yield SimpleNamespace(plain=plain, encrypted=encrypted, root=root)
    finally:
        process.terminate()
        process.wait(30)


def answers(port: int) -> bool:
    """Whether an HTTP server is there."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


@pytest.fixture
def ask(proxy):
    """Ask the proxy exactly as it is spelled; gives status, headers, and what a service was told."""

    def ask(path: str, *, host: str = "localhost", method: str = "GET", **headers: str):
        trust = ssl.create_default_context(cafile=str(proxy.root))
        connection = http.client.HTTPSConnection(host, proxy.encrypted, context=trust, timeout=30)
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return SimpleNamespace(
            status=answer.status, headers=answer.headers, body=body,
            reached=json.loads(body)["path"] if body.startswith(b'{"path"') else None,
        )  # fmt: skip

    return ask


INTERNAL = [
    spelled
    for service in SERVICES
    for spelled in (
        f"/{service}/metrics",
        f"/{service}/metrics/",
        f"/{service}/metrics?a=/v1",
        f"/{service}/internal/backlog",
        f"/{service}/internal",
    )
] + [
    "/ledger//metrics",
    "//ledger/metrics",
    "/ledger/./metrics",
    "/ledger/v1/../metrics",
    "/ledger/%6Detrics",
    "/ledger/%6d%65trics",
    "/ledger%2Fmetrics",
    "/ledger/%2e/metrics",
    "/ledger/v1/%2e%2e/metrics",
    "/ledger/%2Fmetrics",
    "/ledger/internal%2Fbacklog",
    "/ledger//internal/backlog",
    "/LEDGER/metrics",
    "/Ledger/Metrics",
    "/ledger/METRICS",
    "/console/../ledger/metrics",
    "/ledger/metrics#/v1",
    "/ledger/metrics;v=1",
]


class TestInternal:
    @pytest.mark.parametrize("path", INTERNAL)
    def test_is_reached_by_no_spelling(self, ask, path):
        answer = ask(path)

        if answer.reached is not None:
            # What goes on to a service is an address that it does not have: it compares exactly.
            arrived = unquote(answer.reached.partition("?")[0])
            assert arrived not in ("/metrics", "/internal", "/internal/backlog"), answer.reached
        else:
            assert answer.status in (400, 404)
        if path.count("/") == 2 and path.islower() and "%" not in path and ";" not in path:
            assert answer.status == 404 and answer.reached is None

    @pytest.mark.parametrize("method", ["POST", "HEAD", "OPTIONS"])
    def test_is_reached_by_no_other_method_either(self, ask, method):
        assert ask("/ledger/metrics", method=method).status == 404


class TestServices:
    @pytest.mark.parametrize("service", SERVICES)
    def test_are_reached_below_their_prefixes(self, ask, service):
        for path in ("/v1/things?a=1", "/healthz", "/docs", "/v1/metrics"):
            answer = ask(f"/{service}{path}")
            assert (answer.status, answer.reached) == (200, path)

    def test_are_all_that_there_is(self, ask):
        assert [ask(path).status for path in ("/nothing", "/registrations/v1", "/metrics")] == [404] * 3
        assert ask("/").body.startswith("Canbao 参保".encode())
        assert ask("/console").headers["location"] == "/console/"

    def test_hear_from_where_a_request_comes_and_not_where_it_says(self, ask):
        told = json.loads(
            ask(
                "/collection/v1/dues",
                **{"x-forwarded-for": "203.0.113.9, 10.0.0.1", "forwarded": "for=203.0.113.9"},
            ).body
        )["headers"]

        assert told["x-forwarded-for"] == "127.0.0.1"
        assert told["x-forwarded-proto"] == "https"


class TestEncryption:
    def test_is_there_for_any_name_and_address(self, proxy):
        trust = ssl.create_default_context(cafile=str(proxy.root))
        trust.check_hostname = False  # of numbers nobody says which; the chain is believed all the same
        for host in ("127.0.0.1", "127.0.0.2"):
            connection = http.client.HTTPSConnection(host, proxy.encrypted, context=trust, timeout=30)
            connection.request("GET", "/ledger/healthz")
            assert connection.getresponse().status == 200
            connection.close()

    @pytest.mark.parametrize("name", ["localhost", "canbao.example"])
    def test_is_where_everybody_without_is_sent(self, proxy, name):
        """To the port that is published: by the name of the site, too, which Caddy would send to port 443."""
        connection = http.client.HTTPConnection("127.0.0.1", proxy.plain, timeout=30)
        connection.request("GET", "/collection/v1/dues?a=1", headers={"host": f"{name}:{proxy.plain}"})
        answer = connection.getresponse()

        assert answer.status == 308
        assert answer.headers["location"] == f"https://{name}:{proxy.encrypted}/collection/v1/dues?a=1"
        connection.close()
