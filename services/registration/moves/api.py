"""HTTP for moves."""

from fastapi import APIRouter, Response

from libs.common.cases import problems as case_problems
from libs.common.cases.schemas import Approval
from libs.common.security.audit import record_lookup
from libs.common.web.catalogue import OUTSIDE_DIVISION
from libs.common.web.idempotency import Key, answer, answered, once
from libs.common.web.openapi import problems
from libs.common.web.schemas import Id
from services.registration.access import Context, Writer
from services.registration.moves.moving import Wish, ask_to_move
from services.registration.moves.problems import HEADS_A_HOUSEHOLD, HOUSEHOLD_UNKNOWN, LOCKED_AFTER_PAYMENT
from services.registration.moves.schemas import MoveIn, MoveOut
from services.registration.people import store as people
from services.registration.people.problems import PERSON_NOT_FOUND
from services.registration.people.viewing import view

router = APIRouter(prefix="/v1", tags=["people"])


@router.post(
    "/persons/{person_id}/moves",
    response_model=MoveOut,
    responses=problems(
        PERSON_NOT_FOUND,
        OUTSIDE_DIVISION,
        HOUSEHOLD_UNKNOWN,
        HEADS_A_HOUSEHOLD,
        LOCKED_AFTER_PAYMENT,
        case_problems.APPROVAL_WAITING,
    ),
)
async def move_person(person_id: Id, move: MoveIn, context: Context, caller: Writer, key: Key) -> Response:
    """Move a person to another household of the county, paid or not where the notice does not lock it.

    Within the caller's division at once; else the other side agrees under /v1/approvals. Money stays where it
    was paid; the person counts in the new village from then on.
    """
    now, wanted = context.clock.now(), once(caller, key, move)
    async with context.engine.begin() as conn:
        if repeated := await answered(conn, wanted, now):
            return repeated
        person = await people.one(conn, person_id)
        if person is None:
            raise PERSON_NOT_FOUND.problem()
        wish = Wish(move.household_no, move.division_code, move.reason)
        asked = await ask_to_move(conn, context.notices, person, wish, caller, now)
        await record_lookup(conn, caller, operation="move_person", at=now, person_ids=[person_id])
        seen = caller.sees(person.division_code)
        shown = await view(conn, context.notices, caller, await people.the(conn, person_id)) if seen else None
        moved = MoveOut(person=shown, approval=Approval.model_validate(asked) if asked is not None else None)
        return await answer(conn, wanted, moved, 200)
