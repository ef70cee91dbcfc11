"""Secrets of channels follow one another without a restart, and a spoiled file takes nobody's place."""

import json
import os
from datetime import datetime

import pytest

from canbao.simulator.standard_webhook import WebhookSender
from libs.common.clock import SHANGHAI
from libs.common.observability.metrics import ServiceMetrics
from libs.common.security.digests import Digests
from libs.common.security.webhooks import generate_secret
from libs.common.web.problems import Problem
from services.collection.channels import refreshing
from services.collection.channels.keyring import KeysInvalid, load_keys
from services.collection.channels.port import Kept
from services.collection.metrics import CollectionMetrics
from services.collection.settings import CollectionSettings

NOW = datetime(2019, 11, 20, 10, tzinfo=SHANGHAI)
SENT_AT = 1_574_215_205
FIRST, SECOND = generate_secret(), generate_secret()


class Clock:
    seconds = 0.0

    def __call__(self):
        return self.seconds


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(refreshing.Refreshed.__init__, "__defaults__", (clock,))
    return clock


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "channels.json"
    path.write_text(json.dumps({"tax": [FIRST]}))
    return path


@pytest.fixture
def channels(file, clock):
    settings = CollectionSettings(_env_prefix="UNSET_", channels=str(file))
    return load_keys(settings, Digests(b"d" * 32)).channels


def write(file, text, at):
    file.write_text(text)
    os.utime(file, (at, at))


def believed(channels, secret):
    data = {
        "transaction_no": "T1", "paid_at": NOW.isoformat(), "amount_fen": 100, "county": "youxi",
        "coverage_year": 2020, "order_no": "O1",
    }  # fmt: skip
    request = WebhookSender("tax", (secret,)).payment(data, sent_at=SENT_AT)
    try:
        channels["tax"].read(request.body, request.headers, now=SENT_AT, received_at=NOW)
    except Problem:
        return False
    return True


def test_a_secret_follows_another_and_the_old_one_ends(channels, file, clock):
    assert (believed(channels, FIRST), believed(channels, SECOND)) == (True, False)
    write(file, json.dumps({"tax": [SECOND, FIRST]}), 1)
    clock.seconds = 5
    assert (believed(channels, FIRST), believed(channels, SECOND)) == (True, True)
    write(file, json.dumps({"tax": [SECOND]}), 2)
    clock.seconds = 10
    assert (believed(channels, FIRST), believed(channels, SECOND)) == (False, True)


def test_a_channel_comes_and_goes(channels, file, clock):
    write(file, json.dumps({"bank": [SECOND]}), 1)
    clock.seconds = 5
    assert set(channels) == {"bank"}
    assert channels.get("tax") is None


def test_the_file_is_not_looked_at_for_every_notification(channels, file, clock):
    write(file, json.dumps({"tax": [SECOND]}), 1)
    clock.seconds = 4.9
    assert believed(channels, FIRST)


@pytest.mark.parametrize("text", ["", "{", '{"tax": []}', '{"tax": ["whsec_x"]}', '{"wechat": []}'])
def test_a_spoiled_file_changes_nothing_until_it_is_mended(channels, file, clock, text):
    write(file, text, 1)
    clock.seconds = 5
    assert believed(channels, FIRST)
    write(file, json.dumps({"tax": [SECOND]}), 2)
    clock.seconds = 10
    assert (believed(channels, FIRST), believed(channels, SECOND)) == (False, True)


async def test_a_spoiled_file_is_seen_at_each_scrape_also_when_nobody_pays(channels, file, clock):
    metrics = ServiceMetrics()
    CollectionMetrics(metrics).watch_keys(metrics, channels)
    for seconds, text, number in ((5, "{", 1), (10, "{", 1), (15, json.dumps({"tax": [SECOND]}), 0)):
        write(file, text, seconds)
        clock.seconds = seconds
        shown = (await metrics.exposition()).decode()
        assert f'canbao_channel_keys{{state="unusable"}} {number}.0' in shown


def test_a_file_that_is_away_for_a_moment_changes_nothing(channels, file, clock):
    file.unlink()
    clock.seconds = 5
    assert believed(channels, FIRST)
    file.write_text(json.dumps({"tax": [SECOND]}))
    clock.seconds = 10
    assert believed(channels, SECOND)


def test_secrets_kept_for_a_name_that_a_wallet_has_keep_out_nobody_elses(channels):
    channels.keep({"wechat": Kept("youxi", (SECOND,)), "tax": Kept("youxi", (SECOND,))})
    assert (channels.fault, believed(channels, FIRST), believed(channels, SECOND)) == (None, True, True)
    assert "wechat" not in channels


def test_kept_secrets_that_a_fault_kept_out_count_once_it_is_away(monkeypatch, clock):
    """A key that a vault gives changes no file when it is there again."""
    monkeypatch.setenv("BANK_KEY", FIRST)
    given = json.dumps({"tax": [FIRST], "bank": ["env:BANK_KEY"]})
    channels = load_keys(
        CollectionSettings(_env_prefix="UNSET_", channels=given), Digests(b"d" * 32)
    ).channels
    monkeypatch.delenv("BANK_KEY")
    channels.keep({"tax": Kept("youxi", (SECOND,))})
    assert (believed(channels, SECOND), "BANK_KEY" in channels.fault) == (False, True)
    monkeypatch.setenv("BANK_KEY", FIRST)
    channels.keep({"tax": Kept("youxi", (SECOND,))})
    assert (believed(channels, SECOND), channels.fault) == (True, None)


def test_a_spoiled_file_is_named_at_the_start(file):
    file.write_text("{")
    with pytest.raises(KeysInvalid, match="CANBAO_COLLECTION_CHANNELS"):
        load_keys(CollectionSettings(_env_prefix="UNSET_", channels=str(file)), Digests(b"d" * 32))
