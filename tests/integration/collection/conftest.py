"""A counter at which channels, mini-program backends and operators meet the collection service."""

import base64
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from itertools import count
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import text

from canbao.simulator.alipay import AlipaySender
from canbao.simulator.standard_webhook import SignedRequest, WebhookSender
from canbao.simulator.unionpay import COMMON_NAME, Issued, UnionPaySender, issue
from canbao.simulator.wechat import WeChatSender
from libs.common.bus.handling import Received
from libs.common.bus.port import Message
from libs.common.clock import CLOCK_HEADER, SHANGHAI
from libs.common.db.rows import fetch_value, statement
from libs.common.events import CATALOG, DueSegment, SubsidyLine, subsidy
from libs.common.events.envelope import Fact
from libs.common.events.registration import (
    EnrollmentAssessed,
    EnrollmentCancelled,
    EnrollmentReassessed,
)
from libs.common.events.subsidy import RefundSettled, SubsidyGranted, SubsidyRevoked
from libs.common.identity import compose_resident_id, identify
from libs.common.security.webhooks import generate_secret
from services.collection.dues.handlers import on_registration
from services.collection.refunds.handlers import on_subsidy
from tests.integration.collection.exchange_sides import Sides

OPENS = datetime(2019, 8, 26, tzinfo=SHANGHAI)
RISES = datetime(2020, 1, 1, tzinfo=SHANGHAI)
CLOSES = datetime(2020, 3, 1, tzinfo=SHANGHAI)
NOW = datetime(2019, 11, 20, 10, tzinfo=SHANGHAI)
BEGUN = datetime(2019, 1, 1, tzinfo=SHANGHAI)
PRICE, LATER_PRICE = 25_000, 28_000
VILLAGE = "350426101203"


def id_number(person_id: int) -> str:
    """A valid number for a generated person."""
    return compose_resident_id("350426", date(1970, 1, 1) + timedelta(days=person_id // 999), person_id % 999)


def name(person_id: int) -> str:
    return f"林{'一二三四五六七八九十'[person_id % 10]}{person_id}"


def season(
    price: int = PRICE, subsidies: Sequence[SubsidyLine] = (), add_on: int = 0
) -> tuple[DueSegment, ...]:
    """Payable at `price` until New Year, dearer until March, closed before and after."""
    shared = {"subsidies": tuple(subsidies), "add_on_due_fen": add_on, "outcome": "payable"}
    helped = sum(line.amount_fen for line in subsidies if line.mechanism == "paid_on_behalf")
    return (
        DueSegment(
            from_at=OPENS,
            until_at=RISES,
            window="main",
            price_fen=price,
            own_due_fen=price - helped,
            **shared,
        ),
        DueSegment(
            from_at=RISES,
            until_at=CLOSES,
            window="makeup",
            price_fen=LATER_PRICE,
            own_due_fen=LATER_PRICE - helped,
            **shared,
        ),
        DueSegment(from_at=CLOSES, outcome="rejected", reason_codes=("window_closed",)),
    )


@dataclass
class Keys:
    """What the two sides of every channel have agreed on."""

    tax: str = field(default_factory=generate_secret)
    tax_next: str = field(default_factory=generate_secret)
    bank: str = field(default_factory=generate_secret)
    wechat_key: Any = field(default_factory=lambda: generate_private_key(65537, 2048))
    alipay_key: Any = field(default_factory=lambda: generate_private_key(65537, 2048))

    unionpay_root: Issued = field(default_factory=lambda: issue("Root of tests", None, BEGUN))

    @cached_property
    def unionpay_middle(self) -> Issued:
        return issue("Middle of tests", self.unionpay_root, BEGUN)

    @cached_property
    def unionpay_signer(self) -> Issued:
        return issue(COMMON_NAME, self.unionpay_middle, BEGUN)

    def settings(self) -> dict[str, str]:
        public, alipay = (
            key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
            for key in (self.wechat_key, self.alipay_key)
        )
        authorities = [self.unionpay_root.pem, self.unionpay_middle.pem]
        merchant = {"mer_id": "777290058110097", "authorities": authorities}
        seller = {"app_id": "2019", "seller_id": "2088", "public_keys": [alipay.decode()]}
        return {
            "channels": json.dumps({"tax": [self.tax, self.tax_next], "bank-rcb": [self.bank]}),
            "wechat_mchid": "1900000001",
            "wechat_appid": "wxtest",
            "wechat_api_v3_key": "k" * 32,
            "wechat_keys": json.dumps({"PUB_KEY_ID_7": public.decode()}),
            "alipay": json.dumps({"alipay": seller}),
            "unionpay": json.dumps({"unionpay": merchant}),
            "voucher_keys": json.dumps({"v1": base64.b64encode(b"v" * 32).decode()}),
        }

    def sender(self, channel: str = "tax") -> WebhookSender:
        return WebhookSender(channel, ({"tax": self.tax, "bank-rcb": self.bank}[channel],))

    def alipay(self) -> AlipaySender:
        return AlipaySender("2019", "2088", self.alipay_key)

    def unionpay(self) -> UnionPaySender:
        return UnionPaySender("777290058110097", self.unionpay_signer)

    def wechat(self) -> WeChatSender:
        return WeChatSender("1900000001", "wxtest", b"k" * 32, "PUB_KEY_ID_7", self.wechat_key)


@dataclass
class Counter:
    """Sends what others would send, and reads what the service made of it."""

    context: Any
    http: httpx.AsyncClient
    keys: Keys
    numbers: Any = field(default_factory=lambda: count(1))

    # ------------------------------------------------------------------ facts of other services

    def assessed(self, person: int, *, revision: int = 1, at: datetime = OPENS, **changes: Any) -> Fact:
        values = {
            "enrollment_id": 1000 + person,
            "assessment_id": 10_000 + person * 10 + revision,
            "revision": revision,
            "person_id": person,
            "household_id": 500 + person // 10,
            "county": "youxi",
            "coverage_year": 2020,
            "division_code": VILLAGE,
            "notice": "youxi/2020@000000000000",
            "identity_digests": (self.digest(person),),
            "name_digest": self.context.digests.name(name(person)),
            "masked_name": name(person)[0] + "*",
            "schedule": season(),
            "assessed_at": at,
        } | changes
        if revision == 1:
            return EnrollmentAssessed(**values)
        return EnrollmentReassessed(**values, cause="status_changed")

    def cancelled(self, person: int, at: datetime, revision: int | None = None) -> Fact:
        return EnrollmentCancelled(
            enrollment_id=1000 + person,
            person_id=person,
            county="youxi",
            coverage_year=2020,
            division_code=VILLAGE,
            reason="moved_away",
            revision=revision,
            cancelled_at=at,
        )

    def refunded(self, payment_id: int, line_no: int, outcome: str, attempt: int = 1, **changes: Any) -> Fact:
        values = {
            "refund_id": 70, "payment_id": payment_id, "line_no": line_no, "batch_id": 5, "attempt": attempt,
            "channel": "tax", "amount_fen": PRICE, "outcome": outcome, "settled_at": NOW + timedelta(days=30),
        }  # fmt: skip
        return RefundSettled(**(values | changes))

    def granted(self, person: int, at: datetime, grant_id: int = 0, **changes: Any) -> Fact:
        """Help that covers the whole contribution."""
        values = {
            "grant_id": grant_id or 900 + person, "person_id": person, "enrollment_id": 1000 + person,
            "assessment_id": 10_000 + person * 10 + 2, "county": "youxi", "coverage_year": 2020,
            "division_code": VILLAGE, "payer": "medical_assistance", "status": "tekun",
            "mechanism": "paid_on_behalf", "amount_fen": PRICE, "completes_enrollment": True,
            "granted_at": at,
        }  # fmt: skip
        return SubsidyGranted(**(values | changes))

    def revoked(self, person: int, at: datetime, grant_id: int = 0) -> Fact:
        return SubsidyRevoked(
            grant_id=grant_id or 900 + person, person_id=person, enrollment_id=1000 + person, county="youxi",
            coverage_year=2020, division_code=VILLAGE, payer="medical_assistance", mechanism="paid_on_behalf",
            amount_fen=PRICE, reason="never_entitled", revoked_at=at,
        )  # fmt: skip

    def digest(self, person: int) -> str:
        return self.context.digests.document(identify(id_number(person), NOW.date()))

    async def tell(self, *facts: Fact, at: datetime = NOW) -> None:
        """Deliver facts in one batch, as the consumer would."""
        batch = [Received(fact, self.message(fact, at)) for fact in facts]
        async with self.context.engine.begin() as conn:
            handle = on_subsidy if facts[0].topic == subsidy.TOPIC else on_registration
            await handle(conn, batch)

    def message(self, fact: Fact, at: datetime) -> Message:
        number = next(self.numbers)
        return Message(fact.topic, 0, number, "k", str(number), "canbao/test", fact.type, at, b"{}")

    # ---------------------------------------------------------------------------- notifications

    def data(
        self, transaction_no: str, *people: int, paid_at: datetime = NOW, **changes: Any
    ) -> dict[str, Any]:
        """What a channel says about money for some people, each at the price of the main window."""
        items = [{"id_number": id_number(p), "name": name(p), "amount_fen": PRICE} for p in people]
        return {
            "transaction_no": transaction_no,
            "paid_at": paid_at.isoformat(),
            "amount_fen": sum(item["amount_fen"] for item in items),
            "county": "youxi",
            "coverage_year": 2020,
            "items": items,
        } | changes

    async def deliver(self, request: SignedRequest, at: datetime = NOW) -> httpx.Response:
        headers = request.headers | {CLOCK_HEADER: at.isoformat()}
        return await self.http.post(
            request.path, content=request.body, headers=headers, auth=lambda r: _without_token(r)
        )

    async def notify(
        self, transaction_no: str, *people: int, at: datetime = NOW, **changes: Any
    ) -> httpx.Response:
        changes.setdefault("paid_at", at)
        paid_at = changes.pop("paid_at")
        data = self.data(transaction_no, *people, paid_at=paid_at, **changes)
        return await self.deliver(self.keys.sender().payment(data), at)

    async def pay(self, transaction_no: str, *people: int, **changes: Any) -> dict[str, Any]:
        """Notify, match, and give the payment as the API shows it."""
        answer = await self.notify(transaction_no, *people, **changes)
        assert answer.status_code == 202, answer.text
        return await self.payment(answer.json()["payment_id"])

    # -------------------------------------------------------------------------------- reading

    async def match(self) -> None:
        while await self.context.parts.matcher.match_next():
            pass

    async def pay_part(self, transaction_no: str, person: int, fen: int, **changes: Any) -> dict[str, Any]:
        """One line for one person of whatever amount."""
        items = [{"id_number": id_number(person), "name": name(person), "amount_fen": fen}]
        return await self.pay(transaction_no, items=items, amount_fen=fen, **changes)

    async def payment(self, payment_id: int) -> dict[str, Any]:
        await self.match()
        answer = await self.http.get(f"/v1/payments/{payment_id}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def published(self) -> list[Fact]:
        rows = await self.rows("SELECT type, data FROM outbox ORDER BY id")
        return [CATALOG[row.type].model_validate_json(row.data) for row in rows]

    async def rows(self, query: str, **parameters: Any) -> Sequence[Any]:
        async with self.context.engine.connect() as conn:
            return (await conn.execute(text(query), parameters)).all()

    async def opened(self, query: str, column: Any) -> Any:
        """The value of a sealed column, which the query gives alone."""
        async with self.context.engine.connect() as conn:
            return await fetch_value(conn, object, statement(query, column))

    async def rows_changed(self, statement: str, **parameters: Any) -> None:
        async with self.context.engine.begin() as conn:
            await conn.execute(text(statement), parameters)

    async def count(self, table: str) -> int:
        return (await self.rows(f"SELECT count(*) AS number FROM {table}"))[0].number


def _without_token(request: httpx.Request) -> httpx.Request:
    """Channels sign; they have no bearer token."""
    request.headers.pop("authorization", None)
    return request


@pytest.fixture(scope="session")
def keys() -> Keys:
    return Keys()


@pytest.fixture
async def counter(service_context, client, keys) -> AsyncIterator[Counter]:
    context = await service_context("collection", **keys.settings())
    http = await client(context)
    http.headers[CLOCK_HEADER] = NOW.isoformat()
    yield Counter(context, http, keys)
    await context.parts.commits.close()
    await context.parts.placing.close()


@pytest.fixture
async def sides(counter, client):
    app = counter.http._transport.app

    async def token(subject, *scopes):
        made = await client(counter.context, scopes=list(scopes), subject=subject, division="350426", app=app)
        made.headers["canbao-clock"] = counter.http.headers["canbao-clock"]
        return made

    return Sides(
        counter,
        await token("officer", "exchange:write"),
        await token("tax-machine", "exchange:collector"),
        await token("bureau-machine", "exchange:bureau"),
    )


def states(payment: dict[str, Any]) -> list[tuple[str, str | None]]:
    """State and reason of every line."""
    return [(line["state"], line["reason"]) for line in payment["lines"]]
