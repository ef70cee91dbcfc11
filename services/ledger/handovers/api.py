"""The handover calendar of a county and year, its sealed totals, and their closing."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.clock import business_date
from libs.common.policy import Notice
from libs.common.web import idempotency
from libs.common.web.catalogue import IDEMPOTENCY_KEY_MISSING, IDEMPOTENCY_KEY_REUSED
from libs.common.web.figures import COUNTED_LATER, MayBeOld
from libs.common.web.idempotency import Key
from libs.common.web.openapi import Responses, problems
from libs.common.web.reach import COUNTY
from libs.common.web.schemas import CountyCode, CoverageYear
from services.ledger.access import Closer, Context, Reader, check_books, payer_names
from services.ledger.handovers import closing, drafts_store, rules, store
from services.ledger.handovers.schemas import (
    Calendar,
    CloseRequest,
    DeadlineState,
    Handover,
    HandoverDraft,
    HandoverTotals,
    Verification,
)
from services.ledger.handovers.store import SealedHandover
from services.ledger.papers.disputing import look_at_sealed
from services.ledger.papers.store import PartySigned, who_signed
from services.ledger.postings.rules import Season
from services.ledger.problems import (
    CLOSING_BUSY,
    COUNTY_UNKNOWN,
    CUTOFF_NOT_REACHED,
    DEADLINE_UNKNOWN,
    EARLIER_DEADLINE_OPEN,
    NOT_PREPARED,
    NOT_SEALED,
    NOTHING_TO_HAND_OVER,
)
from services.ledger.totals import store as totals_store
from services.ledger.totals.printing import CSV_ANSWER, Format, csv_response

router = APIRouter(prefix="/v1/handovers", tags=["handovers"])
_SEALED_BEFORE: Responses = {
    200: {"description": "It was sealed before; nothing has changed", "model": Handover}
}
DeadlineId = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]


@router.get(
    "",
    summary="The handover calendar",
    responses=COUNTED_LATER | problems(COUNTY_UNKNOWN),
    openapi_extra=COUNTY,
)
async def list_handovers(
    context: Context,
    caller: Reader,
    kept: MayBeOld,
    county: CountyCode,
    coverage_year: CoverageYear,
) -> Calendar:
    """List the deadlines of a notice, sealed and open, in the order in which they are closed.

    After the closing deadline follow the months in which anything moved; which these are is what may be old.
    """
    season = Season(county, coverage_year)
    notice, now = check_books(context, caller, season), context.clock.now()
    async with context.engine.connect() as conn:
        sealed = await store.sealed(conn, season)
        draft = await drafts_store.one(conn, season)
        papers = await who_signed(conn, season)

    # Who waits for figures holds no connection: those who count them need one each.
    async def count() -> tuple[rules.Deadline, ...]:
        async with context.engine.connect() as conn:
            return await closing.calendar_now(conn, season, notice, sealed, now)

    calendar = await kept.of(count, "calendar", season, notice.sha256, len(sealed), business_date(now))
    items = _states(calendar, {row.deadline_id: row for row in sealed}, papers, now)
    if draft is not None:
        prepared = {"prepared_at": draft.prepared_at}
        items = [
            one.model_copy(update=prepared) if one.deadline_id == draft.deadline_id else one for one in items
        ]
    return Calendar(items=items)


@router.post(
    "/{county}/{coverage_year}/{deadline_id}/close",
    summary="Seal the totals of a deadline",
    status_code=201,
    response_model=Handover,
    responses=_SEALED_BEFORE
    | problems(
        IDEMPOTENCY_KEY_MISSING,
        IDEMPOTENCY_KEY_REUSED,
        COUNTY_UNKNOWN,
        DEADLINE_UNKNOWN,
        NOTHING_TO_HAND_OVER,
        EARLIER_DEADLINE_OPEN.problem(open_deadline_id="main"),
        CUTOFF_NOT_REACHED.problem(cutoff_at="2020-01-01T00:00:00+08:00"),
        CLOSING_BUSY,
    ),
    openapi_extra=COUNTY,
)
async def close_handover(
    context: Context,
    caller: Closer,
    key: Key,
    county: CountyCode,
    coverage_year: CoverageYear,
    deadline_id: DeadlineId,
    request: CloseRequest | None = None,
) -> Response:
    """Count what belongs to the deadline and seal it with a hash; what arrives later goes to the next one.

    Deadlines are closed in the order of their cutoffs. Close after the late channel files have arrived.
    """
    season = Season(county, coverage_year)
    notice = check_books(context, caller, season)
    request = request or CloseRequest()
    wish = closing.Closing(context.clock.now(), caller.subject, request.forced_reason)
    once = idempotency.once(caller, key, request)
    try:
        async with context.engine.begin() as conn:
            if (before := await idempotency.answered(conn, once, wish.now)) is not None:
                return before
            await totals_store.plan_for_many(conn, context.settings.totals_memory_mib)
            row, new = await closing.close(conn, season, notice, deadline_id, wish)
            if new:
                await look_at_sealed(conn, notice, row, wish.now)
            return await idempotency.answer(conn, once, await _handover(conn, row), 201 if new else 200)
    except rules.DeadlineUnknown:
        raise DEADLINE_UNKNOWN.problem() from None
    except rules.NothingToHandOver:
        raise NOTHING_TO_HAND_OVER.problem() from None
    except rules.EarlierDeadlineOpen as error:
        raise EARLIER_DEADLINE_OPEN.problem(open_deadline_id=error.deadline_id) from None
    except rules.CutoffNotReached as error:
        raise CUTOFF_NOT_REACHED.problem(cutoff_at=error.cutoff_at.isoformat()) from None


@router.get(
    "/{county}/{coverage_year}/{deadline_id}",
    summary="The sealed totals of a deadline",
    response_model=Handover,
    responses=CSV_ANSWER | problems(COUNTY_UNKNOWN, DEADLINE_UNKNOWN, NOT_SEALED),
    openapi_extra=COUNTY,
)
async def get_handover(
    context: Context,
    caller: Reader,
    county: CountyCode,
    coverage_year: CoverageYear,
    deadline_id: DeadlineId,
    format: Annotated[Format, Query(description="csv is for printing, with Chinese headers")] = "json",
) -> Handover | Response:
    """Give a sealed handover as it was sealed, or as a table to print."""
    season = Season(county, coverage_year)
    notice = check_books(context, caller, season)
    async with context.engine.connect() as conn:
        known = _known(notice, context.clock.now())
        row = _find(known, await store.sealed(conn, season), deadline_id)
        handover = await _handover(conn, row)
    if format == "csv":
        name = f"handover-{county}-{coverage_year}-{deadline_id}"
        return csv_response(json.loads(row.document), name, payer_names(notice))
    return handover


@router.get(
    "/{county}/{coverage_year}/{deadline_id}/draft",
    summary="What a handover would be if it were closed now",
    responses=problems(COUNTY_UNKNOWN, NOT_PREPARED),
    openapi_extra=COUNTY,
)
async def get_handover_draft(
    context: Context, caller: Reader, county: CountyCode, coverage_year: CoverageYear, deadline_id: DeadlineId
) -> HandoverDraft:
    """Give what the ledger prepared when the days of the handover were over, to be looked through.

    It is made again each hour while something comes in. Until it is sealed the papers of its parties are
    drafts, too.
    """
    season = Season(county, coverage_year)
    check_books(context, caller, season)
    async with context.engine.connect() as conn:
        row = await drafts_store.one(conn, season)
    if row is None or row.document is None or row.deadline_id != deadline_id:
        raise NOT_PREPARED.problem()
    totals = HandoverTotals.model_validate_json(row.document)
    return HandoverDraft.model_validate(
        {**asdict(row), "sha256": rules.digest(row.document), "totals": totals}
    )


@router.get(
    "/{county}/{coverage_year}/{deadline_id}/verification",
    summary="Compute a sealed handover again",
    responses=COUNTED_LATER | problems(COUNTY_UNKNOWN, DEADLINE_UNKNOWN, NOT_SEALED),
    openapi_extra=COUNTY,
)
async def verify_handover(
    context: Context,
    caller: Reader,
    kept: MayBeOld,
    county: CountyCode,
    coverage_year: CoverageYear,
    deadline_id: DeadlineId,
) -> Verification:
    """Compute the totals again from the postings that the handover counts, and compare byte for byte."""
    season = Season(county, coverage_year)
    calendar = _known(check_books(context, caller, season), context.clock.now())

    async def recompute() -> tuple[SealedHandover, str]:
        async with context.engine.begin() as conn:
            return await _recompute(conn, calendar, season, deadline_id, context)

    row, document = await kept.of(recompute, "handover", season, deadline_id)
    return Verification(
        identical=document == row.document and rules.digest(row.document) == row.sha256,
        sha256=row.sha256,
        recomputed_sha256=rules.digest(document),
    )


async def _recompute(
    conn: AsyncConnection,
    calendar: Sequence[rules.Deadline],
    season: Season,
    deadline_id: DeadlineId,
    context: Context,
) -> tuple[SealedHandover, str]:
    await totals_store.plan_for_many(conn, context.settings.totals_memory_mib)
    sealed = await store.sealed(conn, season)
    row = _find(calendar, sealed, deadline_id)
    return row, await closing.recomputed(conn, row, sealed)


def _known(notice: Notice, now: datetime) -> tuple[rules.Deadline, ...]:
    return (*rules.calendar_of(notice), *rules.months_after(notice, now))


def _find(
    calendar: Sequence[rules.Deadline], sealed: Sequence[SealedHandover], deadline_id: str
) -> SealedHandover:
    for row in sealed:
        if row.deadline_id == deadline_id:
            return row
    if any(deadline.id == deadline_id for deadline in calendar):
        raise NOT_SEALED.problem()
    raise DEADLINE_UNKNOWN.problem()


def _states(
    calendar: Sequence[rules.Deadline],
    sealed: dict[str, SealedHandover],
    papers: Sequence[PartySigned],
    now: datetime,
) -> list[DeadlineState]:
    states, its_turn = [], True
    for deadline in calendar:
        row = sealed.get(deadline.id)
        state = "sealed" if row else "closable" if its_turn and now >= deadline.cutoff_at else "open"
        its_turn = its_turn and row is not None
        states.append(
            DeadlineState(
                deadline_id=deadline.id,
                state=state,
                signed=[paper.party for paper in papers if paper.deadline_id == deadline.id],
                **{name: getattr(deadline, name) for name in _SHOWN},
                **({name: getattr(row, name) for name in _SEALED} if row else {}),
            )
        )
    return states


_SHOWN = ("label", "label_zh", "parties", "work", "accounting_from", "accounting_to", "cutoff_at", "due_on")
_SEALED = ("sha256", "head_count", "amount_fen", "sealed_at")


async def _handover(conn: AsyncConnection, row: SealedHandover) -> Handover:
    totals = HandoverTotals.model_validate_json(row.document)
    reason = await store.forced_reason(conn, row.id)
    return Handover(handover_id=row.id, totals=totals, forced_reason=reason, **asdict(row))
