"""What the matcher could not handle: listed for operators, and tried again when they ask."""

from typing import Annotated

from fastapi import APIRouter, Path, Response

from libs.common.web.catalogue import IDEMPOTENCY_KEY_MISSING, IDEMPOTENCY_KEY_REUSED, NOT_FOUND
from libs.common.web.idempotency import Key, answer, answered, once
from libs.common.web.openapi import problems
from libs.common.web.schemas import Limit, NumberAfter, number_after
from services.collection.access import Context, Mender, Watcher
from services.collection.parked import store
from services.collection.parked.schemas import ParkedNotification, ParkedNotifications, Retried

router = APIRouter(prefix="/v1/parked-notifications", tags=["operations"])


@router.get("", summary="Notifications that could not be matched, with the reason")
async def list_parked(
    caller: Watcher, context: Context, after: NumberAfter = None, limit: Limit = 100
) -> ParkedNotifications:
    """List what is parked. It names transactions, nobody; a token of one division sees nothing here."""
    if caller.division:
        return ParkedNotifications(items=[], next_after=None)
    async with context.engine.connect() as conn:
        rows = await store.page(conn, number_after(after), limit)
    more = str(rows[-1].notification_id) if len(rows) == limit else None
    return ParkedNotifications(
        items=[ParkedNotification.model_validate(row) for row in rows], next_after=more
    )


@router.post(
    "/{notification_id}/retry",
    summary="Have a parked notification tried again",
    response_model=Retried,
    responses=problems(NOT_FOUND, IDEMPOTENCY_KEY_MISSING, IDEMPOTENCY_KEY_REUSED),
)
async def retry_parked(
    notification_id: Annotated[int, Path(ge=1, lt=2**63)], caller: Mender, context: Context, key: Key
) -> Response:
    """Queue it again, for instance after a repair. What fails again is parked again."""
    now = context.clock.now()
    request = once(caller, key, None)
    async with context.engine.begin() as conn:
        if (first := await answered(conn, request, now)) is not None:
            return first
        queued = 0 if caller.division else await store.retry(conn, notification_id)
        if not queued:
            raise NOT_FOUND.problem()
        return await answer(
            conn, request, Retried(notification_id=notification_id, queued=queued), status=200
        )
