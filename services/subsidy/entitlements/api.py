"""HTTP of entitlements: all that is known of one person's help, and sums for a county."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from libs.common.events import SubsidyLine
from libs.common.security.access import check_division, require
from libs.common.security.audit import record_lookup
from libs.common.security.caller import Caller
from libs.common.web.catalogue import OUTSIDE_DIVISION
from libs.common.web.openapi import problems
from services.subsidy.cards import store as cards_store
from services.subsidy.cards.problems import PERSON_UNKNOWN
from services.subsidy.entitlements import grants_store
from services.subsidy.refunds import store as refunds_store
from services.subsidy.refunds.api import Refund
from services.subsidy.requests import Context, Year, vault_of

router = APIRouter(tags=["entitlements"])


class Offer(BaseModel):
    """Help that the newest assessment promises when paying in [from_at, until_at)."""

    from_at: datetime
    until_at: datetime | None
    exempt: bool = Field(description="Nothing is left to pay: granted without a payment.")
    lines: list[SubsidyLine]


class Expected(BaseModel):
    """What the newest assessment of an enrollment promises; `late` is what came after payment."""

    coverage_year: int
    county: str
    enrollment_id: int
    revision: int
    notice: str | None
    offers: list[Offer]
    late: list[SubsidyLine]
    cancelled_at: datetime | None


class GrantShown(BaseModel):
    """One grant, active or revoked, with its payer, status, deciding assessment and payout."""

    grant_id: int
    county: str
    coverage_year: int
    enrollment_id: int
    assessment_id: int
    payer: str
    status: str
    mechanism: str
    amount_fen: int
    basis: str
    completes_enrollment: bool
    granted_at: datetime
    revoked_at: datetime | None
    revoke_reason: str | None
    payout_id: int | None
    payout_state: str | None
    payout_reason: str | None
    attempt: int | None


class CardShown(BaseModel):
    """A card of the person, current or replaced. `account_no` is shown only with the scope pii:read."""

    card_id: int
    account_masked: str
    account_no: str | None = None
    bank: str
    holder: str
    registered_at: datetime
    replaced_at: datetime | None


class PersonSubsidies(BaseModel):
    """All that this service knows of one person."""

    person_id: int
    county: str | None
    division_code: str | None
    minor: bool
    guardian_id: int | None
    expected: list[Expected]
    grants: list[GrantShown]
    refunds: list[Refund]
    cards: list[CardShown]


class GrantSum(BaseModel):
    """Active grants of one payer, mechanism and status."""

    payer: str
    mechanism: str
    status: str
    number: int
    amount_fen: int


@router.get(
    "/v1/persons/{person_id}/subsidies",
    summary="See what a person was promised, granted, paid and refunded",
    responses=problems(PERSON_UNKNOWN, OUTSIDE_DIVISION),
)
async def get_person_subsidies(
    person_id: int,
    caller: Annotated[Caller, require("subsidy:read")],
    context: Context,
    request: Request,
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
            cards=[_card(row, caller, request) for row in await cards_store.cards_of(conn, person_id)],
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


def _card(row: dict[str, Any], caller: Caller, request: Request) -> CardShown:
    sealed = row.pop("account_cipher")
    return CardShown(**row, account_no=vault_of(request).open(sealed) if caller.may("pii:read") else None)
