"""Totals of everything known now, in the shape of a handover."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from libs.common.web.catalogue import OUTSIDE_DIVISION
from libs.common.web.figures import COUNTED_LATER, MayBeOld
from libs.common.web.openapi import problems
from libs.common.web.schemas import CountyCode, CoverageYear
from services.ledger.access import Context, Reader, division_within, payer_names
from services.ledger.postings.rules import Season
from services.ledger.problems import COUNTY_UNKNOWN
from services.ledger.totals import store
from services.ledger.totals.printing import CSV_ANSWER, Format, csv_response
from services.ledger.totals.rules import Cell, Document, live_document
from services.ledger.totals.schemas import Totals

router = APIRouter(prefix="/v1/totals", tags=["totals"])


@router.get(
    "",
    summary="Live totals of a county and year",
    response_model=Totals,
    responses=COUNTED_LATER | CSV_ANSWER | problems(COUNTY_UNKNOWN, OUTSIDE_DIVISION),
)
async def live_totals(
    context: Context,
    caller: Reader,
    kept: MayBeOld,
    county: CountyCode,
    coverage_year: CoverageYear,
    format: Annotated[Format, Query(description="csv is for printing, with Chinese headers")] = "json",
) -> Document | Response:
    """Total all postings of a county and year, sealed or not.

    A token of a township or village gets the people of its own division only, without what belongs to nobody.
    """
    season = Season(county, coverage_year)
    division = division_within(context, caller, season)
    notice = context.notices.get((county, coverage_year))
    payers = payer_names(notice) if notice else {}

    async def count() -> list[Cell]:
        async with context.engine.begin() as conn:
            await store.plan_for_many(conn, context.settings.totals_memory_mib)
            return await store.live_cells(conn, season, division)

    document = live_document(season, await kept.of(count, "totals", season, division))
    return csv_response(document, f"totals-{county}-{coverage_year}", payers) if format == "csv" else document
