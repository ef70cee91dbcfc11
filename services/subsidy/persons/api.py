"""HTTP of persons: all that is known of one person's help, and sums for a county."""

from typing import Annotated

from fastapi import APIRouter, Query

from libs.common.security.access import check_division
from libs.common.security.audit import record_lookup
from libs.common.security.caller import Caller
from libs.common.web.catalogue import OUTSIDE_DIVISION
from libs.common.web.openapi import problems
from libs.common.web.schemas import CountyCode, CoverageYear, Id
from services.subsidy.assembly import SubsidyContext
from services.subsidy.cards import store as cards_store
from services.subsidy.cards.problems import ACCOUNTS_CLOSED, PERSON_UNKNOWN
from services.subsidy.cards.store import CardRow
from services.subsidy.payouts import attempts_store
from services.subsidy.payouts import store as payouts_store
from services.subsidy.payouts.showing import shown_whole
from services.subsidy.persons import grants_store
from services.subsidy.persons.schemas import (
    CardShown,
    Expected,
    GrantShown,
    GrantTotal,
    GrantTotals,
    PersonSubsidies,
)
from services.subsidy.refunds import store as refunds_store
from services.subsidy.refunds.schemas import Refund
from services.subsidy.requests import Context, OfYear, Reader

router = APIRouter(tags=["entitlements"])


@router.get(
    "/v1/persons/{person_id}/subsidies",
    summary="See what a person was promised, granted, paid and refunded",
    responses=problems(PERSON_UNKNOWN, OUTSIDE_DIVISION, ACCOUNTS_CLOSED),
)
async def get_person_subsidies(
    person_id: Id, caller: Reader, context: Context, coverage_year: OfYear = None
) -> PersonSubsidies:
    async with context.engine.begin() as conn:
        person = await cards_store.person(conn, person_id)
        if person is None:
            raise PERSON_UNKNOWN.problem()
        grants = await grants_store.grants_of(conn, person.person_id, coverage_year)
        check_division(caller, person.division_code or (grants[0].division_code if grants else None))
        await record_lookup(
            conn,
            caller,
            operation="get_person_subsidies",
            at=context.clock.now(),
            person_ids=[person.person_id],
        )
        expected = await grants_store.expected_of(conn, person.person_id, coverage_year)
        refunds = await refunds_store.refunds_of(conn, person.person_id, coverage_year)
        payouts = await payouts_store.payouts_of(conn, person.person_id, coverage_year)
        tried = await attempts_store.attempts_of(conn, [one.payout_id for one in payouts])
        said = await attempts_store.answers_of(conn, [one.payout_id for one in payouts])
        cards = await cards_store.cards_of(conn, person.person_id)
    return PersonSubsidies(
        person_id=person.person_id,
        county=person.county,
        division_code=person.division_code,
        minor=person.minor,
        guardian_id=person.guardian_id,
        expected=[Expected.model_validate(row) for row in expected],
        grants=[GrantShown.model_validate(row) for row in grants],
        refunds=[Refund.model_validate(row) for row in refunds],
        payouts=[shown_whole(row, tried.get(row.payout_id, []), said, context.notices) for row in payouts],
        cards=[_card(row, caller, context) for row in cards],
    )


@router.get("/v1/grants/totals", summary="Sum the active grants of a county and year by payer and status")
async def get_grant_totals(
    caller: Reader,
    context: Context,
    county: Annotated[CountyCode, Query(examples=["huining"])],
    coverage_year: Annotated[CoverageYear, Query(examples=[2021])],
) -> GrantTotals:
    async with context.engine.begin() as conn:
        rows = await grants_store.grant_totals(conn, county, coverage_year, caller.division_range)
    return GrantTotals(items=[GrantTotal.model_validate(row) for row in rows])


def _card(row: CardRow, caller: Caller, context: SubsidyContext) -> CardShown:
    shown = CardShown.model_validate(row)
    if caller.may("pii:read"):
        shown.account_no = context.parts.vault.open(row.account_cipher)
    return shown
