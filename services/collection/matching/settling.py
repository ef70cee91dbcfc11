"""Writes decisions: lines, paid dues, vouchers and events, all in the caller's transaction."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bus import outbox
from libs.common.bus.outbox import Draft
from libs.common.clock import business_date
from libs.common.events import Fact
from libs.common.events.collection import PaymentRejudged, PaymentSuspended
from services.collection.channels.keyring import Keys
from services.collection.divisions import Divisions
from services.collection.dues import store as dues
from services.collection.dues.store import PaidDue
from services.collection.households.asking import ask_about_tiers
from services.collection.households.rules import HouseholdYear, TermsOfNotices
from services.collection.matching import store
from services.collection.matching.rules import Decision, news
from services.collection.matching.store import SettledLine
from services.collection.matching.telling import add_on_received, payment_received, repair_received
from services.collection.vouchers import store as vouchers
from services.collection.vouchers.rules import voucher_no
from services.collection.vouchers.store import NewVoucher

#: Voucher numbers by (payment, line).
_Numbers = Mapping[tuple[int, int], str]


@dataclass(frozen=True)
class Settling:
    """Carries decisions out."""

    divisions: Divisions
    keys: Keys
    terms: TermsOfNotices

    async def settle(
        self,
        conn: AsyncConnection,
        decisions: Sequence[Decision],
        *,
        by: str | None = None,
        note: str | None = None,
    ) -> None:
        """Carry out decisions about new lines and lines in suspense.

        The money of a line that stays in suspense was published when it came; now only what others know
        wrongly of it is: why it waits, and whose it is.
        """
        numbers = await _voucher_numbers(conn, decisions)
        rows = [self._line(decision, numbers, by, note) for decision in decisions]
        new = [row for row, decision in zip(rows, decisions, strict=True) if not decision.line.again]
        changed = [row for row, decision in zip(rows, decisions, strict=True) if decision.line.again]
        await store.insert_lines(conn, new)
        await store.update_lines(conn, changed)
        applied = [decision for decision in decisions if _is_head(decision)]
        await dues.mark_paid(conn, [_paid(decision) for decision in applied])
        receipts = await self._receipts(conn, applied, numbers)
        issued = [self._voucher(decision, numbers, receipts) for decision in applied]
        issued += [self._of_repair(one, numbers) for one in decisions if one.verdict.repair is not None]
        await vouchers.issue(conn, issued)
        drafts = [self._draft(decision, numbers) for decision in decisions]
        await outbox.append(conn, [draft for draft in drafts if draft is not None])
        await ask_about_tiers(conn, decisions)

    def _line(self, decision: Decision, numbers: _Numbers, by: str | None, note: str | None) -> SettledLine:
        line, due, verdict = decision.line, decision.due, decision.verdict
        applied = verdict.applied
        return SettledLine(
            payment_id=line.payment_id,
            line_no=line.line_no,
            county=line.county,
            coverage_year=line.coverage_year,
            division_code=due.division_code if due else self.divisions.code_of(line.county),
            amount_fen=line.amount_fen,
            state="applied" if applied else "suspended",
            reason=verdict.reason,
            whole=line.doubt is not None,
            identity_digest=line.named.identity_digest,
            name_digest=line.named.name_digest,
            masked_id=line.named.masked_id,
            masked_name=line.named.masked_name or (due.masked_name if due else None),
            person_id=due.person_id if due else line.person_id,
            household_id=due.household_id if due else None,
            enrollment_id=due.enrollment_id if due else None,
            assessment_id=verdict.assessment_id or (due.assessment_id if due else None),
            tier=verdict.tier if applied else None,
            add_on=verdict.add_on.code if verdict.add_on is not None else None,
            repaired_year=line.repaired_year,
            part_of=verdict.part_of[0] if verdict.part_of is not None else None,
            waits_until=verdict.waits_until,
            voucher_no=numbers.get(verdict.part_of or (line.payment_id, line.line_no)),
            paid_at=line.paid_at,
            received_at=line.received_at,
            applied_at=line.occurred_at if applied else None,
            told_at=line.occurred_at if line.told is None or news(decision) else line.told.told_at,
            applied_by=by if applied else None,
            note=note,
        )

    async def _receipts(
        self, conn: AsyncConnection, applied: Sequence[Decision], numbers: _Numbers
    ) -> dict[HouseholdYear, str]:
        """One receipt for each household where the notice says so: the number of its first voucher."""
        firsts: dict[HouseholdYear, str] = {}
        for one in applied:
            due = one.due
            if due is None or due.household_id is None:
                continue
            if self.terms.of(due.county, due.coverage_year).one_receipt:
                household = HouseholdYear(due.household_id, due.coverage_year)
                firsts.setdefault(household, numbers[one.line.payment_id, one.line.line_no])
        return firsts | await vouchers.receipts(conn, list(firsts)) if firsts else {}

    def _voucher(
        self, decision: Decision, numbers: _Numbers, receipts: Mapping[HouseholdYear, str]
    ) -> NewVoucher:
        line, due, segment = decision.line, decision.due, decision.verdict.segment
        assert due is not None and segment is not None
        assert segment.window is not None and segment.price_fen is not None
        return NewVoucher(
            voucher_no=numbers[line.payment_id, line.line_no],
            payment_id=line.payment_id,
            line_no=line.line_no,
            county=due.county,
            coverage_year=due.coverage_year,
            division_code=due.division_code,
            person_id=due.person_id,
            enrollment_id=due.enrollment_id,
            window=segment.window,
            price_fen=segment.price_fen,
            own_fen=segment.own_due_fen or 0,
            add_on_fen=segment.add_on_due_fen,
            subsidies=[subsidy.model_dump() for subsidy in segment.subsidies],
            channel=line.channel,
            paid_at=line.paid_at,
            issued_at=line.occurred_at,
            key_id=self.keys.voucher_key_id,
            receipt_no=receipts.get(HouseholdYear(due.household_id or 0, due.coverage_year)),
        )

    def _of_repair(self, decision: Decision, numbers: _Numbers) -> NewVoucher:
        """The voucher of one lapsed year that is repaired."""
        line, due, repaired = decision.line, decision.due, decision.verdict.repair
        assert due is not None and repaired is not None
        return NewVoucher(
            voucher_no=numbers[line.payment_id, line.line_no],
            payment_id=line.payment_id,
            line_no=line.line_no,
            county=due.county,
            coverage_year=due.coverage_year,
            division_code=due.division_code,
            person_id=due.person_id,
            enrollment_id=due.enrollment_id,
            window=repaired.window,
            price_fen=line.amount_fen,
            own_fen=line.amount_fen,
            add_on_fen=0,
            subsidies=[],
            channel=line.channel,
            paid_at=line.paid_at,
            issued_at=line.occurred_at,
            key_id=self.keys.voucher_key_id,
            repaired_year=repaired.year,
        )

    def _draft(self, decision: Decision, numbers: _Numbers) -> Draft | None:
        line, due = decision.line, decision.due
        fact: Fact
        if decision.verdict.segment is not None:
            number = numbers[decision.verdict.part_of or (line.payment_id, line.line_no)]
            fact = payment_received(decision, number, self.terms)
        elif decision.verdict.add_on is not None:
            fact = add_on_received(decision, decision.verdict.add_on)
        elif decision.verdict.repair is not None:
            fact = repair_received(decision, decision.verdict.repair, numbers[line.payment_id, line.line_no])
        elif not line.again:
            fact = self._suspended(decision)
        elif news(decision):
            fact = self._rejudged(decision)
        else:
            return None
        return Draft(
            fact,
            str(due.person_id) if due else f"payment-{line.payment_id}",
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
            division_code=due.division_code if due else self.divisions.code_of(line.county),
            paid_at=line.paid_at,
            received_at=line.received_at,
            payer_digest=line.payer_digest,
            employee_fund=line.employee_fund,
            repaired_year=line.repaired_year,
        )

    def _rejudged(self, decision: Decision) -> PaymentRejudged:
        known = self._suspended(decision)
        return PaymentRejudged(**dict(known), rejudged_at=decision.line.occurred_at)


async def _voucher_numbers(conn: AsyncConnection, decisions: Sequence[Decision]) -> _Numbers:
    """Number the vouchers of applied lines, gapless per county and day."""
    counters: dict[tuple[int, int], tuple[str, date]] = {}
    for decision in decisions:
        numbered = _is_head(decision) or decision.verdict.repair is not None
        if numbered and decision.due is not None:
            line = decision.line
            counter = (decision.due.division_code[:6], business_date(line.occurred_at))
            counters[line.payment_id, line.line_no] = counter
    last = await vouchers.reserve(conn, Counter(counters.values()))
    numbers = {}
    for key, counter in counters.items():
        last[counter] += 1
        numbers[key] = voucher_no(*counter, last[counter])
    return numbers


def _is_head(decision: Decision) -> bool:
    """Whether it pays a due, alone or as the one of several payments that bears the voucher."""
    return decision.verdict.segment is not None and decision.verdict.part_of is None


def _paid(decision: Decision) -> PaidDue:
    assert decision.due is not None
    return PaidDue(decision.due.enrollment_id, decision.line.payment_id, decision.line.line_no)
