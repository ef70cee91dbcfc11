"""Plays a made-up season through the proxy, hears of it by a webhook, and prints what all of it came to.

Run it as `docker compose run --rm -T rehearse`, where `prepare --rehearsal` was (README.md). The same people
and seed come to what `canbao demo --once --json` comes to in a process of its own.
"""

import argparse
import asyncio
import json
import socket
import ssl
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import httpx

from canbao.definitions import SEASON
from canbao.demo.scenario import write_scenario
from canbao.embedded_state import EmbeddedState
from canbao.replay.play import Driver, Result, play_file
from canbao.replay.run import addresses_below
from canbao.simulator.listening import Heard, Listener, Said
from libs.common.settings import CommonSettings

PROXY = "https://proxy:8443"
KEYS = Path("/etc/canbao")
_PATIENCE_SECONDS = 60


class Webhook:
    """An address that is told of what happens, on the network of the proxy, and its subscription."""

    def __init__(self, authority: Path) -> None:
        self.heard: set[str] = set()
        token = (
            EmbeddedState(KEYS)
            .signing_key()
            .issue("rehearsal", ["webhooks:read", "webhooks:write"], "*", role="operator")
        )
        self._http = httpx.Client(
            base_url=f"{PROXY}/webhooks",
            headers={"authorization": f"Bearer {token}"},
            verify=ssl.create_default_context(cafile=authority),
            timeout=30,
            trust_env=False,
        )

    @contextmanager
    def subscribed(self) -> Iterator[None]:
        """Listen while in the context; at its end nothing may be left that was not told."""
        with Listener(self._take, host=socket.gethostbyname(socket.gethostname())) as listener, self._http:
            made = self._http.post(
                "/v1/subscriptions",
                json={"url": f"{listener.url}/rehearsal"},
                headers={"idempotency-key": f'"{uuid4()}"'},
            )
            made.raise_for_status()
            path = f"/v1/subscriptions/{made.json()['subscription']['subscription_id']}"
            yield
            until = time.monotonic() + _PATIENCE_SECONDS
            while (waiting := self._http.get(path).raise_for_status().json()["waiting"]) or not self.heard:
                if time.monotonic() > until:
                    sys.exit(f"{len(self.heard)} facts were told to the webhook, and {waiting} wait")
                time.sleep(0.5)
            self._http.delete(path).raise_for_status()

    def _take(self, heard: Heard) -> Said:
        self.heard.add(heard.headers["webhook-id"])
        return Said(204)


def rehearse(people: int, seed: int, authority: Path) -> Result:
    """Play a season; raises Refused where a service refuses what belongs to it."""
    inside = {name: [f"http://{name}:{service.port}"] for name, service in SEASON.items()}
    driver = Driver(addresses_below(PROXY), KEYS, inside=inside, authority=authority)
    with tempfile.TemporaryDirectory() as work:
        scenario = Path(work) / "season.jsonl"
        write_scenario(scenario, people, seed, CommonSettings().policies_dir)
        return asyncio.run(play_file(driver, scenario, show_progress=sys.stderr.isatty()))


def main() -> None:
    """Play, and print the totals; exit 1 after an answer that the season did not expect."""
    arguments = argparse.ArgumentParser(prog="rehearse", description=__doc__)
    arguments.add_argument("--people", type=int, default=200, help="in the first county")
    arguments.add_argument("--seed", type=int, default=1, help="the same seed makes the same season")
    arguments.add_argument("--ca", type=Path, default=Path("/root.crt"), help="the proxy's root certificate")
    wanted = arguments.parse_args()
    started, webhook = time.monotonic(), Webhook(wanted.ca)
    with webhook.subscribed():
        result = rehearse(wanted.people, wanted.seed, wanted.ca)
    print(json.dumps(result.totals, ensure_ascii=False, indent=2, sort_keys=True))
    seconds = time.monotonic() - started
    print(f"played in {seconds:.0f} seconds, {len(webhook.heard)} facts told to a webhook", file=sys.stderr)
    for surprise in result.played.surprises:
        print(surprise, file=sys.stderr)
    sys.exit(1 if result.played.surprises else 0)


if __name__ == "__main__":
    main()
