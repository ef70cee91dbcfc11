"""HTTP for progress: how far the season is, snapshots that are kept, figures that offices enter."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Response

from libs.common.divisions import CODE_LENGTH
from libs.common.policy import Notice
from libs.common.policy.engine.reports import season_of
from libs.common.security.access import check_division
from libs.common.web.catalogue import IDEMPOTENCY_KEY_MISSING, IDEMPOTENCY_KEY_REUSED, OUTSIDE_DIVISION
from libs.common.web.figures import COUNTED_LATER, MayBeOld
from libs.common.web.idempotency import Key, answer, answered, once
from libs.common.web.openapi import problems
from libs.common.web.reach import COUNTY, SHARED
from libs.common.web.schemas import (
    CountyCode,
    CoverageYear,
    GivenInstant,
    Limit,
    NumberAfter,
    number_after,
)
from services.registration.access import Context, ProgressReader, ProgressWriter, check_place
from services.registration.notices.rules import NOTICE_NOT_FOUND, notice_of
from services.registration.progress import kept_store as store
from services.registration.progress.counting import before, figures_at, keep
from services.registration.progress.problems import AS_OF_AHEAD, FIGURE_OUTSIDE
from services.registration.progress.rules import OfDay, Snapshot, dates_named, digits_of, target_of, unit_of
from services.registration.progress.schemas import (
    CompletedOn,
    FigureOut,
    FigurePage,
    FiguresEntered,
    NamedDate,
    NamedDates,
    NewFigures,
    NewSnapshot,
    ProgressDays,
    ProgressOut,
    SnapshotOut,
    SnapshotPage,
)
from services.registration.progress.showing import progress_out
from services.registration.progress.store import by_day

router = APIRouter(prefix="/v1/progress", tags=["progress"])
_KEYS = (IDEMPOTENCY_KEY_MISSING, IDEMPOTENCY_KEY_REUSED)


@router.get("", responses=COUNTED_LATER | problems(NOTICE_NOT_FOUND, OUTSIDE_DIVISION, AS_OF_AHEAD))
async def get_progress(
    county: CountyCode,
    coverage_year: CoverageYear,
    context: Context,
    caller: ProgressReader,
    kept: MayBeOld,
    as_of: Annotated[
        GivenInstant | None, Query(description="by what was known then; now, if none is given")
    ] = None,
) -> ProgressOut:
    """Say how far each township (or village) is: people, money by payer, goals, places; nobody by name.

    The same instant gives the same figures later. An event that is on its way counts from its own instant.
    """
    notice, now = notice_of(context.notices, county, coverage_year), context.clock.now()
    at = as_of or now
    if at > now:
        raise AS_OF_AHEAD.problem()
    check_place(caller, notice)

    async def count() -> tuple[Snapshot, Snapshot | None]:
        async with context.engine.connect() as conn:
            return await figures_at(conn, notice, at), await before(conn, notice, at)

    shown, earlier = await kept.of(count, "progress", county, coverage_year, as_of)
    return progress_out(notice, shown, earlier, caller.division)


@router.get("/dates", responses=problems(NOTICE_NOT_FOUND, OUTSIDE_DIVISION), openapi_extra=SHARED)
async def list_progress_dates(
    county: CountyCode, coverage_year: CoverageYear, context: Context, caller: ProgressReader
) -> NamedDates:
    """List the instants of which the notice asks figures, and the snapshots that are kept of them."""
    notice, now = notice_of(context.notices, county, coverage_year), context.clock.now()
    check_place(caller, notice)
    async with context.engine.connect() as conn:
        kept = {one.as_of: one.id for one in await store.snapshots(conn, county, coverage_year, 0, 10_000)}
    return NamedDates(
        items=[
            NamedDate(as_of=at, clauses=clauses, passed=at <= now, snapshot_id=kept.get(at))
            for at, clauses in dates_named(notice).items()
        ]
    )


@router.get("/days", responses=COUNTED_LATER | problems(NOTICE_NOT_FOUND, OUTSIDE_DIVISION))
async def get_progress_days(
    county: CountyCode, coverage_year: CoverageYear, context: Context, caller: ProgressReader, kept: MayBeOld
) -> ProgressDays:
    """Say since when whoever is complete now is, day by day: the curve of the season beside its target."""
    notice, now = notice_of(context.notices, county, coverage_year), context.clock.now()
    check_place(caller, notice)

    async def count() -> tuple[datetime, list[OfDay]]:
        async with context.engine.connect() as conn:
            return now, await by_day(conn, county, coverage_year, caller.division_range)

    at, found = await kept.of(count, "progress-days", county, coverage_year, caller.division)
    own = max(notice.division, caller.division, key=len)
    first, last = season_of(notice)
    return ProgressDays(
        county=county, coverage_year=coverage_year, as_of=at, division_code=own.ljust(CODE_LENGTH, "0"),
        from_on=first, to_on=last, target=target_of(notice, own),
        items=[CompletedOn(on=one.completed_on, completed=one.completed, complete=one.complete)
               for one in found],
    )  # fmt: skip


@router.get("/snapshots", responses=problems(NOTICE_NOT_FOUND, OUTSIDE_DIVISION), openapi_extra=SHARED)
async def list_progress_snapshots(
    county: CountyCode,
    coverage_year: CoverageYear,
    context: Context,
    caller: ProgressReader,
    after: NumberAfter = None,
    limit: Limit = 100,
) -> SnapshotPage:
    """List the snapshots that are kept; ask for the progress as of its instant to read one."""
    check_place(caller, notice_of(context.notices, county, coverage_year))
    async with context.engine.connect() as conn:
        found = await store.snapshots(conn, county, coverage_year, number_after(after), limit)
    return SnapshotPage(
        items=[
            SnapshotOut(snapshot_id=one.id, as_of=one.as_of, kept_by=one.kept_by, kept_at=one.kept_at)
            for one in found
        ],
        next_after=str(found[-1].id) if len(found) == limit else None,
    )


@router.post(
    "/snapshots",
    status_code=201,
    response_model=SnapshotOut,
    responses=problems(NOTICE_NOT_FOUND, OUTSIDE_DIVISION, AS_OF_AHEAD, *_KEYS),
    openapi_extra=COUNTY,
)
async def keep_progress_snapshot(
    body: NewSnapshot, context: Context, caller: ProgressWriter, key: Key
) -> Response:
    """Keep the snapshot of an instant for good; one that is kept stays as it is."""
    now, request = context.clock.now(), once(caller, key, body)
    notice = notice_of(context.notices, body.county, body.coverage_year)
    check_division(caller, notice.division.ljust(12, "0"))
    async with context.engine.begin() as conn:
        if (first := await answered(conn, request, now)) is not None:
            return first
        made = await keep(conn, notice, body.as_of or now, caller.subject, now)
        shown = SnapshotOut(snapshot_id=made.id, as_of=made.as_of, kept_by=made.kept_by, kept_at=made.kept_at)
        return await answer(conn, request, shown)


@router.get("/figures", responses=problems(NOTICE_NOT_FOUND))
async def list_progress_figures(
    county: CountyCode,
    coverage_year: CoverageYear,
    context: Context,
    caller: ProgressReader,
    after: NumberAfter = None,
    limit: Limit = 100,
) -> FigurePage:
    """List the figures that offices entered for the own division, older versions too."""
    notice_of(context.notices, county, coverage_year)
    async with context.engine.connect() as conn:
        found = await store.figures(
            conn, county, coverage_year, caller.division_range, number_after(after), limit
        )
    return FigurePage(
        items=[FigureOut.model_validate(one) for one in found],
        next_after=str(found[-1].id) if len(found) == limit else None,
    )


@router.post(
    "/figures",
    status_code=201,
    response_model=FiguresEntered,
    responses=problems(NOTICE_NOT_FOUND, OUTSIDE_DIVISION, FIGURE_OUTSIDE, *_KEYS),
)
async def enter_progress_figures(
    body: NewFigures, context: Context, caller: ProgressWriter, key: Key
) -> Response:
    """Enter populations and heads in employee insurance, dated and with their source; none is overwritten."""
    now, request = context.clock.now(), once(caller, key, body)
    notice = notice_of(context.notices, body.county, body.coverage_year)
    for one in body.figures:
        check_division(caller, one.division_code)
        if not _is_unit(one.division_code, notice):
            raise FIGURE_OUTSIDE.problem(division_code=one.division_code)
    season = {"county": body.county, "coverage_year": body.coverage_year}
    rows = [
        {**season, **one.model_dump(), "entered_by": caller.subject, "entered_at": now}
        for one in body.figures
    ]
    async with context.engine.begin() as conn:
        if (first := await answered(conn, request, now)) is not None:
            return first
        await store.enter(conn, rows)
        return await answer(conn, request, FiguresEntered(entered=len(rows)))


def _is_unit(division_code: str, notice: Notice) -> bool:
    """Whether figures of a division are asked for: the whole, or a unit of it."""
    if division_code == notice.division.ljust(12, "0"):
        return True
    return division_code.startswith(notice.division) and unit_of(division_code, digits_of(notice)) == (
        division_code
    )
