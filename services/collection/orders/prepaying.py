"""Opens the payment of an order at its channel, at the price and for as long as the order stands."""

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from libs.common.web.outbound import AnswerUnknown, NotSent, Outbound, networks_of
from libs.common.web.problems import Problem
from services.collection.assembly import CollectionContext
from services.collection.channels.port import Reply, Unclear
from services.collection.channels.wechat_gateway import WeChatGateway
from services.collection.channels.wechat_prepaying import Opening, for_app, prepaid, prepay
from services.collection.orders import attempts_store
from services.collection.orders.attempts_store import PaymentAttempt
from services.collection.orders.problems import NOT_OPENED, NOT_PREPAID, ORDER_NOT_PAYABLE
from services.collection.orders.rules import state_at
from services.collection.orders.schemas import Prepayment, PrepaymentOpened
from services.collection.orders.store import OrderWithItems


async def open_payment(
    context: CollectionContext, found: OrderWithItems, asked: Prepayment, by: str, now: datetime
) -> PrepaymentOpened:
    """Ask WeChat to open it, and keep that somebody tried. Raises Problem 409, 422 or 503."""
    attempt = PaymentAttempt(found.order.order_no, asked.way, now, by)
    try:
        opened = await _opened(context, found, asked, now)
    except Problem as problem:
        said = problem.extensions.get("fault") or problem.extensions.get("state")
        fault = None if said is None else str(said)
        await _keep(context, replace(attempt, refusal=problem.type.slug, fault=fault))
        raise
    await _keep(context, attempt)
    return opened


async def _keep(context: CollectionContext, attempt: PaymentAttempt) -> None:
    async with context.engine.begin() as conn:
        await attempts_store.keep(conn, attempt)


async def _opened(
    context: CollectionContext, found: OrderWithItems, asked: Prepayment, now: datetime
) -> PrepaymentOpened:
    order = found.order
    channel = context.parts.keys.channels.get(order.channel)
    gateway, public = (channel.gateway if channel is not None else None), context.settings.public_url
    if not isinstance(gateway, WeChatGateway) or public is None or order.employee_fund is not None:
        raise NOT_PREPAID.problem()
    state = state_at(order.state, order.expires_at, now)
    if state != "pending":
        raise ORDER_NOT_PAYABLE.problem(state=state)
    opening = Opening(
        way=asked.way,
        order_no=order.order_no,
        amount_fen=order.amount_fen,
        description=f"{_years(found.coverage_years)}年度城乡居民基本医疗保险费",
        expires_at=order.expires_at,
        notify_url=f"{public.rstrip('/')}/v1/channels/{order.channel}/notifications",
        openid=asked.openid,
        payer_ip=str(asked.payer_ip) if asked.payer_ip is not None else None,
    )
    call, outbound = prepay(gateway, opening, int(time.time())), _outbound(context)
    try:
        answered = await outbound.call(call.method, call.url, call.headers, call.body)
        reply = Reply(answered.status, answered.headers, answered.body)
        opened = prepaid(gateway, asked.way, reply, int(time.time()))
    except (NotSent, AnswerUnknown, Unclear) as error:
        raise NOT_OPENED.problem(fault=str(error), headers={"retry-after": "2"}) from None
    pay = for_app(gateway, opened, int(time.time())) if asked.way == "jsapi" else None
    return PrepaymentOpened(
        order_no=order.order_no,
        pay=pay,
        code_url=opened if asked.way == "native" else None,
        h5_url=opened if asked.way == "h5" else None,
        expires_at=order.expires_at,
    )


def _years(years: Sequence[int]) -> str:
    return "、".join(str(one) for one in years)


def _outbound(context: CollectionContext) -> Outbound:
    return Outbound(networks_of(context.settings.internal_networks))
