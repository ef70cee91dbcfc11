"""Writes decisions: lines, paid dues, vouchers and events, all in the caller's transaction."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bus import outbox
from libs.common.bus.outbox import Draft
from libs.common.clock import business_date
from libs.common.events.collection import PaymentReceived, PaymentSuspended
from services.collection.channels.keyring import Keys
from services.collection.matching import store
from services.collection.matching.lines import Decision
from services.collection.vouchers import store as vouchers
from services.collection.vouchers.rules import voucher_no


@dataclass(frozen=True)
class Settling:
    """`division_of` gives the 12-digit code of a county by name."""

    division_of: Callable[[str | None], str | None]
    keys: Keys

    async def settle(
        self,
        conn: AsyncConnection,
        decisions: Sequence[Decision],
        *,
        by: str | None = None,
        note: str | None = None,
    ) -> dict[tuple[int, int], str]:
        """Carry out decisions about new lines and lines in suspense; give the voucher numbers by line.

        A line that stays in suspense is not published again: its money was, when it came.
        """
        numbers = await self._voucher_numbers(conn, decisions)
        rows = [self._row(decision, numbers, by, note) for decision in decisions]
        new = [row for row, decision in zip(rows, decisions, strict=True) if not decision.line.again]
        changed = [row for row, decision in zip(rows, decisions, strict=True) if decision.line.again]
        await store.insert_lines(conn, new)
        await store.update_lines(conn, changed)
        applied = [decision for decision in decisions if decision.verdict.segment is not None]
        await store.mark_dues_paid(conn, [_due_paid(decision) for decision in applied])
        await vouchers.issue(conn, [self._voucher(decision, numbers) for decision in applied])
        drafts = [self._draft(decision, numbers) for decision in decisions]
        await outbox.append(conn, [draft for draft in drafts if draft is not None])
        return numbers

    async def _voucher_numbers(
        self, conn: AsyncConnection, decisions: Sequence[Decision]
    ) -> dict[tuple[int, int], str]:
        """Number the vouchers of applied lines, gapless per county and day."""
        places: list[tuple[tuple[int, int], tuple[str, date]]] = []
        for decision in decisions:
            if decision.verdict.segment is not None and decision.due is not None:
                line = decision.line
                place = (decision.due.division_code[:6], business_date(line.occurred_at))
                places.append(((line.payment_id, line.line_no), place))
        last = await store.next_sequences(conn, Counter(place for _, place in places))
        numbers = {}
        for key, place in places:
            last[place] += 1
            numbers[key] = voucher_no(*place, last[place])
        return numbers

    def _row(
        self, decision: Decision, numbers: dict[tuple[int, int], str], by: str | None, note: str | None
    ) -> dict[str, Any]:
        line, due, verdict = decision.line, decision.due, decision.verdict
        applied = verdict.segment is not None
        number = numbers.get((line.payment_id, line.line_no))
        return {
            "payment_id": line.payment_id,
            "line_no": line.line_no,
            "county": line.county,
            "coverage_year": line.coverage_year,
            "division_code": due.division_code if due else self.division_of(line.county),
            "amount_fen": line.amount_fen,
            "state": "applied" if applied else "suspended",
            "reason": verdict.reason,
            "whole": line.doubt is not None,
            "identity_digest": line.named.identity_digest,
            "name_digest": line.named.name_digest,
            "masked_id": line.named.masked_id,
            "masked_name": line.named.masked_name or (due.masked_name if due else None),
            "person_id": due.person_id if due else line.person_id,
            "household_id": due.household_id if due else None,
            "enrollment_id": due.enrollment_id if due else None,
            "assessment_id": due.assessment_id if due else None,
            "voucher_no": number,
            "paid_at": line.paid_at,
            "received_at": line.received_at,
            "applied_at": line.occurred_at if applied else None,
            "applied_by": by if applied else None,
            "note": note,
        }

    def _voucher(self, decision: Decision, numbers: dict[tuple[int, int], str]) -> dict[str, Any]:
        line, due, segment = decision.line, decision.due, decision.verdict.segment
        assert due is not None and segment is not None
        return {
            "voucher_no": numbers[line.payment_id, line.line_no],
            "payment_id": line.payment_id,
            "line_no": line.line_no,
            "county": due.county,
            "coverage_year": due.coverage_year,
            "division_code": due.division_code,
            "person_id": due.person_id,
            "enrollment_id": due.enrollment_id,
            "window": segment.window,
            "price_fen": segment.price_fen,
            "own_fen": segment.own_due_fen or 0,
            "add_on_fen": segment.add_on_due_fen,
            "subsidies": [subsidy.model_dump() for subsidy in segment.subsidies],
            "channel": line.channel,
            "paid_at": line.paid_at,
            "issued_at": line.occurred_at,
            "key_id": self.keys.voucher_key_id,
        }

    def _draft(self, decision: Decision, numbers: dict[tuple[int, int], str]) -> Draft | None:
        line, due = decision.line, decision.due
        if decision.verdict.segment is not None:
            fact = _received(decision, numbers[line.payment_id, line.line_no])
        elif line.again:
            return None
        else:
            fact = self._suspended(decision)
        key = str(due.person_id) if due else f"payment-{line.payment_id}"
        return Draft(
            fact,
            key,
            line.occurred_at,
            subject=f"payments/{line.payment_id}/{line.line_no}",
            correlation_id=f"payment-{line.payment_id}",
        )

    def _suspended(self, decision: Decision) -> PaymentSuspended:
        line, due = decision.line, decision.due
        return PaymentSuspended(
            payment_id=line.payment_id,
            line_no=line.line_no,
            channel=line.channel,
            transaction_no=line.transaction_no,
            amount_fen=line.amount_fen,
            reason=str(decision.verdict.reason),
            person_id=due.person_id if due else line.person_id,
            household_id=due.household_id if due else None,
            enrollment_id=due.enrollment_id if due else None,
            county=line.county,
            coverage_year=line.coverage_year,
            division_code=due.division_code if due else self.division_of(line.county),
            paid_at=line.paid_at,
            received_at=line.received_at,
        )


def _due_paid(decision: Decision) -> dict[str, Any]:
    assert decision.due is not None
    return {
        "enrollment_id": decision.due.enrollment_id,
        "payment_id": decision.line.payment_id,
        "line_no": decision.line.line_no,
    }


def _received(decision: Decision, number: str) -> PaymentReceived:
    line, due, segment = decision.line, decision.due, decision.verdict.segment
    assert due is not None and segment is not None
    return PaymentReceived(
        payment_id=line.payment_id,
        line_no=line.line_no,
        voucher_no=number,
        channel=line.channel,
        transaction_no=line.transaction_no,
        enrollment_id=due.enrollment_id,
        assessment_id=due.assessment_id,
        person_id=due.person_id,
        household_id=due.household_id,
        county=due.county,
        coverage_year=due.coverage_year,
        division_code=due.division_code,
        window=segment.window,
        price_fen=segment.price_fen,
        own_fen=segment.own_due_fen or 0,
        add_on_fen=segment.add_on_due_fen,
        subsidies=segment.subsidies,
        paid_at=line.paid_at,
        received_at=line.received_at,
        from_suspense=line.again,
    )
