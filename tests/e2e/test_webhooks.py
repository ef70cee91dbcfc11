"""A receiver as docs/webhooks.md shows it hears of a registration, from a `canbao up` over real sockets."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from canbao.documents import DOCS
from libs.common.security.webhooks import generate_secret
from tests.e2e.serving import serving
from tests.e2e.test_up import data_dir, running, wait_until
from tests.integration.registration.builders import household

__all__ = ["data_dir"]

SAMPLE = re.search(r"```python\n(.*?)```", (DOCS / "webhooks.md").read_text(), re.DOTALL)
AT = "2019-11-20T10:00:00+08:00"
SCOPES = "registration:read registration:write webhooks:read webhooks:write"


@contextmanager
def receiver(told: list[tuple[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The receiver of the page on a port of its own; what it prints is kept."""
    assert SAMPLE is not None
    program: dict[str, Any] = {"__name__": "sample", "print": lambda *said: told.append(said)}
    exec(SAMPLE[1], program)
    program["SECRET"] = generate_secret()  # until it is given the one that signs
    program["Receiver"].log_message = lambda *_: None
    with serving(program["Receiver"]) as url:
        yield f"{url}/", program


def token(directory: Path) -> str:
    command = [sys.executable, "-m", "canbao.cli", "token", "--scope", SCOPES, "--data-dir", str(directory)]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout.strip()


def test_a_receiver_as_the_page_shows_it_hears_of_a_registration(data_dir):
    told: list[tuple[str, Any]] = []
    settings = {"CANBAO_INTERNAL_NETWORKS": "127.0.0.0/8", "CANBAO_CLOCK": "movable"}
    with running(data_dir, **settings) as up, receiver(told) as (url, program):
        up.wait_until_ready()
        headers = {"authorization": f"Bearer {token(data_dir)}", "canbao-clock": AT}

        def post(path: str, key: str, body: Any) -> Any:
            answer = up.http.post(path, json=body, headers=headers | {"idempotency-key": f'"{key}"'})
            assert answer.is_success, answer.text
            return answer.json()

        made = post("/webhooks/v1/subscriptions", "subscribe", {"url": url, "county": "youxi"})
        subscription = f"/webhooks/v1/subscriptions/{made['subscription']['subscription_id']}"
        assert not post(f"{subscription}/test", "before", None)["taken"], "it does not know the secret yet"
        program["SECRET"] = made["secret"]
        assert post(f"{subscription}/test", "after", None)["taken"]

        rows = [household("H1")]
        post("/registration/v1/households:batch", "register", rows)
        wait_until(lambda: {kind for kind, _ in told} >= {
            "canbao.webhook.test", "canbao.enrollment.registered.v1", "canbao.enrollment.assessed.v1",
        })  # fmt: skip
        text = repr(told)
        for member in rows[0]["members"]:
            assert member["name"] not in text and member["documents"][0]["number"] not in text
        wait_until(lambda: up.http.get(subscription, headers=headers).json()["waiting"] == 0)
        log = up.http.get(f"{subscription}/deliveries", headers=headers).json()["items"]
        assert {(one["state"], one["answer"]) for one in log} == {("taken", "204")}
        up.stop()
