"""Money that operators of tax and finance move on, with the number on their paper."""

from collections.abc import Iterable
from dataclasses import asdict

from fastapi import APIRouter, Response

from libs.common.security.caller import Caller
from libs.common.web import idempotency
from libs.common.web.catalogue import IDEMPOTENCY_KEY_MISSING, IDEMPOTENCY_KEY_REUSED, NOT_FOUND
from libs.common.web.idempotency import IdempotencyKey, Key
from libs.common.web.openapi import Responses, problems
from libs.common.web.problems import Problem
from libs.common.web.reach import COUNTY
from libs.common.web.schemas import Body, CountyCode, CoverageYear, Id, Limit, NumberAfter, number_after
from services.ledger.access import Context, LedgerContext, Reader, Writer, check_books, check_reading
from services.ledger.debts import store as debts_store
from services.ledger.debts.rules import SlipDay
from services.ledger.debts.schemas import PaidDay, by_day
from services.ledger.movements import recording, rules, store
from services.ledger.movements.recording import Wanted
from services.ledger.movements.schemas import Movement, MovementPage, MovementRequest, ReversalRequest
from services.ledger.movements.store import MovementRow
from services.ledger.paths.rules import OffPath
from services.ledger.postings.kinds import Kind
from services.ledger.postings.rules import Season
from services.ledger.problems import (
    ALREADY_REVERSED,
    CASH_IS_DEPOSITED,
    CHANNEL_MISSING,
    CLOSING_BUSY,
    COUNTY_UNKNOWN,
    MOVEMENT_NOT_YOUR_STEP,
    MOVEMENT_OFF_PATH,
    PAYEE_MISSING,
    REFERENCE_REUSED,
    more_than_there_is,
)

router = APIRouter(prefix="/v1/movements", tags=["movements"])

#: Steps that begin at a channel; the other kinds ignore one.
_OF_A_CHANNEL = (*rules.OF_A_CHANNEL, Kind.ADD_ON_HANDOVER)
_TOO_MUCH = more_than_there_is("clearing:tax", 1_250_000, 1_300_000)
_KNOWN: Responses = {200: {"description": "It is on record under this reference", "model": Movement}}
_REFUSALS = (
    COUNTY_UNKNOWN, MOVEMENT_NOT_YOUR_STEP.problem(departments=["finance"]), _TOO_MUCH, REFERENCE_REUSED,
    CLOSING_BUSY, IDEMPOTENCY_KEY_MISSING, IDEMPOTENCY_KEY_REUSED,
)  # fmt: skip


@router.post(
    "",
    summary="Record that money moved on",
    status_code=201,
    response_model=Movement,
    responses=_KNOWN
    | problems(*_REFUSALS, MOVEMENT_OFF_PATH, CHANNEL_MISSING, CASH_IS_DEPOSITED, PAYEE_MISSING),
    openapi_extra=COUNTY,
)
async def record_movement(context: Context, caller: Writer, key: Key, request: MovementRequest) -> Response:
    """Move money one step on: channel -> pending remittance -> treasury -> special fiscal account -> city.

    Add-ons go to their payee. What the notice's money path does not know, or leaves to another department, is
    refused; money that has moved so all the same is kept with its reason, and has a case. The reference is
    unique in its county: the same movement again is the one that is there, another is refused. What a
    channel pays is matched to the days on which it took the money (`days`).
    """
    season = Season(request.county, request.coverage_year)
    wanted = Wanted(
        season,
        request.kind,
        request.channel if request.kind in _OF_A_CHANNEL else None,
        request.amount_fen if request.days is None else sum(one.amount_fen for one in request.days),
        request.business_at,
        request.reference,
        payee=request.payee,
        department=caller.department,
        moved_because=request.moved_because,
        days=None if request.days is None else by_day(request.days),
    )
    return await _record(context, caller, key, request, wanted)


@router.post(
    "/{movement_id}/reversal",
    summary="Reverse a movement",
    status_code=201,
    response_model=Movement,
    responses=_KNOWN | problems(*_REFUSALS, ALREADY_REVERSED, NOT_FOUND),
    openapi_extra=COUNTY,
)
async def reverse_movement(
    context: Context, caller: Writer, key: Key, movement_id: Id, request: ReversalRequest
) -> Response:
    """Post the mirror of a movement. What has moved on from there already cannot be taken back."""
    async with context.engine.connect() as conn:
        original = await store.by_id(conn, movement_id)
    if original is None:
        raise NOT_FOUND.problem()
    season = Season(original.county, original.coverage_year)
    wanted = Wanted(
        season,
        original.kind,
        original.channel,
        None,
        request.business_at,
        request.reference,
        reverses_id=movement_id,
        payee=original.payee,
        department=caller.department,
    )
    return await _record(context, caller, key, request, wanted)


@router.get("", summary="List movements", responses=problems(COUNTY_UNKNOWN), openapi_extra=COUNTY)
async def list_movements(
    context: Context,
    caller: Reader,
    county: CountyCode,
    coverage_year: CoverageYear,
    after: NumberAfter = None,
    limit: Limit = 100,
) -> MovementPage:
    """List the movements of a county and year, oldest first."""
    season = Season(county, coverage_year)
    check_reading(context, caller, season)
    async with context.engine.connect() as conn:
        rows = await store.page(conn, season, number_after(after), limit)
        days = await debts_store.days_paid(conn, [row.id for row in rows])
    more = str(rows[-1].id) if len(rows) == limit else None
    return MovementPage(items=[_shown(row, days.get(row.id, ())) for row in rows], next_after=more)


async def _record(
    context: LedgerContext, caller: Caller, key: IdempotencyKey, asked: Body, wanted: Wanted
) -> Response:
    notice = check_books(context, caller, wanted.season)
    once, now = idempotency.once(caller, key, asked), context.clock.now()
    try:
        async with context.engine.begin() as conn:
            if (before := await idempotency.answered(conn, once, now)) is not None:
                return before
            row, new = await recording.record(conn, notice, wanted, by=caller.subject, now=now)
            days = (await debts_store.days_paid(conn, [row.id])).get(row.id, ())
            return await idempotency.answer(conn, once, _shown(row, days), 201 if new else 200)
    except rules.MoreThanThereIs as error:
        raise more_than_there_is(error.account, error.there_fen, error.wanted_fen) from None
    except OffPath as error:
        raise _off_path(error) from None
    except rules.PayeeMissing:
        raise PAYEE_MISSING.problem() from None
    except rules.ChannelMissing:
        raise CHANNEL_MISSING.problem() from None
    except rules.CashIsDeposited:
        raise CASH_IS_DEPOSITED.problem() from None
    except recording.ReferenceReused:
        raise REFERENCE_REUSED.problem() from None
    except recording.AlreadyReversed:
        raise ALREADY_REVERSED.problem() from None


def _off_path(error: OffPath) -> Problem:
    if error.departments:
        return MOVEMENT_NOT_YOUR_STEP.problem(departments=list(error.departments))
    return MOVEMENT_OFF_PATH.problem()


def _shown(row: MovementRow, days: Iterable[SlipDay]) -> Movement:
    paid = [PaidDay(channel=one.channel, on=one.day, amount_fen=one.amount_fen) for one in days]
    return Movement(movement_id=row.id, days=paid, **asdict(row))
