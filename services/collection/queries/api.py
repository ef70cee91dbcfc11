"""What gateways are asked: see it, and have one asked now."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from libs.common.security.audit import record_lookup
from libs.common.web.catalogue import (
    IDEMPOTENCY_KEY_MISSING,
    IDEMPOTENCY_KEY_REUSED,
    NOT_FOUND,
    OUTSIDE_DIVISION,
)
from libs.common.web.idempotency import Key, answer, answered, once
from libs.common.web.openapi import problems
from libs.common.web.reach import COUNTY
from libs.common.web.schemas import Limit, NumberAfter, number_after
from services.collection.access import Context, Maker, Officer
from services.collection.problems import CHANNEL_UNKNOWN, COUNTY_UNKNOWN
from services.collection.queries import schemas, store
from services.collection.queries.opening import open_one
from services.collection.queries.problems import CHANNEL_NOT_ASKABLE
from services.collection.queries.rules import QueryState
from services.collection.queries.schemas import ChannelQueries, ChannelQuery
from services.collection.queries.store import Wanted

router = APIRouter(prefix="/v1/channel-queries", tags=["channels"])


@router.post(
    "",
    status_code=202,
    summary="Have a channel's gateway asked about a payment",
    response_model=ChannelQuery,
    openapi_extra=COUNTY,
    responses=problems(
        *(NOT_FOUND, OUTSIDE_DIVISION, CHANNEL_UNKNOWN, CHANNEL_NOT_ASKABLE, COUNTY_UNKNOWN),
        *(IDEMPOTENCY_KEY_MISSING, IDEMPOTENCY_KEY_REUSED),
    ),
)
async def ask_channel(body: schemas.Question, caller: Maker, context: Context, key: Key) -> Response:
    """Ask within seconds, in the background; what it says is stored and matched like a notification.

    What was found to be paid before is not asked again; anything else is asked anew.
    """
    now = context.clock.now()
    request = once(caller, key, body.model_dump(mode="json"))
    async with context.engine.begin() as conn:
        if (first := await answered(conn, request, now)) is not None:
            return first
        query = await open_one(conn, context, body, caller, now)
        await record_lookup(
            conn, caller, operation="ask_channel", at=now, purpose=f"channel query {query.query_id}"
        )
        return await answer(conn, request, ChannelQuery.model_validate(query), status=202)


@router.get("", summary="What channels' gateways were asked, and what they said")
async def list_channel_queries(
    caller: Officer,
    context: Context,
    channel: Annotated[str | None, Query(max_length=40)] = None,
    state: QueryState | None = None,
    after: NumberAfter = None,
    limit: Limit = 100,
) -> ChannelQueries:
    """List queries of the own county; `state=given_up` shows what only the bill of the day can tell."""
    wanted = Wanted(caller.division, channel, state)
    async with context.engine.connect() as conn:
        found = await store.page(conn, wanted, number_after(after), limit)
    more = str(found[-1].query_id) if len(found) == limit else None
    return ChannelQueries(items=[ChannelQuery.model_validate(one) for one in found], next_after=more)
