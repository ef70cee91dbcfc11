"""Days on which notifications, files and money go wrong in every way: in the end every fen is explained.

What is true stands in the channels' own books (`canbao/simulator`); the installation never sees these.
"""

import base64
import json
import uuid
from collections import Counter
from contextlib import AsyncExitStack
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from sqlalchemy import text

from canbao.definitions import definition
from canbao.simulate.county import county_of
from canbao.simulator.alipay import AlipaySender
from canbao.simulator.channels import AlipayChannel, TaxChannel, UnionPayChannel, WeChatChannel
from canbao.simulator.files.books import Book
from canbao.simulator.season import filing, paying_on, telling
from canbao.simulator.season.paying_on import Terms
from canbao.simulator.season.season import Season
from canbao.simulator.standard_webhook import WebhookSender
from canbao.simulator.unionpay import COMMON_NAME, UnionPaySender, issue
from canbao.simulator.wechat import WeChatSender
from canbao.simulator.wechat_gateway import WeChatGatewayServer
from canbao.verify.run import verify
from libs.common.clock import SHANGHAI
from services.collection.differences.alarming import see_to_files
from services.collection.differences.comparing import compare_days
from services.collection.files.reading import read_next
from services.collection.files.rules import FAULTS
from services.collection.queries.asking import Asking
from services.collection.settlements.comparing import compare_settlements
from tests.conftest import EVERY_SCOPE
from tests.integration.registration.builders import member, number
from tests.integration.stories.conftest import SECRET

FIRST, BEGUN = date(2019, 11, 4), datetime(2019, 1, 1, tzinfo=SHANGHAI)
DAYS, PAYMENTS = 3, 4
ACCOUNT = "treasury"
#: By channel whether it keeps its fee, of 10,000 fen; the tax bureau takes none.
FEES = {"tax": (True, 0), "wechat-youxi": (True, 38), "alipay": (True, 60), "unionpay": (False, 45)}
TERMS = {slug: Terms(keeps_fee) for slug, (keeps_fee, _) in FEES.items()}
VILLAGE = "350426101203"
#: A case about money of a transaction, and what an officer says of what nobody can mend any more.
NOTED = {"step": "noted", "reason": "已与渠道核对"}


class Keys:
    """What both sides of each channel have agreed on."""

    def __init__(self):
        self.wechat, self.merchant, self.alipay = (generate_private_key(65537, 2048) for _ in range(3))
        self.root = issue("Root of tests", None, BEGUN)
        self.middle = issue("Middle of tests", self.root, BEGUN)
        self.signer = issue(COMMON_NAME, self.middle, BEGUN)
        self.of_wechat = WeChatSender("1900000001", "wxtest", b"k" * 32, "PUB_KEY_ID_7", self.wechat)

    def channels(self):
        """The channels with their empty books."""
        books = {slug: Book(per_myriad) for slug, (_, per_myriad) in FEES.items()}
        return [
            TaxChannel("tax", WebhookSender("tax", (SECRET,)), books["tax"]),
            WeChatChannel("wechat-youxi", self.of_wechat, books["wechat-youxi"]),
            AlipayChannel("alipay", AlipaySender("2019", "2088", self.alipay), books["alipay"]),
            UnionPayChannel("unionpay", UnionPaySender("777290058110097", self.signer), books["unionpay"]),
        ]

    def settings(self, gateway_url):
        calls = {
            "serial_no": "5A01",
            "private_key": self.merchant.private_bytes(
                Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
            ).decode(),
            "url": gateway_url,
        }
        wechat = {
            "mchid": "1900000001", "appid": "wxtest", "api_v3_key": "k" * 32,
            "keys": {"PUB_KEY_ID_7": _public(self.wechat)}, "calls": calls,
        }  # fmt: skip
        seller = {"app_id": "2019", "seller_id": "2088", "public_keys": [_public(self.alipay)]}
        union = {"mer_id": "777290058110097", "authorities": [self.root.pem, self.middle.pem]}
        terms = {slug: {"account": ACCOUNT, "keeps_fee": one.keeps_fee} for slug, one in TERMS.items()}
        return {
            "channels": json.dumps({"tax": [SECRET]}),
            "wechat": json.dumps({"wechat-youxi": wechat}),
            "alipay": json.dumps({"alipay": seller}),
            "unionpay": json.dumps({"unionpay": union}),
            "settlements": json.dumps({"youxi": terms}),
            "internal_networks": "127.0.0.1/32",
        }


def _public(key):
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


class CountyTown:
    """A county's services in this process, as the outside meets them."""

    def __init__(self, county, gateway):
        self.county, self._gateway = county, gateway
        self._collection = county.services["collection"]
        self._people: dict[int, dict[str, Any]] = {}
        self.alerts = Counter()

    async def register(self, count):
        """People of a village, each alone in a household."""
        rows, numbers = [], [number("1980-06-15") for _ in range(count)]
        for no, one in enumerate(numbers):
            rows.append({
                "household_no": f"H{no}", "division_code": VILLAGE, "head": one,
                "members": [member("张三", one)], "enroll": {"county": "youxi", "coverage_year": 2020},
            })  # fmt: skip
        at = datetime(2019, 9, 2, 9, tzinfo=SHANGHAI)
        answer = await self.county.expect("registration", "POST", "/v1/households:batch", at, rows)
        assert answer["rejected"] == []
        await self.county.settle()
        for one in numbers:
            due = await self._due(one, at)
            self._people[due["person_id"]] = {"id_number": one, "name": "张三"}
        return list(self._people)

    async def _due(self, id_number, at):
        asked = {"id_number": id_number, "name": "张三", "county": "youxi", "coverage_year": 2020}
        return await self.county.expect("collection", "POST", "/v1/dues/search", at, asked)

    async def order(self, slug, person, at):
        asked = {"county": "youxi", "coverage_year": 2020, "person_ids": [person], "channel": slug}
        made = await self.county.expect("collection", "POST", "/v1/orders", at, asked)
        return made["order_no"], made["amount_fen"]

    async def named(self, person, at):
        due = await self._due(self._people[person]["id_number"], at)
        season = {"county": "youxi", "coverage_year": 2020}
        return season | self._people[person] | {"amount_fen": due["payable_fen"]}

    async def notify(self, request, at):
        self._collection.stir()
        answer = await self._collection.http.post(
            request.path, content=request.body, headers=request.headers | {"canbao-clock": at.isoformat()}
        )
        return answer.status_code < 300 and answer.content != b"fail"

    async def send(self, file, at):
        """Send a file; one that is refused is so by line and kind, and nothing of it is there."""
        data = {"county": "youxi", "channel": file.slug, "kind": file.kind, "business_on": f"{file.day}"}
        answer = await self._collection.http.post(
            "/v1/channel-files", data=data | ({"profile": file.profile} if file.profile else {}),
            files={"file": ("file", file.content)},
            headers={"canbao-clock": at.isoformat(), "idempotency-key": f'"{uuid.uuid4()}"'},
        )  # fmt: skip
        assert answer.status_code in (200, 202), answer.text
        while await read_next(self._collection.context):
            pass
        path = f"/v1/channel-files/{answer.json()['file_id']}"
        kept = (await self._collection.http.get(path)).json()
        if kept["state"] == "refused":
            faults = (await self._collection.http.get(f"{path}/faults")).json()["items"]
            assert faults and all(one["kind"] in FAULTS and one["detail_zh"] for one in faults)
            assert (await self._collection.http.get(f"{path}/rows")).json()["items"] == []
        return kept["state"] == "current"

    def paid(self, channel, one):
        if channel.slug == "wechat-youxi":
            self._gateway.paid(one.order, one.no, one.fen, one.at.isoformat(timespec="seconds"))

    async def look(self, at):
        context = self._collection.context
        await self.county.settle()
        with context.clock.at(at):
            await Asking(context).work()
            self._collection.stir()
            await self.county.settle()
            await compare_days(context)
            await compare_settlements(context)
            async with context.engine.begin() as conn:
                await see_to_files(conn, at, context.notices, days=2)
        self.alerts.update(await self.open("channel_file_missing"))

    async def open(self, kind):
        """Of an open kind of cases, what each is about."""
        rows = await self._collection.rows(
            "SELECT kind, subject FROM cases WHERE state = 'open' AND starts_with(kind, :kind)", kind=kind
        )
        return [f"{row['kind']} {row['subject']}" for row in rows]

    async def decide(self, at, *kinds):
        """An officer says of every open case of these kinds that it was looked into."""
        for row in await self._collection.rows("SELECT case_id, kind FROM cases WHERE state = 'open'"):
            if row["kind"] in kinds:
                path = f"/v1/cases/{row['case_id']}/decision"
                await self.county.expect("collection", "POST", path, at, NOTED)

    async def ours(self):
        """By channel and transaction what we have of it: payments less what went back."""
        rows = await self._collection.rows("""
            SELECT channel, transaction_no, sum(fen)::bigint AS fen FROM (
                SELECT channel, transaction_no, amount_fen AS fen FROM payments
                UNION ALL SELECT r.channel, r.transaction_no, -coalesce(r.amount_fen, p.amount_fen)
                FROM returns r JOIN payments p ON p.id = r.payment_id
                WHERE r.status = 'done' AND r.state = 'booked'
            ) AS moved GROUP BY 1, 2
        """)
        return {(row["channel"], row["transaction_no"]): row["fen"] for row in rows}

    async def named_by_cases(self):
        """By channel and transaction how much more the channel has, as cases name it that somebody owns."""
        named = Counter()
        for row in await self._collection.rows("""
            SELECT evidence FROM cases
            WHERE state IN ('open', 'decided') AND starts_with(kind, 'channel_day_')
        """):
            told = row["evidence"]
            more_fen = (told["theirs_fen"] or 0) - (told["ours_fen"] or 0)
            named[told["channel"], told["transaction_no"]] += (
                more_fen if told["entry"] == "payment" else -more_fen
            )
        return named

    async def in_ledger(self):
        """What came in through each channel less what left by it, as the ledger has it."""
        rows = await self.county.services["ledger"].rows("""
            SELECT channel, sum(CASE WHEN destination = 'residents' THEN -amount_fen
                                     WHEN source IN ('residents', 'dues') THEN amount_fen
                                     ELSE 0 END)::bigint AS fen
            FROM postings WHERE channel IS NOT NULL GROUP BY channel
        """)
        return {row["channel"]: row["fen"] for row in rows}

    async def settlements(self):
        """Of each kind of case about money that came to the account, what is owed and what came."""
        rows = await self._collection.rows("""
            SELECT kind, evidence FROM cases WHERE state = 'open' AND starts_with(kind, 'settlement_')
        """)
        found = [(row["kind"], row["evidence"]) for row in rows]
        return [(kind, told["owed_fen"], told["came_fen"]) for kind, told in found]


def books(season):
    """By channel and transaction what the channels' own books have."""
    net = Counter()
    for channel in season.channels:
        for one in channel.book.moved:
            net[channel.slug, one.no] += -one.fen if one.return_no else one.fen
    return net


def filed(season):
    """Transactions all of whose days have their right file."""
    right, wrong = set(), set()
    for channel in season.channels:
        for one in channel.book.moved:
            known = (channel.slug, channel.book.day_of(one.at)) in season.filing.right
            (right if known else wrong).add((channel.slug, one.no))
    return right - wrong


async def unexplained(town, season):
    """Transactions of which the channel has another amount than we, and no case says so."""
    theirs, ours, named = books(season), await town.ours(), await town.named_by_cases()
    return {
        one: (theirs[one], ours.get(one, 0), named[one])
        for one in filed(season) | (ours.keys() - theirs.keys())
        if theirs[one] - ours.get(one, 0) != named[one]
    }


@pytest.fixture
async def begin(service_context, signing_key):
    """Begin a season: its channels, WeChat's gateway, and a county to play against."""
    async with AsyncExitStack() as stack:

        async def begin(seed):
            keys = Keys()
            gateway = stack.enter_context(
                WeChatGatewayServer(keys.of_wechat, "5A01", keys.merchant.public_key())
            )
            contexts = [
                await service_context("registration"),
                await service_context("collection", **keys.settings(gateway.url)),
                await service_context("subsidy", account_key=base64.b64encode(b"\x05" * 32).decode()),
                await service_context("ledger"),
            ]
            county = county_of(
                contexts,
                lambda context: definition(context.name).create_app(context),
                signing_key.issue("desk", EVERY_SCOPE, "*", ""),
                WebhookSender("tax", (SECRET,)),
            )
            for running in county.services.values():
                stack.push_async_callback(running.http.aclose)
            parts = county.services["collection"].context.parts
            stack.push_async_callback(parts.commits.close)
            stack.push_async_callback(parts.placing.close)
            town = CountyTown(county, gateway)
            people = await town.register(len(FEES) * DAYS * PAYMENTS)
            return Season(seed, town, keys.channels(), ACCOUNT, TERMS, people), town

        yield begin


def by_channel(amounts):
    """Amounts of transactions added up."""
    net = Counter()
    for (slug, _), fen in amounts.items():
        net[slug] += fen
    return dict(net)


async def money_is_explained(town, season):
    """What channels owe of their days is what came, and what cases name that is missing or came otherwise."""
    owed = sum(
        max(0, channel.book.owed_fen(day, keeps_fee=TERMS[channel.slug].keeps_fee))
        for channel in season.channels
        for day in {channel.book.day_of(one.at) for one in channel.book.moved}
    )
    came = sum(one.fen for lines in season.paying_on.lines.values() for one in lines)
    asked = await town.settlements()
    missing = sum(owed_fen for kind, owed_fen, _ in asked if kind == "settlement_missing")
    otherwise = sum(owed_fen - came_fen for kind, owed_fen, came_fen in asked if kind == "settlement_fee")
    return owed == came + missing + otherwise


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_every_fen_of_a_faulty_season_is_explained(begin, seed):
    season, town = await begin(seed)
    async for _ in season.play(FIRST, DAYS, PAYMENTS):
        assert await unexplained(town, season) == {}
    async for _ in season.wait(FIRST + timedelta(days=DAYS), 4):
        assert await unexplained(town, season) == {}
    assert {*telling.FATES_WITHOUT_ORDERS, *filing.FATES, *paying_on.FATES} <= season.happened.keys()
    assert await town.open("channel_day_they_only") and await town.open("settlement_missing")
    assert town.alerts, "files that were late were missed"

    mended = FIRST + timedelta(days=DAYS + 4)
    await season.mend(mended)
    async for _ in season.wait(mended + timedelta(days=1), 4):
        assert await unexplained(town, season) == {}
    assert await money_is_explained(town, season)
    # What was told wrongly was taken back whole, and what came late has come: an officer notes it.
    wrong = 2 * season.happened["wrong_amount"]
    assert [one.split()[0] for one in await town.open("channel_day_")] == ["channel_day_amount"] * wrong
    assert {kind for kind, *_ in await town.settlements()} == {"settlement_late", "settlement_fee"}
    at = datetime.combine(mended + timedelta(days=6), time(9), SHANGHAI)
    await town.decide(at, "channel_day_amount", "settlement_late", "settlement_fee")
    await town.look(at)

    assert await town.open("channel_") == await town.open("settlement_") == []
    assert await unexplained(town, season) == {}
    ours = by_channel(await town.ours())
    assert by_channel(books(season)) == ours == await town.in_ledger()
    urls = {name: running.context.settings.database_url for name, running in town.county.services.items()}
    report = await verify(urls, town.county.services["ledger"].context.notices)
    assert {check.name: check.told for check in report.checks if check.count} == {}


async def test_one_fen_too_many_is_seen(begin):
    """What holds a season against the books can fail: it names the payment that was changed by hand."""
    season, town = await begin(4)
    async for _ in season.play(FIRST, 1, PAYMENTS):
        assert await unexplained(town, season) == {}
    slug, no = min(filed(season) & (await town.ours()).keys())
    async with town.county.services["collection"].context.engine.begin() as conn:
        changed = (
            "UPDATE payments SET amount_fen = amount_fen + 1 WHERE channel = :slug AND transaction_no = :no"
        )
        await conn.execute(text(changed), {"slug": slug, "no": no})
    assert [*await unexplained(town, season)] == [(slug, no)]
