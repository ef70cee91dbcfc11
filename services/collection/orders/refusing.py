"""Keeps that an order was refused, so that who could not pay can be told why later."""

from sqlalchemy.ext.asyncio import AsyncEngine

from libs.common.web.problems import Problem
from services.collection.orders import refusals_store
from services.collection.orders.composing import OrderedYear, OrderRequest
from services.collection.orders.refusals_store import RefusedOrder


async def keep_refusal(engine: AsyncEngine, request: OrderRequest, problem: Problem) -> None:
    """Keep it of everybody who was to be in the order and is seen by who asked."""
    rows = [row for year in request.years for row in _rows(request, year, problem)]
    caller = request.caller
    async with engine.begin() as conn:
        await refusals_store.keep(conn, rows, caller.division, caller.division_range)


def _rows(request: OrderRequest, year: OrderedYear, problem: Problem) -> list[RefusedOrder]:
    named = {one.pointer for one in problem.errors}
    places = {f"#{year.member}/person_ids/{place}" for place in range(len(year.people))}
    return [
        RefusedOrder(
            county=year.county,
            coverage_year=year.coverage_year,
            person_id=person_id,
            channel=request.channel,
            refused_at=request.now,
            refused_by=request.caller.subject,
            refusal=problem.type.slug,
            # A refusal that names nobody is about all of them.
            about_person=f"#{year.member}/person_ids/{place}" in named or not named & places,
        )
        for place, person_id in enumerate(year.people)
    ]
