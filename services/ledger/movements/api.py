"""Money that operators of tax and finance move on, with the number on their paper."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from libs.common.web.catalogue import NOT_FOUND
from libs.common.web.openapi import problems
from libs.common.web.problems import Problem
from services.ledger.access import Context, Reader, Writer, check_books
from services.ledger.facts.store import LockBusy
from services.ledger.movements import recording, rules, store
from services.ledger.movements.rules import Row
from services.ledger.postings.rules import Kind, Place
from services.ledger.problems import (
    ALREADY_REVERSED,
    CHANNEL_MISSING,
    CLOSING_BUSY,
    COUNTY_UNKNOWN,
    MORE_THAN_THERE_IS,
    REFERENCE_REUSED,
)

router = APIRouter(prefix="/v1/movements", tags=["movements"])

Reference = Annotated[str, Field(min_length=1, max_length=100)]
#: Near year 1 an instant cannot be read back from the database.
BusinessInstant = Annotated[AwareDatetime, Field(ge=datetime(2000, 1, 1, tzinfo=UTC))]
_TOO_MUCH = MORE_THAN_THERE_IS.problem(
    "clearing:tax holds 1250000 fen, not 1300000.",
    "账户 clearing:tax 余额 1250000 分，不足 1300000 分。",
    account="clearing:tax",
    balance_fen=1250000,
    wanted_fen=1300000,
)
_REFUSALS = (COUNTY_UNKNOWN, _TOO_MUCH, REFERENCE_REUSED, CLOSING_BUSY)


class MovementRequest(BaseModel):
    """Money moved on. Without `amount_fen` all that is there; without channel too, that of all channels."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "county": "youxi",
                    "coverage_year": 2020,
                    "kind": "channel_settlement",
                    "channel": "tax",
                    "amount_fen": 1250000,
                    "business_at": "2019-12-02T16:30:00+08:00",
                    "reference": "HK20191202-0031",
                }
            ]
        },
    )

    county: Annotated[str, Field(min_length=1, max_length=40)]
    coverage_year: Annotated[int, Field(ge=2000, le=2100)]
    kind: Literal["channel_settlement", "treasury_receipt", "fiscal_transfer", "upward_remittance"]
    channel: Annotated[str | None, Field(min_length=1, max_length=40)] = None
    amount_fen: Annotated[int | None, Field(gt=0, le=10**15)] = None
    business_at: BusinessInstant
    reference: Reference


class ReversalRequest(BaseModel):
    """A movement that was wrong is mirrored; then the right one is recorded."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"business_at": "2019-12-03T09:00:00+08:00", "reference": "HK20191202-0031-R"}]
        },
    )

    business_at: BusinessInstant
    reference: Reference


class Movement(BaseModel):
    """A recorded movement. `amount_fen` is what really moved."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "movement_id": 7,
                    "county": "youxi",
                    "coverage_year": 2020,
                    "kind": "channel_settlement",
                    "channel": "tax",
                    "amount_fen": 1250000,
                    "business_at": "2019-12-02T16:30:00+08:00",
                    "reference": "HK20191202-0031",
                    "reverses_id": None,
                    "recorded_at": "2019-12-02T16:41:07+08:00",
                }
            ]
        }
    )

    movement_id: int
    county: str
    coverage_year: int
    kind: str
    channel: str | None
    amount_fen: int
    business_at: datetime
    reference: str
    reverses_id: int | None
    recorded_at: datetime


class MovementPage(BaseModel):
    """Movements in the order in which they were recorded; `next_after` continues the list."""

    items: list[Movement]
    next_after: int | None


@router.post(
    "",
    summary="Record that money moved on",
    status_code=201,
    responses={200: {"description": "It was recorded before; the same answer", "model": Movement}}
    | problems(*_REFUSALS, CHANNEL_MISSING),
)
async def record_movement(
    context: Context, caller: Writer, response: Response, request: MovementRequest
) -> Movement:
    """Move money one step on: channel -> pending remittance -> treasury -> special fiscal account -> city.

    The reference is unique in its county: the same request again gets the first answer, another is refused.
    """
    place = Place(request.county, request.coverage_year)
    check_books(context, caller, place)
    channel = request.channel if request.kind == Kind.CHANNEL_SETTLEMENT else None
    wish = recording.Wish(
        place, request.kind, channel, request.amount_fen, request.business_at, request.reference
    )
    return await _record(context, caller.subject, wish, response)


@router.post(
    "/{movement_id}/reversal",
    summary="Reverse a movement",
    status_code=201,
    responses={200: {"description": "It was reversed so before; the same answer", "model": Movement}}
    | problems(*_REFUSALS, ALREADY_REVERSED, NOT_FOUND),
)
async def reverse_movement(
    context: Context, caller: Writer, response: Response, movement_id: int, request: ReversalRequest
) -> Movement:
    """Post the mirror of a movement. What has moved on from there already cannot be taken back."""
    async with context.engine.connect() as conn:
        original = await store.by_id(conn, movement_id)
    if original is None:
        raise NOT_FOUND.problem()
    place = Place(original["county"], original["coverage_year"])
    check_books(context, caller, place)
    wish = recording.Wish(
        place,
        original["kind"],
        original["channel"],
        None,
        request.business_at,
        request.reference,
        reverses_id=movement_id,
    )
    return await _record(context, caller.subject, wish, response)


@router.get("", summary="List movements", responses=problems(COUNTY_UNKNOWN))
async def list_movements(
    context: Context,
    caller: Reader,
    county: Annotated[str, Query()],
    year: Annotated[int, Query(ge=2000, le=2100)],
    after: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> MovementPage:
    """List the movements of a county and year, oldest first."""
    place = Place(county, year)
    check_books(context, caller, place)
    async with context.engine.connect() as conn:
        rows = await store.page(conn, place, after, limit)
    more = rows[-1]["id"] if len(rows) == limit else None
    return MovementPage(items=[_shown(row) for row in rows], next_after=more)


async def _record(context: Context, by: str, wish: recording.Wish, response: Response) -> Movement:
    try:
        async with context.engine.begin() as conn:
            row, new = await recording.record(conn, wish, by=by, now=context.clock.now())
    except rules.MoreThanThereIs as error:
        raise _too_much(error) from None
    except rules.ChannelMissing:
        raise CHANNEL_MISSING.problem() from None
    except recording.ReferenceReused:
        raise REFERENCE_REUSED.problem() from None
    except recording.AlreadyReversed:
        raise ALREADY_REVERSED.problem() from None
    except LockBusy:
        raise CLOSING_BUSY.problem(headers={"retry-after": "5"}) from None
    if not new:
        response.status_code = 200
    return _shown(row)


def _too_much(error: rules.MoreThanThereIs) -> Problem:
    return MORE_THAN_THERE_IS.problem(
        f"{error.account} holds {error.there_fen} fen, not {error.wanted_fen}.",
        f"账户 {error.account} 余额 {error.there_fen} 分，不足 {error.wanted_fen} 分。",
        account=error.account,
        balance_fen=error.there_fen,
        wanted_fen=error.wanted_fen,
    )


def _shown(row: Row) -> Movement:
    return Movement(
        movement_id=row["id"], **{name: row[name] for name in Movement.model_fields if name in row}
    )
