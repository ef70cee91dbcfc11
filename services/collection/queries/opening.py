"""Has one payment asked about because an officer wants to know."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.security.access import check_division
from libs.common.security.caller import Caller
from libs.common.web.catalogue import NOT_FOUND
from libs.common.web.notices import without_notice
from services.collection.assembly import CollectionContext
from services.collection.channels.port import Question
from services.collection.problems import CHANNEL_UNKNOWN, COUNTY_UNKNOWN
from services.collection.queries import schemas, store
from services.collection.queries.asking import about_order, about_transaction
from services.collection.queries.problems import CHANNEL_NOT_ASKABLE
from services.collection.queries.store import Found, NewQuery, Query


async def open_one(
    conn: AsyncConnection, context: CollectionContext, asked: schemas.Question, caller: Caller, now: datetime
) -> Query:
    """Open a query, or have the one there is asked anew. Raises Problem 403, 404 or 422."""
    return await open_this(conn, context, await _new(conn, context, asked, caller, now))


async def open_this(conn: AsyncConnection, context: CollectionContext, new: NewQuery) -> Query:
    """Open this query, or have the one there is asked anew. Raises Problem 404 or 422."""
    channel = context.parts.keys.channels.get(new.channel)
    if channel is None:
        raise CHANNEL_UNKNOWN.problem()
    question = Question(new.order_no, new.transaction_no, new.ordered_at)
    if channel.gateway is None or channel.gateway.query(question, 0) is None:
        raise CHANNEL_NOT_ASKABLE.problem()
    await store.open_queries(conn, [new])
    query = await store.about(conn, new.channel, new.subject)
    assert query is not None, "it was opened or there before"
    return query


async def _new(
    conn: AsyncConnection, context: CollectionContext, asked: schemas.Question, caller: Caller, now: datetime
) -> NewQuery:
    divisions = context.parts.divisions
    if asked.order_no is not None:
        order = await store.order(conn, asked.order_no)
        if order is None:
            raise NOT_FOUND.problem()
        code = divisions.code_of(order.county)
        check_division(caller, code)
        return about_order(order, code, "officer", caller.subject, now)
    assert asked.channel is not None and asked.transaction_no is not None and asked.county is not None
    code = divisions.code_of(asked.county)
    if code is None:
        raise without_notice(COUNTY_UNKNOWN, context.notices, asked.county)
    check_division(caller, code)
    found = Found(asked.channel, asked.transaction_no, asked.county, code, None)
    return about_transaction(found, "officer", caller.subject, now)
