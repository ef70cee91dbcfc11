"""Answers "what does each step do?": the desk where operators, channels and the bank of a scenario sit."""

import csv
import io
from typing import Any

import orjson

from canbao.replay.channels import Channels
from canbao.replay.scenario import Step
from canbao.replay.services import Services
from canbao.simulator.standard_webhook import SignedRequest

_BATCH_ROWS = 2_000
_CONFLICT_OR_REFUSED = frozenset({400, 401, 404, 409, 422})


class Desk:
    """Carries out the steps of a scenario through the services' own HTTP interfaces.

    `deliveries` sends every channel notification that many times, as a network that repeats would.
    """

    def __init__(self, services: Services, channels: Channels, deliveries: int = 1) -> None:
        self._services = services
        self._channels = channels
        self._deliveries = deliveries

    async def do(self, step: Step) -> str | None:
        """Carry out one step; return a sentence when the answer was not the one the step expects."""
        return await getattr(self, f"_{step.do}")(step)

    async def _settle(self, step: Step) -> None:
        """Wait until quiet: the player does that around every step of this kind."""

    async def _register(self, step: Step) -> str | None:
        rejected = 0
        rows = step.body["households"]
        for first in range(0, len(rows), _BATCH_ROWS):
            answer = await self._services.json(
                "registration",
                "POST",
                "/v1/households:batch",
                at=step.at,
                content=b"\n".join(orjson.dumps(row) for row in rows[first : first + _BATCH_ROWS]),
                headers={"content-type": "application/x-ndjson"},
            )
            rejected += len(answer["rejected"])
        expected = step.body.get("expect_rejected", 0)
        return None if rejected == expected else f"{rejected} households were rejected, {expected} expected"

    async def _roster(self, step: Step) -> None:
        body = {key: value for key, value in step.body.items() if key not in ("at", "do")}
        await self._services.json("registration", "POST", "/v1/rosters", at=step.at, body=body)

    async def _life_events(self, step: Step) -> None:
        body = {"rows": step.body["rows"]}
        await self._services.json("registration", "POST", "/v1/life-events", at=step.at, body=body)

    async def _parameters(self, step: Step) -> None:
        path = f"/v1/notices/{step.body['county']}/{step.body['year']}/parameters"
        await self._services.json("registration", "PUT", path, at=step.at, body=step.body["values"])

    async def _cards(self, step: Step) -> None:
        content = b"\n".join(orjson.dumps(row) for row in step.body["rows"])
        headers = {"content-type": "application/x-ndjson"}
        await self._services.json(
            "subsidy", "POST", "/v1/cards:batch", at=step.at, content=content, headers=headers
        )

    async def _callback(self, step: Step) -> str | None:
        return await self._deliver(step, self._channels.notification(step))

    async def _deliver(self, step: Step, request: SignedRequest) -> str | None:
        expected = step.body.get("expect", 200)
        status = None
        for _ in range(self._deliveries * step.body.get("copies", 1)):
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

    async def _order(self, step: Step) -> str | None:
        order = await self._open_order(step)
        if isinstance(order, str):
            return order
        if step.body.get("abandon"):
            return None
        return await self._deliver(step, self._channels.order_notification(step, order))

    async def _open_order(self, step: Step) -> dict[str, Any] | str:
        """Find the payer, then order for the payer (and the family when the step says so)."""
        body, payer = step.body, step.body["payer"]
        asked = {
            "id_number": payer["id_number"],
            "name": payer["name"],
            "county": body["county"],
            "coverage_year": body["year"],
        }
        found = await self._services.json(
            "collection", "POST", "/v1/dues/search", at=step.at, role="mini_program", body=asked
        )
        people = [found, *found.get("family", ())] if body.get("for") == "family" else [found]
        payable = [p["person_id"] for p in people if p.get("state") == "open" and p.get("payable_fen", 0) > 0]
        if not payable:
            return "nobody had anything to pay"
        answer = await self._services.send(
            "collection",
            "POST",
            "/v1/orders",
            at=step.at,
            role="mini_program",
            headers={"idempotency-key": f'"{body["transaction_no"]}"'},
            body={
                "county": body["county"],
                "coverage_year": body["year"],
                "person_ids": payable,
                "channel": body["channel"],
            },
            accept=frozenset({409, 422}),
        )
        if answer.status_code >= 400:
            return None if body.get("expect") == answer.status_code else f"order refused: {answer.text[:300]}"
        return answer.json()

    async def _payout(self, step: Step) -> str | None:
        """Batch all that is ready, let the bank answer, and feed its result file back."""
        body = {"county": step.body["county"], "coverage_year": step.body["year"]}
        answer = await self._services.send(
            "subsidy",
            "POST",
            "/v1/payout-batches",
            at=step.at,
            body=body,
            headers={"idempotency-key": f'"replay-{step.line}"'},
            accept=frozenset({404, 409, 422}),
        )
        if answer.status_code >= 400:
            return None if step.body.get("may_be_empty", True) else answer.text[:300]
        batch = answer.json()["batch_id"]
        exported = await self._services.send("subsidy", "GET", f"/v1/payout-batches/{batch}/file", at=step.at)
        results = bank_results(exported.text, step.body)
        await self._services.send(
            "subsidy",
            "POST",
            f"/v1/payout-batches/{batch}/results",
            at=step.at,
            content=results.encode(),
            headers={"content-type": "text/csv; charset=utf-8"},
        )
        return None

    async def _refund(self, step: Step) -> str | None:
        transaction = step.body["transaction_no"]
        found = await self._services.json(
            "collection", "GET", f"/v1/payments?transaction_no={transaction}", at=step.at
        )
        payments = found["items"] if isinstance(found, dict) else found
        if not payments:
            return f"no payment has the transaction number {transaction}"
        body = {
            "payment_id": payments[0]["payment_id"],
            "line_no": step.body.get("line_no", 1),
            "reason": step.body["reason"],
        }
        await self._services.send(
            "subsidy", "POST", "/v1/refunds", at=step.at, body=body, accept=frozenset({409})
        )
        return None

    async def _approve_refunds(self, step: Step) -> None:
        query = f"county={step.body['county']}&coverage_year={step.body['year']}"
        path = f"/v1/refunds?state=requested&limit=1000&{query}"
        while True:
            found = await self._services.json("subsidy", "GET", path, at=step.at, role="approver")
            items = found["items"] if isinstance(found, dict) else found
            if not items:
                return
            for refund in items:
                await self._services.send(
                    "subsidy",
                    "POST",
                    f"/v1/refunds/{refund['refund_id']}/approve",
                    at=step.at,
                    role="approver",
                    body={},
                    accept=frozenset({409}),
                )

    async def _movement(self, step: Step) -> None:
        body = {key: value for key, value in step.body.items() if key not in ("at", "do", "year")}
        body["coverage_year"] = step.body["year"]
        body.setdefault("business_at", step.at.isoformat())
        if body.get("amount_fen") == "all":
            del body["amount_fen"]
        await self._services.send("ledger", "POST", "/v1/movements", at=step.at, body=body)

    async def _close(self, step: Step) -> None:
        where = f"{step.body['county']}/{step.body['year']}/{step.body['deadline']}"
        await self._services.json("ledger", "POST", f"/v1/handovers/{where}/close", at=step.at, body={})


def bank_results(exported: str, step: dict[str, Any]) -> str:
    """Answer a payout file as the bank would: accounts the step names fail or are returned, the rest paid."""
    failed, returned = set(step.get("failed_accounts", ())), set(step.get("returned_accounts", ()))
    rows = list(csv.DictReader(line for line in io.StringIO(exported) if not line.startswith("#")))
    out = io.StringIO()
    total = sum(int(row["amount_fen"]) for row in rows)
    out.write(f"# count={len(rows)} total_fen={total}\n")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["payout_no", "outcome", "amount_fen", "reason"])
    for row in rows:
        outcome, reason = "paid", ""
        if row["account_no"] in failed:
            outcome, reason = "failed", "account name differs"
        elif row["account_no"] in returned:
            outcome, reason = "returned", "account closed"
        writer.writerow([row["payout_no"], outcome, row["amount_fen"], reason])
    return out.getvalue()
