"""HTTP of notifications as they came."""

import base64
import hashlib
import json

from fastapi import APIRouter

from libs.common.security.access import check_division
from libs.common.security.audit import record_lookup
from libs.common.web.catalogue import NOT_FOUND, OUTSIDE_DIVISION
from libs.common.web.openapi import problems
from libs.common.web.schemas import Id
from services.collection.access import Clear, Context
from services.collection.notifications import store
from services.collection.notifications.schemas import Notification
from services.collection.notifications.store import StoredNotification

router = APIRouter(prefix="/v1/notifications", tags=["payments"])


@router.get(
    "/{notification_id}",
    summary="What a channel sent, byte for byte",
    responses=problems(NOT_FOUND, OUTSIDE_DIVISION),
)
async def get_notification(notification_id: Id, caller: Clear, context: Context) -> Notification:
    """Read what a payment, a refund or a return rests on; a payment has the id of its notification.

    It names people in clear: only for whoever sees the whole county (of a notification without one, all
    counties), and recorded for each person that it paid for.
    """
    async with context.engine.begin() as conn:
        found = await store.one(conn, notification_id)
        if found is None:
            raise NOT_FOUND.problem()
        check_division(caller, context.parts.divisions.code_of(found.county))
        people, now = await store.people(conn, notification_id), context.clock.now()
        await record_lookup(conn, caller, operation="get_notification", at=now, person_ids=people)
    return _shown(found)


def _shown(found: StoredNotification) -> Notification:
    return Notification(
        notification_id=found.notification_id,
        channel=found.channel,
        transaction_no=found.transaction_no,
        kind=found.kind,
        county=found.county,
        coverage_year=found.coverage_year,
        received_at=found.received_at,
        headers=json.loads(found.headers),
        raw_base64=base64.b64encode(found.raw).decode(),
        raw_sha256=hashlib.sha256(found.raw).hexdigest(),
        text=_text(found.raw),
        content=None if found.content is None else _text(found.content),
        content_sha256=found.content_sha256.hex(),
    )


def _text(body: bytes) -> str | None:
    try:
        return body.decode()
    except UnicodeDecodeError:
        return None
