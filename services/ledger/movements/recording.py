"""Records a movement: once per reference, never more than there is, with its postings, in one transaction."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases import store as cases
from libs.common.cases.store import Gone, NewCase
from libs.common.divisions import CODE_LENGTH
from libs.common.policy import Notice
from services.ledger.accounts import store as accounts_store
from services.ledger.accounts.rules import clearing
from services.ledger.cases.rules import OFF_PATH, REVERSED, subject_of
from services.ledger.debts.matching import Days, match_slip
from services.ledger.debts.store import not_known_yet
from services.ledger.facts import store as facts_store
from services.ledger.facts.keeping import keep
from services.ledger.movements import store
from services.ledger.movements.rules import (
    MovementRecorded,
    Part,
    add_ons_to_move,
    check_payee,
    check_reversal,
    parts_to_move,
)
from services.ledger.movements.store import MovementRow, NewMovement
from services.ledger.paths.rules import OffPath, check
from services.ledger.periods import store as periods_store
from services.ledger.periods.rules import booked_in
from services.ledger.postings.kinds import Kind
from services.ledger.postings.rules import UNASSIGNED, Season

SOURCE = "canbao/ledger"


class ReferenceReused(Exception):
    """The reference belongs to a movement with another content."""


class AlreadyReversed(Exception):
    """The movement was reversed, or is a reversal."""


@dataclass(frozen=True)
class Wanted:
    """What an operator wants recorded. Without `amount_fen` all that is there."""

    season: Season
    kind: str
    channel: str | None
    amount_fen: int | None
    business_at: datetime
    reference: str
    reverses_id: int | None = None
    payee: str | None = None
    #: The department of who asks; '' of no certain one.
    department: str = ""
    moved_because: str | None = None
    #: Which days it pays; none named, they are found by its sum.
    days: Days | None = None

    @property
    def request(self) -> str:
        """This as canonical JSON, by which a repetition is known."""
        content: dict[str, object] = {
            "coverage_year": self.season.coverage_year,
            "kind": self.kind,
            "channel": self.channel,
            "amount_fen": self.amount_fen,
            "business_at": self.business_at.astimezone(UTC).isoformat(),
            "reverses_id": self.reverses_id,
        }
        if self.payee is not None:
            content["payee"] = self.payee
        if self.days is not None:
            content["days"] = {day.isoformat(): fen for day, fen in sorted(self.days.items())}
        if self.moved_because is not None:
            content["has_moved"] = True  # the reason itself is with the case, where it may be cleared
        return json.dumps(content, sort_keys=True, separators=(",", ":"))


async def record(
    conn: AsyncConnection, notice: Notice, wanted: Wanted, *, by: str, now: datetime
) -> tuple[MovementRow, bool]:
    """Give the movement and whether it is new; money that has moved off the notice's way has a case.

    Raises Problem, ReferenceReused, AlreadyReversed, MoreThanThereIs, ChannelMissing, PayeeMissing, OffPath.
    """
    await facts_store.lock_books(conn, wanted.season)
    if known := await store.by_reference(conn, wanted.season.county, wanted.reference):
        return _repeated(known, wanted), False
    parts = await _parts(conn, wanted)
    clause, off = _clause(notice, wanted)
    shut = await periods_store.hold_open(conn, [wanted.season.county])
    month = booked_in(wanted.business_at, shut.get(wanted.season.county))
    row = await store.add(conn, _new(wanted, parts, (by, now), (clause, off), month))
    if row is None:  # the same reference, under way in another year of the county
        raise ReferenceReused
    await match_slip(conn, row, parts, wanted.days, now)
    await _post(conn, row, parts, now)
    if off is not None:
        await cases.open_cases(conn, [_case(notice, row, wanted, off)])
    if row.reverses_id is not None:
        await cases.close_cases(conn, [Gone(OFF_PATH.code, subject_of(row.reverses_id))], now, REVERSED)
    return row, True


def _clause(notice: Notice, wanted: Wanted) -> tuple[str | None, OffPath | None]:
    """By which clause it moves; off the notice's way only money that has moved, and what undoes it."""
    try:
        return check(notice, wanted.kind, wanted.payee, wanted.department), None
    except OffPath as off:
        if wanted.reverses_id is not None and not off.departments:
            return None, None
        if wanted.moved_because is None:
            raise
        return None, off


def _case(notice: Notice, row: MovementRow, wanted: Wanted, off: OffPath) -> NewCase:
    return NewCase(
        kind=OFF_PATH.code,
        subject=subject_of(row.id),
        owner=OFF_PATH.owner,
        proposed=OFF_PATH.steps[0].code,
        opened_at=row.recorded_at,
        evidence={
            "movement_id": row.id,
            "kind": row.kind,
            "why": off.why,
            "departments": list(off.departments),
            "moved_because": wanted.moved_because,
        },
        county=row.county,
        coverage_year=row.coverage_year,
        division_code=notice.division.ljust(CODE_LENGTH, "0"),
        amount_fen=row.amount_fen,
    )


def _repeated(known: MovementRow, wanted: Wanted) -> MovementRow:
    if known.request != wanted.request:
        raise ReferenceReused
    return known


async def _parts(conn: AsyncConnection, wanted: Wanted) -> tuple[Part, ...]:
    balances = await accounts_store.balances(conn, wanted.season)
    if wanted.reverses_id is None and (wanted.payee is not None or wanted.kind == Kind.ADD_ON_HANDOVER):
        check_payee(wanted.kind, wanted.payee)
        return add_ons_to_move(wanted.channel, wanted.payee, wanted.amount_fen, balances)
    if wanted.reverses_id is None:
        ahead_fen = await _ahead(conn, wanted, balances)
        return parts_to_move(wanted.kind, wanted.channel, wanted.amount_fen, balances, ahead_fen)
    original = await store.by_id(conn, wanted.reverses_id)
    assert original is not None
    if original.reverses_id is not None or await store.is_reversed(conn, wanted.reverses_id):
        raise AlreadyReversed
    parts = await _parts_of(conn, wanted.season, original)
    check_reversal(wanted.kind, parts, balances)
    return parts


async def _ahead(conn: AsyncConnection, wanted: Wanted, balances: Mapping[str, int]) -> int:
    """How much a slip may bring of money that stands in no books yet, because nobody knows whose it is."""
    channel, amount_fen = wanted.channel, wanted.amount_fen
    if wanted.kind != Kind.CHANNEL_SETTLEMENT or channel is None or amount_fen is None:
        return 0
    if amount_fen <= balances.get(clearing(channel), 0):
        return 0
    await facts_store.lock_books(conn, UNASSIGNED)  # two slips do not bring the same money
    return await not_known_yet(conn, wanted.season, channel)


async def _parts_of(conn: AsyncConnection, season: Season, movement: MovementRow) -> tuple[Part, ...]:
    """Give the parts as they were posted."""
    data = await facts_store.data_of(conn, season, SOURCE, str(movement.id))
    return MovementRecorded.model_validate_json(data).parts


def _new(
    wanted: Wanted,
    parts: tuple[Part, ...],
    recorded: tuple[str, datetime],
    way: tuple[str | None, OffPath | None],
    month: date,
) -> NewMovement:
    (by, now), (clause, off) = recorded, way
    return NewMovement(
        county=wanted.season.county,
        coverage_year=wanted.season.coverage_year,
        kind=wanted.kind,
        channel=wanted.channel,
        payee=wanted.payee,
        amount_fen=sum(part.amount_fen for part in parts),
        business_at=wanted.business_at,
        reference=wanted.reference,
        reverses_id=wanted.reverses_id,
        request=wanted.request,
        recorded_by=by,
        recorded_at=now,
        clause=clause,
        off_path=off.why if off is not None else None,
        accounting_month=month,
    )


async def _post(conn: AsyncConnection, row: MovementRow, parts: tuple[Part, ...], now: datetime) -> None:
    fact = MovementRecorded(
        movement_id=row.id,
        county=row.county,
        coverage_year=row.coverage_year,
        kind=row.kind,
        parts=parts,
        business_at=row.business_at,
        reference=row.reference,
        reverses_id=row.reverses_id,
    )
    await keep(conn, SOURCE, {str(fact.movement_id): fact}, now)
