"""A desk from which facts are sent to the subsidy service as other services would publish them."""

import base64
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

import orjson
import pytest
from sqlalchemy import text

from libs.common.bus.handling import Handling
from libs.common.bus.port import Message
from libs.common.events import CATALOG, DueSegment, SubsidyLine, collection, registration
from libs.common.events.envelope import Fact
from libs.common.identity import compose_resident_id, identify
from services.subsidy.definition import SERVICE
from services.subsidy.incoming.handlers import (
    COLLECTION_FACTS,
    REGISTRATION_FACTS,
    on_collection,
    on_registration,
)

START = datetime(2020, 9, 1, 2, tzinfo=UTC)
PRICE = 28_000
VILLAGE = "620422101201"


def at(days: float) -> datetime:
    return START + timedelta(days=days)


def id_number(person_id: int) -> str:
    """A valid number for a generated person."""
    return compose_resident_id("620422", date(1980, 1, 1) + timedelta(days=person_id // 999), person_id % 999)


def aid(payer="county_finance", amount=20_000, mechanism="reimburse_to_card", status="dibao") -> SubsidyLine:
    return SubsidyLine(payer=payer, status=status, amount_fen=amount, mechanism=mechanism)


FULL = (aid("county_finance", PRICE, "paid_on_behalf", "tekun"),)


@dataclass
class Season:
    """Sends facts and reads what the service made of them."""

    context: Any
    http: Any
    app: Any
    client: Any
    instance: Any
    approver: Any
    numbers: Any = field(default_factory=lambda: count(1))

    async def send(self, *facts: tuple[Fact, datetime]) -> None:
        """Deliver facts in one batch per topic, in their order."""
        for topic, handle, types in (
            (registration.TOPIC, on_registration, REGISTRATION_FACTS),
            (collection.TOPIC, on_collection, COLLECTION_FACTS),
        ):
            some = [self.message(fact, time) for fact, time in facts if fact.topic == topic]
            await self.process(topic, handle, types, some)

    async def process(self, topic: str, handle: Any, types: Any, messages: list[Message]) -> None:
        """Handle messages as the consumer does, and fail the test where one is parked."""
        from libs.common.bus.consumer import TopicHandler

        if messages:
            await Handling(self.context.engine, topic, TopicHandler(handle, types)).process(messages)
        assert await self.rows("SELECT reason, trace FROM dead_letters") == []

    def message(self, fact: Fact, time: datetime) -> Message:
        number = next(self.numbers)
        key = str(getattr(fact, "person_id", None) or getattr(fact, "payment_id", 0))
        return Message(
            topic=fact.topic, partition=0, position=number, key=key, id=str(number),
            source=f"test/{fact.topic}", type=fact.type, time=time, data=fact.model_dump_json().encode(),
            correlation_id=f"correlation-{number}",
        )  # fmt: skip

    def assessed(self, person_id: int, *, aid=(), outcome="payable", revision=1, days=1.0, late=None, **more):
        """What somebody owes: `aid` within a due, or all of it paid by others for outcome exempt."""
        fact = {
            "enrollment_id": 1000 + person_id, "assessment_id": 10_000 * revision + person_id,
            "revision": revision, "person_id": person_id, "household_id": person_id, "county": "huining",
            "coverage_year": 2021, "division_code": VILLAGE, "notice": "huining/2021@0123456789ab",
            "identity_digests": (self.digest(person_id),), "assessed_at": at(days),
            "name_digest": self.context.digests.name("张三"),
            "schedule": (DueSegment(
                from_at=at(0), until_at=at(100), outcome=outcome, window="main", price_fen=PRICE,
                own_due_fen=0 if outcome == "exempt" else PRICE, subsidies=tuple(aid),
            ),),
        } | more  # fmt: skip
        if revision == 1:
            return registration.EnrollmentAssessed(**fact), at(days)
        return registration.EnrollmentReassessed(
            **fact, cause="status_changed", after_payment=late is not None, late_subsidies=tuple(late or ())
        ), at(days)

    def cancelled(self, person_id: int, days: float):
        return registration.EnrollmentCancelled(
            enrollment_id=1000 + person_id, person_id=person_id, county="huining", coverage_year=2021,
            division_code=VILLAGE, reason="moved", cancelled_at=at(days),
        ), at(days)  # fmt: skip

    def paid(
        self,
        person_id: int,
        *,
        aid=(),
        own=PRICE,
        days=2.0,
        payment_id=None,
        from_suspense=False,
        part_of=None,
    ):
        return collection.PaymentReceived(
            payment_id=payment_id or 5000 + person_id, line_no=1, voucher_no=f"V{person_id}", channel="tax",
            transaction_no=f"T{payment_id or person_id}", enrollment_id=1000 + person_id,
            assessment_id=10_000 + person_id, person_id=person_id, household_id=person_id, county="huining",
            coverage_year=2021, division_code=VILLAGE, window="main", price_fen=PRICE, own_fen=own,
            subsidies=tuple(aid), paid_at=at(days), received_at=at(days), from_suspense=from_suspense,
            part_of=part_of,
        ), at(days)  # fmt: skip

    def suspended(
        self, person_id: int | None, *, reason="already_paid", amount=PRICE, days=3.0, payment_id=None
    ):
        known = {"county": "huining", "coverage_year": 2021, "division_code": VILLAGE} if person_id else {}
        return collection.PaymentSuspended(
            payment_id=payment_id or 7000 + (person_id or 0), line_no=1, channel="tax", transaction_no="T",
            amount_fen=amount, reason=reason, person_id=person_id, paid_at=at(days), received_at=at(days),
            **known,
        ), at(days)  # fmt: skip

    def digest(self, person_id: int) -> str:
        return self.context.digests.document(identify(id_number(person_id), date(2021, 1, 1)))

    def card(self, person_id: int, account: int | None = None) -> dict[str, str]:
        number = f"62215500000{account if account is not None else person_id:08d}"
        return {"id_number": id_number(person_id), "account_no": number, "bank": "农商银行", "holder": "张三"}

    async def cards(self, *rows: dict[str, str], days: float = 4, expect: int = 200) -> dict[str, Any]:
        return await self.ask("POST", "/v1/cards:batch", json=list(rows), days=days, expect=expect)

    async def ask(
        self, method: str, path: str, *, days: float = 5, expect: int = 200, http=None, **how
    ) -> Any:
        """Send a request at an instant of the season, and give the body of the expected answer."""
        headers = how.pop("headers", {}) | {"canbao-clock": at(days).isoformat()}
        answer = await (http or self.http).request(method, path, headers=headers, **how)
        assert answer.status_code == expect, answer.text
        return answer.json() if answer.content and "json" in answer.headers["content-type"] else answer

    async def batch(self, *, days: float = 5, expect: int = 201, http=None, **headers: str) -> dict[str, Any]:
        """Make a batch of what was verified, to which another person agrees."""
        await self.verified(days)
        body = {"county": "huining", "coverage_year": 2021}
        made = await self.ask(
            "POST", "/v1/payout-batches", json=body, days=days, expect=expect, headers=headers, http=http
        )
        if expect == 201:
            agree = f"/v1/approvals/{made['approval_id']}/approve"
            await self.ask("POST", agree, json={}, days=days, http=self.approver)
        return made

    async def verified(self, days: float = 5) -> None:
        """Release every line of every roster, and have finance confirm the money."""
        body = {"county": "huining", "coverage_year": 2021}
        release = body | {"decision": "release"}
        await self.ask("POST", "/v1/verifications", json=body, days=days, expect=201)
        await self.ask("POST", "/v1/verifications/decisions", json=release, days=days)
        clock = {"canbao-clock": at(days).isoformat()}
        made = await self.http.post("/v1/fund-applications", json=body, headers=clock)
        for one in made.json().get("applications", ()):
            path = f"/v1/fund-applications/{one['application_id']}/confirmation"
            confirmed = {"confirmed_fen": one["total_fen"]}
            await self.ask("POST", path, json=confirmed, days=days, http=self.approver)

    async def results(
        self, batch_id: int, *lines: tuple[str, str, int, str], days: float = 6, expect=200, **how
    ):
        """Send a result file; `how` may falsify count or total."""
        total = sum(line[2] for line in lines)
        content = f"# count={how.get('count', len(lines))} total_fen={how.get('total', total)}\n"
        content += "payout_no,outcome,amount_fen,reason\n"
        content += "".join(",".join(map(str, line)) + "\n" for line in lines)
        return await self.ask(
            "POST", f"/v1/payout-batches/{batch_id}/results", content=content.encode(), days=days,
            expect=expect, headers={"content-type": "text/csv"},
        )  # fmt: skip

    async def rows(self, sql: str, **parameters: Any) -> list[tuple]:
        async with self.context.engine.begin() as conn:
            return [tuple(row) for row in await conn.execute(text(sql), parameters)]

    async def change(self, *statements: str) -> None:
        """Run statements as a migration would."""
        async with self.context.engine.begin() as conn:
            for statement in statements:
                await conn.exec_driver_sql(statement)

    async def payouts(self) -> list[tuple]:
        return await self.rows("SELECT payout_id, kind, person_id, amount_fen, state FROM payouts ORDER BY 1")

    async def active(self) -> set[tuple]:
        """Active grants: person, payer, mechanism, amount."""
        return set(await self.rows(
            "SELECT person_id, payer, mechanism, amount_fen FROM grants WHERE revoked_at IS NULL"
        ))  # fmt: skip

    async def published(self) -> list[Fact]:
        """What the service told others, in order; every fact is under its person's key."""
        rows = await self.rows("SELECT key, type, data FROM outbox ORDER BY id")
        facts = [CATALOG[type_](**orjson.loads(data)) for _, type_, data in rows]
        for (key, _, _), fact in zip(rows, facts, strict=True):
            person_id = getattr(fact, "person_id", None)
            assert key == str(person_id if person_id is not None else getattr(fact, "payment_id", key))
        return facts


@pytest.fixture
async def season(service_context, client, signing_key) -> Season:
    key = base64.b64encode(b"\x05" * 32).decode()
    context = await service_context("subsidy", account_key=key)
    app = SERVICE.create_app(context)

    async def other(**token: Any) -> Any:
        """Somebody else at the same instance."""
        return await client(context, app=app, **token)

    async def instance() -> Any:
        """The desk at another instance of the service on the same database."""
        return await client(
            await service_context("subsidy", account_key=key, url=context.settings.database_url)
        )

    approver = await other(token=signing_key.issue("approver", ["subsidy:read", "subsidy:approve"], "*"))
    return Season(context, await other(), app, other, instance, approver)


@pytest.fixture
async def checker(season, signing_key):
    """Another person, who may approve."""
    return await season.client(token=signing_key.issue("checker", ["subsidy:read", "subsidy:approve"], "*"))
