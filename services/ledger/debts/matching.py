"""Matches slips to the days that they pay: as soon as one is recorded, and again as somebody says."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.clock import business_date
from libs.common.policy import Notice
from services.ledger.debts import store
from services.ledger.debts.problems import SLIP_DIFFERS, SLIP_PAYS_NO_DAYS
from services.ledger.debts.rules import PAYING, Match, match
from services.ledger.debts.store import MatchRow
from services.ledger.facts import store as facts_store
from services.ledger.movements.rules import Part
from services.ledger.movements.store import MovementRow
from services.ledger.paths.rules import OffPath, check
from services.ledger.postings.rules import Season
from services.ledger.problems import MOVEMENT_NOT_YOUR_STEP

#: Days with what a slip pays of each, in fen.
Days = Mapping[date, int]


@dataclass(frozen=True, slots=True)
class Correction:
    """Which days a slip pays of a channel, why that is known now, and whose the caller is."""

    channel: str
    days: Days
    reason: str
    department: str


async def match_slip(
    conn: AsyncConnection, row: MovementRow, parts: Iterable[Part], days: Days | None, now: datetime
) -> None:
    """Match what a new movement pays, before it is posted: by the days that were named, else by its sum."""
    paid: dict[str, int] = {}
    for part in parts:
        if part.channel is not None and row.kind in PAYING:
            paid[part.channel] = paid.get(part.channel, 0) + part.amount_fen
    if not paid or row.reverses_id is not None:
        return
    season, on = Season(row.county, row.coverage_year), business_date(row.business_at)
    debts = await store.debts(conn, season, next(iter(paid)) if len(paid) == 1 else None)
    for channel, fen in sorted(paid.items()):
        found = match(debts.get(channel, ()), fen, on) if days is None else Match("named", days)
        new = MatchRow(*season, row.id, channel, 1, found.how, row.recorded_by, now, None)
        await store.add(conn, new, found.days)


async def correct(
    conn: AsyncConnection, notice: Notice, row: MovementRow, said: Correction, by: str, now: datetime
) -> None:
    """Match a slip anew, as somebody says; what was said before stays on record. Raises Problem."""
    season = Season(row.county, row.coverage_year)
    _check_department(notice, row, said.department)
    await facts_store.lock_books(conn, season)
    there = (await store.days_paid(conn, [row.id])).get(row.id, [])
    paid_fen = sum(one.amount_fen for one in there if one.channel == said.channel)
    if not paid_fen:
        raise SLIP_PAYS_NO_DAYS.problem()
    if paid_fen != sum(said.days.values()):
        raise SLIP_DIFFERS.problem(amount_fen=paid_fen, named_fen=sum(said.days.values()))
    before = await store.matches(conn, season, row.id)
    number = 1 + max(one.match_no for one in before if one.channel == said.channel)
    new = MatchRow(*season, row.id, said.channel, number, "named", by, now, said.reason)
    await store.add(conn, new, said.days)


def _check_department(notice: Notice, row: MovementRow, department: str) -> None:
    """Whose step the movement is says which days it pays; one off the notice's way is nobody's."""
    try:
        check(notice, row.kind, row.payee, department)
    except OffPath as off:
        if off.departments and row.off_path is None:
            raise MOVEMENT_NOT_YOUR_STEP.problem(departments=list(off.departments)) from None
