"""Tells the services what officers decide about a life, and hands its money over."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

from canbao.simulate.books import Totals
from canbao.simulate.county import County, StepRefused
from canbao.simulate.life import (
    BankAnswered,
    CardGiven,
    Decided,
    RefundAsked,
    RefundDecided,
    SentToBank,
    Step,
)
from services.subsidy.payout_batches.rules import payout_no

#: Which step of a case keeps what was in doubt, or restores it, and which does not.
_STEPS = {"ground_gone": ("keep", "withdraw"), "ground_back": ("restore", "leave")}


#: What the states of a payout are called here.
_STATES = {"waiting_card": "due", "ready": "due", "held": "due", "needs_card": "failed"}
#: What is sent to a service.
Body: TypeAlias = dict[str, Any]


@dataclass(frozen=True)
class Offices:
    """The officers of one county and year."""

    county: County
    code: str
    year: int
    #: The numbers of payments that were taken by hand, by transaction.
    numbers: Mapping[int, str]
    #: Whose cards were given, in their order, and the batches of the life.
    cards: list[int] = field(default_factory=list)
    batches: dict[int, int] = field(default_factory=dict)

    async def decide(self, step: Decided, enrollment_id: int) -> None:
        """Decide what is open about somebody's cover; nothing where nothing is."""
        rows = await self.county.services["registration"].rows(
            "SELECT case_id, kind FROM cases WHERE subject = :subject AND state = 'open' ORDER BY 1",
            subject=f"enrollments/{enrollment_id}",
        )
        for row in rows:
            keeps, ends = _STEPS[row["kind"]]
            body: Body = {"step": keeps if step.keeps else ends, "reason": "已核实"}
            path = f"/v1/cases/{row['case_id']}/decision"
            decided = await self.county.expect("registration", "POST", path, step.at, body)
            if decided["approval"] is not None:
                await self.approve("registration", decided["approval"]["approval_id"], step.at)

    async def approve(self, service: str, approval_id: int, at: datetime) -> None:
        """Have another person agree."""
        path = f"/v1/approvals/{approval_id}/approve"
        await self.county.expect(service, "POST", path, at, {}, token=self.county.second)

    async def ask_back(self, step: RefundAsked, place: tuple[int, int]) -> None:
        """Ask for a refund of a line; what cannot be is refused. A case that opened by itself gives way."""
        known = await self.county.services["subsidy"].rows(
            "SELECT person_id FROM payment_lines WHERE (payment_id, line_no) = (:payment_id, :line_no) "
            "AND person_id IS NOT NULL",
            payment_id=place[0],
            line_no=place[1],
        )
        if not known:
            return  # money of an unknown person is left out
        for id_ in await self._waiting(place, "r.requested_by = 'system' AND l.state <> 'applied'"):
            await self._decide_back(step, id_, "reject")
        body: Body = {"payment_id": place[0], "line_no": place[1], "reason": "多缴", "exceptional": True}
        body |= {} if step.amount_fen is None else {"amount_fen": step.amount_fen}
        answer = await self.county.ask("subsidy", "POST", "/v1/refunds", step.at, body)
        if answer.status_code not in (201, 404, 409):
            raise StepRefused(f"{step}: {answer.status_code} {answer.text}")

    async def decide_back(self, step: RefundDecided, place: tuple[int, int]) -> None:
        """Decide the refund of a line that waits, if there is one."""
        for id_ in await self._waiting(place, "(r.requested_by <> 'system' OR l.state = 'applied')"):
            await self._decide_back(step, id_, "approve" if step.approves else "reject")

    async def _decide_back(self, step: Step, refund_id: int, how: str) -> None:
        path = f"/v1/refunds/{refund_id}/{how}"
        answer = await self.county.ask("subsidy", "POST", path, step.at, {}, token=self.county.second)
        if answer.status_code not in (200, 409):
            raise StepRefused(f"{step}: {answer.status_code} {answer.text}")

    async def _waiting(self, place: tuple[int, int], which: str) -> list[int]:
        rows = await self.county.services["subsidy"].rows(
            "SELECT r.refund_id FROM refunds r JOIN payment_lines l USING (payment_id, line_no) WHERE "
            f"r.payment_id = :payment_id AND r.line_no = :line_no AND r.state = 'requested' AND {which}",
            payment_id=place[0],
            line_no=place[1],
        )
        return [row["refund_id"] for row in rows]

    async def refunds(self, person_id: int) -> list[str]:
        """What goes back to the card, and how far it is."""
        rows = await self.county.services["subsidy"].rows(
            "SELECT l.payment_id, r.amount_fen, r.state, p.state AS payout FROM refunds r "
            "JOIN payment_lines l USING (payment_id, line_no) LEFT JOIN payouts p USING (refund_id) "
            "WHERE r.person_id = :id AND (r.state IN ('approved', 'paid') OR r.state = 'requested' "
            "AND (r.requested_by <> 'system' OR l.state = 'applied'))",
            id=person_id,
        )
        numbers = await self.county.services["collection"].rows(
            "SELECT id, transaction_no FROM payments WHERE id = ANY(:ids)",
            ids=[row["payment_id"] for row in rows],
        )
        by_hand = {number: str(transaction) for transaction, number in self.numbers.items()}
        named = {
            row["id"]: by_hand.get(row["transaction_no"], row["transaction_no"].rsplit("-", 1)[-1])
            for row in numbers
        }
        return sorted(
            f"T{named[row['payment_id']]} {row['amount_fen']} {row['state']} "
            f"{_STATES.get(row['payout'], row['payout'] or '')}".strip()
            for row in rows
        )

    async def give_card(self, step: CardGiven, id_number: str, holder: str) -> None:
        """Tell of a card that nobody was told of before."""
        self.cards.append(step.person)
        account = f"62215500{self.code.rsplit('-', 1)[1]:0>8}{len(self.cards):04d}"
        row: Body = {"id_number": id_number, "account_no": account, "bank": "农商银行", "holder": holder}
        await self.county.expect("subsidy", "POST", "/v1/cards:batch", step.at, [row])

    async def send(self, step: SentToBank) -> None:
        """Make a batch of what is ready; nothing where nothing is."""
        body: Body = {"county": self.code, "coverage_year": self.year}
        await self._verify(body, step.at)
        answer = await self.county.ask("subsidy", "POST", "/v1/payout-batches", step.at, body)
        if answer.status_code == 409:
            return
        batch = answer.json()
        if answer.status_code != 201:
            raise StepRefused(f"{step}: {answer.status_code} {answer.text}")
        self.batches[step.batch] = batch["batch_id"]
        await self.approve("subsidy", batch["approval_id"], step.at)

    async def _verify(self, body: Body, at: datetime) -> None:
        """The bureau releases everybody on its rosters, and finance has all the money."""
        await self.county.expect("subsidy", "POST", "/v1/verifications", at, body)
        release: Body = {**body, "decision": "release"}
        await self.county.expect("subsidy", "POST", "/v1/verifications/decisions", at, release)
        made = await self.county.ask("subsidy", "POST", "/v1/fund-applications", at, body)
        for one in made.json().get("applications", ()):
            path = f"/v1/fund-applications/{one['application_id']}/confirmation"
            confirmed: Body = {"confirmed_fen": one["total_fen"]}
            await self.county.expect("subsidy", "POST", path, at, confirmed, token=self.county.second)

    async def answer(self, step: BankAnswered, person_ids: Mapping[int, int]) -> None:
        """Send what the bank says, as a file."""
        if step.batch not in self.batches:
            return
        batch_id = self.batches[step.batch]
        rows = await self.county.services["subsidy"].rows(
            "SELECT a.payout_id, a.attempt, a.amount_fen, p.person_id, p.kind, a.outcome FROM attempts a "
            "JOIN payouts p USING (payout_id) WHERE a.batch_id = :id ORDER BY 1",
            id=batch_id,
        )
        said = {person_ids[person]: outcome for person, outcome in step.said if person in person_ids}
        # What was said of a refund is not said otherwise later here.
        told = [
            row for row in rows
            if row["person_id"] in said and (row["kind"] == "subsidy" or row["outcome"] is None)
        ]  # fmt: skip
        if not told:
            return
        lines = [f"# count={len(told)} total_fen={sum(row['amount_fen'] for row in told)}"]
        lines.append("payout_no,outcome,amount_fen,reason")
        for row in told:
            number = payout_no(row["payout_id"], row["attempt"])
            outcome = said[row["person_id"]]
            outcome = "failed" if (row["kind"], outcome) == ("refund", "returned") else outcome
            lines.append(f"{number},{outcome},{row['amount_fen']},")
        file = "\n".join([*lines, ""]).encode()
        await self.county.send_file("subsidy", f"/v1/payout-batches/{batch_id}/results", step.at, file)

    async def close(self, at: datetime) -> None:
        """Close every handover that can be, in their order."""
        for one in await self._calendar(at):
            if one["state"] != "sealed" and at >= datetime.fromisoformat(one["cutoff_at"]):
                path = f"/v1/handovers/{self.code}/{self.year}/{one['deadline_id']}/close"
                await self.county.expect("ledger", "POST", path, at, {})

    async def cases(self, person_id: int) -> list[str]:
        """The kinds of open cases about somebody's money."""
        sql = "SELECT kind FROM cases WHERE person_id = :id AND state = 'open'"
        return [row["kind"] for row in await self.county.services["subsidy"].rows(sql, id=person_id)]

    async def payouts(self, person_id: int) -> list[str]:
        """What help goes to the card, and how far it is; none that was taken off a refund."""
        rows = await self.county.services["subsidy"].rows(
            "SELECT g.payer, p.amount_fen, p.state FROM payouts p JOIN grants g USING (grant_id) "
            "WHERE g.person_id = :id AND p.state <> 'cancelled' AND g.recovered_from IS NULL",
            id=person_id,
        )
        found = [(row["payer"], row["amount_fen"], _STATES.get(row["state"], row["state"])) for row in rows]
        return sorted(f"{payer} {fen} {state}" for payer, fen, state in found)

    async def handovers(self) -> dict[str, Totals]:
        """What each sealed handover says: heads and fen by who bears it."""
        sealed = await self.county.services["ledger"].rows(
            "SELECT deadline_id, document FROM handovers WHERE county = :county", county=self.code
        )
        found: dict[str, Totals] = {}
        for one in sealed:
            rows = json.loads(one["document"])["by_payer"]
            figures = {row["payer"]: (row["head_count"], row["amount_fen"]) for row in rows}
            found[one["deadline_id"]] = {payer: both for payer, both in figures.items() if any(both)}
        return found

    async def _calendar(self, at: datetime) -> list[dict[str, Any]]:
        books: dict[str, Any] = {"county": self.code, "coverage_year": self.year}
        items: list[dict[str, Any]] = (
            await self.county.expect("ledger", "GET", "/v1/handovers", at, **books)
        )["items"]
        return items
