"""Takes money for the order of a unit: which order it is, and whether it can still be paid so."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.money import yuan_decimals
from libs.common.security.audit import record_lookup
from libs.common.web.problems import FieldError
from services.collection.cash import orders_store
from services.collection.cash.looking import Desk
from services.collection.cash.orders_store import UnitOrder
from services.collection.cash.rules import OrderMoney, TakenMoney


async def orders_of(
    conn: AsyncConnection, desk: Desk, taken: Sequence[TakenMoney], pointers: Sequence[str]
) -> tuple[Mapping[str, UnitOrder], list[FieldError]]:
    """The orders of units that receipts are for, held until the transaction ends, and what is wrong so.

    Whom an order is for its unit listed, wherever in the county they live.
    """
    named = [(at, one, one.order) for at, one in zip(pointers, taken, strict=True) if one.order is not None]
    if not named:
        return {}, []
    known = await orders_store.hold(conn, sorted({money.order_no for _, _, money in named}))
    people = sorted({person for order in known.values() for person in order.people})
    await record_lookup(conn, desk.caller, operation="record_cash_receipts", at=desk.now, person_ids=people)
    faults = [
        FieldError(f"{at}/order_no", *words)
        for at, one, money in named
        for words in _faults(desk, one, money, known.get(money.order_no))
    ]
    often = Counter(money.order_no for _, _, money in named)
    faults += [
        FieldError(f"{at}/order_no", "Named by two receipts here.", "有两笔收款填写了同一订单号。")
        for at, _, money in named
        if often[money.order_no] > 1
    ]
    return known, faults


def _faults(
    desk: Desk, taken: TakenMoney, money: OrderMoney, order: UnitOrder | None
) -> Iterator[tuple[str, str]]:
    """Everything that keeps money from being recorded for an order, in both languages."""
    county, year = desk.collector.county, desk.notice.year
    if order is None or (order.county, order.coverage_year) != (county, year):
        yield "No unit has an order of this number here.", "本县本年度没有该号码的单位订单。"
        return
    if order.channel != desk.channel.code:
        yield (
            f"Is to be paid through {order.channel}: record it at a collector of that channel.",
            f"该订单应通过 {order.channel} 缴费，请在该渠道的收缴点登记。",
        )
    if order.amount_fen != money.amount_fen:
        yuan = yuan_decimals(order.amount_fen)
        yield f"Asks for {yuan} yuan, neither more nor less.", f"该订单金额为 {yuan} 元，须一致。"
    if order.receipt_id is not None:
        yield (
            f"Money for it is on record already, receipt {order.receipt_id}.",
            f"该订单已登记收款（收款 {order.receipt_id}）。",
        )
    elif order.payment_id is not None:
        yield "Was paid already.", "该订单已缴费。"
    elif order.state != "pending" or taken.paid_at >= order.expires_at:
        yield (
            "Had lapsed when the money was taken: have the unit make a new one.",
            "收款时该订单已失效，请由单位重新下单。",
        )
