"""A county whose four services run in this process and are stepped by hand: stories play through all of them.

Amounts in stories are yuan, days are written as they are spoken of.
"""

import base64
import json
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from random import Random
from typing import Any

import pytest
from sqlalchemy import text

from canbao.definitions import definition
from canbao.simulate.county import County, county_of
from canbao.simulate.courier import Courier
from canbao.simulator.standard_webhook import WebhookSender
from canbao.verify.run import verify
from services.subsidy.payout_batches.rules import payout_no
from tests.conftest import EVERY_SCOPE
from tests.integration.registration.builders import member, number

#: The bank that debits accounts in stories.
STORY_BANK = "debit-rcb"
SECRET = "whsec_" + "c2VjcmV0" * 6
#: Where the people of a story live.
VILLAGES = {
    "youxi": "350426101203",
    "huining": "620422101201",
    "dongan": "431122101201",
    "huilong": "500155112001",
    "songming": "530127101201",
}
YEARS = {
    "youxi": 2020,
    "huining": 2021,
    "dongan": 2020,
    "huilong": 2020,
    "songming": 2018,
    "qingdao": 2027,
    "hongta": 2026,
}


def moment(text: str) -> datetime:
    """`2020-12-20` (at ten), or an instant of Asia/Shanghai."""
    if len(text) == 10:
        text += " 10:00:00"
    return datetime.fromisoformat(text + "+08:00")


@dataclass
class Story:
    """What happens in one county, and what it comes to."""

    county: County
    code: str
    token_of: Any
    numbers: Any = field(default_factory=lambda: count(1))

    @property
    def year(self) -> int:
        return YEARS[self.code]

    async def person(self, on: str, *, household: str | None = None, **facts: Any) -> "Somebody":
        """Register somebody, alone in a household, for the year."""
        tier, add_ons = facts.pop("tier", None), facts.pop("add_ons", None)
        born = facts.pop("born", "1980-06-15")
        somebody = Somebody(self, facts.pop("number", None) or number(born))
        somebody.household = household or f"H{next(self.numbers)}"
        enroll: dict[str, Any] = {"county": self.code, "coverage_year": self.year}
        if tier is not None:
            enroll["tier"] = tier
        if add_ons is not None:
            enroll["add_ons"] = add_ons
        village = self.county.services["registration"].context.notices[(self.code, self.year)].division
        row = {
            "household_no": somebody.household,
            "division_code": village + {4: "02001001", 6: "101201", 9: "001"}[len(village)],
            "head": somebody.number,
            "members": [member("张三", somebody.number, **facts)],
            "enroll": enroll,
        }
        answer = await self.county.expect("registration", "POST", "/v1/households:batch", moment(on), [row])
        assert answer["rejected"] == [], answer
        await self.county.settle()
        return somebody

    async def roster(
        self, typed_on: str, status: str, *people: "Somebody", mode: str = "add", **more: Any
    ) -> dict[str, Any]:
        """Send a roster; `listed_on` is the day of typing unless said otherwise."""
        row = {
            name: more.pop(name) for name in ("effective_on", "ended_on", "class", "grade") if name in more
        }
        notice = self.county.services["registration"].context.notices[(self.code, self.year)]
        header = {
            "county": self.code,
            "coverage_year": self.year,
            "status": status,
            "department": more.pop("department", notice.statuses[status].department),
            "listed_on": more.pop("listed_on", typed_on),
            "mode": mode,
            "rows": [{"id_number": somebody.number, **row} for somebody in people],
        }
        header["receipt"] = more.pop("receipt", "收文登记簿 12 号")
        answer = await self.county.expect(
            "registration", "POST", "/v1/rosters", moment(typed_on), header | more
        )
        assert answer["rejected"] == [], answer
        if "approval" in answer:  # of an earlier day, after the window
            approve = f"/v1/approvals/{answer['approval']['approval_id']}/approve"
            second = self.token_of("second")
            await self.county.expect("registration", "POST", approve, moment(typed_on), {}, token=second)
        await self.county.settle()
        return answer

    async def cases(self, service: str, on: str = "2021-12-31") -> list[dict[str, Any]]:
        """The open cases of a service."""
        return (await self.county.expect(service, "GET", "/v1/cases", moment(on)))["items"]

    async def decide(self, service: str, case: dict[str, Any], step: str, on: str) -> None:
        """Decide a case, by two persons where it needs them."""
        path = f"/v1/cases/{case['case_id']}/decision"
        decision = {"step": step, "reason": "已核实"}
        decided = await self.county.expect(service, "POST", path, moment(on), decision)
        if decided["approval"] is not None:
            approve = f"/v1/approvals/{decided['approval']['approval_id']}/approve"
            await self.county.expect(service, "POST", approve, moment(on), {}, token=self.token_of("second"))
        await self.county.settle()

    async def closes(self, deadline: str, on: str) -> list[tuple[str, float]]:
        """Close a handover; payers and the yuan by which it changes them."""
        path = f"/v1/handovers/{self.code}/{self.year}/{deadline}/close"
        sealed = await self.county.expect("ledger", "POST", path, moment(on), {})
        rows = sealed["totals"]["by_payer"]
        return sorted((row["payer"], row["amount_fen"] / 100) for row in rows if row["amount_fen"])

    async def pays_out(self, on: str, outcome: str = "paid") -> int:
        """Send what is ready to the bank, which says the same of all of it; gives the batch."""
        batch_id = await self.sends(on)
        await self.bank_says(batch_id, outcome, on)
        return batch_id

    async def sends(self, on: str) -> int:
        """Send what is ready to the bank; gives the batch."""
        books = {"county": self.code, "coverage_year": self.year}
        await self.verifies(on)
        batch = await self.county.expect("subsidy", "POST", "/v1/payout-batches", moment(on), books)
        approve = f"/v1/approvals/{batch['approval_id']}/approve"
        await self.county.expect("subsidy", "POST", approve, moment(on), {}, token=self.token_of("second"))
        return int(batch["batch_id"])

    async def verifies(self, on: str) -> None:
        """The bureau releases everybody on its rosters, and finance has all the money."""
        books = {"county": self.code, "coverage_year": self.year}
        at, second = moment(on), self.token_of("second")
        await self.county.expect("subsidy", "POST", "/v1/verifications", at, books)
        release = {**books, "decision": "release"}
        await self.county.expect("subsidy", "POST", "/v1/verifications/decisions", at, release)
        made = await self.county.ask("subsidy", "POST", "/v1/fund-applications", at, books)
        for one in made.json().get("applications", ()):
            path = f"/v1/fund-applications/{one['application_id']}/confirmation"
            confirmed = {"confirmed_fen": one["total_fen"]}
            await self.county.expect("subsidy", "POST", path, at, confirmed, token=second)
        await self.county.settle()

    async def bank_says(self, batch_id: int, outcome: str, on: str) -> None:
        """The bank says the same of everything in a batch."""
        subsidy = self.county.services["subsidy"]
        subsidy.stir()
        async with subsidy.context.engine.connect() as conn:
            lines = (await conn.execute(text(
                "SELECT payout_id, attempt, amount_fen FROM attempts WHERE batch_id = :id"
            ), {"id": batch_id})).all()  # fmt: skip
        content = f"# count={len(lines)} total_fen={sum(line.amount_fen for line in lines)}\n"
        content += "payout_no,outcome,amount_fen,reason\n"
        for line in lines:
            content += f"{payout_no(line.payout_id, line.attempt)},{outcome},{line.amount_fen},\n"
        answer = await subsidy.http.post(
            f"/v1/payout-batches/{batch_id}/results", content=content.encode(),
            headers={"content-type": "text/csv", "canbao-clock": moment(on).isoformat(),
                     "authorization": f"Bearer {self.token_of('desk')}",
                     "idempotency-key": f'"{uuid.uuid4()}"'},
        )  # fmt: skip
        assert answer.status_code == 200, answer.text
        await self.county.settle()


@dataclass
class Somebody:
    """A person of a story."""

    story: Story
    number: str
    household: str = ""
    name: str = "张三"

    async def found(self) -> dict[str, Any]:
        """The person as registration shows them."""
        found = await self.story.county.expect(
            "registration", "POST", "/v1/persons/search", moment("2022-01-01"),
            {"id_number": self.number, "name": self.name},
        )  # fmt: skip
        (person,) = found["items"]
        return dict(person)

    async def enrollment(self) -> dict[str, Any]:
        """The enrollment as registration shows it."""
        person = await self.found()
        enrollments = [e for e in person["enrollments"] if e["county"] == self.story.code]
        assert len(enrollments) == 1
        return enrollments[0]

    async def state(self) -> str:
        return (await self.enrollment())["state"]

    async def owes(self, on: str) -> Any:
        """What paying then would cost in yuan, by collection."""
        return (await self.due(on))["payable_fen"] / 100

    async def due_state(self, on: str = "2022-01-01") -> str:
        return (await self.due(on))["state"]

    async def due(self, on: str) -> dict[str, Any]:
        """What is owed, as collection shows it."""
        return await self.story.county.expect(
            "collection", "POST", "/v1/dues/search", moment(on),
            {"id_number": self.number, "name": self.name, "county": self.story.code,
             "coverage_year": self.story.year},
        )  # fmt: skip

    async def pays(
        self, yuan: float, paid_at: str, *, told_at: str | None = None, no: str | None = None
    ) -> str:
        """Pay through the tax channel; the channel may tell of it later."""
        fen = round(yuan * 100)
        transaction = no or f"T{uuid.uuid4().hex[:12]}"
        payment = {
            "transaction_no": transaction,
            "paid_at": moment(paid_at).isoformat(),
            "amount_fen": fen,
            "county": self.story.code,
            "coverage_year": self.story.year,
            "items": [{"id_number": self.number, "name": self.name, "amount_fen": fen}],
        }
        answer = await self.story.county.pay(payment, moment(told_at or paid_at))
        assert answer.status_code in (200, 202), answer.text
        await self.story.county.settle()
        return transaction

    async def gives_card(self, on: str, account: str = "6221550000000000001") -> None:
        """Register the social-security card."""
        row = {"id_number": self.number, "account_no": account, "bank": "农商银行",
               "holder": self.name}  # fmt: skip
        await self.story.county.expect("subsidy", "POST", "/v1/cards:batch", moment(on), [row])

    async def helped(self) -> list[tuple[str, float]]:
        """Active help: payer and yuan."""
        enrollment = await self.enrollment()
        rows = await self._rows(
            "subsidy",
            "SELECT payer, amount_fen FROM grants WHERE enrollment_id = :id AND revoked_at IS NULL "
            "ORDER BY payer",
            id=enrollment["enrollment_id"],
        )
        return [(row.payer, row.amount_fen / 100) for row in rows]

    async def suspended(self) -> list[tuple[str, float]]:
        """Money in suspense: reason and yuan."""
        found = await self._rows(
            "collection",
            "SELECT reason, amount_fen, masked_id FROM payment_lines WHERE state = 'suspended' "
            "ORDER BY payment_id, line_no",
        )
        return [(row.reason, row.amount_fen / 100) for row in found]

    async def payouts(self) -> list[tuple[str, float]]:
        rows = await self._rows("subsidy", "SELECT state, amount_fen FROM payouts ORDER BY payout_id")
        return [(row.state, row.amount_fen / 100) for row in rows]

    async def _rows(self, service: str, sql: str, **values: Any) -> list[Any]:
        async with self.story.county.services[service].context.engine.connect() as conn:
            return list((await conn.execute(text(sql), values)).all())


@pytest.fixture(params=["straight", "mixed"])
async def tell(request: Any, service_context: Any, signing_key: Any) -> AsyncIterator[Any]:
    """Begin a story in a county: `story = await tell("huining")`, with more settings of collection.

    Each is played twice: with messages that arrive at once and in order, and with messages that come late,
    in another order between topics, and twice. In the end the services agree about everything.
    """
    stories: list[County] = []

    def token_of(subject: str, scopes: Any = EVERY_SCOPE, division: str = "*", role: str = "") -> str:
        return signing_key.issue(subject, scopes, division, role)

    async def begin(code: str, **collection: str) -> Story:
        contexts = [
            await service_context("registration"),
            await service_context(
                "collection",
                channels=json.dumps({one: [SECRET] for one in ("tax", "school", "tax_hall")}),
                debits=json.dumps({code: {STORY_BANK: {}}}),
                **collection,
            ),
            await service_context("subsidy", account_key=base64.b64encode(b"\x05" * 32).decode()),
            await service_context("ledger"),
        ]
        county = county_of(
            contexts,
            lambda context: definition(context.name).create_app(context),
            token_of("desk"),
            WebhookSender("tax", (SECRET,)),
        )
        if request.param == "mixed":
            county.courier = Courier(Random(7))
        stories.append(county)
        return Story(county, code, token_of)

    yield begin
    for county in stories:
        await county.settle()
        urls = {name: running.context.settings.database_url for name, running in county.services.items()}
        report = await verify(urls, county.services["ledger"].context.notices)
        assert {check.name: check.told for check in report.checks if check.count} == {}
        for running in county.services.values():
            await running.http.aclose()
