"""Finds payments for an officer, with what of them the officer may see; every look-up is recorded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from libs.common.security.audit import record_lookup
from libs.common.security.caller import Caller
from libs.common.web.catalogue import NOT_FOUND, OUTSIDE_DIVISION
from services.collection.divisions import Divisions
from services.collection.exchange.answers_store import Confirmation, confirmations
from services.collection.payments import store
from services.collection.payments.rules import visible
from services.collection.payments.store import FoundLine, FoundPayment, PaymentQuery, Total


@dataclass(frozen=True, slots=True)
class Seen:
    """A payment, and those of its lines that the caller may see."""

    payment: FoundPayment
    lines: Sequence[FoundLine]
    confirmations: Mapping[tuple[int, int], Confirmation]


@dataclass(frozen=True, slots=True)
class Findings:
    """Payments of one page, and the last payment that was looked at when there may be more."""

    seen: list[Seen]
    next_after: int | None


class Finding:
    """Finds payments for one officer, at one instant."""

    def __init__(self, engine: AsyncEngine, divisions: Divisions, caller: Caller, now: datetime) -> None:
        self._engine = engine
        self._divisions = divisions
        self._caller = caller
        self._now = now

    async def find(self, wanted: PaymentQuery, limit: int) -> Findings:
        """Find payments by what is asked, oldest first."""
        async with self._engine.begin() as conn:
            found = await store.find(conn, wanted, limit)
            seen = await self._seen(conn, found, "find_payments")
        return Findings(seen, found[-1].payment_id if len(found) == limit else None)

    async def find_one(self, payment_id: int) -> Seen:
        """Find one payment. Raises Problem 404, or 403 when it lies outside the caller's division."""
        async with self._engine.begin() as conn:
            found = await store.one(conn, payment_id)
            seen = await self._seen(conn, [found] if found else [], "get_payment")
        if found is None:
            raise NOT_FOUND.problem()
        if not seen:
            raise OUTSIDE_DIVISION.problem()
        return seen[0]

    async def add_up(self, county: str | None, coverage_year: int | None) -> list[Total]:
        """Add up the payment lines of the counties that the caller sees as a whole."""
        async with self._engine.connect() as conn:
            totals = await store.totals(conn, county, coverage_year)
        return [total for total in totals if self._caller.sees(self._divisions.code_of(total.county))]

    async def _seen(self, conn: AsyncConnection, found: Sequence[FoundPayment], operation: str) -> list[Seen]:
        ids = [payment.payment_id for payment in found]
        lines, told = await store.lines(conn, ids), await confirmations(conn, ids)
        seen = []
        for payment in found:
            code = self._divisions.code_of(payment.county)
            shown = visible(
                lines.get(payment.payment_id, ()),
                self._caller.sees,
                matched=payment.matched,
                county_code=code,
            )
            if shown is not None:
                seen.append(Seen(payment, shown, told))
        people = sorted({line.person_id for one in seen for line in one.lines if line.person_id is not None})
        await record_lookup(conn, self._caller, operation=operation, at=self._now, person_ids=people)
        return seen
