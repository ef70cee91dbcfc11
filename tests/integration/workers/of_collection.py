"""Poisons of collection: notifications, households, alerts, questions to channels, secrets of channels."""

import base64
import json
from datetime import timedelta

from canbao.definitions import definition
from canbao.simulate.county import county_of
from canbao.simulator.standard_webhook import WebhookSender
from services.collection.channels.keyring import Keys
from services.collection.queries.asking import Asking
from tests.conftest import EVERY_SCOPE
from tests.integration.collection.conftest import NOW, PRICE, season
from tests.integration.collection.test_channel_days import paid as paid_by_wechat
from tests.integration.collection.test_debits import CHANNEL as DEBITING_BANK
from tests.integration.collection.test_debits import Desk as DebitDesk
from tests.integration.collection.test_stories_of_channel_refunds import agree, clear
from tests.integration.collection.test_stories_of_channel_refunds import ask as give_back_asked
from tests.integration.collection.test_stories_of_faults import broken
from tests.integration.collection.test_stories_of_queries import WeChat, order_of
from tests.integration.collection.test_stories_of_secrets import PATH as SECRETS
from tests.integration.collection.test_stories_of_secrets import WANTED
from tests.integration.stories.conftest import SECRET, Story
from tests.integration.stories.test_households import family
from tests.integration.workers.bench import Bench, Scene, change, finds, poison, refuse, value


@poison("collection", "matcher")
async def notification(bench: Bench) -> Scene:
    counter = await bench.counter()
    await counter.tell(counter.assessed(1), counter.assessed(2))
    await broken(counter)
    await counter.notify("T1", 1)
    await counter.notify("T2", 2)
    parked = "(SELECT count(*) FROM matching_queue WHERE parked_at IS NOT NULL) = 1"
    applied = "(SELECT count(*) FROM payment_lines WHERE state = 'applied') = 2"
    return Scene(counter.context, finds(counter.context, f"SELECT {parked} AND {applied}"))


async def story_of(bench: Bench, code: str) -> Story:
    contexts = [
        await bench.service_context("registration"),
        await bench.service_context("collection", channels=json.dumps({"tax": [SECRET]})),
        await bench.service_context("subsidy", account_key=base64.b64encode(b"\x05" * 32).decode()),
        await bench.service_context("ledger"),
    ]
    token = bench.signing_key.issue("desk", EVERY_SCOPE, "*")
    apps = lambda context: definition(context.name).create_app(context)  # noqa: E731
    county = county_of(contexts, apps, token, WebhookSender("tax", (SECRET,)))
    return Story(county, code, None)


@poison("collection", "households")
async def household(bench: Bench) -> Scene:
    story = await story_of(bench, "dongan")
    for name in ("F1", "F2"):
        father, _ = await family(story, "2019-09-20", 2, name)
        await father.pays(250, "2019-11-04")
    alone = await story.person("2019-09-20")
    await alone.pays(250, "2020-01-03", told_at="2020-01-03")
    context = story.county.services["collection"].context
    first = await value(context, "SELECT min(household_id) FROM payment_lines")
    await refuse(context, "cases", f"subject <> 'households/{first}/2020'")
    asked = "SELECT count(*) = 1 FROM cases WHERE kind = 'household_incomplete'"
    return Scene(context, finds(context, asked))


@poison("collection", "alerts")
async def channel(bench: Bench) -> Scene:
    counter = await bench.counter()
    await counter.tell(counter.assessed(1), counter.assessed(2))
    bank = WebhookSender("bank-rcb", (counter.keys.bank,))
    await counter.notify("T1", 1)
    await counter.deliver(bank.payment(counter.data("B1", 2)))
    await counter.match()
    await paid_by_wechat(counter, "W1", at=NOW + timedelta(days=9))
    await refuse(counter.context, "cases", "subject NOT LIKE 'channels/bank-rcb/%'")
    raised = "SELECT count(*) = 1 FROM cases WHERE kind = 'channel_silent' AND subject LIKE 'channels/tax/%'"
    return Scene(counter.context, finds(counter.context, raised))


@poison("collection", "channel_queries")
async def question(bench: Bench) -> Scene:
    """Of three silent orders one cannot be asked about, and of another the answer cannot be kept."""
    other = WeChat(bench.keys)
    bench.opened.enter_context(other.server)
    settings = other.settings(bench.keys) | {"internal_networks": "127.0.0.1/32"}
    counter = await bench.counter(**settings)
    counter.http.headers["canbao-clock"] = NOW.isoformat()
    orders = [await order_of(counter, other.channel, person) for person in (1, 2, 3)]
    for place, one in enumerate(orders):
        other.paid(one, f"W{place}")
    await counter.tell(counter.assessed(4))
    await counter.notify("T4", 4, at=NOW + timedelta(minutes=5))
    await counter.match()
    first, second, _ = (f"orders/{one['order_no']}" for one in orders)
    unless = f"subject <> '{first}' AND (subject <> '{second}' OR state = 'due')"
    await refuse(counter.context, "channel_queries", unless)
    answered = "SELECT count(*) = 1 FROM channel_queries WHERE state = 'answered' AND outcome = 'paid'"
    return Scene(counter.context, finds(counter.context, answered))


@poison("collection", "channel_secrets")
async def secret(bench: Bench) -> Scene:
    """Of three channels one has a secret that no key opens, and one a secret that nobody can sign by."""
    counter = await bench.counter()
    app = counter.http._transport.app
    first, second = [
        await bench.client(
            counter.context, scopes=["channels:write"], subject=f"operator-{one}", division="350426", app=app
        )
        for one in (1, 2)
    ]
    for name in ("tax-sound", "tax-unopened", "tax-unusable"):
        asked = await first.post(SECRETS, json=WANTED | {"channel": name})
        assert asked.status_code == 202, asked.text
        agreed = await second.post(f"/v1/approvals/{asked.json()['approval_id']}/approve", json={})
        assert agreed.status_code == 200, agreed.text
    await change(counter.context, "UPDATE channel_secrets SET key = '\\x00ff' WHERE channel = 'tax-unopened'")
    # In clear, as a migration leaves it.
    await change(
        counter.context, "UPDATE channel_secrets SET key = :key WHERE channel = 'tax-unusable'", key=b"\0no"
    )
    keys: Keys = counter.context.parts.keys

    async def done() -> bool:
        return {one for one in keys.channels if one.startswith("tax-")} == {"tax-sound"}

    return Scene(counter.context, done)


@poison("collection", "channel_tallies")
async def tally(bench: Bench) -> Scene:
    """Of two channels one has a count that the database does not take."""
    counter = await bench.counter()
    for name in ("poison", "tax"):
        counter.context.parts.tallies.count(name, "stored", NOW)
    await refuse(counter.context, "channel_tallies", "channel <> 'poison'")
    kept = "SELECT array_agg(channel) = ARRAY['tax'] FROM channel_tallies"
    return Scene(counter.context, finds(counter.context, kept))


@poison("collection", "exchange")
async def party(bench: Bench) -> Scene:
    daily = {"profile": "exchange-csv", "at": "00:00"}
    exchanges = {"youxi": {"collector": daily, "bureau": daily}}
    counter = await bench.counter(exchanges=json.dumps(exchanges))
    await refuse(counter.context, "exchange_runs", "party <> 'collector'")
    made = "SELECT count(*) = 1 FROM exchange_runs WHERE party = 'bureau'"
    return Scene(counter.context, finds(counter.context, made))


@poison("collection", "debit_batches")
async def batch(bench: Bench) -> Scene:
    counter = await bench.counter(debits=json.dumps({"youxi": {DEBITING_BANK: {}}}))
    counter.http.headers["canbao-clock"] = NOW.isoformat()
    desk = DebitDesk(counter, counter.http)
    await counter.tell(counter.assessed(1), counter.assessed(2))
    for person in (1, 2):
        await desk.signed(person, person)
    for _ in range(2):
        asked = await desk.asked()
        assert asked.status_code == 202, asked.text
    await refuse(counter.context, "debit_batches", "batch_id > 1 OR state = 'making'")
    made = "SELECT state <> 'making' FROM debit_batches WHERE batch_id = 2"
    return Scene(counter.context, finds(counter.context, made))


@poison("collection", "channel_refunds")
async def give_back(bench: Bench) -> Scene:
    """Of two refunds the answer to one cannot be kept."""
    other = WeChat(bench.keys)
    bench.opened.enter_context(other.server)
    settings = other.settings(bench.keys) | {"internal_networks": "127.0.0.1/32"}
    counter = await bench.counter(**settings)
    counter.http.headers["canbao-clock"] = NOW.isoformat()
    second = await bench.client(counter.context, subject="second", app=counter.http._transport.app)
    for person in (1, 2):
        order = await order_of(counter, other.channel, person)
        await counter.tell(counter.assessed(person, revision=2, at=NOW, schedule=season(price=PRICE - 5_000)))
        other.paid(order, f"W{person}")
        counter.context.settings.ask_after_seconds = 0
        with counter.context.clock.at(NOW):
            await Asking(counter.context).work()
        await counter.match()
        await agree(second, await give_back_asked(counter))
        await clear(counter)
    await refuse(counter.context, "channel_refund_answers", "channel_refund_id > 1")
    answered = "SELECT count(*) > 0 FROM channel_refund_answers WHERE channel_refund_id = 2"
    return Scene(counter.context, finds(counter.context, answered))
