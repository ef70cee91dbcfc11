"""HTTP for erasures."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Response

from libs.common.cases import problems as case_problems
from libs.common.cases.schemas import Approval
from libs.common.clock import business_date
from libs.common.security.access import check_division
from libs.common.security.audit import record_lookup
from libs.common.web.catalogue import OUTSIDE_DIVISION
from libs.common.web.idempotency import Key, answer, answered, once
from libs.common.web.openapi import problems
from libs.common.web.schemas import CountyCode, Id, Limit, NumberAfter, number_after
from services.registration.access import Context, DivisionQuery, Reader, Writer, range_of
from services.registration.erasures import store
from services.registration.erasures.erasing import propose
from services.registration.erasures.problems import KEPT_BY_LAW
from services.registration.erasures.rules import Standing
from services.registration.erasures.schemas import ErasureIn, ErasureOut, StandingOut, StandingPage
from services.registration.people import store as people
from services.registration.people.problems import PERSON_NOT_FOUND

router = APIRouter(prefix="/v1", tags=["people"])

Due = Annotated[bool, Query(description="those alone whose time of keeping is over")]


@router.get("/erasures", responses=problems(OUTSIDE_DIVISION))
async def list_erasable(
    context: Context,
    caller: Reader,
    county: CountyCode | None = None,
    division_code: DivisionQuery = "",
    due: Due = True,
    after: NumberAfter = None,
    limit: Limit = 100,
) -> StandingPage:
    """List people whose time of keeping is over; with `due=false` all, and until when and why others stay.

    By id, and ids alone, no names. Each is erased by a request of its own, to which two persons agree.
    """
    now = context.clock.now()
    first, last = range_of(caller, division_code)
    wanted = store.Wanted(county, first, last, due)
    async with context.engine.connect() as conn:
        rows = await store.page(conn, wanted, business_date(now), number_after(after), limit)
    return StandingPage(
        items=[_shown(row, business_date(now)) for row in rows],
        next_after=str(rows[-1].person_id) if len(rows) == limit else None,
    )


def _shown(row: Standing, today: date) -> StandingOut:
    return StandingOut(
        person_id=row.person_id,
        county=row.county,
        division_code=row.division_code,
        last_year=row.last_year,
        last_by=row.last_by,
        insured=row.insured,
        kept_until=row.until,
        due=row.until <= today,
        because=row.because,
        because_zh=row.because_zh,
    )


@router.post(
    "/persons/{person_id}/erasures",
    response_model=ErasureOut,
    responses=problems(
        PERSON_NOT_FOUND,
        OUTSIDE_DIVISION,
        KEPT_BY_LAW.problem(kept_until="2121-01-01"),
        case_problems.APPROVAL_WAITING,
    ),
)
async def erase_person(
    person_id: Id, erasure: ErasureIn, context: Context, caller: Writer, key: Key
) -> Response:
    """Ask that it is forgotten who somebody was, when the time of keeping is over.

    Another person agrees under /v1/approvals. Then names, numbers, addresses, phones and papers of the person
    go in every service, also of records that were merged into this one; amounts and instants stay.
    """
    now, wanted = context.clock.now(), once(caller, key, erasure)
    async with context.engine.begin() as conn:
        if repeated := await answered(conn, wanted, now):
            return repeated
        person = await people.one(conn, person_id)
        if person is None:
            raise PERSON_NOT_FOUND.problem()
        check_division(caller, person.division_code)
        kept, approval = await propose(conn, person, caller, erasure.reason, now)
        await record_lookup(
            conn, caller, operation="erase_person", at=now, person_ids=[person.id], note=erasure.reason
        )
        asked = ErasureOut(
            person_id=person.id, kept_until=kept.until, approval=Approval.model_validate(approval)
        )
        return await answer(conn, wanted, asked, 200)
