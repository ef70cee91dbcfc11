"""HTTP for merges."""

from fastapi import APIRouter, Response

from libs.common.cases import problems as case_problems
from libs.common.cases.schemas import Approval
from libs.common.security.audit import record_lookup
from libs.common.web.catalogue import OUTSIDE_DIVISION
from libs.common.web.idempotency import Key, answer, answered, once
from libs.common.web.openapi import problems
from libs.common.web.schemas import Id, Limit, NumberAfter
from services.registration.access import Context, Reader, Writer
from services.registration.merges import listed_store
from services.registration.merges.listing import shown
from services.registration.merges.problems import ALREADY_ONE_PERSON, PEOPLE_OF_TWO_COUNTIES
from services.registration.merges.proposing import propose
from services.registration.merges.rules import MergeState
from services.registration.merges.schemas import MergeIn, MergeOut, MergePage
from services.registration.moves.problems import HEADS_A_HOUSEHOLD
from services.registration.people import store as people
from services.registration.people.problems import PERSON_NOT_FOUND
from services.registration.people.viewing import UNMASKED

router = APIRouter(prefix="/v1", tags=["people"])


@router.post(
    "/persons/{person_id}/merges",
    response_model=MergeOut,
    responses=problems(
        PERSON_NOT_FOUND,
        OUTSIDE_DIVISION,
        ALREADY_ONE_PERSON,
        PEOPLE_OF_TWO_COUNTIES,
        HEADS_A_HOUSEHOLD,
        case_problems.APPROVAL_WAITING,
    ),
)
async def merge_persons(
    person_id: Id, merge: MergeIn, context: Context, caller: Writer, key: Key
) -> Response:
    """Propose that two records are one person; this one is right about name, birth, facts and household.

    Another person, who sees both, agrees under /v1/approvals. The id that was given first goes on with all
    documents; of two enrollments of a year the complete one stands (of two the first), else the older.
    """
    now, wanted = context.clock.now(), once(caller, key, merge)
    async with context.engine.begin() as conn:
        if repeated := await answered(conn, wanted, now):
            return repeated
        right, other = await people.one(conn, person_id), await people.one(conn, merge.other_person_id)
        if right is None or other is None:
            raise PERSON_NOT_FOUND.problem()
        case_id, asked = await propose(conn, right, other, caller, merge.reason, now)
        ids = [right.id, other.id]
        await record_lookup(
            conn, caller, operation="merge_persons", at=now, person_ids=ids, note=merge.reason
        )
        proposed = MergeOut(
            case_id=case_id,
            survivor_person_id=min(ids),
            approval=Approval.model_validate(asked),
        )
        return await answer(conn, wanted, proposed, 200)


@router.get("/merges", summary="Which records turned out to be one person, the newest first")
async def list_merges(
    context: Context,
    caller: Reader,
    state: MergeState | None = None,
    person_id: Id | None = None,
    after: NumberAfter = None,
    limit: Limit = 100,
) -> MergePage:
    """List who was merged into whom, when and by which two officers, and what waits or came to nothing.

    Of a person, by whichever of the ids. Whoever sees both records sees the merge; names are masked by scope.
    """
    async with context.engine.begin() as conn:
        rows = await listed_store.page(
            conn, caller.division_range, state, person_id, int(after) if after else None, limit
        )
        people = sorted({one for row in rows for one in (row.person_id, row.merged_person_id)})
        await record_lookup(conn, caller, operation="list_merges", at=context.clock.now(), person_ids=people)
    more = str(rows[-1].case_id) if len(rows) == limit else None
    return MergePage(items=[shown(row, unmasked=caller.may(UNMASKED)) for row in rows], next_after=more)
