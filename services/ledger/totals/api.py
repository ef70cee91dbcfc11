"""Totals of everything known now, in the shape of a handover."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from libs.common.web.openapi import problems
from services.ledger.access import Context, Reader, division_within, notice_of, payer_names
from services.ledger.postings.rules import Place
from services.ledger.problems import COUNTY_UNKNOWN
from services.ledger.totals import store
from services.ledger.totals.printing import CSV_ANSWER, Format, csv_response
from services.ledger.totals.rules import live_document
from services.ledger.totals.schemas import Totals

router = APIRouter(prefix="/v1/totals", tags=["totals"])


@router.get(
    "",
    summary="Live totals of a county and year",
    response_model=Totals,
    responses=CSV_ANSWER | problems(COUNTY_UNKNOWN),
)
async def live_totals(
    context: Context,
    caller: Reader,
    county: Annotated[str, Query()],
    year: Annotated[int, Query(ge=2000, le=2100)],
    format: Annotated[Format, Query(description="csv is for printing, with Chinese headers")] = "json",
) -> Any:
    """Total all postings of a county and year, sealed or not.

    A token of a township or village gets the people of its own division only, without what belongs to nobody.
    """
    place = Place(county, year)
    division = division_within(context, caller, place)
    payers = payer_names(notice_of(context, place))
    async with context.engine.begin() as conn:
        await store.plan_for_many(conn, context.settings.totals_memory_mib)
        document = live_document(place, await store.live_cells(conn, place, division))
    return csv_response(document, f"totals-{county}-{year}", payers) if format == "csv" else document
