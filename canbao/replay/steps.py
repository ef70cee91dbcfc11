"""What each step does: the desk where the operators and channels of a scenario sit."""

from datetime import datetime

import orjson
from pydantic import JsonValue

from canbao.replay import scenario
from canbao.replay.answers import (
    Approvals,
    Batched,
    DueFound,
    Ordered,
    Payments,
    Payout,
    Refunds,
    Waiting,
)
from canbao.replay.bank import bank_results
from canbao.replay.batching import Batches
from canbao.replay.channels import Channels
from canbao.replay.clerks import Clerks
from canbao.replay.keys import Keys
from canbao.replay.matching import match
from canbao.replay.purses import Purses
from canbao.replay.scenario import Deed, Step
from canbao.replay.services import Services, read
from canbao.replay.surveying import Surveyors
from canbao.replay.tickets import Reporters
from canbao.replay.verifying import verify
from canbao.simulator.standard_webhook import SignedRequest

_BATCH_ROWS = 2_000
_CONFLICT_OR_REFUSED = frozenset({400, 401, 404, 409, 422})
_NDJSON = {"content-type": "application/x-ndjson"}


#: The status of an answer that waits for a second person.
_WAITS = 202


class Desk:
    """Carries out steps through the services' own HTTP interfaces.

    `deliveries` sends every channel notification that many times, as a network that repeats would.
    """

    def __init__(self, services: Services, channels: Channels, deliveries: int = 1) -> None:
        self._services = services
        self._channels = channels
        self._deliveries = deliveries
        self._purses = Purses(services)
        self._batches = Batches(services, self._purses)
        self._surveyors = Surveyors(services)
        self._reporters = Reporters(services)
        self._clerks = Clerks(services, channels)

    async def do(self, step: Step) -> str | None:
        """Carry out one step; return a sentence when the answer was not the one the step expects."""
        keys = Keys(step)
        match step.deed:
            case scenario.Register():
                return await self._register(step.deed, keys)
            case scenario.Callback():
                return await self._deliver(step.deed, self._channels.notification(step.deed))
            case scenario.Order():
                return await self._order(step.deed, keys)
            case scenario.Cash() | scenario.Deposit() | scenario.Paper():
                return await self._purses.act(step.deed, keys.of("cash"))
            case scenario.Batch():
                return await self._batches.act(step.deed, keys.of("batch"))
            case scenario.Survey() | scenario.Chase():
                return await self._surveyors.act(step.deed, keys.of("village"))
            case scenario.Ticket() | scenario.AnswerTickets():
                await self._reporters.act(step.deed, keys.of("ticket"))
            case scenario.UnitList():
                return await self._clerks.send(step.deed, keys.of("list"))
            case scenario.UnitOrder():
                return await self._deliver(step.deed, await self._clerks.order(step.deed, keys.of("order")))
            case scenario.Payout():
                return await self._payout(step.deed, keys)
            case scenario.Refund():
                return await self._refund(step.deed, keys)
            case scenario.ApproveRefunds():
                await self._approve_refunds(step.deed, keys)
            case scenario.Parameters():
                await self._supply(step.deed, keys)
            case scenario.Roster():
                await self._list(step.deed, keys)
            case scenario.MatchTerms() | scenario.MatchArrivals():
                await match(self._services, step.deed, keys)
            case scenario.Settle():
                pass  # the player waits until quiet around every step of this kind
            case _:
                await self._tell(step.deed, keys.of("told"))
        return None

    async def _tell(self, deed: Deed, key: str) -> None:
        """Send a step that is one request, whose answer holds no surprise."""
        at, body = deed.at, deed.model_dump(mode="json", by_alias=True, exclude_unset=True, exclude={"at"})
        send = self._services.send
        match deed:
            case scenario.LifeEvents():
                await send("registration", "POST", "/v1/life-events", at=at, body=body, key=key)
            case scenario.Cards():
                content = _lines(deed.rows)
                await send(
                    "subsidy", "POST", "/v1/cards:batch", at=at, content=content, headers=_NDJSON, key=key
                )
            case scenario.Movement():
                body.setdefault("business_at", at.isoformat())
                if deed.amount_fen == "all":
                    del body["amount_fen"]
                await send("ledger", "POST", "/v1/movements", at=at, body=body, key=key)
            case scenario.Close():
                path = f"/v1/handovers/{deed.county}/{deed.coverage_year}/{deed.deadline}/close"
                await send("ledger", "POST", path, at=at, body={}, key=key)

    async def _list(self, step: scenario.Roster, keys: Keys) -> None:
        """Send a roster; a second officer agrees to one of an earlier day after the window."""
        body = step.model_dump(mode="json", by_alias=True, exclude_unset=True, exclude={"at"})
        answer = await self._services.send(
            "registration", "POST", "/v1/rosters", at=step.at, body=body, key=keys.of("told")
        )
        if answer.status_code == _WAITS:
            number = read(Waiting, answer).approval.approval_id
            path = f"/v1/approvals/{number}"
            await self._approve(path, step.at, keys.of("agree"), service="registration")

    async def _register(self, step: scenario.Register, keys: Keys) -> str | None:
        rejected: list[JsonValue] = []
        for first in range(0, len(step.households), _BATCH_ROWS):
            answer = await self._services.send(
                "registration",
                "POST",
                "/v1/households:batch",
                at=step.at,
                content=_lines(step.households[first : first + _BATCH_ROWS]),
                headers=_NDJSON,
                key=keys.of(first),
            )
            rejected += read(Batched, answer).rejected
        if len(rejected) == step.expect_rejected:
            return None
        told = f"{len(rejected)} households were rejected, {step.expect_rejected} expected"
        return f"{told}: {str(rejected[0])[:300]}" if rejected else told

    async def _deliver(
        self, step: scenario.Callback | scenario.Order | scenario.UnitOrder, request: SignedRequest
    ) -> str | None:
        expected = step.expect
        for _ in range(self._deliveries * step.copies):
            answer = await self._services.send(
                "collection",
                "POST",
                request.path,
                at=step.at,
                role=None,
                content=request.body,
                headers=request.headers,
                accept=_CONFLICT_OR_REFUSED,
            )
            status = answer.status_code
            if (status // 100 == 2) != (expected // 100 == 2) or (expected >= 400 and status != expected):
                return f"{request.path} answered {status}, {expected} expected: {answer.text[:300]}"
        return None

    async def _order(self, step: scenario.Order, keys: Keys) -> str | None:
        payable = await self._payable(step)
        if not payable:
            return "nobody had anything to pay"
        answer = await self._services.send(
            "collection",
            "POST",
            "/v1/orders",
            at=step.at,
            role="mini_program",
            body={
                "county": step.county,
                "coverage_year": step.coverage_year,
                "person_ids": payable,
                "channel": step.channel,
                "notice_channel": step.notice_channel,
                "payer": {"id_number": step.payer.id_number, "name": step.payer.name},
            },
            key=keys.of("order"),
            accept=frozenset({409, 422}),
        )
        if answer.status_code >= 400:
            return None if step.expect == answer.status_code else f"order refused: {answer.text[:300]}"
        if step.abandon:
            return None
        order = read(Ordered, answer)
        request = self._channels.order_notification(step, order.order_no, order.amount_fen)
        return await self._deliver(step, request)

    async def _payable(self, step: scenario.Order) -> list[int]:
        """Find the payer, and the family when the step says so: who of them has anything to pay."""
        asked = {
            "id_number": step.payer.id_number,
            "name": step.payer.name,
            "county": step.county,
            "coverage_year": step.coverage_year,
            "notice_channel": step.notice_channel,
            "is_payer": True,
        }
        path = "/v1/dues/search"
        answer = await self._services.send(
            "collection", "POST", path, at=step.at, role="mini_program", body=asked
        )
        found = read(DueFound, answer)
        people = [found, *found.family] if step.for_ == "family" else [found]
        return [due.person_id for due in people if due.state == "open" and (due.payable_fen or 0) > 0]

    async def _payout(self, step: scenario.Payout, keys: Keys) -> str | None:
        """Batch all that is ready, let the bank answer, and feed its result file back."""
        await verify(self._services, step, keys)
        answer = await self._services.send(
            "subsidy",
            "POST",
            "/v1/payout-batches",
            at=step.at,
            body={"county": step.county, "coverage_year": step.coverage_year},
            key=keys.of("batch"),
            accept=frozenset({404, 409, 422}),
        )
        if answer.status_code >= 400:
            return None if step.may_be_empty else answer.text[:300]
        made = read(Payout, answer)
        await self._approve(f"/v1/approvals/{made.approval_id}", step.at, keys.of("agree"))
        batch = f"/v1/payout-batches/{made.batch_id}"
        exported = await self._services.send("subsidy", "GET", f"{batch}/file", at=step.at)
        await self._services.send(
            "subsidy", "POST", f"{batch}/results", at=step.at,
            content=bank_results(exported.text, step).encode(),
            headers={"content-type": "text/csv; charset=utf-8"}, key=keys.of("results"),
        )  # fmt: skip
        return None

    async def _refund(self, step: scenario.Refund, keys: Keys) -> str | None:
        path = f"/v1/payments?transaction_no={step.transaction_no}"
        found = await self._services.get(Payments, "collection", path, at=step.at)
        if not found.items:
            return f"no payment has the transaction number {step.transaction_no}"
        body = {
            "payment_id": found.items[0].payment_id,
            "line_no": step.line_no,
            "reason": step.reason,
            # Whoever writes a scenario has decided; a second officer of it still has to approve.
            "exceptional": True,
        }
        await self._services.send(
            "subsidy", "POST", "/v1/refunds", at=step.at, body=body, key=keys.of("refund"),
            accept=frozenset({409}),
        )  # fmt: skip
        return None

    async def _supply(self, step: scenario.Parameters, keys: Keys) -> None:
        """One officer asks for values, another one agrees."""
        path = f"/v1/notices/{step.county}/{step.coverage_year}/parameters"
        waits = frozenset({409})  # asked for already, when the step was broken off
        await self._services.send("registration", "PUT", path, at=step.at, body=step.values, accept=waits)
        query = f"county={step.county}&coverage_year={step.coverage_year}"
        path = f"/v1/approvals?limit=1000&{query}"
        found = await self._services.get(Approvals, "registration", path, at=step.at, role="approver")
        for approval in found.items:
            if approval.operation == "parameters":
                number = approval.approval_id
                await self._services.send(
                    "registration", "POST", f"/v1/approvals/{number}/approve", at=step.at, role="approver",
                    body={}, key=keys.of(f"approve-{number}"),
                )  # fmt: skip

    async def _approve_refunds(self, step: scenario.ApproveRefunds, keys: Keys) -> None:
        query = f"county={step.county}&coverage_year={step.coverage_year}"
        path = f"/v1/refunds?state=requested&limit=1000&{query}"
        while True:
            found = await self._services.get(Refunds, "subsidy", path, at=step.at, role="approver")
            if not found.items:
                return
            for refund in found.items:
                case = refund.refund_id
                await self._approve(f"/v1/refunds/{case}", step.at, keys.of(f"approve-{case}"))

    async def _approve(self, path: str, at: datetime, key: str, service: str = "subsidy") -> None:
        """Agree as the second person, who may have agreed before the process that replays was killed."""
        await self._services.send(
            service, "POST", f"{path}/approve", at=at, role="approver", body={}, key=key,
            accept=frozenset({409}),
        )  # fmt: skip


def _lines(rows: list[scenario.Row]) -> bytes:
    return b"\n".join(map(orjson.dumps, rows))
