"""HTTP of entitlements: all that is known of one person's help, and sums for a county."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from libs.common.security.access import check_division, require
from libs.common.security.audit import record_lookup
from libs.common.security.caller import Caller
from libs.common.web.catalogue import OUTSIDE_DIVISION
from libs.common.web.openapi import problems
from services.subsidy.cards import store as cards_store
from services.subsidy.cards.problems import PERSON_UNKNOWN
from services.subsidy.entitlements import grants_store
from services.subsidy.persons.schemas import CardShown, Expected, GrantShown, GrantSum, PersonSubsidies
from services.subsidy.refunds import store as refunds_store
from services.subsidy.refunds.schemas import Refund
from services.subsidy.requests import Context, Year

router = APIRouter(tags=["entitlements"])


@router.get(
    "/v1/persons/{person_id}/subsidies",
    summary="See what a person was promised, granted, paid and refunded",
    responses=problems(PERSON_UNKNOWN, OUTSIDE_DIVISION),
)
async def get_person_subsidies(
    person_id: int,
    caller: Annotated[Caller, require("subsidy:read")],
    context: Context,
    coverage_year: Year = None,
) -> PersonSubsidies:
    async with context.engine.begin() as conn:
        person = await cards_store.person(conn, person_id)
        if person is None:
            raise PERSON_UNKNOWN.problem()
        grants = await grants_store.grants_of(conn, person_id, coverage_year)
        check_division(caller, person["division_code"] or (grants[0]["division_code"] if grants else None))
        await record_lookup(
            conn,
            caller,
            operation="get_person_subsidies",
            at=context.clock.now(),
            person_ids=[person_id],
        )
        return PersonSubsidies(
            **person,
            expected=[Expected(**r) for r in await grants_store.expected_of(conn, person_id, coverage_year)],
            grants=[GrantShown(**row) for row in grants],
            refunds=[Refund(**r) for r in await refunds_store.refunds_of(conn, person_id, coverage_year)],
            cards=[_card(row, caller, context) for row in await cards_store.cards_of(conn, person_id)],
        )


@router.get("/v1/grants/totals", summary="Sum the active grants of a county and year by payer and status")
async def get_grant_totals(
    caller: Annotated[Caller, require("subsidy:read")],
    context: Context,
    county: Annotated[str, Query(max_length=40, examples=["huining"])],
    coverage_year: Annotated[int, Query(ge=2000, le=2100, examples=[2021])],
) -> list[GrantSum]:
    async with context.engine.begin() as conn:
        rows = await grants_store.grant_sums(conn, county, coverage_year, caller.division_range)
    return [GrantSum(**row) for row in rows]


def _card(row: dict[str, Any], caller: Caller, context: Context) -> CardShown:
    sealed = row.pop("account_cipher")
    return CardShown(**row, account_no=context.parts.vault.open(sealed) if caller.may("pii:read") else None)
