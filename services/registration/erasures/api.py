"""HTTP for erasures."""

from fastapi import APIRouter, Response

from libs.common.cases import problems as case_problems
from libs.common.cases.schemas import Approval
from libs.common.security.access import check_division
from libs.common.security.audit import record_lookup
from libs.common.web.catalogue import OUTSIDE_DIVISION
from libs.common.web.idempotency import Key, answer, answered, once
from libs.common.web.openapi import problems
from libs.common.web.schemas import Id
from services.registration.access import Context, Writer
from services.registration.erasures.erasing import propose
from services.registration.erasures.problems import KEPT_BY_LAW
from services.registration.erasures.schemas import ErasureIn, ErasureOut
from services.registration.people import store as people
from services.registration.people.problems import PERSON_NOT_FOUND

router = APIRouter(prefix="/v1", tags=["people"])


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
